"""Starts a pipeline run, never twice."""

from __future__ import annotations

import time
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generator.workspace.port import Workspace

_CLOCKS_APART = timedelta(minutes=5)
_LOOKS = (0.0, 1.0, 2.0, 4.0)
"""Seconds before each look for a run that may have been started: a new run is not always seen at once."""


def start_run(
    workspace: Workspace,
    pipeline: str,
    parameters: Mapping[str, Any],
    *,
    wait: Callable[[float], None] = time.sleep,
) -> str:
    """Start a run and return its id.

    Where no answer came, or one that is no refusal (a dropped connection, a 5xx, half a body), the run may have
    started: the workspace is asked before anything else. A recording shows that the run's id is the id of the request;
    where it is another, the only new run that a person started is taken. Ctrl-C meanwhile cancels what was started.
    Raises WorkspaceError, also where it cannot be told.
    """
    request_id = str(uuid.uuid4())
    since = datetime.now(UTC) - _CLOCKS_APART
    before = {r["runId"] for r in workspace.pipeline_runs(pipeline, since)}
    try:
        return workspace.create_run(pipeline, parameters, request_id)
    except WorkspaceError as error:
        if error.is_refusal:
            raise
        return _started(workspace, pipeline, request_id, lambda run: _is_new(run, since, before), error, wait)
    except KeyboardInterrupt:
        _cancel(workspace, request_id)
        raise


def _started(
    workspace: Workspace,
    pipeline: str,
    request_id: str,
    is_new: Callable[[Mapping[str, Any]], bool],
    error: WorkspaceError,
    wait: Callable[[float], None],
) -> str:
    try:
        for pause in _LOOKS:
            wait(pause)
            if workspace.pipeline_run(request_id):
                return request_id
        new = [r["runId"] for r in workspace.pipeline_runs(pipeline, datetime.now(UTC) - _CLOCKS_APART) if is_new(r)]
    except WorkspaceError as second:
        told = (
            f"; whether a run of {pipeline} was started is not known ({second.message}): look before you start another"
        )
        raise WorkspaceError(f"{error.message}{told}", status=error.status, code=error.code) from error
    except KeyboardInterrupt:
        _cancel(workspace, request_id)
        raise
    if len(new) == 1:
        return str(new[0])
    told = f"{len(new)} runs of {pipeline} are new: look before you start another" if new else "no run was started"
    raise WorkspaceError(f"{error.message}; {told}", status=error.status, code=error.code) from error


def _is_new(run: Mapping[str, Any], since: datetime, before: set[str]) -> bool:
    """Return whether a run was started since, by nobody's trigger and no other pipeline."""
    by = (run.get("invokedBy") or {}).get("invokedByType") or "Manual"
    if run["runId"] in before or by != "Manual" or not run.get("runStart"):
        return False
    started = datetime.fromisoformat(run["runStart"])
    return (started if started.tzinfo else started.replace(tzinfo=UTC)) >= since


def _cancel(workspace: Workspace, run_id: str) -> None:
    """Cancel a run that may have been started under the id of its request; one that was not is none."""
    try:
        workspace.cancel_run(run_id)
    except WorkspaceError:
        return
