"""``export-arm``: two files for Microsoft's task from what is committed, or one sentence that says why not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import edit, shell, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine

TEMPLATE, PARAMETERS = "TemplateForWorkspace.json", "TemplateParametersForWorkspace.json"


@pytest.fixture
def rendered(synapse_gen: CommandLine, project: Path) -> Path:
    assert synapse_gen("render", "--project", project)[0] == 0
    return project


def test_the_default_environment_goes_into_a_folder_of_its_name(synapse_gen: CommandLine, rendered: Path) -> None:
    code, out, err = synapse_gen("export-arm", "--project", rendered)
    folder = rendered / "arm/local"
    assert (code, out) == (0, f"{folder / TEMPLATE}\n{folder / PARAMETERS}\n")
    assert err.endswith("12 artifacts of local exported with 6 parameters\n")
    assert sorted(path.name for path in folder.iterdir()) == [TEMPLATE, PARAMETERS]


def test_an_environment_is_exported_with_its_own_values(
    synapse_gen: CommandLine, rendered: Path, tmp_path: Path
) -> None:
    assert synapse_gen("export-arm", "--project", rendered, "--env", "prod", "--out", tmp_path / "a/b")[0] == 0
    values = json.loads((tmp_path / "a/b" / PARAMETERS).read_bytes())["parameters"]
    assert values["workspaceName"] == {"value": "syn-taxi-prod"}
    assert values["key_vault_properties_typeProperties_baseUrl"] == {"value": "https://kv-taxi-prod.vault.azure.net/"}


def test_exporting_again_writes_the_same(synapse_gen: CommandLine, rendered: Path) -> None:
    first = synapse_gen("export-arm", "--project", rendered)
    before = snapshot(rendered)
    assert synapse_gen("export-arm", "--project", rendered) == first
    assert snapshot(rendered) == before
    edit(rendered, "trials: 25", "trials: 26")
    assert synapse_gen("render", "--project", rendered)[0] == 0
    assert synapse_gen("export-arm", "--project", rendered) == first
    assert '\\"maxTrials\\": 26' in (rendered / "arm/local" / TEMPLATE).read_text(encoding="utf-8")


def test_a_tree_that_is_not_what_the_specs_render_to(synapse_gen: CommandLine, rendered: Path) -> None:
    edit(rendered, "trials: 25", "trials: 26")
    before = snapshot(rendered)
    code, out, err = synapse_gen("export-arm", "--project", rendered)
    assert (code, out) == (1, "")
    assert "error[SYN304]" in err
    assert snapshot(rendered) == before


def test_a_tree_that_was_never_rendered(synapse_gen: CommandLine, project: Path) -> None:
    code, out, err = synapse_gen("export-arm", "--project", project)
    assert (code, out) == (1, "")
    assert err.count("error[") == 1
    assert not (project / "arm").exists()


def test_a_text_that_the_task_would_change(synapse_gen: CommandLine, project: Path) -> None:
    edit(project, "tpepPickupDateTime < '2018-06-01'\"", "'[concat(1)]' <> ''\"")
    assert synapse_gen("render", "--project", project)[0] == 0
    code, out, err = synapse_gen("export-arm", "--project", project)
    assert (code, out) == (1, "")
    assert "artifacts/local/notebook/nyc_taxi_prepare.json: error[SYN320]: notebook/nyc_taxi_prepare: " in err
    assert "the task joins the text [concat(...)] wherever it stands\n" in err
    assert not (project / "arm").exists()


@pytest.mark.parametrize("where", ["taken", "taken/inside"])
def test_a_file_where_the_folder_should_be(synapse_gen: CommandLine, rendered: Path, where: str) -> None:
    (rendered / "taken").write_text("mine", encoding="utf-8")
    before = snapshot(rendered)
    code, out, err = synapse_gen("export-arm", "--project", rendered, "--out", rendered / where)
    assert (code, out) == (4, "")
    assert "error[SYN322]: cannot " in err
    assert "nothing was changed" in err
    assert snapshot(rendered) == before


def test_a_full_disk_leaves_nothing(synapse_gen: CommandLine, rendered: Path) -> None:
    before = snapshot(rendered)
    done = shell('ulimit -f 4; "${@}" export-arm', rendered)
    assert (done.returncode, done.stdout) == (4, "")
    assert "error[SYN322]: cannot write: File too large\n" in done.stderr
    assert snapshot(rendered) == before


@pytest.mark.parametrize("content", ["{}", "notes", '{"$schema": "x", "parameters": {"workspaceName": 1}}', "[]"])
def test_a_file_that_is_no_export_stays(synapse_gen: CommandLine, rendered: Path, content: str) -> None:
    (rendered / "arm/local").mkdir(parents=True)
    (rendered / "arm/local" / PARAMETERS).write_text(content, encoding="utf-8")
    before = snapshot(rendered)
    code, out, err = synapse_gen("export-arm", "--project", rendered)
    assert (code, out) == (1, "")
    assert f"{PARAMETERS}: error[SYN323]: it is no exported template; it is not overwritten\n" in err
    assert snapshot(rendered) == before
    assert synapse_gen("export-arm", "--project", rendered, "--force")[0] == 0
    assert "workspaceName" in (rendered / "arm/local" / PARAMETERS).read_text(encoding="utf-8")


def test_an_export_of_studio_is_overwritten(synapse_gen: CommandLine, rendered: Path) -> None:
    assert synapse_gen("export-arm", "--project", rendered)[0] == 0
    path = rendered / "arm/local" / TEMPLATE
    path.write_text(json.dumps(json.loads(path.read_bytes())), encoding="utf-8")  # laid out in another way
    assert synapse_gen("export-arm", "--project", rendered)[0] == 0
    assert path.read_text(encoding="utf-8").startswith("{\n\t")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--env", "locl"], 'there is no environment "locl"; did you mean "local"?'),
        (["--out", ""], "the name of the folder is empty"),
        (["--out", "a", "--out", "b"], "Invalid value for '--out': give it once"),
        (["extra"], "unexpected extra argument (extra)"),
    ],
    ids=["environment", "empty", "twice", "argument"],
)
def test_wrong_use(synapse_gen: CommandLine, rendered: Path, options: list[str], words: str) -> None:
    before = snapshot(rendered)
    code, out, err = synapse_gen("export-arm", "--project", rendered, *options)
    assert (code, out) == (2, "")
    assert words in err
    assert snapshot(rendered) == before
