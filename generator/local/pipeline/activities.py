"""The activities that the engine runs: one function a type, in one table.

Each returns its output, or raises :class:`ActivityFailure`. Outputs have the shapes of the activities' pages of
Azure Data Factory ("Web activity", "Script activity", "Execute Pipeline activity") and, for notebooks, of public
pipelines that read ``output.status.Output.result.exitValue``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.expressions import EvaluationError, evaluate
from generator.local.pipeline.control import CONTROL
from generator.local.pipeline.failure import ActivityFailure, fail
from generator.local.ports import SqlResult, UnroutedHostError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generator.local.pipeline.engine import ActivityCall

_LARGEST_OUTPUT = 4 * 1024 * 1024  # "Web activity": the response payload is at most 4 MB


def evaluated(call: ActivityCall, value: Any) -> Any:
    """Evaluate a value in the activity's scope; a failure fails the activity."""
    try:
        return evaluate(value, call.scope())
    except EvaluationError as error:
        raise fail("InvalidTemplate", str(error)) from error


def _synapse_notebook(call: ActivityCall) -> dict[str, Any]:
    properties = evaluated(call, dict(call.properties))
    name = properties["notebook"]["referenceName"]
    document = call.engine.engines.notebooks(name)
    if document is None:
        raise fail("6000", f"there is no notebook {name} in the workspace")
    given = properties.get("parameters") or {}
    parameters = {key: _typed(key, p.get("value"), p.get("type", "string")) for key, p in given.items()}
    result = call.engine.engines.notebook_engine.run(
        document, parameters, run_id=call.context.run_id, cancel=call.context.cancel
    )
    output = _notebook_output(name, result.status, result.exit_value, result.session_id, properties)
    if result.status != "Succeeded":
        error = result.error
        raise ActivityFailure(error, "Cancelled" if result.status == "Cancelled" else "Failed", output)
    return output


def _typed(name: str, value: Any, kind: str) -> Any:
    try:
        match kind.lower():
            case "int":
                return int(value)
            case "float":
                return float(value)
            case "bool":
                return value if isinstance(value, bool) else str(value).lower() == "true"
            case _:
                return value if isinstance(value, str) else json.dumps(value)
    except (TypeError, ValueError) as error:
        raise fail("6001", f"the notebook parameter {name} is {kind}, {value!r} is not") from error


def _notebook_output(
    name: str, status: str, exit_value: str | None, session_id: str, properties: Mapping[str, Any]
) -> dict[str, Any]:
    pool = (properties.get("sparkPool") or {}).get("referenceName")
    result = {
        "runId": session_id,
        "runStatus": status,
        "sessionId": session_id,
        "sparkPool": pool,
        "notebookName": name,
        "error": None,
        "exitValue": exit_value,
    }
    return {"status": {"Status": 1 if status == "Succeeded" else 2, "Output": {"status": "ok", "result": result}}}


def _script(call: ActivityCall) -> dict[str, Any]:
    linked = evaluated(call, call.activity.get("linkedServiceName") or {})
    pool = (linked.get("parameters") or {}).get("DBName")
    if not pool:
        raise fail("2400", "the linked service of the Script activity names no SQL pool (parameter DBName)")
    sets: list[dict[str, Any]] = []
    affected = 0
    logs: list[str] = []
    for block in call.properties.get("scripts") or []:
        values = evaluated(call, dict(block))
        parameters = {p["name"]: p.get("value") for p in values.get("parameters") or []}
        result = call.engine.engines.sql_engine.execute(pool, values["text"], parameters)
        _refuse_failed(result)
        affected += result.records_affected
        logs += result.messages
        if values.get("type") == "Query":
            sets += [{"rowCount": len(s.rows), "rows": s.records()} for s in result.result_sets]
        if call.context.cancel.is_set():
            raise ActivityFailure(None, "Cancelled", None)
    output = {
        "resultSetCount": len(sets),
        "recordsAffected": affected,
        "resultSets": sets,
        "outputParameters": {},
        "outputLogs": "\n".join(logs),
        "outputLogsLocation": "",
        "outputTruncated": "false",
    }
    if len(json.dumps(output)) > _LARGEST_OUTPUT:
        raise fail("2403", "the result of the Script activity is larger than 4 MB")
    return output


