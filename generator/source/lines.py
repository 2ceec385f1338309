"""Lines and columns of a text."""

from __future__ import annotations

import re
from bisect import bisect_right

_BREAK = re.compile(r"\r\n|\n|\r")
_LONGEST_SHOWN = 400
# What a terminal would obey instead of showing: control characters, and marks that turn the direction of writing.
_UNSHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class LineIndex:
    """Finds the line and column of an offset; both count from 1, in characters.

    Lines end at LF, CR LF or CR, as in editors. YAML 1.1 parsers count U+0085, U+2028 and U+2029 as well, which is
    why their own line numbers are not used.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in _BREAK.finditer(text))]

    def place(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset; an offset behind the text stands at its end."""
        offset = max(0, min(offset, len(self._text)))
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line(self, number: int | None) -> str | None:
        """Return a line without its end, fit for a terminal; None where there is none, or one too long to be shown."""
        if number is None or not 0 < number <= len(self._starts):
            return None
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        line = self._text[self._starts[number - 1] : end].rstrip("\r\n")
        return _UNSHOWN.sub("\ufffd", line) if len(line) <= _LONGEST_SHOWN else None
