"""Evaluates the expressions of a document's values."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.expressions.functions import FunctionError, call_function
from generator.expressions.parser import ExpressionSyntaxError, parse
from generator.expressions.syntax import Access, Call, Literal, Node

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

_MISSING = object()


class EvaluationError(ValueError):
    """An expression has no value; the message is in the service's manner."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression can see. The clock is given, so that evaluation is pure."""

    utc_now: Callable[[], datetime]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    activities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What ``activity('X')`` returns: ``output``, ``error``, ``Status``."""
    system: Mapping[str, Any] = field(default_factory=dict)
    """Members of ``pipeline()``: RunId, Pipeline, DataFactory, GroupId, TriggerTime, ..."""
    item: Any = _MISSING


def evaluate(value: Any, scope: Scope) -> Any:
    """Return a JSON value in which every expression is replaced by its value.

    Raises EvaluationError.
    """
    if isinstance(value, dict):
        if value.get("type") == "Expression" and set(value) == {"value", "type"}:
            return evaluate(value["value"], scope)
        return {key: evaluate(inner, scope) for key, inner in value.items()}
    if isinstance(value, list):
        return [evaluate(inner, scope) for inner in value]
    return _text(value, scope) if isinstance(value, str) else value


def _text(text: str, scope: Scope) -> Any:
    if "@" not in text:
        return text
    try:
        template = parse(text)
    except ExpressionSyntaxError as error:
        raise EvaluationError(f"the expression {text!r} is not valid at {error.offset}: {error.message}") from error
    try:
        if template.is_whole:
            return _node(template.nodes[0], scope)
        return "".join(p if isinstance(p, str) else as_text(_node(p, scope)) for p in template.parts)
    except (FunctionError, RecursionError) as error:
        raise EvaluationError(f"the expression {text!r} cannot be evaluated: {error}") from error


def as_text(value: Any) -> str:
    """Return a value as interpolation prints it: text as it is, true as True, the rest as JSON."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "True" if value else "False"
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _node(node: Node, scope: Scope) -> Any:
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Access):
        return _access(node, scope)
    return _call(node, scope)


def _access(node: Access, scope: Scope) -> Any:
    target, key = _node(node.target, scope), _node(node.key, scope)
    found = _member(target, key)
    if found is not _MISSING:
        return found
    if node.is_safe:
        return None
    if isinstance(target, dict):
        known = ", ".join(map(str, target))
        raise EvaluationError(f"The expression cannot be evaluated because property '{key}' doesn't exist, available properties are '{known}'.")
    if isinstance(target, list):
        raise EvaluationError(f"The array index {key} is outside bounds (0, {len(target) - 1}) of the array.")
    kind = "Null" if target is None else type(target).__name__
    raise EvaluationError(f"Property selection is not supported on values of type '{kind}': '{key}'.")


def _member(target: Any, key: Any) -> Any:
    if isinstance(target, dict):
        if key in target:
            return target[key]
        # Real pipelines read both .error.message and .Error.Message.
        folded = str(key).casefold()
        return next((v for k, v in target.items() if k.casefold() == folded), _MISSING)
    if isinstance(target, list) and isinstance(key, int) and not isinstance(key, bool) and 0 <= key < len(target):
        return target[key]
    return _MISSING


def _call(node: Call, scope: Scope) -> Any:
    name = node.name.lower()
    if name == "if" and len(node.arguments) == 3:  # noqa: PLR2004 - condition and two values
        # Only the branch that is taken is evaluated; see docs/open-questions.md.
        condition = _node(node.arguments[0], scope)
        return _node(node.arguments[1 if condition is True or condition == "true" else 2], scope)
    arguments = [_node(a, scope) for a in node.arguments]
    special = _SCOPED.get(name)
    return special(scope, arguments) if special else call_function(name, arguments, scope.utc_now)


def _activity(scope: Scope, arguments: list[Any]) -> Any:
    name = arguments[0] if arguments else None
    if name not in scope.activities:
        raise EvaluationError(
            f"The expression cannot be evaluated: activity '{name}' has not run, or is not upstream of this one."
        )
    return scope.activities[name]


def _variable(scope: Scope, arguments: list[Any]) -> Any:
    if not arguments or arguments[0] not in scope.variables:
        raise EvaluationError(f"The variable '{arguments[0] if arguments else ''}' is not defined.")
    return scope.variables[arguments[0]]


def _item(scope: Scope, arguments: list[Any]) -> Any:  # noqa: ARG001 - one signature for all
    if scope.item is _MISSING:
        raise EvaluationError("item() has a value only inside a ForEach or Filter activity.")
    return scope.item


def _pipeline(scope: Scope, arguments: list[Any]) -> Any:  # noqa: ARG001 - one signature for all
    return {**scope.system, "parameters": dict(scope.parameters)}


_SCOPED: dict[str, Callable[[Scope, list[Any]], Any]] = {
    "activity": _activity,
    "item": _item,
    "pipeline": _pipeline,
    "variables": _variable,
}
