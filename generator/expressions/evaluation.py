"""Evaluates the expressions of a document's values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.expressions.functions import arity_problem, call_function
from generator.expressions.parser import ExpressionSyntaxError, parse
from generator.expressions.syntax import Access, Call, Literal, Node
from generator.expressions.values import FunctionError, to_text, type_name

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
    """Returns a moment with a time zone."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    activities: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What ``activity('X')`` returns: ``output``, ``error``, ``Status``."""
    system: Mapping[str, Any] = field(default_factory=dict)
    """Members of ``pipeline()``: RunId, Pipeline, DataFactory, GroupId, TriggerTime, ... ("System variables")."""
    item: Any = _MISSING
    """The value of ``item()`` inside a ForEach or Filter, null included; left out elsewhere."""


def evaluate(value: Any, scope: Scope) -> Any:
    """Return a JSON value in which every expression is replaced by its value.

    ``{"value": ..., "type": "Expression"}`` stands for its value, evaluated; a text without ``@`` for itself.
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
        raise EvaluationError(
            f"The expression '{_shown(text)}' is not valid: {error.message} (character {error.offset + 1})."
        ) from error
    try:
        if template.is_whole:
            return _node(template.nodes[0], scope)
        return "".join(p if isinstance(p, str) else to_text(_node(p, scope)) for p in template.parts)
    except RecursionError:
        raise EvaluationError(f"The expression '{_shown(text)}' is nested too deeply to be evaluated.") from None
    except (FunctionError, EvaluationError) as error:
        raise EvaluationError(f"The expression '{_shown(text)}' cannot be evaluated. {error}") from error


def _shown(text: str) -> str:
    longest = 200
    return text if len(text) <= longest else text[:longest] + "..."


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
        raise EvaluationError(f"Property '{key}' doesn't exist, available properties are '{known}'.")
    if isinstance(target, list) and isinstance(key, int):
        raise EvaluationError(f"The array index '{key}' is outside bounds (0, {len(target) - 1}) of the array.")
    raise EvaluationError(f"Property '{key}' cannot be selected from a value of type '{type_name(target)}'.")


def _member(target: Any, key: Any) -> Any:
    if isinstance(target, dict) and isinstance(key, str):
        if key in target:
            return target[key]
        # Real pipelines read both .error.message and .Error.Message.
        folded = key.casefold()
        return next((v for k, v in target.items() if k.casefold() == folded), _MISSING)
    if isinstance(target, list) and isinstance(key, int) and not isinstance(key, bool) and 0 <= key < len(target):
        return target[key]
    return _MISSING


def _call(node: Call, scope: Scope) -> Any:
    name = node.name.lower()
    special = _SCOPED.get(name)
    if special and (problem := arity_problem(name, len(node.arguments))):
        raise FunctionError(problem)
    if special:
        return special(scope, node.arguments)
    return call_function(name, [_node(a, scope) for a in node.arguments], scope.utc_now)


def _if(scope: Scope, arguments: tuple[Node, ...]) -> Any:
    # Only the branch that is taken: what the service does is not published (docs/open-questions.md).
    condition = _node(arguments[0], scope)
    if not isinstance(condition, bool):
        raise FunctionError(
            "The function 'if' expects its first parameter to be a boolean."
            f" The provided value is of type '{type_name(condition)}'."
        )
    return _node(arguments[1] if condition else arguments[2], scope)


def _name(scope: Scope, arguments: tuple[Node, ...], function: str) -> str:
    name = _node(arguments[0], scope)
    if not isinstance(name, str):
        raise FunctionError(
            f"The function '{function}' expects its parameter to be a string."
            f" The provided value is of type '{type_name(name)}'."
        )
    return name


def _activity(scope: Scope, arguments: tuple[Node, ...]) -> Any:
    name = _name(scope, arguments, "activity")
    if name not in scope.activities:
        raise EvaluationError(
            f"The output of activity '{name}' can't be referenced: it has not run, or is not upstream of this activity."
        )
    return scope.activities[name]


def _variable(scope: Scope, arguments: tuple[Node, ...]) -> Any:
    name = _name(scope, arguments, "variables")
    # "Naming rules" of Data Factory: names of variables are case-insensitive.
    found = _member(dict(scope.variables), name)
    if found is _MISSING:
        raise EvaluationError(f"The pipeline declares no variable '{name}'.")
    return found


def _item(scope: Scope, arguments: tuple[Node, ...]) -> Any:  # noqa: ARG001 - one signature for all
    if scope.item is _MISSING:
        raise EvaluationError("item() has a value only inside a ForEach or Filter activity.")
    return scope.item


def _pipeline(scope: Scope, arguments: tuple[Node, ...]) -> Any:  # noqa: ARG001 - one signature for all
    return {**scope.system, "parameters": dict(scope.parameters)}


_SCOPED: dict[str, Callable[[Scope, tuple[Node, ...]], Any]] = {
    "activity": _activity,
    "if": _if,
    "item": _item,
    "pipeline": _pipeline,
    "variables": _variable,
}
