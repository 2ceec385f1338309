"""JSON values as the expression language sees them: their type names, their text, and what a function expects.

Messages are worded as the service words them ("The function 'x' expects its first parameter to be ...").
"""

from __future__ import annotations

import json
from typing import Any

_ORDINALS = ("first", "second", "third", "fourth")


class FunctionError(ValueError):
    """A function cannot be applied to its arguments."""


class UnsupportedFunctionError(FunctionError):
    """The service has the function, this evaluator does not."""


def type_name(value: Any) -> str:
    """Return the JSON type as the service names it in its messages: String, Integer, Float, ..."""
    if value is None:
        return "Null"
    if isinstance(value, bool):
        return "Boolean"
    names: tuple[tuple[type, str], ...] = (
        (str, "String"),
        (int, "Integer"),
        (float, "Float"),
        (list, "Array"),
        (dict, "Object"),
    )
    return next((name for kind, name in names if isinstance(value, kind)), type(value).__name__)


def to_text(value: Any) -> str:
    """Return a value as ``string()`` and interpolation print it.

    Text as it is, booleans as .NET prints them (True), null as nothing, numbers and the rest as JSON.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


class Arguments:
    """The arguments of one call; each accessor returns one as the type asked for, or raises FunctionError."""

    __slots__ = ("_name", "_values")

    def __init__(self, name: str, values: list[Any]) -> None:
        self._name = name
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    @property
    def all(self) -> list[Any]:
        """Every argument."""
        return self._values

    def any(self, index: int, default: Any = None) -> Any:
        """Return an argument of any type."""
        return self._values[index] if index < len(self._values) else default

    def text(self, index: int, default: str | None = None) -> str:
        """Return a string."""
        value = self.any(index, default)
        if not isinstance(value, str):
            raise self.wrong(index, "a string")
        return value

    def optional_text(self, index: int) -> str | None:
        """Return a string, or None where the argument is left out or null."""
        return None if self.any(index) is None else self.text(index)

    def number(self, index: int) -> int | float:
        """Return an integer or a float."""
        value = self.any(index)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.wrong(index, "an integer or a decimal number")
        return value

    def integer(self, index: int) -> int:
        """Return an integer."""
        value = self.any(index)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.wrong(index, "an integer")
        return value

    def boolean(self, index: int) -> bool:
        """Return a boolean."""
        value = self.any(index)
        if not isinstance(value, bool):
            raise self.wrong(index, "a boolean")
        return value

    def array(self, index: int) -> list[Any]:
        """Return an array."""
        value = self.any(index)
        if not isinstance(value, list):
            raise self.wrong(index, "an array")
        return value

    def collection(self, index: int) -> str | list[Any]:
        """Return a string or an array."""
        value = self.any(index)
        if not isinstance(value, str | list):
            raise self.wrong(index, "an array or a string")
        return value

    def error(self, message: str) -> FunctionError:
        """Return the error of this call."""
        return FunctionError(f"The function '{self._name}' {message}.")

    def wrong(self, index: int, expected: str) -> FunctionError:
        """Return the error of an argument of the wrong type."""
        which = f"its {_ORDINALS[min(index, 3)]} parameter" if len(self._values) > 1 else "its parameter"
        return self.error(
            f"expects {which} to be {expected}. The provided value is of type '{type_name(self.any(index))}'"
        )
