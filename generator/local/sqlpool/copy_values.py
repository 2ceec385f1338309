"""The text of a CSV field as a value of a column's type.

Errors speak as COPY does: type mismatch, truncation, overflow.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from uuid import UUID

from generator.local.sqlpool.typemap import BINARY, WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from generator.tsql.types import SqlType

_RANGES = {"tinyint": (0, 255), "smallint": (-(2**15), 2**15 - 1), "int": (-(2**31), 2**31 - 1),
           "bigint": (-(2**63), 2**63 - 1)}  # fmt: skip
_WHOLE = re.compile(r"\s*[+-]?\d+\s*")
_LARGEST_REAL = 3.4028235e38
_DATE = re.compile(r"(\d{1,4})([-/.])(\d{1,2})\2(\d{1,4})")
MISMATCH = "type mismatch or invalid character for the specified codepage"


class FieldError(ValueError):
    """A field cannot be stored; the message is what stands in the brackets of COPY's error."""


def converter(kind: SqlType, date_format: str) -> Callable[[str], Any]:
    """Return the function that makes a value of a field; it raises FieldError."""
    if kind.is_text:
        return _texts(kind)
    if kind.name in BINARY:
        return _binaries(kind)
    if kind.name in WHOLE:
        return _wholes(*_RANGES[kind.name])
    make = _MAKERS[kind.name] if kind.name != "date" else lambda text: _date(text, date_format)
    if kind.name.startswith("datetime") or kind.name == "smalldatetime":
        make = lambda text: _moment(text, date_format)  # noqa: E731 - one of the makers, with the format
    if kind.name in ("decimal", "money", "smallmoney"):
        scale = (kind.scale or 0) if kind.name == "decimal" else 4
        whole = ((kind.precision or 18) if kind.name == "decimal" else 19 if kind.name == "money" else 10) - scale
        make = _decimals(whole, scale)
    return _guarded(make)


def _guarded(make: Callable[[str], Any]) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            return make(text)
        except FieldError:
            raise
        except (ValueError, InvalidOperation) as error:
            raise FieldError(MISMATCH) from error

    return convert


def _wholes(low: int, high: int) -> Callable[[str], int]:
    def convert(text: str) -> int:
        if not _WHOLE.fullmatch(text):
            raise FieldError(MISMATCH)
        value = int(text)
        if not low <= value <= high:
            raise FieldError("overflow")
        return value

    return convert


def _texts(kind: SqlType) -> Callable[[str], str]:
    most = None if kind.is_max else kind.length or 1

    def convert(text: str) -> str:
        if most is not None and len(text) > most:
            raise FieldError("truncation")
        return text

    return convert


def _binaries(kind: SqlType) -> Callable[[str], bytes]:
    def convert(text: str) -> bytes:
        try:
            data = bytes.fromhex(text) if " " not in text else None
        except ValueError:
            data = None
        if data is None:
            raise FieldError(MISMATCH)
        if not kind.is_max and len(data) > (kind.length or 1):
            raise FieldError("truncation")
        return data

    return convert


def _decimals(whole: int, scale: int) -> Callable[[str], Decimal]:
    step = Decimal(1).scaleb(-scale)

    def convert(text: str) -> Decimal:
        value = Decimal(text.strip())
        if not value.is_finite():
            raise FieldError(MISMATCH)
        if abs(value) >= Decimal(10) ** whole:
            raise FieldError("overflow")
        return value.quantize(step)

    return convert


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value) or "_" in text:
        raise FieldError(MISMATCH)
    return value


def _real(text: str) -> float:
    value = _float(text)
    if abs(value) > _LARGEST_REAL:
        raise FieldError("overflow")
    return value


def _bit(text: str) -> bool:
    word = text.strip().lower()
    if word not in ("0", "1", "true", "false"):
        raise FieldError(MISMATCH)
    return word in ("1", "true")


def _date(text: str, date_format: str) -> date:
    word = text.strip()
    match = _DATE.fullmatch(word)
    if match is None:
        return datetime.fromisoformat(word).date()
    first, _, second, third = match.groups()
    order = "ymd" if len(first) == 4 else date_format
    parts = dict(zip(order, (first, second, third), strict=True))
    return date(int(parts["y"]), int(parts["m"]), int(parts["d"]))


def _moment(text: str, date_format: str) -> datetime:
    word = text.strip()
    # DuckDB keeps microseconds; the seventh digit of datetime2 is cut.
    word = re.sub(r"(\.\d{6})\d+", r"\1", word)
    try:
        return datetime.fromisoformat(word)
    except ValueError:
        day, _, clock = word.partition(" ")
        return datetime.combine(_date(day, date_format), time.fromisoformat(clock or "00:00"))


_MAKERS: dict[str, Callable[[str], Any]] = {
    "bit": _bit,
    "float": _float,
    "real": _real,
    "time": time.fromisoformat,
    "uniqueidentifier": lambda text: str(UUID(text)),
    **dict.fromkeys(("decimal", "money", "smallmoney"), Decimal),
    **dict.fromkeys(("datetime", "datetime2", "datetimeoffset", "smalldatetime"), datetime.fromisoformat),
}


def arrow_type(kind: SqlType) -> pa.DataType:
    """Return the Arrow type in which a column's values reach DuckDB."""
    import pyarrow as pa

    kinds = {
        "tinyint": pa.uint8(), "smallint": pa.int16(), "int": pa.int32(), "bigint": pa.int64(), "bit": pa.bool_(),
        "real": pa.float32(), "float": pa.float64(), "date": pa.date32(), "time": pa.time64("us"),
        "datetimeoffset": pa.timestamp("us", tz="UTC"), "binary": pa.binary(), "varbinary": pa.binary(),
        "money": pa.decimal128(19, 4), "smallmoney": pa.decimal128(10, 4),
    }  # fmt: skip
    if kind.name == "decimal":
        return pa.decimal128(kind.precision or 18, kind.scale or 0)
    if kind.name in ("datetime", "datetime2", "smalldatetime"):
        return pa.timestamp("us")
    return kinds.get(kind.name, pa.string())
