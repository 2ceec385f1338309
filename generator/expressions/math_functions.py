"""The math functions, on integers and floats."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.expressions.values import Arguments

Number = int | float


def add(arguments: Arguments) -> Number:
    """``add(left, right)``."""
    return arguments.number(0) + arguments.number(1)


def sub(arguments: Arguments) -> Number:
    """``sub(left, right)``."""
    return arguments.number(0) - arguments.number(1)


def mul(arguments: Arguments) -> Number:
    """``mul(left, right)``."""
    return arguments.number(0) * arguments.number(1)


def div(arguments: Arguments) -> Number:
    """``div(dividend, divisor)``: of two integers the integer, cut towards zero."""
    left, right = arguments.number(0), arguments.number(1)
    if right == 0:
        raise arguments.error("expects its second parameter not to be zero")
    if isinstance(left, int) and isinstance(right, int):
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    return left / right


def mod(arguments: Arguments) -> Number:
    """``mod(dividend, divisor)``: the remainder has the dividend's sign, as in .NET."""
    left, right = arguments.number(0), arguments.number(1)
    if right == 0:
        raise arguments.error("expects its second parameter not to be zero")
    if isinstance(left, int) and isinstance(right, int):
        return left - right * (abs(left) // abs(right)) * (1 if (left < 0) == (right < 0) else -1)
    return math.fmod(left, right)


def _chosen(choose: Callable[[list[Number]], Number]) -> Callable[[Arguments], Number]:
    def apply(arguments: Arguments) -> Number:
        one = arguments.any(0)
        if len(arguments) > 1 or not isinstance(one, list):
            return choose([arguments.number(i) for i in range(len(arguments))])
        if not one or any(isinstance(v, bool) or not isinstance(v, int | float) for v in one):
            raise arguments.error("expects its array to hold numbers, at least one")
        return choose(one)

    return apply


def rand(arguments: Arguments) -> int:
    """``rand(lowest, end)``: an integer from ``lowest`` to before ``end``."""
    lowest, end = arguments.integer(0), arguments.integer(1)
    if lowest >= end:
        raise arguments.error(f"expects its first parameter to be less than its second: {lowest}, {end}")
    return random.randrange(lowest, end)  # noqa: S311 - no secret: a number for people's pipelines


def value_range(arguments: Arguments) -> list[int]:
    """``range(start, count)``; the page "Expressions and functions" lets ForEach take it."""
    start, count = arguments.integer(0), arguments.integer(1)
    if not 0 <= count <= 100_000:
        raise arguments.error(f"expects a count from 0 to 100000, not {count}")
    return list(range(start, start + count))


largest = _chosen(max)
smallest = _chosen(min)
