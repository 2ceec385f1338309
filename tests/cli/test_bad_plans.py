"""Bad input to plan, publish and rollback: one clear word for each, and nothing is written that no plan named."""

from __future__ import annotations

import json
import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from generator import cli
from generator.cli.place import told
from generator.diagnostics import ExitCode, SynapseGenError
from generator.spec.state import StatePlace
from generator.workspace.blobs import BlobStore
from generator.workspace.folder import FolderStore
from generator.workspace.objects import StoreError
from tests.cli.conftest import edit
from tests.conftest import copy_project
from tests.contract.conftest import settings_of
from tests.contract.faulty import Answer, FaultyServer, faulty_server, interrupt, pretend_embedded

if TYPE_CHECKING:
    from tests.conftest import CommandLine

AGAIN = "  help: make the plan again: `synapse-gen plan --out FILE`\n"


@pytest.fixture
def faulty() -> Iterator[FaultyServer]:
    with faulty_server() as server:
        yield server


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = copy_project(tmp_path_factory.mktemp("rendered") / "project")
    assert cli.execute(["render", "--project", str(project)]) == 0
    return project


@pytest.fixture
def site(faulty: FaultyServer, rendered: Path, tmp_path: Path) -> Path:
    """A rendered project whose workspace is empty, and answers as a test says."""
    project = tmp_path / "project"
    shutil.copytree(rendered, project)
    settings = settings_of(project, project)
    pretend_embedded(faulty, settings.root, json.loads(settings.to_json()))
    faulty.on("GET", "/sqlPools", Answer(200, {"value": [{"name": "sqllocal", "properties": {"status": "Online"}}]}))
    faulty.on("GET", "/bigDataPools", Answer(200, {"value": [{"name": "sparklocal", "properties": {}}]}))
    return project


@pytest.fixture
def saved(site: Path, synapse_gen: CommandLine, faulty: FaultyServer, tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    assert synapse_gen("plan", "--out", path, "--project", site)[0] == 0
    faulty.seen.clear()
    return path


def nothing_was_written(faulty: FaultyServer, site: Path) -> bool:
    return (
        all(s.method == "GET" for s in faulty.seen) and not (site / ".synapse-gen/local/published/state.json").exists()
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "plan.json: error[SYN002]: the file is empty"),
        (b"[]", "plan.json:1:1: error[SYN339]: the file holds no plan\n" + AGAIN),
        (b"{}", "error[SYN339]: the file holds no plan"),
        (b'{"version": 1, "changes": [', "plan.json:1:28: error[SYN004]: this is no JSON: "),
        (b"\x7fELF\x02\x01\xbf", "error[SYN003]: "),
        (b'{"version": 1, "version": 1, "changes": []}', "plan.json:1:16: error["),
    ],
    ids=["empty", "a-list", "another-object", "truncated", "binary", "twice"],
)
def test_a_file_that_is_no_plan(
    synapse_gen: CommandLine, site: Path, faulty: FaultyServer, tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    code, out, err = synapse_gen("publish", "--plan", path, "--project", site)
    assert (code, out) == (1, "")
    assert words in err
    assert err.count("error[") == 1
    assert not faulty.seen


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        ({"version": 2}, "2:14", "the plan has the version 2, this synapse-gen reads 1"),
        ({"serial": "0"}, r"\d+:13", "the plan is damaged: input should be a valid integer"),
        ({"more": 1}, r"\d+:11", "the plan is damaged: extra inputs are not permitted"),
        ({"changes": [{"artifact": "nowhere/x"}]}, r"\d+:\d+", "the plan is damaged: "),
        ({"purpose": "destroy"}, r"\d+:14", "the plan is damaged: input should be 'publish' or 'rollback'"),
    ],
    ids=["version", "type", "unknown-key", "kind", "purpose"],
)
def test_a_damaged_plan_is_told_with_line_and_column(
    synapse_gen: CommandLine,
    site: Path,
    saved: Path,
    faulty: FaultyServer,
    change: dict[str, Any],
    place: str,
    words: str,
) -> None:
    saved.write_text(json.dumps(json.loads(saved.read_text()) | change, indent=2))
    code, _, err = synapse_gen("publish", "--plan", saved, "--project", site)
    assert code == 1
    assert re.search(rf"plan\.json:{place}: error\[SYN339\]: {re.escape(words)}", err), err
    assert AGAIN in err
    assert not faulty.seen


