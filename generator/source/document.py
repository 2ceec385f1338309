"""A file that people wrote: its text, its value, and where each part of the value stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.diagnostics import Diagnostic, Location, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

KeyPath = tuple[str | int, ...]
"""Keys and indices from the root of a file to a value."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a value stands, and the key before it; lines and columns count from 1."""

    line: int
    column: int
    key_line: int | None = None
    key_column: int | None = None


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A parsed file. ``path`` is as people see it, relative to the project root."""

    path: str
    text: str
    value: Any
    positions: Mapping[KeyPath, Position]

    def location(self, path: KeyPath, *, key: bool = False) -> Location:
        """Return where a value (or its key) stands; for a path that is not there, the nearest parent."""
        for length in range(len(path), -1, -1):
            position = self.positions.get(path[:length])
            if position is None:
                continue
            if key and length == len(path) and position.key_line is not None:
                return Location(self.path, position.key_line, position.key_column)
            return Location(self.path, position.line, position.column)
        return Location(self.path)

    def diagnostic(
        self,
        code: str,
        message: str,
        path: KeyPath,
        *,
        key: bool = False,
        hint: str | None = None,
        severity: Severity = Severity.ERROR,
    ) -> Diagnostic:
        """Return a diagnostic at a value or key, with its line."""
        where = self.location(path, key=key)
        return Diagnostic(code, message, where, severity, line_of(self.text, where.line), hint)


def line_of(text: str, line: int | None) -> str | None:
    """Return a line of a text, counted from 1; None where there is no such line."""
    if line is None:
        return None
    # Only \n parts lines, as editors and the YAML reader count them.
    lines = text.split("\n")
    return lines[line - 1].rstrip("\r") if 0 < line <= len(lines) else None
