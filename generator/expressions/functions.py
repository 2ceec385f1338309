"""The functions of the expression language: one table of names, argument counts and what they do.

Source: "Expressions and functions in Azure Data Factory and Azure Synapse Analytics". Functions that the page
documents but this table has without an implementation are refused by name when they are evaluated.
"""

from __future__ import annotations

import base64
import difflib
import json
import math
import urllib.parse
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.expressions import dates

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime


class FunctionError(ValueError):
    """A function cannot be applied to its arguments."""


class UnsupportedFunctionError(FunctionError):
    """The service has the function, this evaluator does not."""


@dataclass(frozen=True, slots=True)
class Function:
    """How many arguments a function takes (None: any number more), and its implementation."""

    least: int
    most: int | None
    apply: Callable[..., Any] | None = None


def call_function(name: str, arguments: list[Any], utc_now: Callable[[], datetime]) -> Any:
    """Apply a function by its lower-case name."""
    function = FUNCTIONS.get(name)
    if function is None:
        near = difflib.get_close_matches(name, FUNCTIONS, n=1)
        raise FunctionError(f"there is no function '{name}'" + (f"; did you mean '{near[0]}'?" if near else ""))
    if problem := arity_problem(name, len(arguments)):
        raise FunctionError(problem)
    if function.apply is None:
        raise UnsupportedFunctionError(f"the function '{name}' is not supported in a local run")
    if name == "utcnow":
        return dates.format_date_time(utc_now(), *arguments)
    try:
        return function.apply(*arguments)
    except FunctionError:
        raise
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
        kinds = ", ".join("Null" if a is None else type(a).__name__ for a in arguments)
        raise FunctionError(f"the function '{name}' does not take ({kinds}): {error}") from error


def arity_problem(name: str, count: int) -> str | None:
    """Return what is wrong with a function's number of arguments; None where nothing is."""
    function = FUNCTIONS[name]
    if count >= function.least and (function.most is None or count <= function.most):
        return None
    if function.most is None:
        wanted = f"at least {function.least}"
    elif function.least == function.most:
        wanted = str(function.least)
    else:
        wanted = f"{function.least} to {function.most}"
    return f"the function '{name}' takes {wanted} argument{'' if wanted == '1' else 's'}, not {count}"


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise FunctionError(f"a number is expected, not {_show(value)}")
    return value


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    raise FunctionError(f"a boolean is expected, not {_show(value)}")


