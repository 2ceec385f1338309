"""The functions of the expression language: one table of names, argument counts and what they do.

Source: the function reference of "Expressions and functions in Azure Data Factory and Azure Synapse Analytics".
Functions that the page documents and this table has without an implementation are refused by name when they are
evaluated.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.expressions import collection_functions as collections
from generator.expressions import conversion_functions as conversions
from generator.expressions import date_functions as dates
from generator.expressions import logical_functions as logic
from generator.expressions import math_functions as numbers
from generator.expressions import string_functions as strings
from generator.expressions.values import Arguments, FunctionError, UnsupportedFunctionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its name as the page writes it, how many arguments it takes, and what it does."""

    name: str
    least: int
    most: int | None
    """None: any number more."""
    apply: Callable[[Arguments], Any] | None = None
    """None: of the run (the evaluator's own), or not built."""
    apply_now: Callable[[Arguments, datetime], Any] | None = None
    """For a function that reads the clock."""


def call_function(name: str, values: list[Any], utc_now: Callable[[], datetime]) -> Any:
    """Apply a function by its name, in any case; FunctionError says why that cannot be."""
    if problem := name_problem(name) or arity_problem(name, len(values)):
        raise FunctionError(problem)
    function = FUNCTIONS[name.lower()]
    arguments = Arguments(function.name, values)
    if function.apply_now is not None:
        return function.apply_now(arguments, utc_now())
    if function.apply is None:
        raise UnsupportedFunctionError(
            f"The function '{function.name}' exists in Synapse but is not supported in a local run."
        )
    return function.apply(arguments)


def name_problem(name: str) -> str | None:
    """Return what is wrong with a function's name; None where Synapse has it."""
    if name.lower() in FUNCTIONS:
        return None
    near = difflib.get_close_matches(name.lower(), FUNCTIONS, n=1)
    return f"'{name}' is no function" + (f"; did you mean '{FUNCTIONS[near[0]].name}'?" if near else "")


def arity_problem(name: str, count: int) -> str | None:
    """Return what is wrong with a known function's number of arguments; None where nothing is."""
    function = FUNCTIONS[name.lower()]
    if count >= function.least and (function.most is None or count <= function.most):
        return None
    if function.most is None:
        wanted = f"at least {function.least}"
    elif function.least == function.most:
        wanted = str(function.least)
    else:
        wanted = f"{function.least} to {function.most}"
    plural = "" if wanted.endswith("1") else "s"
    return f"The function '{function.name}' takes {wanted} argument{plural}, not {count}"


