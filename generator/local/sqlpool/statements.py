"""Parts a batch into statements: the procedural ones as trees, the others as text for the translator."""

from __future__ import annotations

from dataclasses import dataclass

from generator.local.sqlpool.errors import SqlError, syntax_error, unsupported
from generator.local.sqlpool.lexer import Token, line_of, tokenize

# What begins a statement, so that the condition of IF and WHILE ends before it.
_STARTS = {
    "BEGIN", "COPY", "CREATE", "DECLARE", "DELETE", "DROP", "EXEC", "EXECUTE", "GRANT", "IF", "INSERT", "PRINT",
    "RAISERROR", "RENAME", "RETURN", "SELECT", "SET", "THROW", "TRUNCATE", "UPDATE", "WHILE", "WITH", "ALTER", "MERGE",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the batch, with the place where it stands in it."""

    text: str
    line: int
    tokens: tuple[Token, ...]


@dataclass(frozen=True, slots=True)
class Plain:
    """A statement without parts of its own; ``verb`` is its first word in upper case."""

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
class CreateProcedure:
    """``CREATE PROCEDURE``; the whole batch belongs to it."""

    name: Text
    parameters: tuple[tuple[str, str], ...]
    """Name without ``@``, and type."""
    body: Block
    source: str
    line: int


Statement = Plain | Block | If | While | CreateProcedure


def parse_batch(text: str) -> Block:
    """Part a batch; SqlError where it cannot be."""
    tokens = tokenize(text)
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.upper == "GO" and (before is None or "\n" in text[before.end : token.start]):
            raise SqlError("Incorrect syntax near 'GO'. GO parts batches in tools; the pool does not know it.", 102,
                           line_of(text, token.start))  # fmt: skip
    return _Parser(text, tokens).batch()


class _Parser:
    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._at = 0

    def batch(self) -> Block:
        if self._word(0) == "CREATE" and self._word(1) in ("PROCEDURE", "PROC"):
            return Block((self._procedure(),))
        return Block(tuple(self._statements(until=None)))

    def _statements(self, until: str | None) -> list[Statement]:
        found: list[Statement] = []
        while True:
            while self._sign(";"):
                self._at += 1
            if self._at >= len(self._tokens):
                if until:
                    raise syntax_error(
                        f"the end of the batch; {until} is missing", line_of(self._text, len(self._text))
                    )
                return found
            if until and self._word(0) == until:
                self._at += 1
                return found
            found.append(self._statement())

    def _statement(self) -> Statement:
        word = self._word(0)
        if word == "BEGIN":
            if self._word(1) in ("TRAN", "TRANSACTION", "TRY", "CATCH"):
                raise unsupported(f"BEGIN {self._word(1)}", self._line())
            self._at += 1
            return Block(tuple(self._statements(until="END")))
        if word == "IF":
            return self._if()
        if word == "WHILE":
            self._at += 1
            condition = self._condition()
            return While(condition, self._statement())
        if word == "CREATE" and self._word(1) in ("PROCEDURE", "PROC"):
            raise SqlError("'CREATE/ALTER PROCEDURE' must be the first statement in a query batch.", 111, self._line())
        if word == "CREATE" and self._word(1) == "OR":
            # "CREATE PROCEDURE": the syntax of Azure Synapse Analytics has no OR ALTER.
            raise syntax_error("OR", self._line())
        return self._plain()

    def _if(self) -> If:
        self._at += 1
        condition = self._condition()
        then = self._statement()
        mark = self._at
        while self._sign(";"):
            self._at += 1
        if self._word(0) == "ELSE":
            self._at += 1
            return If(condition, then, self._statement())
        self._at = mark
        return If(condition, then, None)

    def _condition(self) -> Text:
        start, depth = self._at, 0
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
            if depth == 0 and token.upper in _STARTS:
                break
            self._at += 1
        return self._cut(start, self._at)

    def _plain(self) -> Plain:
        start, depth = self._at, 0
        verb = self._word(0)
        if not verb:
            raise syntax_error(self._tokens[start].text, self._line())
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            if token.kind == "sign":
                depth += {"(": 1, ")": -1}.get(token.text, 0)
                if token.text == ";" and depth == 0:
                    break
            ends = token.upper in ("END", "ELSE") and depth == 0 and not self._inside_case(start)
            if ends and self._at > start:
                break
            self._at += 1
        return Plain(verb, self._cut(start, self._at))

    def _inside_case(self, start: int) -> bool:
        words = [t.upper for t in self._tokens[start : self._at]]
        return words.count("CASE") > words.count("END")

    def _procedure(self) -> CreateProcedure:
        line = self._line()
        self._at += 2
        start = self._at
        while self._at < len(self._tokens) and (
            self._tokens[self._at].kind in ("bracket", "quoted") or self._sign(".") or self._at == start
            or self._sign(".", -1)
        ):  # fmt: skip
            self._at += 1
        name = self._cut(start, self._at)
        parameters = self._parameters()
        if self._word(0) != "AS":
            raise syntax_error(self._here(), self._line())
        self._at += 1
        body = Block(tuple(self._statements(until=None)))
        return CreateProcedure(name, parameters, body, self._text, line)

    def _parameters(self) -> tuple[tuple[str, str], ...]:
        parenthesis = self._sign("(")
        self._at += parenthesis
        found: list[tuple[str, str]] = []
        while self._at < len(self._tokens) and self._tokens[self._at].kind == "variable":
            name = self._tokens[self._at].text[1:].lower()
            self._at += 1
            start, depth = self._at, 0
            while self._at < len(self._tokens):
                token = self._tokens[self._at]
                if depth == 0 and (token.text in (",", "=", ")") or token.upper in ("AS", "OUTPUT", "OUT")):
                    break
                depth += {"(": 1, ")": -1}.get(token.text, 0)
                self._at += 1
            if self._sign("=") or self._word(0) in ("OUTPUT", "OUT"):
                raise unsupported("a procedure's default or OUTPUT parameter", self._line())
            found.append((name, self._cut(start, self._at).text))
            if not self._sign(","):
                break
            self._at += 1
        self._at += parenthesis
        return tuple(found)

    def _cut(self, start: int, end: int) -> Text:
        if start >= end:
            raise syntax_error(self._here(), self._line())
        tokens = tuple(self._tokens[start:end])
        first, last = tokens[0].start, tokens[-1].end
        return Text(self._text[first:last], line_of(self._text, first), tokens)

    def _word(self, ahead: int) -> str:
        at = self._at + ahead
        return self._tokens[at].upper if at < len(self._tokens) else ""

    def _sign(self, text: str, ahead: int = 0) -> bool:
        at = self._at + ahead
        return 0 <= at < len(self._tokens) and self._tokens[at].kind == "sign" and self._tokens[at].text == text

    def _here(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else "the end of the batch"

    def _line(self) -> int:
        at = min(self._at, len(self._tokens) - 1)
        return line_of(self._text, self._tokens[at].start) if self._tokens else 1
