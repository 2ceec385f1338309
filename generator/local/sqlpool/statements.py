"""What a batch consists of: the procedural statements as trees, the others as pieces of text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.local.sqlpool.errors import SqlError, syntax_error
from generator.tsql.tokens import place_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.tsql.tokens import Token


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of a batch: its tokens, and the whole batch to say where they stand."""

    batch: str
    tokens: tuple[Token, ...]

    @property
    def start(self) -> int:
        """The offset of its first token."""
        return self.tokens[0].start

    @property
    def source(self) -> str:
        """Its text, as long as it is in the batch, with blanks where comments stood: offsets stay what they are."""
        return source_of(self.batch, self.tokens)

    def place(self, token: Token | None = None) -> tuple[int, int]:
        """Return line and column of a token, or of its beginning."""
        return place_of(self.batch, self.start if token is None else token.start)

    def part(self, tokens: Sequence[Token]) -> Text:
        """Return a part of it; SqlError where it is empty."""
        if not tokens:
            raise syntax_error(self.tokens[-1].text, *self.place(self.tokens[-1]))
        return Text(self.batch, tuple(tokens))

    def located(self, error: SqlError, before: str = "") -> SqlError:
        """Return an error whose place counts in ``before`` and this text with its place in the batch."""
        line, column = self.place()
        if error.line is None:
            return error.at(line, column)
        if error.line > 1:
            return SqlError(error.message, error.number, line + error.line - 1, error.column)
        within = max(1, (error.column or 1) - len(before))
        return SqlError(error.message, error.number, line, column + within - 1)


def source_of(batch: str, tokens: Sequence[Token]) -> str:
    """Return the text of tokens, everything between them blank."""
    parts: list[str] = []
    end = None
    for token in tokens:
        if end is not None and token.start > end:
            parts.append("".join("\n" if c == "\n" else " " for c in batch[end : token.start]))
        parts.append(token.text)
        end = token.end
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class Plain:
    """A statement without statements in it; ``verb`` is its first word in upper case."""

    verb: str
    text: Text


@dataclass(frozen=True, slots=True)
class Block:
    """``BEGIN ... END``, or the whole batch."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class If:
    """``IF condition statement [ELSE statement]``."""

    condition: Text
    then: Statement
    otherwise: Statement | None


@dataclass(frozen=True, slots=True)
class While:
    """``WHILE condition statement``."""

    condition: Text
    body: Statement


@dataclass(frozen=True, slots=True)
class Try:
    """``BEGIN TRY ... END TRY BEGIN CATCH ... END CATCH``."""

    body: Block
    handler: Block


@dataclass(frozen=True, slots=True)
class Parameter:
    """A procedure's parameter: its name without ``@``, and its type."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class CreateProcedure:
    """``CREATE PROCEDURE``; the whole batch belongs to it."""

    name: Text
    parameters: tuple[Parameter, ...]
    body: Block
    source: str


Statement = Plain | Block | If | While | Try | CreateProcedure
