"""Transcripts of ``plan``: nothing is written, whatever it is asked, but to the file that it was told."""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

import pytest

from generator.publish import Plan
from tests.cli.conftest import artifacts_of, edit, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine

COUNTS = "12 to create, 0 to update, 0 to delete; 0 unchanged"


def test_a_first_plan_creates_everything_and_writes_nothing(synapse_gen: CommandLine, site: Path) -> None:
    before = snapshot(site)
    code, out, err = synapse_gen("plan", "--project", site)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "plan for syn-taxi-local (environment local)"
    assert "  + pipeline/nyc_taxi: it is not in the workspace" in lines
    assert lines[-1] == COUNTS
    assert artifacts_of(site) == {}
    assert snapshot(site) == before


def test_after_a_publish_the_plan_is_empty_and_names_no_artifact(synapse_gen: CommandLine, site: Path) -> None:
    assert synapse_gen("publish", "--project", site)[0] == 0
    code, out, err = synapse_gen("plan", "--exit-code", "--project", site)
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "0 to create, 0 to update, 0 to delete; 12 unchanged"
    assert "pipeline/" not in out


def test_what_changed_is_shown_with_both_values(synapse_gen: CommandLine, site: Path) -> None:
    synapse_gen("publish", "--project", site)
    edit(site, "trials: 25", "trials: 26")
    synapse_gen("render", "--env", "local", "--project", site)
    code, out, _ = synapse_gen("plan", "--exit-code", "--project", site)
    assert code == 1
    assert "  ~ pipeline/nyc_taxi_train: " in out
    assert '-                "maxTrials": 25,' in out
    assert '+                "maxTrials": 26,' in out
    _, out, _ = synapse_gen("plan", "--format", "markdown", "--project", site)
    assert "| update | `pipeline/nyc_taxi_train` |" in out
    assert "<details><summary>pipeline/nyc_taxi_train</summary>" in out


def test_json_is_the_plan_that_is_saved(
    synapse_gen: CommandLine, site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = synapse_gen("plan", "--format", "json", "--out", "plan.json", "--project", site)
    saved = (tmp_path / "plan.json").read_text()
    assert code == 0
    assert out == saved
    assert Plan.model_validate_json(saved).environment == "local"
    assert err == "saved to plan.json; carry it out with `synapse-gen publish --env local --plan plan.json`\n"
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_plan_is_saved_through_a_link_and_not_over_it(synapse_gen: CommandLine, site: Path, tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    assert synapse_gen("plan", "--out", tmp_path / "link.json", "--project", site)[0] == 0
    assert (tmp_path / "link.json").is_symlink()
    assert json.loads((tmp_path / "real.json").read_text())["version"] == 1


def test_a_plan_is_written_into_a_pipe_and_does_not_take_its_place(
    synapse_gen: CommandLine, site: Path, tmp_path: Path
) -> None:
    """Else a plan for /dev/null, written by root, would replace the device."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    assert synapse_gen("plan", "--out", pipe, "--project", site)[0] == 0
    reader.join(10)
    assert pipe.is_fifo()
    assert json.loads(read[0])["workspace"] == "syn-taxi-local"


@pytest.mark.parametrize(
    ("out", "code", "words"),
    [
        ("nothing/plan.json", 4, "plan.json: error[SYN430]: the plan cannot be written: No such file or directory"),
        ("synapse.yaml/plan.json", 4, "error[SYN430]: the plan cannot be written: Not a directory"),
        ("specs", 2, "is a directory"),
    ],
)
def test_a_plan_that_cannot_be_saved(synapse_gen: CommandLine, site: Path, out: str, code: int, words: str) -> None:
    before = snapshot(site)
    got, _, err = synapse_gen("plan", "--out", site / out, "--project", site)
    assert got == code
    assert words in err
    assert snapshot(site) == before
