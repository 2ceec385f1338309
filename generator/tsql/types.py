"""T-SQL types of a dedicated SQL pool, and what Spark, ONNX and PREDICT make of them.

Sources: "Table data types for dedicated SQL pool" and "Data types (Transact-SQL)"; PREDICT's input types from
"Score machine learning models with PREDICT" (int, bigint, real, float, char, varchar, nvarchar); ONNX types from
AutoML's converters, which make FLOAT of floats, INT64 of integers and STRING of text.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

_INTEGERS = {"tinyint": "smallint", "smallint": "smallint", "int": "int", "bigint": "bigint"}
_SPARK = _INTEGERS | {
    "bit": "boolean",
    "real": "float",
    "float": "double",
    "money": "decimal(19,4)",
    "smallmoney": "decimal(10,4)",
    "date": "date",
    "time": "string",
    "datetime": "timestamp",
    "datetime2": "timestamp",
    "smalldatetime": "timestamp",
    "datetimeoffset": "timestamp",
    "char": "string",
    "varchar": "string",
    "nchar": "string",
    "nvarchar": "string",
    "uniqueidentifier": "string",
    "binary": "binary",
    "varbinary": "binary",
}
_TEXT = {"char": 8000, "varchar": 8000, "nchar": 4000, "nvarchar": 4000}
_BINARY = {"binary": 8000, "varbinary": 8000}
_SCALED = {"time", "datetime2", "datetimeoffset"}
_DECIMAL = {"decimal", "numeric"}
_SYNONYMS = {"integer": "int", "double precision": "float", "dec": "decimal", "character": "char",
             "character varying": "varchar", "char varying": "varchar", "national character varying": "nvarchar",
             "national char varying": "nvarchar", "national character": "nchar", "national char": "nchar",
             "binary varying": "varbinary", "sysname": "nvarchar(128)"}  # fmt: skip
# "Unsupported data types" of "Table data types for dedicated SQL pool".
_UNSUPPORTED = {"geometry", "geography", "hierarchyid", "image", "text", "ntext", "sql_variant", "timestamp",
                "rowversion", "xml", "json", "cursor", "table"}  # fmt: skip
_TYPE = re.compile(r"\s*\[?([A-Za-z_][A-Za-z0-9_ ]*?)\]?\s*(?:\(\s*(max|\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.IGNORECASE)
_FLOAT_MAX, _REAL_MAX, _DECIMAL_MAX, _TIME_MAX = 53, 24, 38, 7


class TsqlTypeError(ValueError):
    """A text is no type of a dedicated SQL pool; the message says why."""


@dataclass(frozen=True, slots=True)
class SqlType:
    """A type in its canonical form."""

    name: str
    length: int | None = None
    """Characters or bytes."""
    is_max: bool = False
    precision: int | None = None
    scale: int | None = None

    @property
    def ddl(self) -> str:
        """The type as DDL writes it, for example ``nvarchar(30)``."""
        if self.is_max:
            return f"{self.name}(max)"
        numbers = [n for n in (self.length, self.precision, self.scale) if n is not None]
        return f"{self.name}({','.join(map(str, numbers))})" if numbers else self.name

    @property
    def is_integer(self) -> bool:
        """Whether it holds whole numbers."""
        return self.name in _INTEGERS

    @property
    def is_text(self) -> bool:
        """Whether it holds characters."""
        return self.name in _TEXT

    @property
    def is_numeric(self) -> bool:
        """Whether it holds numbers that can be averaged."""
        return self.is_integer or self.name in {"real", "float", "decimal", "money", "smallmoney"}

    @property
    def spark_type(self) -> str:
        """The Spark SQL type of the same values."""
        if self.name == "decimal":
            return f"decimal({self.precision or 18},{self.scale or 0})"
        return _SPARK[self.name]

    @property
    def onnx_type(self) -> str | None:
        """``INT64``, ``FLOAT`` or ``STRING`` as AutoML makes them; None where PREDICT cannot take the type."""
        if self.name in ("int", "bigint"):
            return "INT64"
        if self.name in ("real", "float"):
            return "FLOAT"
        return "STRING" if self.name in ("char", "varchar", "nvarchar") and not self.is_max else None

    @property
    def predict_type(self) -> str | None:
        """What a PREDICT input is cast to, so that its type is exactly the model's; None where there is none."""
        return {"INT64": "bigint", "FLOAT": "real", "STRING": self.ddl}.get(self.onnx_type or "")


def parse_sql_type(text: str) -> SqlType:
    """Parse a type as DDL writes it; TsqlTypeError where a dedicated SQL pool has no such type."""
    match = _TYPE.fullmatch(text)
    if match is None:
        raise TsqlTypeError(f'"{text}" is no T-SQL type')
    word = " ".join(match[1].lower().split())
    name = _SYNONYMS.get(word, word)
    if "(" in name:
        return parse_sql_type(name)
    first, second = match[2], match[3]
    if name in _UNSUPPORTED:
        raise TsqlTypeError(f"a dedicated SQL pool has no type {name}")
    if name in _TEXT or name in _BINARY:
        return _sized(name, first, second)
    if name in _DECIMAL:
        return _decimal(first, second)
    if name == "float":
        return _float(first, second)
    if name in _SCALED:
        return _time(name, first, second)
    if name not in _SPARK:
        known = [*_SPARK, *_SYNONYMS, "decimal", "numeric"]
        near = difflib.get_close_matches(name, known, n=1)
        raise TsqlTypeError(f'"{name}" is no T-SQL type' + (f'; did you mean "{near[0]}"?' if near else ""))
    if first is not None:
        raise TsqlTypeError(f"{name} takes no length")
    return SqlType(name)


def _sized(name: str, first: str | None, second: str | None) -> SqlType:
    limit = (_TEXT | _BINARY)[name]
    if second is not None:
        raise TsqlTypeError(f"{name} takes one length")
    if first is None:
        return SqlType(name, length=1)  # "char and varchar": without a length, a column has one of 1
    if first.lower() == "max":
        if name in ("char", "nchar", "binary"):
            raise TsqlTypeError(f"{name} cannot be max")
        return SqlType(name, is_max=True)
    if not 1 <= int(first) <= limit:
        raise TsqlTypeError(f"the length of {name} is 1 to {limit}, or max")
    return SqlType(name, length=int(first))


def _decimal(first: str | None, second: str | None) -> SqlType:
    if first is not None and not first.isdigit():
        raise TsqlTypeError("the precision of decimal is a number")
    precision, scale = int(first or 18), int(second or 0)
    if not 1 <= precision <= _DECIMAL_MAX or scale > precision:
        raise TsqlTypeError("the precision of decimal is 1 to 38, its scale at most its precision")
    return SqlType("decimal", precision=precision, scale=scale)


def _float(first: str | None, second: str | None) -> SqlType:
    if second is not None or (first is not None and not (first.isdigit() and 1 <= int(first) <= _FLOAT_MAX)):
        raise TsqlTypeError("the bits of float are 1 to 53")
    # "float and real": 1 to 24 bits are stored as real's four bytes, more as eight.
    return SqlType("real") if first is not None and int(first) <= _REAL_MAX else SqlType("float")


def _time(name: str, first: str | None, second: str | None) -> SqlType:
    if second is not None or (first is not None and not (first.isdigit() and int(first) <= _TIME_MAX)):
        raise TsqlTypeError(f"the fractional digits of {name} are 0 to 7")
    return SqlType(name, scale=int(first)) if first is not None else SqlType(name)
