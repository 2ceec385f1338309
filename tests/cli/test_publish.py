"""Transcripts of ``publish``: what it says before, while and after it changes a workspace."""

from __future__ import annotations

import json
import re
from contextlib import closing
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKey
from generator.workspace.folder import FolderStore
from generator.workspace.objects import Holder
from tests.cli.conftest import COMMAND, artifacts_of, edit, shell, snapshot, workspace_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine

STATE = ".synapse-gen/local/published"
TRAIN = "pipeline/nyc_taxi_train"


def rename_the_spec(synapse_gen: CommandLine, site: Path) -> None:
    """Let ten artifacts leave the tree, and ten others come to it."""
    edit(site, "name: nyc_taxi\n", "name: cab\n")
    (site / "specs/nyc_taxi.yaml").rename(site / "specs/cab.yaml")
    assert synapse_gen("render", "--project", site)[0] == 0


def change_a_field(synapse_gen: CommandLine, site: Path) -> None:
    edit(site, "trials: 25", "trials: 26")
    assert synapse_gen("render", "--env", "local", "--project", site)[0] == 0


def change_in_studio(site: Path, text: str, old: str, new: str) -> None:
    key = ArtifactKey.parse(text)
    with closing(workspace_of(site)) as workspace:
        there = workspace.read(key)
        assert there is not None
        assert old in there.text
        body = f'{{"name": "{key.name}", "properties": {there.text.replace(old, new)}}}'
        workspace.put(key, body.encode())


def test_a_first_publish_and_a_second(synapse_gen: CommandLine, site: Path) -> None:
    code, out, err = synapse_gen("publish", "--project", site)
    assert (code, out) == (0, "")
    lines = err.splitlines()
    assert lines[0] == "12 to create, 0 to update, 0 to delete; 0 unchanged"
    assert sum(line.startswith("  published ") for line in lines) == 12
    assert re.fullmatch(r"12 of 12 artifacts published to syn-taxi-local in [\d.]+ s", lines[-3])
    assert re.fullmatch(r"this is publish \d{8}T\d{6}Z-[0-9a-f]{8}", lines[-2])
    assert lines[-1] == "25 T-SQL files changed; run nyc_taxi_setup: `synapse-gen run nyc_taxi_setup --env local`"
    before = artifacts_of(site), snapshot(site / STATE)
    code, out, err = synapse_gen("publish", "--project", site / "specs")
    assert (code, out) == (0, "")
    assert err == "nothing to do: syn-taxi-local has all 12 artifacts as they are in the tree\n"
    assert (artifacts_of(site), snapshot(site / STATE)) == before


def test_only_what_changed_is_sent_and_unchanged_artifacts_are_a_number(synapse_gen: CommandLine, site: Path) -> None:
    synapse_gen("publish", "--project", site)
    before = artifacts_of(site)
    change_a_field(synapse_gen, site)
    code, _, err = synapse_gen("publish", "--project", site)
    assert code == 0
    assert err.splitlines()[0] == "0 to create, 1 to update, 0 to delete; 11 unchanged"
    assert re.findall(r"(pipeline|notebook|linkedService|sqlscript|trigger)/(\w+)", err) == [
        ("pipeline", "nyc_taxi_train")
    ]
    assert "T-SQL" not in err
    after = artifacts_of(site)
    assert {key for key in after if after[key] != before[key]} == {TRAIN}


def test_setup_is_asked_for_only_where_it_runs_what_changed(synapse_gen: CommandLine, site: Path) -> None:
    synapse_gen("publish", "--project", site)
    state = site / STATE / "state.json"
    known = json.loads(state.read_text())
    known["sql"]["sql/local/nyc_taxi/702_sample.sql"] = "0" * 64
    state.write_text(json.dumps(known))
    _, _, err = synapse_gen("publish", "--project", site)
    assert err.splitlines()[-1] == "1 T-SQL file changed; no table or procedure with them"


