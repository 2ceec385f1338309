"""What the commands print: results to stdout, diagnostics and progress to stderr; colour only on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from generator.diagnostics import Severity, render_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generator.diagnostics import Diagnostic

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "blue"}


def show_diagnostics(diagnostics: Iterable[Diagnostic]) -> None:
    """Print findings to stderr: errors first as they came, then a line that counts them."""
    found = list(diagnostics)
    for diagnostic in found:
        text = render_text(diagnostic)
        head, _, rest = text.partition("\n")
        click.echo(click.style(head, fg=_COLOURS[diagnostic.severity]) + (f"\n{rest}" if rest else ""), err=True)
    if len(found) > 1:
        counts = [(s, sum(d.severity is s for d in found)) for s in Severity]
        click.echo(", ".join(_plural(n, s.value) for s, n in counts if n), err=True)


def progress(line: str) -> None:
    """Print a line of progress to stderr."""
    click.echo(line, err=True)


def result(text: str = "") -> None:
    """Print a result to stdout."""
    click.echo(text)


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
