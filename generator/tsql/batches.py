"""Batches: ``GO`` alone on a line parts them in tools; no server knows it.

Source: "SQL Server Utilities Statements - GO": a command of sqlcmd and the query editors, optionally with a count,
that shares its line with nothing but a comment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.tsql.tokens import Token, TsqlTokenError, place_of, tokenize

_GO_LINE = re.compile(r"[ \t]*GO(?:[ \t]+(\d+))?[ \t]*;?[ \t]*(?:--[^\n]*)?\r?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch, the line on which it begins (from 1), and how often a tool runs it."""

    text: str
    line: int
    count: int = 1


def has_go(text: str) -> int | None:
    """Return the line of the first GO, from 1; None where there is none, or where the text is no T-SQL."""
    first = next(iter(_separators(text)), None)
    return None if first is None else place_of(text, first.start)[0]


def split_batches(text: str) -> tuple[Batch, ...]:
    """Part a script at its GO lines; batches without a statement are left out."""
    batches: list[Batch] = []
    begin = 0
    for go in _separators(text):
        line_start, line_end = _line_around(text, go.start)
        match = _GO_LINE.fullmatch(text, line_start, line_end)
        _keep(batches, text, begin, line_start, int(match[1]) if match and match[1] else 1)
        begin = line_end + 1
    _keep(batches, text, begin, len(text), 1)
    return tuple(batches)


def _keep(batches: list[Batch], text: str, begin: int, end: int, count: int) -> None:
    part = text[begin:end]
    if _has_statement(part):
        batches.append(Batch(part, place_of(text, begin)[0], count))


def _has_statement(text: str) -> bool:
    try:
        return bool(tokenize(text))
    except TsqlTokenError:
        return True


def _separators(text: str) -> list[Token]:
    try:
        tokens = tokenize(text)
    except TsqlTokenError:
        return []
    return [t for t in tokens if t.upper == "GO" and _GO_LINE.fullmatch(text, *_line_around(text, t.start))]


def _line_around(text: str, offset: int) -> tuple[int, int]:
    end = text.find("\n", offset)
    return text.rfind("\n", 0, offset) + 1, len(text) if end < 0 else end