def test_what_left_the_tree_is_kept_in_one_line_and_pruned_when_it_is_agreed_to(
    synapse_gen: CommandLine, site: Path
) -> None:
    synapse_gen("publish", "--project", site)
    rename_the_spec(synapse_gen, site)
    code, _, err = synapse_gen("publish", "--project", site)
    assert code == 0
    kept = [line for line in err.splitlines() if "kept" in line]
    assert len(kept) == 1
    assert kept[0].endswith(" and 7 more: it left the tree; `--prune` deletes it")
    before = artifacts_of(site)
    assert len(before) == 22
    code, _, err = synapse_gen("publish", "--prune", "--project", site)
    assert code == 2
    assert "  - pipeline/nyc_taxi: it left the tree\n" in err
    assert "error[SYN341]: nobody is there to agree to delete 10 artifacts in syn-taxi-local\n  help: say --yes" in err
    assert artifacts_of(site) == before
    code, _, err = synapse_gen("publish", "--prune", "--yes", "--project", site)
    assert code == 0
    assert re.search(r"\n10 of 10 artifacts deleted in syn-taxi-local in [\d.]+ s, 12 unchanged\n", err)
    gone = [line.split()[1] for line in err.splitlines() if line.startswith("  deleted ")]
    assert gone.index("pipeline/nyc_taxi") < gone.index(TRAIN) < gone.index("notebook/nyc_taxi_prepare")
    assert artifacts_of(site).keys() == before.keys() - set(gone)


def test_both_counts_are_told_where_something_is_written_and_something_deleted(
    synapse_gen: CommandLine, site: Path
) -> None:
    synapse_gen("publish", "--project", site)
    rename_the_spec(synapse_gen, site)
    code, _, err = synapse_gen("publish", "--prune", "--yes", "--project", site)
    assert code == 0
    assert re.search(
        r"\n10 of 10 artifacts published to syn-taxi-local, 10 of 10 deleted in [\d.]+ s, 2 unchanged\n", err
    )
    assert "T-SQL, which" not in err


def test_a_change_of_somebody_else_is_shown_with_both_sides_and_kept(synapse_gen: CommandLine, site: Path) -> None:
    synapse_gen("publish", "--project", site)
    change_in_studio(site, TRAIN, '\\"maxTrials\\": 25', '\\"maxTrials\\": 30')
    change_a_field(synapse_gen, site)
    before = artifacts_of(site)
    code, out, err = synapse_gen("publish", "--project", site)
    assert (code, out) == (3, "")
    assert err.startswith(f"error[SYN334]: {TRAIN}: it was changed in the workspace since it was published\n  help: ")
    assert '-                "maxTrials": 30,' in err
    assert '+                "maxTrials": 26,' in err
    assert "take the artifact over with `--adopt`" in err
    assert artifacts_of(site) == before
    assert synapse_gen("plan", "--project", site)[0] == 1
    code, _, err = synapse_gen("publish", "--adopt", "--yes", "--project", site)
    assert code == 0
    assert f"  ~ {TRAIN}: taken over: it was changed in the workspace" in err


def test_what_somebody_else_made_is_listed_before_it_is_taken_over(synapse_gen: CommandLine, site: Path) -> None:
    synapse_gen("publish", "--project", site)
    (site / STATE / "state.json").unlink()
    code, _, err = synapse_gen("publish", "--project", site)
    assert code == 3
    assert err.count("error[SYN334]") == 12
    assert err.count("`--adopt`") == 1
    code, _, err = synapse_gen("publish", "--adopt", "--project", site)
    assert code == 2
    assert err.count(": taken over as it is\n") == 12
    assert "nobody is there to agree to take over 12 artifacts in syn-taxi-local" in err
    code, _, err = synapse_gen("publish", "--adopt", "--yes", "--project", site)
    assert code == 0
    assert "12 artifacts of syn-taxi-local taken over, as they are in the tree already\n" in err
    assert synapse_gen("publish", "--project", site)[2].startswith("nothing to do: ")


