"""Where output goes, whoever reads it or does not, in any locale and on any terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import COMMAND, edit, shell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine


@pytest.mark.parametrize(
    ("arguments", "code"),
    [("schema", 0), ("--help", 0), ("render --check", 1), ("validate --format json", 0)],
)
def test_a_reader_who_has_gone_changes_no_exit_code(project: Path, arguments: str, code: int) -> None:
    done = shell(f'"${{@}}" {arguments} > >(exec true); echo "code $?"', project)
    assert done.stdout == f"code {code}\n"
    assert "error" not in done.stderr
    assert "Traceback" not in done.stderr


def test_findings_are_findings_when_nobody_reads_them(project: Path) -> None:
    edit(project, "target: fareAmount", "target: fareAmout")
    done = shell('"${@}" validate 2>&1 | true; echo "code ${PIPESTATUS[0]}"', project)
    assert done.stdout == "code 1\n"


def test_render_goes_on_when_nobody_reads_its_progress(project: Path) -> None:
    done = shell('"${@}" render 2> >(exec true); "${@}" render --check', project)
    assert done.returncode == 0


def test_closed_streams_are_no_error(project: Path) -> None:
    assert shell('"${@}" render >&- 2>&-', project).returncode == 0
    assert (project / "artifacts/manifest.json").is_file()


@pytest.mark.parametrize(
    "locale",
    [
        {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"PYTHONIOENCODING": "ascii"},
    ],
)
def test_letters_of_any_language_in_any_locale(project: Path, locale: dict[str, str]) -> None:
    edit(project, "target: fareAmount", "target: färeAmount旅")
    done = shell('"${@}" validate', project, locale)
    assert done.returncode == 1
    assert 'target "färeAmount旅" is not a column' in done.stderr


def test_no_home_folder_is_needed(project: Path) -> None:
    assert shell('unset HOME; "${@}" render && "${@}" validate', project).returncode == 0


def on_terminal(arguments: list[str], cwd: Path, columns: int, **env: str) -> str:
    """Return what a command writes to a terminal of so many columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    plain = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "FORCE_COLOR")}
    with subprocess.Popen(
        [*COMMAND, *arguments], cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs, env=plain | env
    ) as process:
        os.close(theirs)
        written = b""
        try:
            while chunk := os.read(ours, 65536):
                written += chunk
        except OSError:  # how Linux says that the other end is closed
            pass
        process.wait(60)
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


def test_colour_only_on_a_terminal_that_wants_it(project: Path, synapse_gen: CommandLine) -> None:
    edit(project, "target: fareAmount", "target: fareAmout")
    assert "\x1b[31m" in on_terminal(["validate"], project, 80)
    assert "\x1b" not in on_terminal(["validate"], project, 80, NO_COLOR="1")
    assert "\x1b" not in synapse_gen("validate", "--project", project)[2]


def test_a_long_line_is_cut_to_a_narrow_terminal_around_the_caret(project: Path) -> None:
    edit(project, "type: nvarchar(30)", "type: nvarchr(30)")
    lines = on_terminal(["validate"], project, 40, NO_COLOR="1").splitlines()
    shown, caret = lines[1:3]
    assert max(len(shown), len(caret)) <= 40
    assert shown[caret.index("^") :].startswith("nvarchr")
    assert shown.endswith("…")


def test_a_short_line_is_shown_whole_on_a_narrow_terminal(project: Path) -> None:
    edit(project, "target: fareAmount", "target: fareAmout")
    lines = on_terminal(["validate"], project, 40, NO_COLOR="1").splitlines()
    assert lines[1:3] == ["      target: fareAmout", "              ^"]
