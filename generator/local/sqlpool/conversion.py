"""CAST, CONVERT and what storing a value in a column or variable does to it, as DuckDB expressions.

Sources: "CAST and CONVERT" (fractions are cut, text is cut at its length, an empty text is 0; styles) and the errors
of storing: 2628 truncation, 8115 overflow, 245 conversion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from generator.local.sqlpool.errors import SqlError, unsupported
from generator.local.sqlpool.typemap import BINARY, NUMBERS, WHOLE, duckdb_type

if TYPE_CHECKING:
    from generator.tsql.types import SqlType

_DATE_STYLES = {
    "23": "%Y-%m-%d",
    "101": "%m/%d/%Y",
    "103": "%d/%m/%Y",
    "104": "%d.%m.%Y",
    "112": "%Y%m%d",
    "108": "%H:%M:%S",
    "120": "%Y-%m-%d %H:%M:%S",
    "121": "%Y-%m-%d %H:%M:%S.%g",
    "126": "%Y-%m-%dT%H:%M:%S.%g",
}
_DATES = {"date", "datetime", "datetime2", "smalldatetime", "datetimeoffset", "time"}


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """Return a call of a DuckDB function."""
    return exp.Anonymous(this=name, expressions=list(arguments))


def string(text: str) -> exp.Expr:
    """Return a text literal."""
    return exp.Literal.string(text)


def number(value: int) -> exp.Expr:
    """Return a number literal."""
    return exp.Literal.number(value)


def cast(node: exp.Expr, duckdb: str, *, is_try: bool = False) -> exp.Expr:
    """Return a plain cast to a DuckDB type."""
    kind = exp.TryCast if is_try else exp.Cast
    return kind(this=node, to=exp.DataType.build(duckdb, dialect="duckdb"))


def converted(
    node: exp.Expr, source: SqlType | None, target: SqlType, *, is_try: bool = False, style: str | None = None
) -> exp.Expr:
    """Return ``node`` as CAST, CONVERT and an assignment to a variable make it; text is cut at its length."""
    if target.is_text:
        text = as_text(node, source, style)
        return text if target.is_max else exp.Left(this=text, expression=number(target.length or 30))
    if target.name in BINARY:
        return _as_binary(node, source, target, style)
    if style not in (None, "0") and not (target.name in _DATES and style in _DATE_STYLES):
        raise unsupported(f"CONVERT to {target.name} in the style {style}")
    if target.name in WHOLE:
        node = _whole(node, source, target, is_try=is_try)
    elif target.name == "bit" and source is not None and source.name in NUMBERS:
        return exp.Paren(this=exp.NEQ(this=node, expression=number(0)))
    return cast(node, duckdb_type(target), is_try=is_try)


def stored(node: exp.Expr, source: SqlType | None, target: SqlType, column: str) -> exp.Expr:
    """Return ``node`` as a column takes it: what does not fit is an error."""
    place = string(f"column '{column}'")
    if target.is_text:
        text = as_text(node, source, None)
        fits = target.is_max or (
            source is not None and source.is_text and not source.is_max and (source.length or 1) <= (target.length or 1)
        )
        return text if fits else call("tsql_fit", text, number(target.length or 1), place)
    if target.name in BINARY:
        if source is not None and source.is_text:
            raise SqlError(
                f"Implicit conversion from data type {source.name} to {target.name} is not allowed. "
                "Use the CONVERT function to run this query.",
                257,
            )
        data = cast(node, "BLOB")
        return data if target.is_max else call("tsql_fit_bytes", data, number(target.length or 1), place)
    if source is not None and source.name in BINARY and target.name not in WHOLE:
        raise SqlError(f"Implicit conversion from data type {source.name} to {target.name} is not allowed.", 257)
    return converted(node, source, target)


def as_text(node: exp.Expr, source: SqlType | None, style: str | None) -> exp.Expr:
    """Return ``node`` as text."""
    if source is not None and source.is_text:
        return node
    if source is not None and source.name in _DATES and style not in (None, "0"):
        if style not in _DATE_STYLES:
            raise unsupported(f"CONVERT of {source.name} in the style {style}")
        return call("strftime", node, string(_DATE_STYLES[style]))
    if source is not None and source.name in BINARY:
        if style in ("1", "2"):
            digits = call("hex", node)
            return exp.DPipe(this=string("0x"), expression=digits) if style == "1" else digits
        return call("decode", node)
    if style not in (None, "0"):
        raise unsupported(f"CONVERT to text in the style {style}")
    if source is not None and source.name == "bit":
        return call("tsql_bit_text", node)
    return cast(node, "VARCHAR")


def _whole(node: exp.Expr, source: SqlType | None, target: SqlType, *, is_try: bool) -> exp.Expr:
    if source is None:
        return node
    if source.is_text:
        return call("tsql_try_whole", node) if is_try else call("tsql_whole_text", node, string(target.name))
    return call("trunc", node) if source.name in NUMBERS - WHOLE else node


def _as_binary(node: exp.Expr, source: SqlType | None, target: SqlType, style: str | None) -> exp.Expr:
    if source is not None and source.is_text:
        if style == "2":
            return call("unhex", node)
        if style == "1":
            return call("unhex", call("substring", node, number(3)))
        if source.name.startswith("n"):
            raise unsupported(f"CAST of {source.name} to {target.name} without the style 1 or 2")
        return call("encode", node)
    if source is not None and source.name not in BINARY:
        raise unsupported(f"CAST of {source.name} to {target.name}")
    return cast(node, "BLOB")
