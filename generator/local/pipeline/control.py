"""The control activities: waiting, variables, branches and loops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.expressions import EvaluationError, evaluate
from generator.local.pipeline.failure import ActivityFailure, fail
from generator.local.pipeline.outcome import failed_leaves, outcome
from generator.local.pipeline.policy import duration_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from generator.local.pipeline.engine import ActivityCall

_UNTIL_DEFAULT = 7 * 24 * 3600.0  # "Until activity": the default timeout is 7 days


def _value(call: ActivityCall, value: Any) -> Any:
    try:
        return evaluate(value, call.scope())
    except EvaluationError as error:
        raise fail("InvalidTemplate", str(error)) from error


def _wait(call: ActivityCall) -> dict[str, Any]:
    seconds = _value(call, call.properties["waitTimeInSeconds"])
    if isinstance(seconds, bool) or not isinstance(seconds, int | float | str):
        raise fail("BadRequest", f"waitTimeInSeconds is a number of seconds, not {seconds!r}")
    if call.engine.engines.clock.wait(call.context.cancel, float(seconds)):
        raise ActivityFailure(None, "Cancelled")
    return {}


def _set_variable(call: ActivityCall) -> dict[str, Any]:
    properties, context = call.properties, call.context
    name = properties["variableName"]
    if properties.get("setSystemVariable"):
        rows = properties.get("value") or []
        values = {row["key"]: _returned(call, row["value"]) for row in rows}
        with context.lock:
            context.return_value.update(values)
        return {"name": name, "value": values}
    value = _value(call, properties.get("value"))
    with context.lock:
        if name not in context.variables:
            raise fail("BadRequest", f"the pipeline declares no variable {name}")
        context.variables[name] = value
    return {"name": name, "value": value}


def _returned(call: ActivityCall, value: Mapping[str, Any]) -> Any:
    content = value.get("content")
    return _value(call, content) if value.get("type") == "Expression" else content


def _append_variable(call: ActivityCall) -> dict[str, Any]:
    name, value = call.properties["variableName"], _value(call, call.properties.get("value"))
    with call.context.lock:
        kept = call.context.variables.get(name)
        if not isinstance(kept, list):
            raise fail("BadRequest", f"the pipeline declares no array variable {name}")
        call.context.variables[name] = [*kept, value]
    return {"name": name, "value": value}


def _fail(call: ActivityCall) -> dict[str, Any]:
    message = str(_value(call, call.properties.get("message")))
    raise fail(str(_value(call, call.properties.get("errorCode"))), message)


def _if_condition(call: ActivityCall) -> dict[str, Any]:
    condition = _boolean(call, call.properties["expression"])
    branch = "ifTrueActivities" if condition else "ifFalseActivities"
    _inner(call, call.properties.get(branch) or [], call.item)
    return {}


def _boolean(call: ActivityCall, value: Any) -> bool:
    result = _value(call, value)
    if isinstance(result, str) and result.lower() in ("true", "false"):
        return result.lower() == "true"
    if not isinstance(result, bool):
        raise fail("BadRequest", f"the condition is {result!r}, which is neither true nor false")
    return result


def _inner(call: ActivityCall, activities: Sequence[Mapping[str, Any]], item: Any) -> None:
    """Run a container's activities; their outcome is the container's."""
    statuses = call.engine.run_activities(call.context, activities, item)
    status = outcome(activities, statuses)
    if status == "Succeeded":
        return
    names = failed_leaves(activities, statuses)
    messages = [(call.context.activities.get(n, {}).get("error") or {}).get("message", "") for n in names]
    if status == "Cancelled":
        raise ActivityFailure(None, "Cancelled")
    code = next((e["errorCode"] for n in names if (e := call.context.activities.get(n, {}).get("error"))), "BadRequest")
    raise fail(code, "; ".join(f"Activity {n} failed: {m}" for n, m in zip(names, messages, strict=True)))


def _until(call: ActivityCall) -> dict[str, Any]:
    """Loop; an iteration that fails does not end the loop.

    Public pipelines count on it: one of the Planning Inspectorate loops until a request fails with a code.
    """
    clock = call.engine.engines.clock
    deadline = clock.now().timestamp() + duration_seconds(_value(call, call.properties.get("timeout")), _UNTIL_DEFAULT)
    activities = call.properties.get("activities") or []
    while True:
        try:
            _inner(call, activities, call.item)
        except ActivityFailure as failure:
            if failure.status == "Cancelled":
                raise
        if _boolean(call, call.properties["expression"]):
            return {}
        if clock.now().timestamp() >= deadline:
            raise fail("2200", f"the loop timed out after {call.properties.get('timeout')}")


def _for_each(call: ActivityCall) -> dict[str, Any]:
    """Run the activities for each item, one after another: locally nothing is won by running them at once."""
    items = _value(call, call.properties["items"])
    if not isinstance(items, list):
        raise fail("BadRequest", f"the items of the ForEach activity are no array: {items!r}")
    failures = []
    for item in items:
        try:
            _inner(call, call.properties.get("activities") or [], item)
        except ActivityFailure as failure:
            if failure.status == "Cancelled":
                raise
            failures.append(failure)
    if failures:
        raise failures[0]
    return {}


CONTROL: dict[str, Callable[[ActivityCall], dict[str, Any] | None]] = {
    "AppendVariable": _append_variable,
    "Fail": _fail,
    "ForEach": _for_each,
    "IfCondition": _if_condition,
    "SetVariable": _set_variable,
    "Until": _until,
    "Wait": _wait,
}
