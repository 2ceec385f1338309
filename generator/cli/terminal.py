"""What the commands print: results to stdout, diagnostics and progress to stderr; colour only on a terminal."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING

import click

from generator.diagnostics import Diagnostic, ExitCode, Severity, SynapseGenError, render_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


def show_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print findings to stderr: errors first as they came, then a line that counts them."""
    found = list(diagnostics)
    width = _terminal_width()
    for diagnostic in found:
        text = render_text(diagnostic, width=width)
        head, newline, rest = text.partition("\n")
        echo(_coloured(head, _COLOURS[diagnostic.severity]) + newline + rest, err=True)
    if len(found) > 1:
        counts = [(s, sum(d.severity is s for d in found)) for s in Severity]
        echo(", ".join(_plural(n, s.value) for s, n in counts if n), err=True)


def progress(line: str) -> None:
    """Print a line of progress to stderr."""
    echo(line, err=True)


def result(text: str = "") -> None:
    """Print a result to stdout."""
    echo(text)


def agree(what: str) -> bool:
    """Ask whether to do something; SYN341, exit code 2, where nobody is there to answer."""
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()):
        raise SynapseGenError(
            Diagnostic("SYN341", f"nobody is there to agree to {what}", hint="say --yes"), exit_code=ExitCode.USAGE
        )
    return click.confirm(f"{what}?", err=True)


def echo(text: str, *, err: bool = False) -> None:
    """Print a line. Whether anybody reads it changes neither the work nor the exit code.

    Raises OSError where a result cannot be written (a full disk); a diagnostic or progress that cannot is lost.
    """
    try:
        click.echo(text, err=err)
    except OSError as error:
        if not err and not isinstance(error, BrokenPipeError):
            raise
        # `| head` has seen enough. What the stream still holds must not fail again when the interpreter ends.
        _silence(sys.stderr if err else sys.stdout)


def is_read(stream: TextIO | None) -> bool:
    """Whether a stream still takes what is written; what it holds is what could not be written before."""
    try:
        if stream is not None:
            stream.flush()
    except BrokenPipeError:
        return False
    return True


def _silence(stream: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _coloured(text: str, colour: str) -> str:
    return text if os.environ.get("NO_COLOR") else click.style(text, fg=colour)


def _terminal_width() -> int | None:
    """Return the columns of the terminal that stderr is; None where it is none, and lines are kept whole."""
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return shutil.get_terminal_size().columns if is_terminal else None


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" + ("" if count == 1 else "s")


def seconds(duration: float | None) -> str:
    """Return a duration as people read it: ``0.4 s``, ``12 s``, ``3 min 05 s``."""
    if duration is None:
        return "-"
    if duration < 10:
        return f"{duration:.1f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"
