"""The conversion functions of the expression language."""

from __future__ import annotations

import base64
import binascii
import json
import urllib.parse
from typing import TYPE_CHECKING, Any

from generator.expressions.values import FunctionError, to_text

if TYPE_CHECKING:
    from generator.expressions.values import Arguments

_DATA_URI = "data:text/plain;charset=utf-8;base64,"


def array(arguments: Arguments) -> list[Any]:
    """``array(value)``."""
    return [arguments.any(0)]


def to_base64(arguments: Arguments) -> str:
    """``base64(text)``."""
    return base64.b64encode(arguments.text(0).encode()).decode()


def from_base64(arguments: Arguments) -> str:
    """``base64ToString(text)``."""
    return _decoded(arguments, arguments.text(0))


def data_uri(arguments: Arguments) -> str:
    """``dataUri(text)``."""
    return _DATA_URI + to_base64(arguments)


def data_uri_to_string(arguments: Arguments) -> str:
    """``dataUriToString(uri)``."""
    head, comma, data = arguments.text(0).partition(",")
    if not comma or not head.startswith("data:") or not head.endswith(";base64"):
        raise arguments.error("expects a data URI in base64")
    return _decoded(arguments, data)


def to_bool(arguments: Arguments) -> bool:
    """``bool(value)``: a number is true unless it is 0, a text says ``true`` or ``false``."""
    value = arguments.any(0)
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    if isinstance(value, bool | int | float):
        return bool(value)
    raise _unconvertible(arguments)


def coalesce(arguments: Arguments) -> Any:
    """``coalesce(value, ...)``: the first that is not null; empty strings are not null."""
    return next((v for v in arguments.all if v is not None), None)


def to_float(arguments: Arguments) -> float:
    """``float(text)``."""
    value = arguments.any(0)
    try:
        return float(value if isinstance(value, str) else arguments.number(0))
    except FunctionError:
        raise
    except ValueError:
        raise _unconvertible(arguments) from None


def to_int(arguments: Arguments) -> int:
    """``int(text)``; a decimal number is rounded, as .NET converts it, a text of one is refused."""
    value = arguments.any(0)
    try:
        return int(value.strip()) if isinstance(value, str) else round(arguments.number(0))
    except FunctionError:
        raise
    except (ValueError, OverflowError):
        raise _unconvertible(arguments) from None


def from_json(arguments: Arguments) -> Any:
    """``json(text)``; of null, as the page says, an empty object."""
    if arguments.any(0) is None:
        return {}
    try:
        return json.loads(arguments.text(0))
    except FunctionError:
        raise
    except ValueError as error:
        raise arguments.error(f"expects JSON text: {error}") from error


def to_string(arguments: Arguments) -> str:
    """``string(value)``."""
    return to_text(arguments.any(0))


def encode_uri(arguments: Arguments) -> str:
    """``uriComponent(text)``."""
    return urllib.parse.quote(arguments.text(0), safe="~")


def decode_uri(arguments: Arguments) -> str:
    """``uriComponentToString(text)``."""
    return urllib.parse.unquote(arguments.text(0))


def _decoded(arguments: Arguments, data: str) -> str:
    try:
        return base64.b64decode(data, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise arguments.error("expects text in base64") from None


def _unconvertible(arguments: Arguments) -> FunctionError:
    shown = json.dumps(arguments.any(0), ensure_ascii=False)[:40]
    return arguments.error(
        f"was invoked with a parameter that is not valid. The value {shown} cannot be converted to the target type"
    )
