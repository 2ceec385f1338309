"""Tokens of T-SQL: enough to part a batch into statements without losing a character."""

from __future__ import annotations

import re
from dataclasses import dataclass

from generator.local.sqlpool.errors import SqlError

_TOKEN = re.compile(
    r"""(?P<space>\s+|--[^\n]*|/\*.*?\*/)
    |(?P<string>[Nn]?'(?:[^']|'')*')
    |(?P<bracket>\[(?:[^\]]|\]\])*\])
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<variable>@@?[A-Za-z_#][\w@$\#]*)
    |(?P<temporary>\#\#?[A-Za-z_]\w*)
    |(?P<number>0[xX][0-9A-Fa-f]*|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)
    |(?P<word>[A-Za-z_][\w$\#@]*)
    |(?P<sign><>|<=|>=|!=|\+=|-=|\*=|::|[-+*/%=<>(),.;:&|^~!])""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, name, literal or sign, and where it stands."""

    kind: str
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
    def value(self) -> str:
        """The text that a string literal stands for."""
        body = self.text[1:] if self.text[0] in "Nn" else self.text
        return body[1:-1].replace("''", "'")


def tokenize(text: str) -> list[Token]:
    """Return the tokens of a text without comments and white space; SqlError for a character that starts none."""
    tokens: list[Token] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            line = line_of(text, position)
            if text[position] in "'\"[" or text.startswith("/*", position):
                raise SqlError("Unclosed quotation mark or comment.", 105, line)
            raise SqlError(f"Incorrect syntax near '{text[position]}'.", 102, line)
        if match.lastgroup != "space":
            tokens.append(Token(match.lastgroup or "", match.group(), match.start(), match.end()))
        position = match.end()
    return tokens


def line_of(text: str, offset: int) -> int:
    """Return the line of an offset, from 1."""
    return text.count("\n", 0, offset) + 1
