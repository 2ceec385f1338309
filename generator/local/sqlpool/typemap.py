"""T-SQL types and DuckDB's: which holds what, and which of two types an expression has."""

from __future__ import annotations

from functools import lru_cache

from generator.local.sqlpool.errors import SqlError
from generator.tsql.types import SqlType, TsqlTypeError, parse_sql_type

_TO_DUCKDB = {
    "tinyint": "UTINYINT",
    "smallint": "SMALLINT",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "bit": "BOOLEAN",
    "real": "FLOAT",
    "float": "DOUBLE",
    "money": "DECIMAL(19,4)",
    "smallmoney": "DECIMAL(10,4)",
    "date": "DATE",
    "time": "TIME",
    "datetime": "TIMESTAMP",
    "datetime2": "TIMESTAMP",
    "smalldatetime": "TIMESTAMP",
    "datetimeoffset": "TIMESTAMPTZ",
    "uniqueidentifier": "UUID",
    "binary": "BLOB",
    "varbinary": "BLOB",
}
_FROM_DUCKDB = {
    "UTINYINT": "tinyint",
    "TINYINT": "smallint",
    "SMALLINT": "smallint",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "HUGEINT": "decimal(38,0)",
    "DOUBLE": "float",
    "FLOAT": "real",
    "VARCHAR": "nvarchar(4000)",
    "BLOB": "varbinary(max)",
    "BOOLEAN": "bit",
    "TIMESTAMP": "datetime2",
    "TIMESTAMP WITH TIME ZONE": "datetimeoffset",
    "DATE": "date",
    "TIME": "time",
    "UUID": "uniqueidentifier",
}
# "Data type precedence": from the highest to the lowest.
_PRECEDENCE = (
    "datetimeoffset", "datetime2", "datetime", "smalldatetime", "date", "time", "float", "real", "decimal", "money",
    "smallmoney", "bigint", "int", "smallint", "tinyint", "bit", "uniqueidentifier", "nvarchar", "nchar", "varchar",
    "char", "varbinary", "binary",
)  # fmt: skip
NUMBERS = {"float", "real", "decimal", "money", "smallmoney", "bigint", "int", "smallint", "tinyint"}
WHOLE = {"bigint", "int", "smallint", "tinyint"}
BINARY = {"binary", "varbinary"}


@lru_cache(maxsize=512)
def declared_type(text: str) -> SqlType:
    """Parse a declared type; SqlError where the pool has none of that name."""
    try:
        return parse_sql_type(text)
    except TsqlTypeError as error:
        raise SqlError(f"{error}.", 2715) from error


def duckdb_type(sql_type: SqlType) -> str:
    """Return the DuckDB type that holds a T-SQL type's values."""
    if sql_type.name == "decimal":
        return f"DECIMAL({sql_type.precision or 18},{sql_type.scale or 0})"
    return "VARCHAR" if sql_type.is_text else _TO_DUCKDB[sql_type.name]


def from_duckdb_type(text: str) -> SqlType:
    """Return a T-SQL type for a DuckDB one; SqlError for what no T-SQL query makes."""
    if text.startswith("DECIMAL("):
        return declared_type(text.lower())
    # The type of a bare NULL is int in SQL Server too.
    return declared_type(_FROM_DUCKDB.get(text, "int" if text in ("NULL", '"NULL"') else "nvarchar(4000)"))


def widest(types: list[SqlType | None]) -> SqlType | None:
    """Return the type that the parts of one expression come to; None where one is not known."""
    known = [t for t in types if t is not None]
    if len(known) < len(types) or not known:
        return None
    best = min(known, key=lambda t: _PRECEDENCE.index(t.name))
    if best.is_text or best.name in BINARY:
        same = [t for t in known if t.is_text == best.is_text]
        is_max = any(t.is_max for t in same)
        return best if is_max == best.is_max and len(same) == 1 else _longest(best, same)
    if best.name == "decimal":
        return _widest_decimal(known)
    return best


def _longest(best: SqlType, types: list[SqlType]) -> SqlType:
    if any(t.is_max for t in types):
        return SqlType(best.name if best.name.startswith(("nvar", "var")) else "nvarchar", is_max=True)
    return SqlType(best.name, length=max(t.length or 1 for t in types))


def _widest_decimal(types: list[SqlType]) -> SqlType:
    digits = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19, "bit": 1, "money": 15, "smallmoney": 6}
    scale = max(_scale(t) for t in types)
    whole = max((t.precision or 18) - _scale(t) if t.name == "decimal" else digits.get(t.name, 19) for t in types)
    return SqlType("decimal", precision=min(38, whole + scale), scale=scale)


def _scale(sql_type: SqlType) -> int:
    return 4 if "money" in sql_type.name else (sql_type.scale or 0) if sql_type.name == "decimal" else 0


def quotient(left: SqlType, right: SqlType) -> SqlType | None:
    """Return the decimal type of a division ("Precision, scale, and length"), None where it is no decimal one."""
    if "decimal" not in (left.name, right.name):
        return None
    if {left.name, right.name} - {"decimal", *WHOLE}:
        return None
    digits = {"tinyint": 3, "smallint": 5, "int": 10, "bigint": 19}
    p1, s1 = left.precision or digits.get(left.name, 18), _scale(left)
    p2, s2 = right.precision or digits.get(right.name, 18), _scale(right)
    scale = max(6, s1 + p2 + 1)
    whole = p1 - s1 + s2
    if whole + scale > 38:
        scale = max(min(scale, 6), 38 - whole)
    return SqlType("decimal", precision=min(38, whole + scale), scale=min(scale, 38))
