"""Deleting on a terminal: it is shown, asked, and done or left as the answer is."""

from __future__ import annotations

import os
import pty
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import COMMAND, artifacts_of
from tests.cli.test_publish import rename_the_spec

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine

# Its terminal is its own, so that Ctrl-C there reaches it.
ON_ITS_TERMINAL = "import os; os.login_tty(os.dup(0)); from generator.cli import main; main()"
QUESTION = "delete 10 artifacts in syn-taxi-local? [y/N]: "


def on_terminal(arguments: list[str], cwd: Path, question: str, answer: str) -> tuple[int, str]:
    """Answer a question on a terminal; return the exit code and what was written there."""
    ours, theirs = pty.openpty()
    env = os.environ | {"NO_COLOR": "1"}
    with subprocess.Popen(
        [COMMAND[0], "-c", ON_ITS_TERMINAL, *arguments], cwd=cwd, stdin=theirs, stdout=theirs, stderr=theirs, env=env
    ) as process:
        os.close(theirs)
        written = b""
        is_answered = False
        try:
            while chunk := os.read(ours, 65536):
                written += chunk
                if not is_answered and written.endswith(question.encode()):
                    os.write(ours, answer.encode())
                    is_answered = True
        except OSError:  # how Linux says that the other end is closed
            pass
        process.wait(60)
    os.close(ours)
    return process.returncode, written.decode().replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("answer", "code", "words", "count"),
    [
        ("y\n", 0, "10 of 10 artifacts deleted in syn-taxi-local", 12),
        ("\n", 1, "nothing was published", 22),
        ("\x03", 130, "interrupted", 22),
    ],
    ids=["yes", "no", "ctrl-c"],
)
def test_what_is_deleted_is_shown_and_asked_for(
    synapse_gen: CommandLine, site: Path, answer: str, code: int, words: str, count: int
) -> None:
    synapse_gen("publish", "--project", site)
    rename_the_spec(synapse_gen, site)
    synapse_gen("publish", "--project", site)
    got, written = on_terminal(["publish", "--prune"], site, QUESTION, answer)
    before, _, after = written.partition(QUESTION)
    assert got == code
    assert "  - pipeline/nyc_taxi: it left the tree\n" in before
    assert words in after
    assert "deleted" not in before
    assert len(artifacts_of(site)) == count


def test_nothing_is_asked_where_nothing_goes(site: Path) -> None:
    got, written = on_terminal(["publish"], site, "?", "n\n")
    assert got == 0
    assert "?" not in written
    assert len(artifacts_of(site)) == 12
