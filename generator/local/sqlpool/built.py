"""The functions that are more than a call of DuckDB's: choices and dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from generator.local.sqlpool.conversion import call, cast, converted, string
from generator.local.sqlpool.errors import SqlError, unsupported
from generator.local.sqlpool.functions import DATE_PARTS
from generator.local.sqlpool.inference import type_of
from generator.local.sqlpool.typemap import duckdb_type

if TYPE_CHECKING:
    from collections.abc import Callable


def isnull(node: exp.Anonymous, arguments: list[exp.Expr]) -> exp.Expr:
    """ISNULL: the second argument takes the first one's type."""
    _count(arguments, "isnull", 2)
    kind = type_of(node)
    second = arguments[1] if kind is None else converted(arguments[1], type_of(arguments[1]), kind)
    return call("coalesce", arguments[0], second)


def iif(_: exp.Anonymous, arguments: list[exp.Expr]) -> exp.Expr:
    """IIF, as CASE."""
    _count(arguments, "iif", 3)
    return exp.Case(ifs=[exp.If(this=arguments[0], true=arguments[1])], default=arguments[2])


def dateadd(node: exp.Anonymous, arguments: list[exp.Expr]) -> exp.Expr:
    """DATEADD; a date stays a date."""
    _count(arguments, "dateadd", 3)
    part = _date_part(arguments[0])
    kind = type_of(node)
    interval = call("to_quarters" if part == "quarter" else f"to_{'day' if part == 'dayofyear' else part}s",
                    cast(call("trunc", arguments[1]), "INTEGER"))  # fmt: skip
    moved = exp.Add(this=cast(arguments[2], "TIMESTAMP"), expression=interval)
    return cast(moved, duckdb_type(kind)) if kind is not None and not kind.is_text else exp.Paren(this=moved)


def datediff(node: exp.Anonymous, arguments: list[exp.Expr]) -> exp.Expr:
    """DATEDIFF and DATEDIFF_BIG: the boundaries between two moments."""
    _count(arguments, "datediff", 3)
    part = "day" if _date_part(arguments[0]) == "dayofyear" else _date_part(arguments[0])
    days = call("date_diff", string(part), cast(arguments[1], "TIMESTAMP"), cast(arguments[2], "TIMESTAMP"))
    return cast(days, "BIGINT" if str(node.this).upper() == "DATEDIFF_BIG" else "INTEGER")


def datepart(_: exp.Anonymous, arguments: list[exp.Expr]) -> exp.Expr:
    """DATEPART, of a year down to a second."""
    _count(arguments, "datepart", 2)
    part = _date_part(arguments[0])
    value = call("date_part", string(part), cast(arguments[1], "TIMESTAMP"))
    if part in ("millisecond", "microsecond"):
        raise unsupported(f"DATEPART of {part}")
    return cast(value, "INTEGER")


def _date_part(node: exp.Expr) -> str:
    name = node.name.lower()
    if name not in DATE_PARTS:
        raise unsupported(f"the date part {node.name}")
    return DATE_PARTS[name]


def _count(arguments: list[exp.Expr], name: str, wanted: int) -> None:
    if len(arguments) != wanted:
        raise SqlError(f"The {name} function requires {wanted} argument(s).", 174)


BUILT: dict[str, Callable[[exp.Anonymous, list[exp.Expr]], exp.Expr]] = {
    "DATEADD": dateadd,
    "DATEDIFF": datediff,
    "DATEDIFF_BIG": datediff,
    "DATEPART": datepart,
    "IIF": iif,
    "ISNULL": isnull,
}
