"""Starting, finding and cancelling pipeline runs.

Recorded: createRun answers 202 with a runId that equals the request's x-ms-client-request-id; both queries are POSTs
with a window of time and filters; a cancel answers an empty 200.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generator.local.pipeline.engine import PipelineEngine, PipelineNotFoundError
from generator.local.pipeline.parameters import ParameterError
from generator.local.pipeline.queries import QueryError, query_activity_runs, query_pipeline_runs
from generator.local.synapse.answers import RefusedError, error, read_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from starlette.requests import Request

    Query = Callable[[Iterable[Mapping[str, Any]], Mapping[str, Any]], dict[str, Any]]

# Of createRun, to run again from where another run failed (PipelineOperations.create_pipeline_run of the SDK).
_RERUN = ("referencePipelineRunId", "isRecovery", "startActivityName")


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
        if asked := [q for q in _RERUN if request.query_params.get(q, "false").lower() != "false"]:
            return error(400, "BadRequest", f"The embedded workspace runs pipelines as a whole: {', '.join(asked)}")
        parameters = await read_object(request)
        invoked_by = {"id": run_id, "name": "Manual", "invokedByType": "Manual"}
        try:
            await run_in_threadpool(self._engine.start, name, parameters, run_id=run_id, invoked_by=invoked_by)
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
        return await _page(query_pipeline_runs, self._engine.runs.runs(), request)

    async def query_activities(self, request: Request) -> Response:
        """Return the activity runs of a run."""
        run_id = request.path_params["run"]
        if self._engine.runs.run(run_id) is None:
            return _no_run(request)
        return await _page(query_activity_runs, self._engine.runs.activities(run_id), request)


async def _page(query: Query, records: Iterable[Mapping[str, Any]], request: Request) -> Response:
    try:
        return JSONResponse(query(records, await read_object(request)))
    except QueryError as problem:
        raise RefusedError(400, "BadRequest", f"The query is not valid: {problem}.") from problem


def _guid(text: str | None) -> str:
    try:
        return str(uuid.UUID(text or ""))
    except ValueError:
        return str(uuid.uuid4())


def _no_run(request: Request) -> Response:
    return error(404, "PipelineRunNotFound", f"Pipeline run {request.path_params['run']} not found")