def _string(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise FunctionError(f"a string is expected, not {_show(value)}")


def _show(value: Any) -> str:
    return "null" if value is None else json.dumps(value, ensure_ascii=False)[:60]


def to_text(value: Any) -> str:
    """``string()``: text as it is, everything else as JSON; booleans as .NET prints them."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    return "" if value is None else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _integer_division(dividend: Any, divisor: Any) -> int | float:
    left, right = _number(dividend), _number(divisor)
    if right == 0:
        raise FunctionError("attempted to divide by zero")
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def _modulo(dividend: Any, divisor: Any) -> int | float:
    left, right = _number(dividend), _number(divisor)
    if right == 0:
        raise FunctionError("attempted to divide by zero")
    remainder = math.fmod(left, right)
    return int(remainder) if isinstance(left, int) and isinstance(right, int) else remainder


def _contains(collection: Any, value: Any) -> bool:
    if isinstance(collection, str):
        return _string(value) in collection
    if isinstance(collection, list | dict):
        return value in collection
    raise FunctionError("a string, array or object is expected")


def _empty(value: Any) -> bool:
    if value is None or isinstance(value, str | list | dict):
        return not value
    raise FunctionError("a string, array or object is expected")


def _equals(left: Any, right: Any) -> bool:
    if isinstance(left, bool) != isinstance(right, bool):
        return False
    return bool(left == right)


def _split(text: Any, separator: Any) -> list[str]:
    return _string(text).split(_string(separator)) if separator else [_string(text)]


def _substring(text: Any, start: Any, length: Any = None) -> str:
    value = _string(text)
    begin = int(_number(start))
    end = len(value) if length is None else begin + int(_number(length))
    if begin < 0 or end > len(value) or end < begin:
        raise FunctionError("the range is outside the string")
    return value[begin:end]


def _take(collection: Any, count: Any) -> Any:
    return collection[: max(0, int(_number(count)))]


def _skip(collection: Any, count: Any) -> Any:
    return collection[max(0, int(_number(count))) :]


def _first(collection: Any) -> Any:
    return collection[0] if collection else None


def _last(collection: Any) -> Any:
    return collection[-1] if collection else None


def _flat(values: tuple[Any, ...]) -> list[Any]:
    return list(values[0]) if len(values) == 1 and isinstance(values[0], list) else list(values)


def _intersection(first: Any, *others: Any) -> Any:
    if isinstance(first, dict):
        return {k: v for k, v in first.items() if all(k in o and o[k] == v for o in others)}
    return [v for v in first if all(v in o for o in others)]


def _union(first: Any, *others: Any) -> Any:
    if isinstance(first, dict):
        return {k: v for values in (first, *others) for k, v in values.items()}
    merged = list(first)
    for other in others:
        merged += [v for v in other if v not in merged]
    return merged


def _to_int(value: Any) -> int:
    if isinstance(value, str):
        return int(value.strip())
    return int(_number(value))


def _to_bool(value: Any) -> bool:
    if isinstance(value, str) and value.strip().lower() in ("true", "false"):
        return value.strip().lower() == "true"
    if isinstance(value, bool | int | float):
        return bool(value)
    raise FunctionError(f"{_show(value)} is no boolean")


def _json(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise FunctionError(f"the text is no JSON: {error}") from error


def _guid(form: str = "D") -> str:
    value = uuid.uuid4()
    forms = {"D": str(value), "N": value.hex, "B": "{" + str(value) + "}", "P": f"({value})"}
    return forms[form.upper()]


def _index_of(text: str, searched: str) -> int:
    return _string(text).lower().find(_string(searched).lower())


def _coalesce(*values: Any) -> Any:
    return next((v for v in values if v is not None), None)


def _range(start: Any, count: Any) -> list[int]:
    return list(range(int(_number(start)), int(_number(start)) + int(_number(count))))


FUNCTIONS: dict[str, Function] = {
    # Of the run: evaluated by the evaluator itself.
    "activity": Function(1, 1),
    "item": Function(0, 0),
    "pipeline": Function(0, 0),
    "variables": Function(1, 1),
    "trigger": Function(0, 0),
    "dataset": Function(0, 1),
    "linkedservice": Function(0, 1),
    "triggerbody": Function(0, 0),
    "triggeroutputs": Function(0, 0),
    # Strings
    "concat": Function(1, None, lambda *p: "".join(to_text(v) for v in p) if not isinstance(p[0], list) else sum(p, [])),
    "endswith": Function(2, 2, lambda t, e: _string(t).lower().endswith(_string(e).lower())),
    "guid": Function(0, 1, _guid),
    "indexof": Function(2, 2, _index_of),
    "lastindexof": Function(2, 2, lambda t, s: _string(t).lower().rfind(_string(s).lower())),
    "replace": Function(3, 3, lambda t, o, n: _string(t).replace(_string(o), _string(n))),
    "split": Function(2, 2, _split),
    "startswith": Function(2, 2, lambda t, s: _string(t).lower().startswith(_string(s).lower())),
    "substring": Function(2, 3, _substring),
    "tolower": Function(1, 1, lambda t: _string(t).lower()),
    "toupper": Function(1, 1, lambda t: _string(t).upper()),
    "trim": Function(1, 1, lambda t: _string(t).strip()),
    # Collections
    "contains": Function(2, 2, _contains),
    "empty": Function(1, 1, _empty),
    "first": Function(1, 1, _first),
    "intersection": Function(1, None, _intersection),
    "join": Function(2, 2, lambda c, s: _string(s).join(to_text(v) for v in c)),
    "last": Function(1, 1, _last),
    "length": Function(1, 1, len),
    "skip": Function(2, 2, _skip),
    "take": Function(2, 2, _take),
    "union": Function(1, None, _union),
    # Logic
    "and": Function(2, None, lambda *p: all([_boolean(v) for v in p])),
    "equals": Function(2, 2, _equals),
    "greater": Function(2, 2, lambda a, b: a > b),
    "greaterorequals": Function(2, 2, lambda a, b: a >= b),
    "if": Function(3, 3, lambda c, a, b: a if _boolean(c) else b),
    "less": Function(2, 2, lambda a, b: a < b),
    "lessorequals": Function(2, 2, lambda a, b: a <= b),
    "not": Function(1, 1, lambda v: not _boolean(v)),
    "or": Function(2, None, lambda *p: any([_boolean(v) for v in p])),
    # Conversion
    "array": Function(1, 1, lambda v: [v]),
    "base64": Function(1, 1, lambda t: base64.b64encode(_string(t).encode()).decode()),
    "base64tobinary": Function(1, 1),
    "base64tostring": Function(1, 1, lambda t: base64.b64decode(_string(t)).decode()),
    "binary": Function(1, 1),
    "bool": Function(1, 1, _to_bool),
    "coalesce": Function(1, None, _coalesce),
    "createarray": Function(0, None, lambda *p: list(p)),
    "datauri": Function(1, 1),
    "datauritobinary": Function(1, 1),
    "datauritostring": Function(1, 1),
    "decodebase64": Function(1, 1, lambda t: base64.b64decode(_string(t)).decode()),
    "decodedatauri": Function(1, 1),
    "decodeuricomponent": Function(1, 1, lambda t: urllib.parse.unquote(_string(t))),
    "encodeuricomponent": Function(1, 1, lambda t: urllib.parse.quote(_string(t), safe="")),
    "float": Function(1, 1, lambda v: float(v)),
    "int": Function(1, 1, _to_int),
    "json": Function(1, 1, _json),
    "string": Function(1, 1, to_text),
    "uricomponent": Function(1, 1, lambda t: urllib.parse.quote(_string(t), safe="")),
    "uricomponenttobinary": Function(1, 1),
    "uricomponenttostring": Function(1, 1, lambda t: urllib.parse.unquote(_string(t))),
    "xml": Function(1, 1),
    "xpath": Function(2, 2),
    # Numbers
    "add": Function(2, 2, lambda a, b: _number(a) + _number(b)),
    "div": Function(2, 2, _integer_division),
    "max": Function(1, None, lambda *p: max(_number(v) for v in _flat(p))),
    "min": Function(1, None, lambda *p: min(_number(v) for v in _flat(p))),
    "mod": Function(2, 2, _modulo),
    "mul": Function(2, 2, lambda a, b: _number(a) * _number(b)),
    "rand": Function(2, 2),
    "range": Function(2, 2, _range),
    "sub": Function(2, 2, lambda a, b: _number(a) - _number(b)),
    # Dates
    "adddays": Function(2, 3, dates.add_days),
    "addhours": Function(2, 3, dates.add_hours),
    "addminutes": Function(2, 3, dates.add_minutes),
    "addseconds": Function(2, 3, dates.add_seconds),
    "addtotime": Function(3, 4),
    "convertfromutc": Function(2, 3),
    "converttimezone": Function(3, 4),
    "converttoutc": Function(2, 3),
    "dayofmonth": Function(1, 1, lambda t: dates.parse_date_time(t).day),
    "dayofweek": Function(1, 1, lambda t: (dates.parse_date_time(t).weekday() + 1) % 7),
    "dayofyear": Function(1, 1, lambda t: dates.parse_date_time(t).timetuple().tm_yday),
    "formatdatetime": Function(1, 3, lambda t, f=None, _=None: dates.format_date_time(dates.parse_date_time(t), f)),
    "getfuturetime": Function(2, 3),
    "getpasttime": Function(2, 3),
    "startofday": Function(1, 2, dates.start_of_day),
    "startofhour": Function(1, 2, dates.start_of_hour),
    "startofmonth": Function(1, 2, dates.start_of_month),
    "subtractfromtime": Function(3, 4),
    "ticks": Function(1, 1, dates.ticks),
    "utcnow": Function(0, 1, dates.format_date_time),
}
