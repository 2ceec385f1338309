"""PREDICT in a statement: read, run, and put in its place as rows.

Source: "PREDICT (Transact-SQL)", Azure Synapse Analytics: MODEL is a variable, a literal or a scalar subquery; DATA is
a table, a table alias, a common table expression or a view, never a subquery; RUNTIME = ONNX.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from generator.local.sqlpool.errors import SqlError, syntax_error
from generator.local.sqlpool.names import FRAME
from generator.local.sqlpool.reader import Reader
from generator.local.sqlpool.statements import Text, source_of
from generator.local.sqlpool.typemap import declared_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.tsql.tokens import Token
    from generator.tsql.types import SqlType


@dataclass(frozen=True, slots=True)
class PredictCall:
    """A PREDICT, with the texts of its parts."""

    first: Token
    last: Token
    model: Text
    data: Text
    prefix: tuple[Token, ...]
    """``WITH name AS (...)`` of the statement, on which DATA may stand."""
    data_alias: str
    outputs: tuple[tuple[str, SqlType], ...]
    alias: str

    @property
    def data_query(self) -> str:
        """The query of DATA's rows."""
        common = source_of(self.data.batch, self.prefix) + " " if self.prefix else ""
        return f"{common}SELECT * FROM {self.data.source}"

    def replacement(self, source: str, frame: str) -> str:
        """Return the rows' names in place of the call, as long as ``source`` and with as many lines."""
        rows = f"[{frame}] AS {self.data_alias} CROSS JOIN [{frame}_out] AS {self.alias}"
        kept = "".join("\n" if c == "\n" else " " for c in source[len(rows) :])
        # Line ends under the new text move behind it.
        lost = min(source[: len(rows)].count("\n"), len(kept))
        return rows + "\n" * lost + kept[lost:]


def position_of(tokens: Sequence[Token]) -> int | None:
    """Return where PREDICT ( begins among tokens, or None."""
    return next((i for i, (a, b) in enumerate(pairwise(tokens)) if a.upper == "PREDICT" and b.text == "("), None)


def parse_predict(text: Text, at: int) -> PredictCall:
    """Read the PREDICT that begins at a token; SqlError where it is malformed."""
    reader = Reader(text)
    reader.at = at
    reader.take("PREDICT")
    parts: dict[str, list[Token]] = {}
    for part in reader.parenthesised():
        if len(part) < 3 or part[1].text != "=" or part[0].upper not in ("MODEL", "DATA", "RUNTIME"):
            raise reader.error(part[0] if part else None)
        parts[part[0].upper] = part[2:]
    if "MODEL" not in parts or "DATA" not in parts:
        raise reader.error(text.tokens[reader.at - 1])
    if [t.upper for t in parts.get("RUNTIME", [])] != ["ONNX"]:
        raise SqlError("PREDICT in a dedicated SQL pool needs RUNTIME = ONNX.", 103010, *text.place(text.tokens[at]))
    data, data_alias = _data(text, parts["DATA"])
    reader.take("WITH")
    outputs = tuple(_output(text, p) for p in reader.parenthesised())
    alias = "[__p]"
    if reader.found("AS"):
        alias = reader.take().text
    else:
        following = reader.peek()
        if following is not None and following.kind in ("bracket", "quoted"):
            alias = reader.take().text
    return PredictCall(
        text.tokens[at],
        text.tokens[reader.at - 1],
        text.part(parts["MODEL"]),
        data,
        _common_tables(text.tokens[:at]),
        data_alias,
        outputs,
        alias,
    )


def frame_name(number: int) -> str:
    """Return the name under which the rows of the statement's n-th PREDICT are registered."""
    return f"{FRAME}{number}"


def _data(text: Text, tokens: list[Token]) -> tuple[Text, str]:
    at = next((i for i, t in enumerate(tokens) if t.upper == "AS"), len(tokens))
    name, alias = tokens[:at], tokens[at + 1 :]
    if any(not (t.is_name or t.text == ".") for t in name):
        wrong = next(t for t in name if not (t.is_name or t.text == "."))
        raise syntax_error(wrong.text, *text.place(wrong))
    if at < len(tokens) and (len(alias) != 1 or not alias[0].is_name):
        raise syntax_error(tokens[-1].text, *text.place(tokens[-1]))
    return text.part(name), alias[0].text if alias else "[__d]"


def _output(text: Text, tokens: list[Token]) -> tuple[str, SqlType]:
    if len(tokens) < 2 or not tokens[0].is_name:
        raise syntax_error(tokens[0].text if tokens else ")", *text.place(tokens[0] if tokens else None))
    at = next((i for i, t in enumerate(tokens) if i > 1 and t.upper in ("NULL", "NOT", "COLLATE")), len(tokens))
    return tokens[0].name, declared_type(source_of(text.batch, tokens[1:at]).replace("\n", " "))


def _common_tables(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Return the tokens of the statement's WITH clause, or none."""
    if not tokens or tokens[0].upper != "WITH":
        return ()
    depth = 0
    for index, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
        if depth == 0 and token.upper == "SELECT":
            return tuple(tokens[:index])
    return ()


def replaced(text: Text, calls: list[PredictCall]) -> str:
    """Return a statement's text with the n-th PREDICT replaced by the n-th frames, at unchanged offsets."""
    source = text.source
    for number, call in enumerate(calls):
        begin, end = call.first.start - text.start, call.last.end - text.start
        source = source[:begin] + call.replacement(source[begin:end], frame_name(number)) + source[end:]
    return source


def calls_of(text: Text) -> list[PredictCall]:
    """Return the PREDICTs of a statement, in order."""
    found: list[PredictCall] = []
    at = position_of(text.tokens)
    while at is not None:
        call = parse_predict(text, at)
        found.append(call)
        begin = next((i for i, t in enumerate(text.tokens) if t.start >= call.last.end), len(text.tokens))
        rest = position_of(text.tokens[begin:])
        at = None if rest is None else begin + rest
    return found
