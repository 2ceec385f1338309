"""The one function that quotes T-SQL literals."""

from __future__ import annotations

import math


def quote_literal(value: str | float | bytes | None, *, national: bool = True) -> str:
    """Return ``value`` as a T-SQL literal: text as ``N'...'``, bytes as ``0x...``, booleans as 1 and 0.

    ``national=False`` writes text without the ``N``, for the few places that refuse it (the URL of COPY).
    Raises ValueError for NaN, infinity and text with a NUL, which no literal can hold.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, bytes):
        return "0x" + value.hex().upper()
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a T-SQL literal cannot hold a NUL character")
        return ("N'" if national else "'") + value.replace("'", "''") + "'"
    if not math.isfinite(value):
        raise ValueError(f"{value} has no T-SQL literal")
    return repr(value)
