"""Tokens of T-SQL: enough to part a text into batches and statements without losing a character."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

TokenKind = Literal["string", "bracket", "quoted", "variable", "temporary", "number", "word", "sign"]

# Identifiers: "Database identifiers" of the T-SQL reference; letters of every script.
_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*)
    |(?P<string>[Nn]?'(?:[^']|'')*')
    |(?P<bracket>\[(?:[^\]]|\]\])*\])
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<variable>@@?[\w$\#]+)
    |(?P<temporary>\#\#?[^\W\d][\w$\#@]*)
    |(?P<number>0[xX][0-9A-Fa-f]*|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)
    |(?P<word>[^\W\d][\w$\#@]*)
    |(?P<sign><>|<=|>=|!=|!<|!>|[-+*/%&^|]=|::|[-+*/%=<>(),.;:&|^~!{}$?])""",
    re.VERBOSE,
)
_KINDS: dict[str, TokenKind] = {kind: kind for kind in get_args(TokenKind)}
_COMMENT_SIGN = re.compile(r"/\*|\*/")


class TsqlTokenError(ValueError):
    """A text is no T-SQL from ``offset`` on; the message says why."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Token:
    """A word, name, literal or sign; ``start`` and ``end`` are its offsets in the text."""

    kind: TokenKind
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        """The text of a plain word in upper case; empty for everything else."""
        return self.text.upper() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """The name that a word or a quoted identifier stands for."""
        if self.kind == "bracket":
            return self.text[1:-1].replace("]]", "]")
        if self.kind == "quoted":
            return self.text[1:-1].replace('""', '"')
        return self.text

    @property
    def is_name(self) -> bool:
        """Whether it can name an object or a column."""
        return self.kind in ("word", "bracket", "quoted", "temporary")

    @property
    def value(self) -> str:
        """The text that a string literal stands for."""
        body = self.text[1:] if self.text[0] in "Nn" else self.text
        return body[1:-1].replace("''", "'")


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text without comments and white space; TsqlTokenError for what starts none."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        if text.startswith("/*", position):
            position = _after_comment(text, position)
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            if text[position] in "'\"[":
                raise TsqlTokenError("Unclosed quotation mark after the character string.", position)
            raise TsqlTokenError(f"Incorrect syntax near '{text[position]}'.", position)
        if match.lastgroup != "space":
            tokens.append(Token(_KINDS[match.lastgroup or ""], match.group(), match.start(), match.end()))
        position = match.end()
    return tokens


def _after_comment(text: str, start: int) -> int:
    """Return where a block comment ends; T-SQL's nest ("Slash star comment")."""
    depth = 0
    for sign in _COMMENT_SIGN.finditer(text, start):
        depth += 1 if sign.group() == "/*" else -1
        if depth == 0:
            return sign.end()
    raise TsqlTokenError("Missing end comment mark '*/'.", start)


def place_of(text: str, offset: int) -> tuple[int, int]:
    """Return line and column of an offset, both from 1."""
    begin = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - begin + 1
