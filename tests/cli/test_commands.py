"""Transcripts of the command line: what goes where, and every documented exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import CommandLine

SPEC = "specs/nyc_taxi.yaml"


def edit(project: Path, old: str, new: str, file: str = SPEC) -> None:
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_render_then_check(synapse_gen: CommandLine, project: Path) -> None:
    code, out, err = synapse_gen("render", "--project", project)
    assert (code, out) == (0, "")
    assert "to create" in err
    code, out, err = synapse_gen("render", "--check", "--project", project)
    assert (code, out, err) == (0, "", "what is committed is what the specs render to\n")
    assert not list(project.rglob("*.tmp"))


def test_the_committed_trees_are_what_the_specs_render_to(synapse_gen: CommandLine, repository: Path) -> None:
    assert synapse_gen("render", "--check", "--project", repository)[0] == 0


def test_check_prints_a_diff_and_writes_nothing(synapse_gen: CommandLine, project: Path) -> None:
    synapse_gen("render", "--project", project)
    before = {p: p.read_bytes() for p in project.rglob("*") if p.is_file()}
    edit(project, "trials: 25", "trials: 26")
    before[project / SPEC] = (project / SPEC).read_bytes()
    code, out, err = synapse_gen("render", "--check", "--env", "dev", "--project", project)
    assert code == 1
    assert "--- a/artifacts/dev/pipeline/nyc_taxi_train.json" in out
    assert '\\"maxTrials\\": 26' in out
    assert "run `synapse-gen render`" in err
    assert {p: p.read_bytes() for p in project.rglob("*") if p.is_file()} == before


def test_a_misspelt_target_is_shown_with_its_line_and_a_caret(synapse_gen: CommandLine, project: Path) -> None:
    edit(project, "target: fareAmount", "target: fareAmout")
    code, out, err = synapse_gen("render", "--project", project)
    assert (code, out) == (1, "")
    assert err == (
        'specs/nyc_taxi.yaml:24:11: error[SYN021]: target "fareAmout" is not a column; did you mean "fareAmount"?\n'
        "      target: fareAmout\n"
        "              ^\n"
    )
    assert not (project / "artifacts").exists()


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("trials: 25", "trails: 25", "SYN017", 'did you mean "trials"?'),
        ("kind: AutoML", "kind: AutoML\nkind: AutoML", "SYN005", "twice"),
        ("type: nvarchar(30)", "type: nvarchr(30)", "SYN025", "nvarchar"),
        ("name: nyc_taxi\n", "name: nyc/taxi\n", "", "nyc/taxi"),
        ("prepare:\n", "prepare: [\n", "SYN004", ""),
        ("role: key, ", "", "SYN023", "key"),
    ],
)
def test_bad_specs_get_one_code_each(
    synapse_gen: CommandLine, project: Path, old: str, new: str, code: str, words: str
) -> None:
    edit(project, old, new)
    exit_code, out, err = synapse_gen("validate", "--project", project)
    assert (exit_code, out) == (1, "")
    assert f"error[{code}" in err
    assert words in err
    assert "specs/nyc_taxi.yaml:" in err


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00binary", b"   \n"])
def test_a_file_that_is_no_spec(synapse_gen: CommandLine, project: Path, content: bytes) -> None:
    (project / SPEC).write_bytes(content)
    code, _, err = synapse_gen("validate", "--project", project)
    assert code == 1
    assert err.startswith("specs/nyc_taxi.yaml")


def test_a_project_without_specs(synapse_gen: CommandLine, project: Path) -> None:
    (project / SPEC).unlink()
    code, _, err = synapse_gen("validate", "--project", project)
    assert code == 1
    assert "SYN014" in err


def test_an_unknown_environment_is_wrong_use(synapse_gen: CommandLine, project: Path) -> None:
    code, _, err = synapse_gen("render", "--env", "locl", "--project", project)
    assert code == 2
    assert 'did you mean "local"?' in err


def test_a_folder_without_a_project_is_wrong_use(synapse_gen: CommandLine, tmp_path: Path) -> None:
    code, _, err = synapse_gen("validate", "--project", tmp_path)
    assert code == 2
    assert "no synapse.yaml" in err


def test_a_misspelt_command_is_wrong_use(synapse_gen: CommandLine) -> None:
    code, _, err = synapse_gen("rendr")
    assert code == 2
    assert 'Did you mean "render"?' in err


def test_a_broken_template_stops_render(synapse_gen: CommandLine, project: Path) -> None:
    folder = project / "templates/sql/automl"
    folder.mkdir(parents=True)
    (folder / "swap.sql.j2").write_text("{{ table }}\n")
    code, _, err = synapse_gen("render", "--project", project)
    assert code == 1
    assert "templates/sql/automl/swap.sql.j2:1: error[SYN202]" in err
    assert not (project / "artifacts").exists()


def test_a_file_that_studio_changed_is_not_overwritten(synapse_gen: CommandLine, project: Path) -> None:
    synapse_gen("render", "--project", project)
    path = project / "artifacts/dev/pipeline/nyc_taxi.json"
    path.write_text(path.read_text().replace('"concurrency": 1', '"concurrency": 2'))
    edit(project, "trials: 25", "trials: 26")
    code, _, err = synapse_gen("render", "--project", project)
    assert code == 1
    assert "artifacts/dev/pipeline/nyc_taxi.json: error[SYN205]" in err
    assert '"concurrency": 2' in path.read_text()


def test_a_read_only_tree_is_exit_4_and_nothing_changes(
    synapse_gen: CommandLine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    code, _, err = synapse_gen("render", "--project", project)
    assert code == 4
    assert "Read-only file system" in err
    assert not [p for p in project.rglob("artifacts/**/*") if p.is_file()]


def test_publish_refuses_a_tree_that_is_not_rendered(synapse_gen: CommandLine, project: Path) -> None:
    code, _, err = synapse_gen("publish", "--project", project)
    assert code == 1
    assert "SYN304" in err
    assert "run `synapse-gen render`" in err
    assert not (project / ".synapse-gen").exists()


def test_validate_as_json(synapse_gen: CommandLine, project: Path) -> None:
    code, out, _ = synapse_gen("validate", "--format", "json", "--project", project)
    assert (code, json.loads(out)) == (0, {"version": 1, "findings": []})
    edit(project, "target: fareAmount", "target: fareAmout")
    code, out, err = synapse_gen("validate", "--format", "json", "--project", project)
    finding = json.loads(out)["findings"][0]
    assert (code, err) == (1, "")
    assert (finding["code"], finding["path"], finding["line"], finding["column"]) == ("SYN021", SPEC, 24, 11)


def test_azure_ml_in_a_workspace_with_exfiltration_protection(synapse_gen: CommandLine, project: Path) -> None:
    edit(
        project,
        "    git: connected\n",
        "    git: connected\n    network: {data_exfiltration_protection: true}\n",
        "synapse.yaml",
    )
    code, _, err = synapse_gen("validate", "--env", "dev", "--project", project)
    assert code == 1
    assert "artifacts/dev/linkedService/azure_ml.json" in err
    assert "error[SYN152]" in err


def test_an_azure_environment_without_credential_says_so(
    synapse_gen: CommandLine, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(project, "    authentication: cli\n", "    authentication: environment\n", "synapse.yaml")
    for name in ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    synapse_gen("render", "--project", project)
    code, _, err = synapse_gen("publish", "--env", "dev", "--project", project)
    assert code == 3
    assert "no credential (environment)" in err


def test_schema_is_a_json_schema(synapse_gen: CommandLine) -> None:
    code, out, _ = synapse_gen("schema")
    assert code == 0
    assert "columns" in json.loads(out)["properties"]


def test_help_imports_no_command(repository: Path) -> None:
    """`--help` is instant because nothing heavy is imported for it."""
    script = (
        "import sys; from generator import cli; cli.run(['--help']); "
        "heavy = {'pydantic', 'jinja2', 'azure', 'yaml', 'jupytext', 'starlette', 'duckdb'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_output_that_nobody_reads_is_no_error(repository: Path) -> None:
    command = [sys.executable, "-c", "from generator.cli import main; main(['schema'])"]
    with subprocess.Popen(command, cwd=repository, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
