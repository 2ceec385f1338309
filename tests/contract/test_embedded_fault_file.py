"""The fault file from the command line to the server, and the example of the documentation."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest
import yaml

from generator.local import process
from generator.local.faults.model import ConcurrentOperations, Fault, FaultFile, FaultKind, Git, OperationTimes
from tests.contract.conftest import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from tests.conftest import CommandLine

WRONG = """\
latency: fast
faults:
  - kind: statsu
  - kind: drop_after
    status: 500
"""


@pytest.fixture(scope="module")
def example(repository: Path) -> dict[str, Any]:
    """The file of the documentation."""
    blocks = re.findall(
        r"```yaml\n(.*?)```", (repository / "docs" / "faults.md").read_text(encoding="utf-8"), re.DOTALL
    )
    (text,) = blocks
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def test_the_example_of_the_documentation_is_a_fault_file(example: dict[str, Any]) -> None:
    read = FaultFile.model_validate_json(json.dumps(example), strict=True)
    assert [fault.kind for fault in read.faults] == list(get_args(FaultKind))


@pytest.mark.parametrize(
    "model", [FaultFile, OperationTimes, ConcurrentOperations, Git, Fault], ids=lambda m: m.__name__
)
def test_the_example_has_every_key(example: dict[str, Any], model: type[BaseModel]) -> None:
    places = {
        FaultFile: example,
        OperationTimes: example["operations"],
        ConcurrentOperations: example["concurrent_operations"],
        Git: example["git"],
        Fault: {key for fault in example["faults"] for key in fault},
    }
    assert set(places[model]) == set(model.model_fields)


def test_a_file_that_is_wrong_is_told_by_line_and_column(synapse_gen: CommandLine, project: Path) -> None:
    file = project / "faults.yaml"
    file.write_text(WRONG)
    code, _, err = synapse_gen("local", "start", "--project", project, "--faults", file)
    assert code == 1
    assert re.findall(rf"{re.escape(str(file))}:(\d+:\d+): error\[(\w+)\]", err) == [
        ("1:10", "SYN407"),
        ("3:11", "SYN407"),
        ("5:13", "SYN407"),
    ]
    assert 'did you mean "status"?' in err
    assert not (project / ".synapse-gen" / "local" / "server.json").exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [("[]", "SYN407"), ("- 1", "SYN407"), ("", "SYN002"), ("a: [", "SYN004"), ("seed: 1\nseed: 2", "SYN005")],
    ids=["list", "items", "empty", "torn", "twice"],
)
def test_a_file_that_is_none(synapse_gen: CommandLine, project: Path, content: str, code: str) -> None:
    file = project / "faults.yaml"
    file.write_text(content)
    exit_code, _, err = synapse_gen("local", "start", "--project", project, "--faults", file)
    assert (exit_code, code in err) == (1, True)


def test_a_file_that_there_is_not(synapse_gen: CommandLine, project: Path) -> None:
    code, _, err = synapse_gen("local", "start", "--project", project, "--faults", project / "none.yaml")
    assert (code, "SYN001" in err) == (1, True)


@pytest.fixture
def root(project: Path) -> Iterator[Path]:
    folder = project / ".synapse-gen" / "local"
    yield folder
    process.stop(folder)


def status_of(root: Path, method: str, path: str) -> int:
    server = process.find(root)
    assert server is not None
    headers = {"Authorization": f"Bearer {server.token}"}
    body = {"properties": {"activities": []}} if method == "PUT" else None
    return httpx.request(method, f"{server.url}{path}", headers=headers, json=body, trust_env=False).status_code


def test_a_workspace_is_started_with_faults_and_again_without(
    synapse_gen: CommandLine, project: Path, root: Path, repository: Path
) -> None:
    file = project / "faults.yaml"
    file.write_text("faults: [{kind: status, path: ^/datasets, status: 500}, {kind: drop_before, path: ^/notebooks}]")
    code, out, _ = synapse_gen("local", "start", "--project", project, "--faults", file)
    assert (code, f"misbehaving as {file} says" in out) == (0, True)
    assert [status_of(root, "GET", p) for p in ("/datasets", "/pipelines")] == [500, 200]
    with pytest.raises(httpx.RemoteProtocolError):
        status_of(root, "GET", "/notebooks")
    assert status_of(root, "PUT", "/pipelines/p") == 202
    first = process.find(root)
    assert first is not None

    # What publish and run ask for says nothing of faults.
    again = process.ensure_running(settings_of(repository, project))
    assert again.pid == first.pid
    _, out, _ = synapse_gen("local", "status", "--project", project)
    assert [f["kind"] for f in json.loads(out)["faults"]["faults"]] == ["status", "drop_before"]

    code, out, _ = synapse_gen("local", "start", "--project", project)
    assert (code, "misbehaving" in out) == (0, False)
    assert [status_of(root, "GET", p) for p in ("/datasets", "/notebooks", "/pipelines/p")] == [200, 200, 200]


def test_other_settings_keep_the_faults_of_a_workspace_that_runs(repository: Path, tmp_path: Path) -> None:
    settings = settings_of(repository, tmp_path)
    first = process.ensure_running(replace(settings, faults=FaultFile(page_size=1)))
    try:
        changed = process.ensure_running(replace(settings, sql_pool="other"))
        assert changed.pid != first.pid
        found = json.loads(process.request(changed, "GET", "/linkedservices"))
        assert len(found["value"]) == 1
    finally:
        process.stop(settings.root)


def test_a_data_plane_alone_is_a_process_that_ends_with_its_input(tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text("page_size: 1")
    command = [sys.executable, "-m", "generator.local.faults", "--workspace", "w", "--faults", str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stdin is not None
        said = json.loads(running.stdout.readline())
        headers = {"Authorization": f"Bearer {said['token']}"}
        answer = httpx.get(f"{said['url']}/linkedservices", headers=headers, trust_env=False).json()
        assert [s["name"] for s in answer["value"]] == ["w-WorkspaceDefaultSqlServer"]
        assert said["pid"] == running.pid
        running.stdin.close()
        assert running.wait(30) == 0


def test_a_data_plane_alone_refuses_a_file_that_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "faults.yaml"
    file.write_text("page_size: none")
    command = [sys.executable, "-m", "generator.local.faults", "--workspace", "w", "--faults", str(file)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, "page_size" in ended.stderr) == (1, True)