def test_a_saved_plan_is_carried_out_once(synapse_gen: CommandLine, site: Path, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    assert synapse_gen("plan", "--out", saved, "--project", site)[0] == 0
    code, _, err = synapse_gen("publish", "--plan", saved, "--project", site)
    assert code == 0
    assert "12 of 12 artifacts published" in err
    before = artifacts_of(site)
    # A job that is run again is no failure.
    code, _, err = synapse_gen("publish", "--plan", saved, "--project", site)
    assert code == 0
    assert err.startswith("this plan was carried out already\nnothing to do: ")
    assert artifacts_of(site) == before


def test_a_saved_plan_is_refused_where_the_tree_has_moved(synapse_gen: CommandLine, site: Path, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    synapse_gen("plan", "--out", saved, "--project", site)
    change_a_field(synapse_gen, site)
    code, _, err = synapse_gen("publish", "--plan", saved, "--project", site)
    assert code == 3
    assert f"error[SYN340]: {TRAIN} changed in the tree since the plan was made" in err
    assert artifacts_of(site) == {}


def test_of_two_publishers_the_second_says_who_holds_the_lock_and_since_when(
    synapse_gen: CommandLine, site: Path
) -> None:
    holder = Holder("ana@build-3", "2026-11-25T06:00:00Z", "publish 20261125T060000Z-00000001")
    with FolderStore(site / STATE).lock(holder):
        code, _, err = synapse_gen("publish", "--project", site)
    assert code == 3
    assert " is locked by ana@build-3 since 2026-11-25T06:00:00Z (publish 20261125T060000Z-00000001)\n" in err
    assert "error[SYN337]: " in err
    assert "  help: wait for it; " in err
    assert artifacts_of(site) == {}
    assert synapse_gen("publish", "--project", site)[0] == 0


_KILLED_AT_THE_THIRD_WRITE = """
import os, signal
from generator.publish.apply import WorkspaceWorker as worker
real, calls = worker.carry_out, []
def carry_out(self, step):
    calls.append(step)
    if len(calls) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, step)
worker.carry_out = carry_out
from generator.cli import main
main()
"""


def test_a_publish_that_was_killed_is_told_of_and_the_next_one_ends_it(synapse_gen: CommandLine, site: Path) -> None:
    done = shell(f"'{COMMAND[0]}' -c '{_KILLED_AT_THE_THIRD_WRITE}' publish; echo \"code $?\"", site)
    assert done.stdout == "code 137\n"
    assert len(artifacts_of(site)) < 12
    code, _, err = synapse_gen("plan", "--project", site)
    assert code == 0
    assert re.fullmatch(
        r"publish \d{8}T\S+ by \S+, \S+Z, has not ended: it is under way or was killed; this plan goes on where it is\n",
        err,
    )
    for record in (site / STATE / "history").iterdir():
        record.unlink()
    _, _, err = synapse_gen("plan", "--project", site)
    assert re.fullmatch(r"publish \S+ was begun and has not ended; this plan goes on where it is\n", err)
    assert synapse_gen("publish", "--project", site)[0] == 0
    assert len(artifacts_of(site)) == 12
    assert synapse_gen("plan", "--exit-code", "--project", site)[::2] == (0, "")


def test_a_full_disk_is_exit_4_and_nothing_is_sent(synapse_gen: CommandLine, site: Path) -> None:
    done = shell('ulimit -f 1; "${@}" publish', site)
    assert done.returncode == 4
    assert "error[SYN338]: " in done.stderr
    assert "File too large\n" in done.stderr
    assert done.stderr.count("error[") == 1
    assert artifacts_of(site) == {}
    assert synapse_gen("publish", "--project", site)[0] == 0


def test_colour_and_readers_who_have_gone_change_nothing(site: Path) -> None:
    done = shell('"${@}" publish 2> >(exec true); echo "code $?"', site, {"FORCE_COLOR": "1", "NO_COLOR": "1"})
    assert done.stdout == "code 0\n"
    assert len(artifacts_of(site)) == 12
