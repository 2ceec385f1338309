"""The Synapse notebook activity."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.local.pipeline.failure import ActivityFailure, fail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.local.pipeline.call import ActivityCall
    from generator.local.ports import NotebookResult


def synapse_notebook(call: ActivityCall) -> dict[str, Any]:
    """Run a published notebook.

    Its output has the shape that public pipelines read: ``output.status.Output.result.exitValue``.
    """
    properties = call.evaluated_inputs()
    call.runner.show(call, None)
    name = properties["notebook"]["referenceName"]
    document = call.engines.notebooks(name)
    if document is None:
        raise fail("6000", f"there is no notebook {name} in the workspace")
    given = properties.get("parameters") or {}
    parameters = {key: _typed(key, p.get("value"), p.get("type", "string")) for key, p in given.items()}
    result = call.engines.notebook_engine.run(document, parameters, run_id=call.context.run_id, cancel=call.cancel)
    output = _output(name, result, properties)
    if result.status != "Succeeded":
        raise ActivityFailure(result.error, "Cancelled" if result.status == "Cancelled" else "Failed", output)
    return output


def _typed(name: str, value: Any, kind: str) -> Any:
    try:
        match kind.lower():
            case "int" if not isinstance(value, float) or value.is_integer():
                return int(value)
            case "float":
                return float(value)
            case "bool":
                return _boolean(value)
            case "string":
                return value if isinstance(value, str) else json.dumps(value)
    except (TypeError, ValueError):
        pass
    raise fail("6001", f"the notebook parameter {name} is {kind}, {value!r} is not")


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() not in ("true", "false"):
        raise ValueError(value)
    return str(value).lower() == "true"


def _output(name: str, result: NotebookResult, properties: Mapping[str, Any]) -> dict[str, Any]:
    shown = {
        "runId": result.session_id,
        "runStatus": result.status,
        "sessionId": result.session_id,
        "sparkPool": (properties.get("sparkPool") or {}).get("referenceName"),
        "notebookName": name,
        "error": {"ename": result.error.code, "evalue": result.error.message} if result.error else None,
        "exitValue": result.exit_value,
    }
    status = {"status": "ok" if result.status == "Succeeded" else "error", "result": shown}
    return {"status": {"Status": 1 if result.status == "Succeeded" else 2, "Output": status}}
