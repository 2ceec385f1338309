"""Reads JSON member by member and keeps the text of each value: what a workspace said, byte for byte.

Python's numbers do not keep how they were written (``1.50``, ``1e5``); what a rollback brings back must be what it was.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_DECODER = json.JSONDecoder()
_SPACE = " \t\r\n"


class Raw(NamedTuple):
    """A value with its text."""

    value: Any
    text: str


class Reader:
    """A cursor over a JSON text. Everything raises ValueError for what is no JSON."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._skip()

    def members(self) -> Iterator[str]:
        """Yield the names of an object's members; the cursor stands before the value, which must be read then."""
        yield from self._until("{", "}", named=True)

    def items(self) -> Iterator[None]:
        """Yield for each item of an array; the cursor stands before it, and it must be read then."""
        for _ in self._until("[", "]", named=False):
            yield None

    def value(self) -> Raw:
        """Read a whole value."""
        start = self._at
        value = self._decoded()
        return Raw(value, self._text[start : self._at])

    def end(self) -> None:
        """See that nothing follows."""
        self._skip()
        if self._at < len(self._text):
            raise ValueError(f"nothing expected at {self._at}")

    def begins(self, sign: str) -> bool:
        """Whether the value at the cursor begins so: ``[`` for an array, ``{`` for an object."""
        return self._text.startswith(sign, self._at)

    def _until(self, first: str, last: str, *, named: bool) -> Iterator[str]:
        self._take(first)
        if self.begins(last):
            self._take(last)
            return
        while True:
            name = ""
            if named:
                if not self.begins('"'):
                    raise ValueError(f"a name expected at {self._at}")
                name = self._decoded()
                self._skip()
                self._take(":")
            yield name
            self._skip()
            if self.begins(last):
                self._take(last)
                return
            self._take(",")

    def _decoded(self) -> Any:
        try:
            value, self._at = _DECODER.raw_decode(self._text, self._at)
        except RecursionError as error:
            raise ValueError(f"too many values in each other at {self._at}") from error
        return value

    def _take(self, sign: str) -> None:
        if not self.begins(sign):
            raise ValueError(f"{sign} expected at {self._at}")
        self._at += 1
        self._skip()

    def _skip(self) -> None:
        text, at = self._text, self._at
        while at < len(text) and text[at] in _SPACE:
            at += 1
        self._at = at
