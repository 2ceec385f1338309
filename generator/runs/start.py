"""Starts a pipeline run, never twice."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.workspace.port import Workspace

_CLOCKS_APART = timedelta(minutes=5)


def start_run(workspace: Workspace, pipeline: str, parameters: Mapping[str, Any]) -> str:
    """Start a run and return its id.

    Where no answer came (a dropped connection, a 5xx), the run may have started: the workspace is asked before
    anything else. A recording shows that the run's id is the id of the request; where it is another, the only new
    run of the pipeline is taken. Raises WorkspaceError, also where it cannot be told.
    """
    request_id = str(uuid.uuid4())
    since = datetime.now(UTC) - _CLOCKS_APART
    before = {r["runId"] for r in workspace.pipeline_runs(pipeline, since)}
    try:
        return workspace.create_run(pipeline, parameters, request_id)
    except WorkspaceError as error:
        if error.status is not None and error.status < 500:
            raise
        if workspace.pipeline_run(request_id):
            return request_id
        new = [r["runId"] for r in workspace.pipeline_runs(pipeline, since) if r["runId"] not in before]
        if len(new) == 1:
            return str(new[0])
        told = (
            f"; {len(new)} runs of {pipeline} are new: look before you start another" if new else "; no run was started"
        )
        raise WorkspaceError(f"{error.message}{told}", status=error.status, code=error.code) from error
