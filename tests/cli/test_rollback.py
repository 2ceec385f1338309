"""Transcripts of ``rollback``: which publish is undone, by whom it was and when, and what is brought back."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from generator.cli.json_output import History
from generator.publish import Plan
from tests.cli.conftest import artifacts_of, snapshot
from tests.cli.test_publish import STATE, TRAIN, change_a_field, change_in_studio, rename_the_spec

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine

WHO = "GitHub run 41 of contoso/taxi"


@pytest.fixture(autouse=True)
def in_a_pipeline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_RUN_ID", "41")
    monkeypatch.setenv("GITHUB_REPOSITORY", "contoso/taxi")


def ids_of(synapse_gen: CommandLine, site: Path) -> list[str]:
    code, out, _ = synapse_gen("rollback", "--list", "--format", "json", "--project", site)
    assert code == 0
    return [publish.id for publish in History.model_validate_json(out).publishes]


def test_nothing_was_published_yet(synapse_gen: CommandLine, site: Path) -> None:
    assert synapse_gen("rollback", "--list", "--project", site) == (0, "", "nothing was published yet\n")
    code, out, err = synapse_gen("rollback", "--project", site)
    assert (code, out, err) == (2, "", "error[SYN331]: nothing was published yet\n")


def test_the_last_publish_is_undone_and_the_undoing_too(synapse_gen: CommandLine, site: Path) -> None:
    synapse_gen("publish", "--project", site)
    change_a_field(synapse_gen, site)
    synapse_gen("publish", "--project", site)
    last = ids_of(synapse_gen, site)[0]
    before = artifacts_of(site)
    code, out, err = synapse_gen("rollback", "--project", site)
    assert code == 2
    assert re.match(rf"undoes publish {last}, by {WHO}, \d{{4}}-\S+Z \(done\)\n", err)
    assert "artifacts only: tables, models, predictions and runs are not rolled back\n" in err
    assert "error[SYN341]: nobody is there to agree to bring this back in syn-taxi-local\n  help: say --yes\n" in err
    assert out.startswith("rollback of syn-taxi-local (environment local)\n")
    assert '+                "maxTrials": 25,' in out
    assert artifacts_of(site) == before
    code, _, err = synapse_gen("rollback", "--yes", "--project", site)
    assert code == 0
    assert f"  brought back {TRAIN} (" in err
    assert "published" not in err.replace("published to", "")
    assert re.search(r"\n1 of 1 artifacts brought back in syn-taxi-local in [\d.]+ s\nthis is rollback \S+\n$", err)
    code, out, err = synapse_gen("rollback", "--yes", "--project", site)
    assert code == 0
    assert err.startswith("undoes rollback ")
    assert '+                "maxTrials": 26,' in out
    assert synapse_gen("plan", "--exit-code", "--project", site)[0] == 0


def test_a_named_publish_is_gone_back_to(synapse_gen: CommandLine, site: Path) -> None:
    synapse_gen("publish", "--project", site)
    first = artifacts_of(site).keys()
    rename_the_spec(synapse_gen, site)
    synapse_gen("publish", "--prune", "--yes", "--project", site)
    ids = ids_of(synapse_gen, site)
    code, _, err = synapse_gen("rollback", ids[-1], "--yes", "--project", site)
    assert code == 0
    assert f"undoes publish {ids[0]}, by {WHO}, " in err
    assert re.search(rf"\ngoes back to what publish {ids[-1]} left, by {WHO}, \S+ \(done\)\n", err)
    assert re.search(r"\n10 of 10 artifacts brought back in syn-taxi-local, 10 of 10 deleted in [\d.]+ s\n", err)
    assert artifacts_of(site).keys() == first
    _, out, _ = synapse_gen("rollback", "--list", "--project", site)
    lines = out.splitlines()
    assert re.fullmatch(rf"\S+  rollback, done: 10 created, 10 deleted; by {WHO}", lines[0])
    assert [line.split()[0] for line in lines[1:]] == ids


def test_what_somebody_changed_since_is_not_rolled_over(synapse_gen: CommandLine, site: Path) -> None:
    synapse_gen("publish", "--project", site)
    change_a_field(synapse_gen, site)
    synapse_gen("publish", "--project", site)
    change_in_studio(site, TRAIN, '\\"maxTrials\\": 26', '\\"maxTrials\\": 30')
    before = artifacts_of(site)
    code, _, err = synapse_gen("rollback", "--yes", "--project", site)
    assert code == 3
    assert f"error[SYN334]: {TRAIN}: " in err
    assert "to overwrite or delete it all the same say `--adopt`" in err
    assert "specs" not in err
    assert artifacts_of(site) == before
    assert synapse_gen("rollback", "--adopt", "--yes", "--project", site)[0] == 0


def test_a_rollback_as_json_is_a_plan(synapse_gen: CommandLine, site: Path) -> None:
    synapse_gen("publish", "--project", site)
    code, out, _ = synapse_gen("rollback", "--yes", "--format", "json", "--project", site)
    assert code == 0
    plan = Plan.model_validate_json(out)
    assert (plan.purpose, len(plan.having("delete"))) == ("rollback", 12)
    assert artifacts_of(site) == {}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["20260101T000000Z-00000000"], "error[SYN331]: there is no publish 20260101T000000Z-00000000\n"),
        (["../state"], "error[SYN331]: there is no publish ../state\n"),
        (["--list", "x"], "--list takes no PUBLISH_ID"),
    ],
)
def test_a_publish_that_there_is_not(synapse_gen: CommandLine, site: Path, arguments: list[str], words: str) -> None:
    synapse_gen("publish", "--project", site)
    before = artifacts_of(site)
    code, _, err = synapse_gen("rollback", *arguments, "--yes", "--project", site)
    assert code == 2
    assert words in err
    assert artifacts_of(site) == before


def test_the_last_publish_named_is_nothing_to_undo(synapse_gen: CommandLine, site: Path) -> None:
    synapse_gen("publish", "--project", site)
    last = ids_of(synapse_gen, site)[0]
    code, _, err = synapse_gen("rollback", last, "--project", site)
    assert (code, err) == (2, f"error[SYN331]: {last} is the last publish: there is nothing to undo\n")


def test_a_damaged_record_hides_no_other_from_the_list(synapse_gen: CommandLine, site: Path) -> None:
    synapse_gen("publish", "--project", site)
    change_a_field(synapse_gen, site)
    synapse_gen("publish", "--project", site)
    last, first = ids_of(synapse_gen, site)
    (site / STATE / f"history/{last}.json.gz").write_bytes(b"damaged")
    code, out, err = synapse_gen("rollback", "--list", "--project", site)
    assert code == 3
    assert out.split()[0] == first
    assert f"error[SYN331]: the record of publish {last} in " in err
    before = artifacts_of(site), snapshot(site / STATE)
    code, _, err = synapse_gen("rollback", "--yes", "--project", site)
    assert code == 3
    assert f"the record of publish {last} in " in err
    assert (artifacts_of(site), snapshot(site / STATE)) == before


def test_names_of_others_cannot_move_the_cursor(
    synapse_gen: CommandLine, site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_REPOSITORY", "x\rrollback done\x07")
    synapse_gen("publish", "--project", site)
    _, out, _ = synapse_gen("rollback", "--list", "--project", site)
    _, _, err = synapse_gen("rollback", "--project", site)
    assert not {"\r", "\x07"} & set(out + err)
    assert "rollback done" in out
    assert "rollback done" in err
    assert json.loads(synapse_gen("rollback", "--list", "--format", "json", "--project", site)[1])["version"] == 1
