"""Transcripts of the command line: what goes where, and every documented exit code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from generator.cli.json_output import Findings
from tests.cli.conftest import SPEC, edit

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.conftest import CommandLine


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


def test_a_file_that_studio_changed_is_not_overwritten(synapse_gen: CommandLine, project: Path) -> None:
    synapse_gen("render", "--project", project)
    path = project / "artifacts/dev/pipeline/nyc_taxi.json"
    path.write_text(path.read_text().replace('"concurrency": 1', '"concurrency": 2'))
    edit(project, "trials: 25", "trials: 26")
    code, _, err = synapse_gen("render", "--project", project)
    assert code == 1
    assert "artifacts/dev/pipeline/nyc_taxi.json: error[SYN205]" in err
    assert '"concurrency": 2' in path.read_text()


def test_publish_refuses_a_tree_that_is_not_rendered(synapse_gen: CommandLine, project: Path) -> None:
    code, _, err = synapse_gen("publish", "--project", project)
    assert code == 1
    assert err.startswith("error[SYN304]: nothing was published: the committed tree of local is not what the specs")
    assert ": artifacts/local/linkedService/azure_ml.json, " in err
    assert re.search(r" and \d+ more\n", err)
    assert "run `synapse-gen render`" in err
    assert err.count("error[") == 1
    assert not (project / ".synapse-gen").exists()


def test_validate_as_json(synapse_gen: CommandLine, project: Path) -> None:
    code, out, _ = synapse_gen("validate", "--format", "json", "--project", project)
    assert (code, json.loads(out)) == (0, {"version": 1, "findings": []})
    assert out == Findings(version=1, findings=()).text() + "\n"
    edit(project, "target: fareAmount", "target: fareAmout")
    code, out, err = synapse_gen("validate", "--format", "json", "--project", project)
    finding = json.loads(out)["findings"][0]
    assert (code, err) == (1, "")
    assert Findings.model_validate_json(out)
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
    code, _, err = synapse_gen("publish", "--env", "dev", "--live", "--project", project)
    assert code == 3
    assert "no credential (environment)" in err


def test_publishing_past_git_wants_to_be_said(synapse_gen: CommandLine, project: Path) -> None:
    synapse_gen("render", "--project", project)
    code, out, err = synapse_gen("publish", "--env", "dev", "--project", project)
    assert (code, out) == (2, "")
    assert err == (
        "error[SYN336]: syn-taxi-dev is connected to git: what is published here is not what Studio shows, and"
        " Studio's next publish may undo it\n"
        "  help: publish from Studio after merging the tree, or say --live\n"
    )


def test_schema_is_a_json_schema(synapse_gen: CommandLine) -> None:
    code, out, _ = synapse_gen("schema")
    assert code == 0
    assert "columns" in json.loads(out)["properties"]


def test_what_is_printed_as_json_has_a_schema(synapse_gen: CommandLine) -> None:
    code, out, _ = synapse_gen("schema", "Findings")
    assert (code, list(json.loads(out)["properties"])) == (0, ["version", "findings"])
    code, out, _ = synapse_gen("schema", "Run")
    schema = json.loads(out)
    assert (code, schema["required"]) == (0, ["version", "run"])
    assert "runId" in schema["$defs"]["PipelineRun"]["properties"]


def test_help_imports_no_command(repository: Path) -> None:
    """`--help` is instant because nothing heavy is imported for it."""
    script = (
        "import sys; from generator import cli; cli.execute(['--help']); "
        "heavy = {'pydantic', 'jinja2', 'azure', 'yaml', 'jupytext', 'starlette', 'duckdb'} & set(sys.modules); "
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
