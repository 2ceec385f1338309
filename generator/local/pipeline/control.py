"""Waiting, failing, filtering, and the branches: If Condition and Switch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.expressions import Scope
from generator.expressions.values import to_text
from generator.local.pipeline.call import evaluated, scope_of
from generator.local.pipeline.failure import cancelled, fail
from generator.local.pipeline.inner import boolean, run_inner

if TYPE_CHECKING:
    from generator.local.pipeline.call import ActivityCall

_LONGEST_WAIT = 2**31 - 1  # the property is a 32-bit integer
_NOT_A_STRING = "ErrorCodeNotString"


def wait(call: ActivityCall) -> dict[str, Any]:
    """Wait for a number of seconds."""
    value = call.evaluated_inputs()["waitTimeInSeconds"]
    try:
        seconds = float(value)
    except (TypeError, ValueError):
        seconds = -1
    if isinstance(value, bool) or not 0 <= seconds <= _LONGEST_WAIT:
        raise fail("BadRequest", f"waitTimeInSeconds is a number of seconds, 0 or more, not {value!r}")
    if call.engines.clock.wait(call.context.cancel, seconds):
        raise cancelled()
    return {}


def fail_activity(call: ActivityCall) -> dict[str, Any]:
    """Fail with the author's message and code; the table of "Fail activity" says what stands in for a bad one."""
    name = call.activity["name"]
    values = call.evaluated_inputs()
    code = to_text(values.get("errorCode")) if _is_stringable(values.get("errorCode")) else ""
    code = code if code.strip() else _NOT_A_STRING
    if "message" not in values:
        raise fail(code, "Fail message wasn't provided")
    if not _is_stringable(values["message"]):
        raise fail(code, f"{name} fail message parameter couldn't be interpreted as a string")
    message = to_text(values["message"])
    raise fail(code, message if message.strip() else f"Failed to interpret {name} fail message or error code")


def _is_stringable(value: Any) -> bool:
    return value is None or isinstance(value, str | int | float)


def filter_items(call: ActivityCall) -> dict[str, Any]:
    """Keep the items for which the condition holds ("Filter activity")."""
    items = call.evaluated(call.properties["items"])
    call.inputs = {"Input": items, "Condition": call.properties["condition"]}
    if not isinstance(items, list):
        raise fail("BadRequest", f"the items of a Filter activity are an array, not {items!r}")
    scope = scope_of(call.engines, call.context, call.frame)
    kept = [item for item in items if boolean(evaluated(call.properties["condition"], _with_item(scope, item)))]
    return {"ItemsCount": len(items), "FilteredItemsCount": len(kept), "Value": kept}


def _with_item(scope: Scope, item: Any) -> Scope:
    return Scope(
        utc_now=scope.utc_now,
        parameters=scope.parameters,
        variables=scope.variables,
        activities=scope.activities,
        system=scope.system,
        item=item,
    )


def if_condition(call: ActivityCall) -> dict[str, Any]:
    """Run one of two lists of activities."""
    condition = boolean(call.evaluated(call.properties["expression"]))
    call.inputs = {"expression": condition}
    run_inner(call, call.properties.get("ifTrueActivities" if condition else "ifFalseActivities"), call.frame)
    return {}


def switch(call: ActivityCall) -> dict[str, Any]:
    """Run the case whose value is the expression's, or the default activities ("Switch activity")."""
    value = call.evaluated(call.properties["on"])
    call.inputs = {"on": value}
    cases = {str(case.get("value")): case.get("activities") for case in call.properties.get("cases") or []}
    run_inner(call, cases.get(to_text(value), call.properties.get("defaultActivities")), call.frame)
    return {}
