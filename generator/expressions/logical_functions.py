"""The logical functions, but for ``if``, which the evaluator takes itself.

``and`` and ``or`` look at both arguments: nothing published says that the service stops at the first, so an
expression that works here works where both are evaluated.
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.expressions.values import Arguments


def both(arguments: Arguments) -> bool:
    """``and(left, right)``."""
    left, right = arguments.boolean(0), arguments.boolean(1)
    return left and right


def either(arguments: Arguments) -> bool:
    """``or(left, right)``."""
    left, right = arguments.boolean(0), arguments.boolean(1)
    return left or right


def negated(arguments: Arguments) -> bool:
    """``not(value)``."""
    return not arguments.boolean(0)


def equals(arguments: Arguments) -> bool:
    """``equals(left, right)``; ``equals(true, 1)`` is true, as the page says."""
    return bool(arguments.any(0) == arguments.any(1))


def _compared(compare: Callable[[Any, Any], Any]) -> Callable[[Arguments], bool]:
    def apply(arguments: Arguments) -> bool:
        left, right = arguments.any(0), arguments.any(1)
        if isinstance(left, str):
            right = arguments.text(1)
        else:
            left, right = arguments.number(0), arguments.number(1)
        return bool(compare(left, right))

    return apply


greater = _compared(operator.gt)
greater_or_equals = _compared(operator.ge)
less = _compared(operator.lt)
less_or_equals = _compared(operator.le)