def _refuse_failed(result: SqlResult) -> None:
    if result.error:
        raise ActivityFailure(result.error, "Failed", None)


def _stored_procedure(call: ActivityCall) -> dict[str, Any]:
    pool = evaluated(call, call.activity["sqlPool"])["referenceName"]
    properties = evaluated(call, dict(call.properties))
    given = properties.get("storedProcedureParameters") or {}
    parameters = {name: p.get("value") for name, p in given.items()}
    result = call.engine.engines.sql_engine.execute_procedure(pool, properties["storedProcedureName"], parameters)
    _refuse_failed(result)
    # The activity returns no result set: what a procedure selects is lost.
    return {"executionDuration": 0, "effectiveIntegrationRuntime": "AutoResolveIntegrationRuntime"}


def _web(call: ActivityCall) -> dict[str, Any]:
    properties = evaluated(call, dict(call.properties))
    headers = {str(k): str(v) for k, v in (properties.get("headers") or {}).items()}
    authentication = properties.get("authentication") or {}
    if authentication.get("type") == "MSI":
        headers["Authorization"] = f"Bearer local-managed-identity:{authentication.get('resource', '')}"
    elif authentication:
        raise fail("2106", f"authentication of type {authentication.get('type')} is not supported in a local run")
    body = properties.get("body")
    content = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
    url = str(properties["url"])
    try:
        response = call.engine.engines.http.request(properties["method"], url, headers, content)
    except UnroutedHostError as error:
        raise fail("2108", f"Error calling the endpoint '{url.split('?', maxsplit=1)[0]}': {error}") from error
    if len(response.body) > _LARGEST_OUTPUT:
        raise fail("2001", "the response is larger than 4 MB")
    output = _web_output(response.body, response.headers)
    if not 200 <= response.status < 300:
        text = response.body.decode(errors="replace")[:2000]
        raise ActivityFailure(fail(str(response.status), text or f"HTTP {response.status}").error, "Failed", output)
    return output


def _web_output(body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    try:
        value = json.loads(body) if body else {}
    except ValueError:
        value = {"Response": body.decode(errors="replace")}
    fields = value if isinstance(value, dict) else {"Response": value}
    return {**fields, "ADFWebActivityResponseHeaders": dict(headers)}


def _execute_pipeline(call: ActivityCall) -> dict[str, Any]:
    from generator.local.pipeline.engine import PipelineNotFoundError
    from generator.local.pipeline.parameters import ParameterError

    properties = evaluated(call, dict(call.properties))
    name, context, engine = properties["pipeline"]["referenceName"], call.context, call.engine
    run_id = call.new_run_id()
    invoked_by = {
        "id": context.run_id,
        "name": context.pipeline_name,
        "invokedByType": "PipelineActivity",
        "pipelineName": context.pipeline_name,
        "pipelineRunId": context.run_id,
    }
    try:
        engine.start(
            name, properties.get("parameters") or {}, run_id=run_id, group_id=context.group_id, invoked_by=invoked_by
        )
    except PipelineNotFoundError as error:
        raise fail("PipelineNotFound", f"there is no pipeline {name} in the workspace") from error
    except ParameterError as error:
        raise fail("BadRequest", str(error)) from error
    context.children.append(run_id)
    output: dict[str, Any] = {"pipelineName": name, "pipelineRunId": run_id}
    engine.runs.update_activity(context.run_id, call.activity_run_id, output)
    if not properties.get("waitOnCompletion", False):
        return output
    if context.cancel.is_set():
        engine.cancel(run_id, recursive=True)
    engine.join(run_id)
    run = engine.runs.run(run_id) or {}
    returned = engine.return_value(run_id)
    if returned:
        output["pipelineReturnValue"] = returned
    if run.get("status") == "Succeeded":
        return output
    failure = fail("BadRequest", str(run.get("message") or f"the pipeline {name} was cancelled"))
    raise ActivityFailure(failure.error, "Cancelled" if run.get("status") == "Cancelled" else "Failed", output)


HANDLERS: dict[str, Callable[[ActivityCall], dict[str, Any] | None]] = {
    "ExecutePipeline": _execute_pipeline,
    "Script": _script,
    "SqlPoolStoredProcedure": _stored_procedure,
    "SynapseNotebook": _synapse_notebook,
    "WebActivity": _web,
    **CONTROL,
}