@pytest.mark.parametrize(("path", "words"), [("nothing.json", "there is no such file"), (".", "this is a folder")])
def test_a_plan_that_is_not_there(synapse_gen: CommandLine, site: Path, path: str, words: str) -> None:
    code, _, err = synapse_gen("publish", "--plan", site / path, "--project", site)
    assert code == 1
    assert words in err


@pytest.mark.parametrize("change", [{"environment": "prod"}, {"workspace": "syn-other"}, {"project": "other"}])
def test_a_plan_of_another_place_is_refused_before_anybody_signs_in(
    synapse_gen: CommandLine, site: Path, saved: Path, faulty: FaultyServer, change: dict[str, str]
) -> None:
    saved.write_text(json.dumps(json.loads(saved.read_text()) | change))
    code, _, err = synapse_gen("publish", "--plan", saved, "--project", site)
    assert code == 2
    assert f"{saved}: error[SYN340]: the plan is for " in err
    assert next(iter(change.values())) in err
    assert not faulty.seen
    # and so is this project's own, for an environment to which nobody here may sign in
    assert synapse_gen("publish", "--plan", saved, "--env", "prod", "--project", site)[0] == 2


def test_a_plan_of_a_rollback_is_no_plan_of_a_publish(
    synapse_gen: CommandLine, site: Path, saved: Path, faulty: FaultyServer
) -> None:
    saved.write_text(json.dumps(json.loads(saved.read_text()) | {"purpose": "rollback"}))
    code, _, err = synapse_gen("publish", "--plan", saved, "--project", site)
    assert code == 3
    assert "error[SYN340]: " in err
    assert nothing_was_written(faulty, site)


def test_a_saved_plan_takes_no_options_of_its_own(synapse_gen: CommandLine, site: Path, saved: Path) -> None:
    for option in ("--prune", "--adopt"):
        code, _, err = synapse_gen("publish", "--plan", saved, option, "--project", site)
        assert code == 2
        assert "give --prune and --adopt to `plan`" in err


def test_a_plan_is_refused_where_the_workspace_has_moved(
    synapse_gen: CommandLine, site: Path, saved: Path, faulty: FaultyServer
) -> None:
    mine = {"name": "nyc_taxi", "etag": "e", "properties": {"activities": []}}
    faulty.on("GET", "/pipelines", Answer(200, {"value": [mine]}))
    code, _, err = synapse_gen("publish", "--plan", saved, "--project", site)
    assert code == 3
    assert "error[SYN340]: pipeline/nyc_taxi " in err
    assert nothing_was_written(faulty, site)


def test_folders_of_a_tree_that_nobody_knows(synapse_gen: CommandLine, site: Path, faulty: FaultyServer) -> None:
    stray = site / "artifacts/local/pipelines/x.json"
    stray.parent.mkdir()
    stray.write_text('{"name": "x", "properties": {}}')
    code, _, err = synapse_gen("publish", "--project", site)
    assert code != 0
    assert "artifacts/local/pipelines" in err
    assert nothing_was_written(faulty, site)


@pytest.mark.parametrize(
    ("pools", "message", "line"),
    [
        ("/sqlPools", 'the workspace has no SQL pool "sqllocal"', "sql_pool: {name: sqllocal}"),
        ("/bigDataPools", 'the workspace has no Spark pool "sparklocal"', "spark_pool: {name: sparklocal,"),
    ],
    ids=["sql", "spark"],
)
def test_a_pool_that_there_is_not_stops_everything_and_is_told_once(
    synapse_gen: CommandLine, site: Path, faulty: FaultyServer, pools: str, message: str, line: str
) -> None:
    faulty.on("GET", pools, Answer(200, {"value": []}))
    for command, code in (("publish", 3), ("plan", 1)):
        got, _, err = synapse_gen(command, "--project", site)
        assert got == code
        assert re.match(rf"synapse\.yaml:\d+:\d+: error\[SYN335\]: {message}, which \S+/nyc_taxi", err)
        assert line in err
        assert err.count("error[") == 1
        assert nothing_was_written(faulty, site)


def test_no_permission_on_one_kind_says_which_and_the_role(
    synapse_gen: CommandLine, site: Path, faulty: FaultyServer
) -> None:
    refusal = Answer(403, {"code": "Forbidden", "message": "The principal lacks notebooks/read."})
    faulty.on("GET", "/notebooks", refusal)
    for command in ("plan", "publish"):
        code, out, err = synapse_gen(command, "--project", site)
        assert (code, out) == (3, "")
        assert err == (
            "error[SYN302]: the workspace does not show its notebooks: Forbidden: The principal lacks notebooks/read.\n"
            '  help: publishing needs the Synapse Artifact Publisher role (README, "A real workspace")\n'
        )
        assert nothing_was_written(faulty, site)


