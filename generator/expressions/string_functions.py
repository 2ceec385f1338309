"""The string functions of the expression language."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from generator.expressions.values import to_text

if TYPE_CHECKING:
    from generator.expressions.values import Arguments


def concat(arguments: Arguments) -> str:
    """``concat(text, ...)``; null counts as nothing, other values as ``string()`` prints them."""
    return "".join(to_text(v) for v in arguments.all)


def ends_with(arguments: Arguments) -> bool:
    """``endsWith(text, end)``, without regard to case."""
    return arguments.text(0).casefold().endswith(arguments.text(1).casefold())


def starts_with(arguments: Arguments) -> bool:
    """``startsWith(text, start)``, without regard to case."""
    return arguments.text(0).casefold().startswith(arguments.text(1).casefold())


def guid(arguments: Arguments) -> str:
    """``guid(format?)``: D (default), N, B or P."""
    form = arguments.text(0, "D")
    value = uuid.uuid4()
    forms = {"D": str(value), "N": value.hex, "B": "{" + str(value) + "}", "P": f"({value})"}
    if form.upper() not in forms:
        raise arguments.error(f"knows the formats N, D, B and P, not '{form}'")
    return forms[form.upper()]


def index_of(arguments: Arguments) -> int:
    """``indexOf(text, searched)``, without regard to case; -1 where it is not found."""
    return arguments.text(0).lower().find(arguments.text(1).lower())


def last_index_of(arguments: Arguments) -> int:
    """``lastIndexOf(text, searched)``, without regard to case; -1 where it is not found."""
    return arguments.text(0).lower().rfind(arguments.text(1).lower())


def replace(arguments: Arguments) -> str:
    """``replace(text, old, new)``, by case."""
    if not arguments.text(1):
        raise arguments.error("cannot replace an empty string")
    return arguments.text(0).replace(arguments.text(1), arguments.text(2))


def split(arguments: Arguments) -> list[str]:
    """``split(text, delimiter)``; an empty delimiter parts nothing, as .NET's."""
    text, delimiter = arguments.text(0), arguments.text(1)
    return text.split(delimiter) if delimiter else [text]


def substring(arguments: Arguments) -> str:
    """``substring(text, start, length)``."""
    text, start, length = arguments.text(0), arguments.integer(1), arguments.integer(2)
    if start < 0 or length < 0 or start + length > len(text):
        raise arguments.error(
            f"has parameters out of range: start {start} and length {length} in a string of {len(text)} characters"
        )
    return text[start : start + length]


def to_lower(arguments: Arguments) -> str:
    """``toLower(text)``."""
    return arguments.text(0).lower()


def to_upper(arguments: Arguments) -> str:
    """``toUpper(text)``."""
    return arguments.text(0).upper()


def trim(arguments: Arguments) -> str:
    """``trim(text)``."""
    return arguments.text(0).strip()