_OF_THE_RUN = (
    # "System variables", and the functions that the control-flow pages use.
    Function("activity", 1, 1),
    Function("item", 0, 0),
    Function("pipeline", 0, 0),
    Function("variables", 1, 1),
    Function("trigger", 0, 0),
    Function("triggerBody", 0, 0),
    Function("triggerOutputs", 0, 0),
    # In datasets and linked services, whose parameters they read.
    Function("dataset", 0, 0),
    Function("linkedService", 0, 0),
)
_STRINGS = (
    Function("concat", 1, None, strings.concat),
    Function("endsWith", 2, 2, strings.ends_with),
    Function("guid", 0, 1, strings.guid),
    Function("indexOf", 2, 2, strings.index_of),
    Function("lastIndexOf", 2, 2, strings.last_index_of),
    Function("replace", 3, 3, strings.replace),
    Function("split", 2, 2, strings.split),
    Function("startsWith", 2, 2, strings.starts_with),
    Function("substring", 3, 3, strings.substring),
    Function("toLower", 1, 1, strings.to_lower),
    Function("toUpper", 1, 1, strings.to_upper),
    Function("trim", 1, 1, strings.trim),
)
_COLLECTIONS = (
    Function("contains", 2, 2, collections.contains),
    Function("empty", 1, 1, collections.empty),
    Function("first", 1, 1, collections.first),
    Function("intersection", 1, None, collections.intersection),
    Function("join", 2, 2, collections.join),
    Function("last", 1, 1, collections.last),
    Function("length", 1, 1, collections.length),
    Function("skip", 2, 2, collections.skip),
    Function("take", 2, 2, collections.take),
    Function("union", 1, None, collections.union),
)
_LOGIC = (
    # Exactly two, also in Studio: MicrosoftDocs/azure-docs issue 54944.
    Function("and", 2, 2, logic.both),
    Function("equals", 2, 2, logic.equals),
    Function("greater", 2, 2, logic.greater),
    Function("greaterOrEquals", 2, 2, logic.greater_or_equals),
    Function("if", 3, 3),  # the evaluator's own: one branch is evaluated
    Function("less", 2, 2, logic.less),
    Function("lessOrEquals", 2, 2, logic.less_or_equals),
    Function("not", 1, 1, logic.negated),
    Function("or", 2, 2, logic.either),
)
_CONVERSIONS = (
    Function("array", 1, 1, conversions.array),
    Function("base64", 1, 1, conversions.to_base64),
    Function("base64ToBinary", 1, 1),
    Function("base64ToString", 1, 1, conversions.from_base64),
    Function("binary", 1, 1),
    Function("bool", 1, 1, conversions.to_bool),
    Function("coalesce", 1, None, conversions.coalesce),
    Function("createArray", 1, None, collections.create_array),
    Function("dataUri", 1, 1, conversions.data_uri),
    Function("dataUriToBinary", 1, 1),
    Function("dataUriToString", 1, 1, conversions.data_uri_to_string),
    Function("decodeBase64", 1, 1, conversions.from_base64),
    Function("decodeDataUri", 1, 1),
    Function("decodeUriComponent", 1, 1, conversions.decode_uri),
    Function("encodeUriComponent", 1, 1, conversions.encode_uri),
    Function("float", 1, 1, conversions.to_float),
    Function("int", 1, 1, conversions.to_int),
    Function("json", 1, 1, conversions.from_json),
    Function("string", 1, 1, conversions.to_string),
    Function("uriComponent", 1, 1, conversions.encode_uri),
    Function("uriComponentToBinary", 1, 1),
    Function("uriComponentToString", 1, 1, conversions.decode_uri),
    Function("xml", 1, 1),
    Function("xpath", 2, 2),
)
_NUMBERS = (
    Function("add", 2, 2, numbers.add),
    Function("div", 2, 2, numbers.div),
    Function("max", 1, None, numbers.largest),
    Function("min", 1, None, numbers.smallest),
    Function("mod", 2, 2, numbers.mod),
    Function("mul", 2, 2, numbers.mul),
    Function("rand", 2, 2, numbers.rand),
    Function("range", 2, 2, numbers.value_range),
    Function("sub", 2, 2, numbers.sub),
)
_DATES = (
    Function("addDays", 2, 3, dates.add(86_400)),
    Function("addHours", 2, 3, dates.add(3600)),
    Function("addMinutes", 2, 3, dates.add(60)),
    Function("addSeconds", 2, 3, dates.add(1)),
    Function("addToTime", 3, 4, dates.add_to_time),
    Function("convertFromUtc", 2, 3, dates.convert_from_utc),
    Function("convertTimeZone", 3, 4, dates.convert_time_zone),
    Function("convertToUtc", 2, 3, dates.convert_to_utc),
    Function("dayOfMonth", 1, 1, dates.day_of_month),
    Function("dayOfWeek", 1, 1, dates.day_of_week),
    Function("dayOfYear", 1, 1, dates.day_of_year),
    Function("formatDateTime", 1, 2, dates.format_date_time),
    Function("getFutureTime", 2, 3, apply_now=dates.get_future_time),
    Function("getPastTime", 2, 3, apply_now=dates.get_past_time),
    Function("startOfDay", 1, 2, dates.start_of_day),
    Function("startOfHour", 1, 2, dates.start_of_hour),
    Function("startOfMonth", 1, 2, dates.start_of_month),
    Function("subtractFromTime", 3, 4, dates.subtract_from_time),
    Function("ticks", 1, 1, dates.ticks),
    Function("utcNow", 0, 1, apply_now=dates.utc_now),
)


def _by_name(*groups: Iterable[Function]) -> dict[str, Function]:
    return {function.name.lower(): function for group in groups for function in group}


FUNCTIONS = _by_name(_OF_THE_RUN, _STRINGS, _COLLECTIONS, _LOGIC, _CONVERSIONS, _NUMBERS, _DATES)
"""Every function of the language, by its name in lower case: names do not tell case apart."""
