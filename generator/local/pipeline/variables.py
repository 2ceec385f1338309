"""SetVariable and AppendVariable, and what a pipeline returns to its caller.

Source: "Set Variable activity" and "Append Variable activity" of Azure Data Factory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.expressions.values import type_name
from generator.local.pipeline.failure import fail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.local.pipeline.call import ActivityCall

RETURN_VALUE = "pipelineReturnValue"
_DEFAULTS: dict[str, Any] = {"array": [], "boolean": False, "bool": False, "integer": 0}
_TYPE_NAMES = {"bool": "Boolean", "boolean": "Boolean", "string": "String", "array": "Array", "integer": "Integer"}


def initial_variables(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the variables of a pipeline as a run begins with them."""
    declared = document["properties"].get("variables") or {}
    return {
        name: variable.get("defaultValue", _DEFAULTS.get(str(variable.get("type")).lower(), ""))
        for name, variable in declared.items()
    }


def set_variable(call: ActivityCall) -> dict[str, Any]:
    """Set a variable, or the values that the pipeline returns."""
    name = call.properties["variableName"]
    if call.properties.get("setSystemVariable"):
        return _set_return_value(call, name)
    value = call.evaluated(call.properties.get("value"))
    call.inputs = {"variableName": name, "value": value}
    declared = _declared(call, name)
    _refuse_other_type(call, declared, value)
    with call.context.lock:
        call.context.variables[declared] = value
    return {"name": name, "value": value}


def append_variable(call: ActivityCall) -> dict[str, Any]:
    """Add a value to an array variable."""
    name, value = call.properties["variableName"], call.evaluated(call.properties.get("value"))
    call.inputs = {"variableName": name, "value": value}
    declared = _declared(call, name)
    with call.context.lock:
        kept = call.context.variables[declared]
        if not isinstance(kept, list):
            raise fail("BadRequest", f"the variable '{name}' is no array; only arrays can be appended to")
        call.context.variables[declared] = [*kept, value]
    return {"name": name, "value": value}


def _declared(call: ActivityCall, name: str) -> str:
    declared = call.context.variable_name(name)
    if declared is None:
        raise fail("BadRequest", f"the pipeline declares no variable '{name}'")
    return declared


def _refuse_other_type(call: ActivityCall, name: str, value: Any) -> None:
    kind = str(call.context.document["properties"]["variables"][name].get("type", "String"))
    wanted, found = _TYPE_NAMES.get(kind.lower()), type_name(value)
    if wanted and found != wanted:
        # Worded as the service does.
        raise fail(
            "BadRequest",
            f"The variable '{name}' of type '{wanted}' cannot be initialized or updated with value of type '{found}'."
            f" The variable '{name}' only supports values of types '{wanted}'.",
        )


def _set_return_value(call: ActivityCall, name: str) -> dict[str, Any]:
    if name != RETURN_VALUE:
        raise fail("BadRequest", f"the only system variable that can be set is {RETURN_VALUE}, not '{name}'")
    rows = call.properties.get("value") or []
    values = {str(row["key"]): _content(call, row["value"]) for row in rows}
    call.inputs = {"variableName": name, "value": values}
    with call.context.lock:
        call.context.return_value.update(values)
    return {"name": name, "value": values}


def _content(call: ActivityCall, value: Any) -> Any:
    """Return ``{"type": ..., "content": ...}`` as a plain value; only expressions are evaluated."""
    if not isinstance(value, dict) or "type" not in value:
        return value
    content = value.get("content")
    match value["type"]:
        case "Expression":
            return call.evaluated(content)
        case "Null":
            return None
        case "Array" if isinstance(content, list):
            return [_content(call, inner) for inner in content]
        case "Object" if isinstance(content, list):
            return {str(row["key"]): _content(call, row["value"]) for row in content}
        case _:
            return content
