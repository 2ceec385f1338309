"""The Execute Pipeline activity."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from generator.local.pipeline.failure import ActivityFailure, PipelineNotFoundError, cancelled, fail
from generator.local.pipeline.parameters import ParameterError
from generator.local.ports import ActivityError

if TYPE_CHECKING:
    from generator.local.pipeline.call import ActivityCall, RunContext


def execute_pipeline(call: ActivityCall) -> dict[str, Any]:
    """Start a run of another pipeline, and wait for its end where ``waitOnCompletion``.

    A run that is cancelled does not wait for its children; they go on unless the cancel is recursive.
    """
    properties = call.evaluated_inputs()
    name = properties["pipeline"]["referenceName"]
    try:
        child = call.runner.start_child(call, name, properties.get("parameters") or {})
    except PipelineNotFoundError as error:
        raise fail("PipelineNotFound", f"there is no pipeline {name} in the workspace") from error
    except ParameterError as error:
        raise fail("BadRequest", str(error)) from error
    output: dict[str, Any] = {"pipelineName": name, "pipelineRunId": child.run_id}
    call.runner.show(call, output)
    # False is the SDK's default; Data Factory's page says true. Studio always writes it.
    if not properties.get("waitOnCompletion", False):
        return output
    _wait_for_end(call, child)
    if not child.done.is_set():
        raise cancelled(output)
    return _ended(child, output)


def _wait_for_end(call: ActivityCall, child: RunContext) -> None:
    woken = threading.Event()
    child.done.when_set(woken.set)
    call.context.cancel.when_set(woken.set)
    woken.wait()


def _ended(child: RunContext, output: dict[str, Any]) -> dict[str, Any]:
    if child.return_value:
        output = output | {"pipelineReturnValue": dict(child.return_value)}
    if child.status == "Succeeded":
        return output
    if child.status == "Cancelled":
        raise cancelled(output)
    raise ActivityFailure(ActivityError("BadRequest", child.message), "Failed", output)