def test_a_list_that_makes_no_sense_is_no_empty_list(
    synapse_gen: CommandLine, site: Path, faulty: FaultyServer
) -> None:
    faulty.on("GET", "/pipelines", Answer(200, b"<html>sign in</html>"))
    code, _, err = synapse_gen("publish", "--project", site)
    assert code == 3
    assert "error[SYN302]: " in err
    assert nothing_was_written(faulty, site)


def test_a_storage_account_that_cannot_be_reached_is_exit_3() -> None:
    with socket.socket() as taken:
        # Bound, but nobody listens: a connection is refused at once.
        taken.bind(("127.0.0.1", 0))
        place = StatePlace(f"http://127.0.0.1:{taken.getsockname()[1]}/account", "container", "folder")
        with closing(BlobStore(place, None)) as store, pytest.raises(SynapseGenError) as refused, told():
            store.read("state.json")
    assert refused.value.exit_code is ExitCode.WORKSPACE
    (found,) = refused.value.diagnostics
    assert found.code == "SYN338"
    assert found.message.startswith(f"{place.account_url}/container/folder cannot be reached: ")


def test_a_state_folder_that_cannot_be_written_is_exit_4(tmp_path: Path) -> None:
    (tmp_path / "published").touch()
    with pytest.raises(SynapseGenError) as refused, told():
        FolderStore(tmp_path / "published").write("state.json", b"{}", replaces=None)
    assert refused.value.exit_code is ExitCode.MACHINE
    assert refused.value.diagnostics[0].code == "SYN338"


@pytest.mark.parametrize("cause", [ConnectionResetError, TimeoutError])
def test_a_broken_connection_is_no_fault_of_this_machine(cause: type[OSError]) -> None:
    with pytest.raises(SynapseGenError) as refused, told():
        raise StoreError("cut") from cause()
    assert refused.value.exit_code is ExitCode.WORKSPACE


def test_ctrl_c_while_the_lists_are_read_is_130_and_nothing_is_written(
    synapse_gen: CommandLine, site: Path, faulty: FaultyServer
) -> None:
    faulty.on("GET", "/pipelines", Answer(200, {"value": []}, first=interrupt))
    code, out, err = synapse_gen("publish", "--project", site)
    assert (code, out, err.strip()) == (130, "", "interrupted")
    assert nothing_was_written(faulty, site)


def test_what_is_left_behind_by_a_failure_is_told_of_by_the_next_plan(
    synapse_gen: CommandLine, site: Path, faulty: FaultyServer
) -> None:
    faulty.on("PUT", "/pipelines/nyc_taxi_train", Answer(403, {"code": "Forbidden", "message": "no"}))
    code, _, err = synapse_gen("publish", "--project", site)
    assert code == 3
    assert "T-SQL" not in err
    _, _, err = synapse_gen("plan", "--project", site)
    assert re.match(
        r"publish \S+ by \S+, \S+, ended, failed in part, and what became of some of it is not known; ", err
    )


def test_a_state_that_cannot_be_read_stops_before_anything_is_asked(
    synapse_gen: CommandLine, site: Path, faulty: FaultyServer
) -> None:
    state = site / ".synapse-gen/local/published/state.json"
    state.parent.mkdir()
    state.write_text("garbage")
    for command in ("plan", "publish"):
        code, _, err = synapse_gen(command, "--project", site)
        assert code == 3
        assert "error[SYN330]: state.json in " in err
        assert "  help: " in err
    assert not faulty.requests("PUT")
    assert state.read_text() == "garbage"


def test_a_workspace_that_is_connected_to_git_unknown_to_the_project_is_told_of(
    synapse_gen: CommandLine, site: Path, faulty: FaultyServer
) -> None:
    git = {"type": "WorkspaceGitHubConfiguration", "repositoryName": "taxi"}
    faulty.on("GET", "/workspace", Answer(200, {"name": "w", "properties": {"workspaceRepositoryConfiguration": git}}))
    code, _, err = synapse_gen("plan", "--project", site)
    assert code == 0
    assert "warning[SYN336]: syn-taxi-local is connected to git (taxi)" in err


def test_no_credential_is_told_before_anything_is_sent(
    synapse_gen: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    edit(site, "authentication: workload_identity", "authentication: environment", "synapse.yaml")
    for command in ("plan", "publish", "rollback --list"):
        code, _, err = synapse_gen(*command.split(), "--env", "prod", "--project", site)
        assert code == 3
        assert err.startswith("error[SYN302]: no credential (environment): ")
