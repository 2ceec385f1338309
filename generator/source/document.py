"""A file that people wrote: its text, its value, and where each part of the value stands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from generator.diagnostics import Diagnostic, Location, Severity
from generator.source.lines import LineIndex

if TYPE_CHECKING:
    from collections.abc import Mapping

KeyPath = tuple[str | int, ...]
"""Keys and indices from the root of a file to a value."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where a value stands, and the key before it: offsets in the text, in characters."""

    start: int
    end: int
    key_start: int | None = None


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A parsed file. ``path`` is as people see it, relative to the project root."""

    path: str
    text: str
    value: Any
    """Dicts with keys of text, lists, text, numbers, booleans, None."""
    positions: Mapping[KeyPath, Position]

    def location(self, path: KeyPath, *, key: bool = False) -> Location:
        """Return where a value (or its key) stands; for a path that is not there, the nearest parent's key or value."""
        for length in range(len(path), -1, -1):
            position = self.positions.get(path[:length])
            if position is None:
                continue
            wants_key = key or length < len(path)
            start = position.key_start if wants_key and position.key_start is not None else position.start
            return Location(self.path, *_index(self.text).place(start))
        return Location(self.path)

    def written(self, path: KeyPath) -> str | None:
        """Return the text of a value as it was written, quotes and all; None for a path that is not there."""
        position = self.positions.get(path)
        return None if position is None else self.text[position.start : position.end]

    def line_text(self, line: int | None) -> str | None:
        """Return a line, counted from 1, without its end; None where there is none or it is too long to be shown."""
        return _index(self.text).line(line)

    def at(self, path: KeyPath) -> Any:
        """Return the value at a path; None where there is none."""
        value: Any = self.value
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

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
        return Diagnostic(code, message, where, severity, self.line_text(where.line), hint)


@lru_cache(maxsize=32)
def _index(text: str) -> LineIndex:
    # A file's lines are counted once, when something is found in it.
    return LineIndex(text)
