"""Reads the tokens of one statement, for the statements that sqlglot does not know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.local.sqlpool.errors import SqlError, syntax_error
from generator.local.sqlpool.names import TEMPORARY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.local.sqlpool.statements import Text
    from generator.tsql.tokens import Token


class Reader:
    """Reads tokens one by one; what is not expected is a parse error at its place."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.tokens = text.tokens
        self.at = 0

    def peek(self, ahead: int = 0) -> Token | None:
        """Return a token without taking it."""
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else None

    def take(self, *wanted: str) -> Token:
        """Take a token; one of the wanted words or signs, if any are named."""
        token = self.peek()
        if token is None or (wanted and token.upper not in wanted and token.text not in wanted):
            raise self.error(token)
        self.at += 1
        return token

    def found(self, *wanted: str) -> bool:
        """Take a token if it is one of these."""
        token = self.peek()
        if token is not None and (token.upper in wanted or token.text in wanted):
            self.at += 1
            return True
        return False

    def end(self) -> None:
        """Expect nothing more."""
        if self.peek() is not None:
            raise self.error(self.peek())

    def rest(self) -> Text:
        """Take everything that is left; a parse error if that is nothing."""
        tokens = self.tokens[self.at :]
        if not tokens:
            raise self.error(None)
        self.at = len(self.tokens)
        return self.text.part(tokens)

    def name(self) -> tuple[str, str]:
        """Take an object's name, as schema and name; a temporary one has no schema."""
        parts = [self._identifier()]
        while self.found("."):
            parts.append(self._identifier())
        if len(parts) > 2:
            raise self.error(self.tokens[self.at - 2])
        last = parts[-1]
        if last.startswith(TEMPORARY):
            return "", last
        return (parts[0], last) if len(parts) == 2 else ("dbo", last)

    def bare_name(self) -> str:
        """Take a name of one part."""
        return self._identifier()

    def _identifier(self) -> str:
        token = self.take()
        if token.kind == "temporary":
            return TEMPORARY + token.text.lstrip("#")
        if not token.is_name:
            raise self.error(token)
        name = token.name
        # Temporary tables of the wizard's first scripts are written [dbo].[#name].
        return TEMPORARY + name.lstrip("#") if name.startswith("#") and len(name.strip("#")) else name

    def parenthesised(self) -> list[list[Token]]:
        """Take ``(a, b, ...)``; returns the tokens of each part."""
        self.take("(")
        begin, depth = self.at, 1
        while depth:
            token = self.take()
            depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
        return split(self.tokens[begin : self.at - 1])

    def error(self, token: Token | None) -> SqlError:
        """Return a parse error at a token, or at the end."""
        if token is None:
            return syntax_error(self.tokens[-1].text, *self.text.place(self.tokens[-1]))
        return syntax_error(token.text, *self.text.place(token))


def split(tokens: Sequence[Token]) -> list[list[Token]]:
    """Split tokens at the commas outside of parentheses."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts
