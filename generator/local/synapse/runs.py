"""Starting, finding and cancelling pipeline runs.

Recorded: createRun answers 202 with a runId that equals the request's x-ms-client-request-id; both queries are POSTs
with a window of time and filters; a cancel answers an empty 200.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generator.local.pipeline.engine import PipelineEngine, PipelineNotFoundError
from generator.local.pipeline.parameters import ParameterError
from generator.local.synapse.artifacts import error

if TYPE_CHECKING:
    from starlette.requests import Request

_OPERANDS = {"PipelineName": "pipelineName", "Status": "status", "RunStart": "runStart", "RunEnd": "runEnd",
             "ActivityName": "activityName", "ActivityType": "activityType", "RunGroupId": "runGroupId"}  # fmt: skip


class RunApi:
    """The run operations over one engine."""

    def __init__(self, engine: PipelineEngine) -> None:
        self._engine = engine

    def routes(self) -> list[Route]:
        """Return the routes; they stand before those of artifacts, which take every path."""
        return [
            Route("/pipelines/{name}/createRun", self.create_run, methods=["POST"]),
            Route("/pipelineruns/{run}", self.get_run, methods=["GET"]),
            Route("/pipelineruns/{run}/cancel", self.cancel_run, methods=["POST"]),
            Route("/queryPipelineRuns", self.query_runs, methods=["POST"]),
            Route("/pipelines/{name}/pipelineruns/{run}/queryActivityruns", self.query_activities, methods=["POST"]),
        ]

    async def create_run(self, request: Request) -> Response:
        """Start a run; a second request of the same id starts nothing."""
        name = request.path_params["name"]
        run_id = _guid(request.headers.get("x-ms-client-request-id"))
        content = await request.body()
        try:
            parameters = json.loads(content) if content else {}
        except ValueError as problem:
            return error(400, "BadRequest", f"The request body is no JSON: {problem}")
        invoked_by = {"id": run_id, "name": "Manual", "invokedByType": "Manual"}
        try:
            await run_in_threadpool(self._engine.start, name, parameters or {}, run_id=run_id, invoked_by=invoked_by)
        except PipelineNotFoundError:
            return error(404, "PipelineNotFound", f"Pipeline {name} not found")
        except ParameterError as problem:
            return error(400, "BadRequest", str(problem))
        return JSONResponse({"runId": run_id}, status_code=202)

    async def get_run(self, request: Request) -> Response:
        """Return a run."""
        run = self._engine.runs.run(request.path_params["run"])
        return JSONResponse(run) if run else _no_run(request)

    async def cancel_run(self, request: Request) -> Response:
        """Cancel a run."""
        run_id = request.path_params["run"]
        if self._engine.runs.run(run_id) is None:
            return _no_run(request)
        recursive = request.query_params.get("isRecursive", "false").lower() == "true"
        await run_in_threadpool(self._engine.cancel, run_id, recursive=recursive)
        return Response(status_code=200)

    async def query_runs(self, request: Request) -> Response:
        """Return the runs of a window of time that pass the filters."""
        body = json.loads(await request.body() or b"{}")
        found = [r for r in self._engine.runs.runs() if _is_inside(r["lastUpdated"], body) and _passes(r, body)]
        return JSONResponse({"value": found})

    async def query_activities(self, request: Request) -> Response:
        """Return the activity runs of a run."""
        run_id = request.path_params["run"]
        if self._engine.runs.run(run_id) is None:
            return _no_run(request)
        body = json.loads(await request.body() or b"{}")
        found = [a for a in self._engine.runs.activities(run_id) if _passes(a, body)]
        return JSONResponse({"value": found})


def _guid(text: str | None) -> str:
    try:
        return str(uuid.UUID(text or ""))
    except ValueError:
        return str(uuid.uuid4())


def _no_run(request: Request) -> Response:
    return error(404, "PipelineRunNotFound", f"Pipeline run {request.path_params['run']} not found")


def _is_inside(moment: str, body: dict[str, Any]) -> bool:
    at = datetime.fromisoformat(moment)
    after, before = body.get("lastUpdatedAfter"), body.get("lastUpdatedBefore")
    return (not after or at >= datetime.fromisoformat(after)) and (not before or at <= datetime.fromisoformat(before))


def _passes(record: dict[str, Any], body: dict[str, Any]) -> bool:
    for condition in body.get("filters") or []:
        value = record.get(_OPERANDS.get(condition["operand"], condition["operand"]))
        inside = value in condition["values"]
        if inside != (condition["operator"] in ("Equals", "In")):
            return False
    return True
