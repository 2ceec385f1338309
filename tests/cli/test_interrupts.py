"""Ctrl-C at any moment: exit code 130, no traceback, and the tree is whole, old or new."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import edit, snapshot

if TYPE_CHECKING:
    from tests.conftest import CommandLine

# Runs the command, and sends itself SIGINT the n-th time that a function is called.
_INTERRUPTED = """
import os, signal, sys, importlib
module, name, number = sys.argv[1:4]
owner = importlib.import_module(module)
*path, name = name.split(".")
for step in path:
    owner = getattr(owner, step)
real, calls = getattr(owner, name), []
def called(*arguments, **named):
    calls.append(1)
    if len(calls) == int(number):
        os.kill(os.getpid(), signal.SIGINT)
    return real(*arguments, **named)
setattr(owner, name, called)
from generator.cli import main
main(sys.argv[4:])
"""


def interrupted(project: Path, at: str, number: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    module, _, name = at.partition(":")
    return subprocess.run(
        [sys.executable, "-c", _INTERRUPTED, module, name, str(number), *arguments],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(("at", "number"), [("os:fsync", 1), ("os:fsync", 60), ("generator.cli.project:build", 1)])
def test_render_interrupted_while_it_prepares_changes_nothing(project: Path, at: str, number: int) -> None:
    before = snapshot(project)
    done = interrupted(project, at, number, "render")
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "interrupted")
    assert snapshot(project) == before


def test_render_interrupted_while_files_take_their_places_finishes_them(
    synapse_gen: CommandLine, project: Path
) -> None:
    synapse_gen("render", "--project", project)
    edit(project, "trials: 25", "trials: 26")
    done = interrupted(project, "pathlib:Path.replace", 2, "render")
    assert (done.returncode, done.stderr.strip()) == (130, "interrupted")
    assert synapse_gen("render", "--check", "--project", project)[0] == 0


@pytest.mark.parametrize("command", ["publish", "local start"])
def test_a_start_that_is_interrupted(synapse_gen: CommandLine, project: Path, command: str) -> None:
    synapse_gen("render", "--project", project)
    before = snapshot(project)
    done = interrupted(project, "generator.local.process:ensure_running", 1, *command.split())
    assert (done.returncode, done.stdout, done.stderr.strip()) == (130, "", "interrupted")
    assert snapshot(project) == before


def test_ctrl_c_while_modules_are_imported_shows_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    done = subprocess.run(
        [sys.executable, "-c", "from generator.cli import main; main(['schema'])"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (130, "interrupted\n")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
