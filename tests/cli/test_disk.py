"""A disk that is full or read-only: exit code 4, and the tree is what it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import edit, shell, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine


@pytest.mark.parametrize("blocks", [0, 4, 8])
def test_a_disk_that_fills_up_leaves_nothing_of_a_first_render(project: Path, blocks: int) -> None:
    before = snapshot(project)
    done = shell(f'ulimit -f {blocks}; "${{@}}" render', project)  # no file may grow past this many KiB
    assert (done.returncode, done.stdout) == (4, "")
    assert "error[SYN207]: cannot write: File too large\n" in done.stderr
    assert "  help: nothing was changed; " in done.stderr
    assert done.stderr.count("error[") == 1
    assert snapshot(project) == before


def test_a_disk_that_fills_up_leaves_the_tree_as_it_was_rendered(synapse_gen: CommandLine, project: Path) -> None:
    synapse_gen("render", "--project", project)
    edit(project, "trials: 25", "trials: 26")
    edit(project, "table: dbo.nyc_taxi\n", "table: other.nyc_taxi\n")
    before = snapshot(project)
    assert shell('ulimit -f 8; "${@}" render', project).returncode == 4
    assert snapshot(project) == before
    assert synapse_gen("render", "--project", project)[0] == 0
    assert synapse_gen("render", "--check", "--project", project)[0] == 0


def test_a_read_only_disk(synapse_gen: CommandLine, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import tempfile

    def refuse(*_: object, **__: object) -> None:
        raise OSError(30, "Read-only file system")

    before = snapshot(project)
    # The tests may run as root, to whom no folder is read-only.
    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    code, _, err = synapse_gen("render", "--project", project)
    assert code == 4
    assert "Read-only file system" in err
    assert snapshot(project) == before


def test_a_full_disk_stops_the_embedded_workspace_before_it_starts(project: Path) -> None:
    done = shell('ulimit -f 0; "${@}" local start', project)
    assert (done.returncode, done.stdout) == (4, "")
    assert "error[SYN403]: cannot write the local workspace's state" in done.stderr
    assert done.stderr.count("error[") == 1


def test_a_result_that_cannot_be_written_is_exit_4(project: Path) -> None:
    done = shell('"${@}" schema > /dev/full', project)
    assert done.returncode == 4
    assert done.stderr.startswith("error[SYN430]: this machine refused: No space left on device\n")


def test_diagnostics_that_cannot_be_written_change_no_exit_code(project: Path) -> None:
    edit(project, "target: fareAmount", "target: fareAmout")
    assert shell('"${@}" validate 2> /dev/full', project).returncode == 1
    assert shell('"${@}" validate --nothing 2> /dev/full', project).returncode == 2
