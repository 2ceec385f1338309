"""The run history of the region's host: MLflow's REST interface and the artifacts of runs.

Paths: ``mlflow/v1.0|v2.0/<workspace>/api/2.0/mlflow``, the workspace's mlFlowTrackingUri. Where an artifact can be
downloaded is asked for in the forms that public clients and descriptions have:
``artifact/v2.0/.../artifacts/contentinfo/<origin>/<container>/<path>`` (public clients; in no description of v2.0),
the same with ``?path=`` (Microsoft's generated v1.0 client for JavaScript),
``artifact/v2.0/.../artifacts/<origin>/<container>/contentinfo?path=`` (azure-rest-api-specs, "Artifact API"
2019-09-30), and ``history/v1.0/.../experimentids/<id>/runs/<run>/artifacts/contentinfo?path=`` (the RunHistory client
inside azure-ai-ml 1.35.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generator.local.azureml.answers import WORKSPACE, RequestBodyError, body_of, not_found
from generator.local.azureml.runs import RunQueryError, experiment_id, run_json, search
from generator.local.storage import signed_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from starlette.requests import Request

    from generator.local.azureml.answers import Gate
    from generator.local.azureml.jobs import JobService
    from generator.local.ports import LocalSettings
    from generator.local.tokens import Keyring

_ORIGIN = "ExperimentRun"
_CONTAINER = "azureml"


class RunHistoryApi:
    """Answers about the runs of one workspace."""

    def __init__(self, settings: LocalSettings, jobs: JobService, keyring: Keyring, gate: Gate) -> None:
        self._settings = settings
        self._jobs = jobs
        self._keyring = keyring
        self._gate = gate

    def routes(self) -> list[Route]:
        """Return the routes of the region's host."""
        artifacts = f"/artifact/v2.0{WORKSPACE}/artifacts"
        run = f"/history/v1.0{WORKSPACE}/experimentids/{{experiment}}/runs/{{run}}/artifacts"
        container = f"{_ORIGIN}/dcid.{{run}}"
        routes = [
            self._route(f"{artifacts}/contentinfo/{container}/{{path:path}}", "GET", self.content_info),
            self._route(f"{artifacts}/contentinfo/{container}", "GET", self.content_info),
            self._route(f"{artifacts}/{container}/contentinfo", "GET", self.content_info),
            self._route(f"{artifacts}/prefix/contentinfo/{container}/{{path:path}}", "GET", self.content_infos),
            self._route(f"{artifacts}/{container}/prefix/contentinfo", "GET", self.content_infos),
            self._route(f"{artifacts}/{container}", "GET", self.artifacts),
            self._route(f"{run}/contentinfo", "GET", self.content_info),
            self._route(f"{run}/prefix/contentinfo", "GET", self.content_infos),
            self._route(run, "GET", self.artifacts),
        ]
        for version in ("v1.0", "v2.0"):
            mlflow = f"/mlflow/{version}{WORKSPACE}/api/2.0/mlflow"
            routes += [
                self._route(f"{mlflow}/runs/get", "GET", self.run),
                self._route(f"{mlflow}/runs/search", "POST", self.search),
                self._route(f"{mlflow}/experiments/get", "GET", self.experiment),
                self._route(f"{mlflow}/experiments/get-by-name", "GET", self.experiment),
            ]
        return routes

    def _route(self, path: str, method: str, answer: Callable[[Request], Awaitable[Response]]) -> Route:
        async def guarded(request: Request) -> Response:
            return self._gate.region(request) or await answer(request)

        return Route(path, guarded, methods=[method])

    async def run(self, request: Request) -> Response:
        """MLflow's runs/get."""
        run_id = request.query_params.get("run_id") or request.query_params.get("run_uuid") or ""
        run = await run_in_threadpool(self._jobs.run, run_id)
        return JSONResponse({"run": run_json(run)}) if run else _no_such(f"Run with id {run_id}")

    async def search(self, request: Request) -> Response:
        """MLflow's runs/search."""
        try:
            body = await body_of(request)
            found, following = search(await run_in_threadpool(self._jobs.runs), body)
        except (RequestBodyError, RunQueryError) as problem:
            return _mlflow_error(400, "INVALID_PARAMETER_VALUE", str(problem))
        more = {"next_page_token": following} if following else {}
        return JSONResponse({"runs": [run_json(r) for r in found], **more})

    async def experiment(self, request: Request) -> Response:
        """MLflow's experiments/get and experiments/get-by-name."""
        asked = request.query_params
        name, identifier = asked.get("experiment_name"), asked.get("experiment_id")
        names = await run_in_threadpool(self._jobs.experiments)
        found = next((n for n in names if n == name or experiment_id(n) == identifier), None)
        if found is None:
            return _no_such(f"Experiment {name or identifier}")
        experiment = {"experiment_id": experiment_id(found), "name": found, "lifecycle_stage": "active"}
        return JSONResponse({"experiment": experiment})

    async def content_info(self, request: Request) -> Response:
        """Return where an artifact can be downloaded."""
        run, path = _place(request)
        file = await run_in_threadpool(self._file, run, path)
        return JSONResponse(self._info(run, path)) if file else not_found(f"artifact {path} of run {run}")

    async def content_infos(self, request: Request) -> Response:
        """Return where the artifacts below a path can be downloaded."""
        run, prefix = _place(request)
        paths = await run_in_threadpool(self._paths, run, prefix)
        return JSONResponse({"value": [self._info(run, p) for p in paths]})

    async def artifacts(self, request: Request) -> Response:
        """List the artifacts of a run below a path."""
        run, prefix = _place(request)
        paths = await run_in_threadpool(self._paths, run, prefix)
        value = [
            {
                "artifactId": f"{_ORIGIN}/dcid.{run}/{path}",
                "origin": _ORIGIN,
                "container": f"dcid.{run}",
                "path": path,
                "dataPath": {"dataStoreName": "workspaceartifactstore", "relativePath": _blob(run, path)},
            }
            for path in paths
        ]
        return JSONResponse({"value": value})

    def _info(self, run: str, path: str) -> dict[str, Any]:
        url = signed_url(self._settings, self._keyring, _CONTAINER, _blob(run, path))
        return {"origin": _ORIGIN, "container": f"dcid.{run}", "path": path, "contentUri": url}

    def _folder(self, run: str) -> Path | None:
        return self._jobs.artifact_folder(run).resolve() if self._jobs.run(run) else None

    def _file(self, run: str, path: str) -> Path | None:
        folder = self._folder(run)
        file = (folder / path).resolve() if folder else None
        return file if folder and file and file.is_relative_to(folder) and file.is_file() else None

    def _paths(self, run: str, prefix: str) -> list[str]:
        folder = self._folder(run)
        if folder is None:
            return []
        files = (f for f in sorted(folder.rglob("*")) if f.is_file() and not f.name.startswith("."))
        paths = (f.relative_to(folder).as_posix() for f in files)
        return [p for p in paths if p.startswith(prefix)]


def _place(request: Request) -> tuple[str, str]:
    given = request.path_params
    path = given["path"] if "path" in given else request.query_params.get("path", "")
    return given["run"], path.lstrip("/")


def _blob(run: str, path: str) -> str:
    return f"{_ORIGIN}/dcid.{run}/{path}"


def _no_such(what: str) -> Response:
    return _mlflow_error(404, "RESOURCE_DOES_NOT_EXIST", f"{what} was not found.")


def _mlflow_error(status: int, code: str, message: str) -> Response:
    """Return a refusal that MLflow's clients read (``error_code``), in the service's envelope."""
    answer = {"error_code": code, "message": message, "error": {"code": code, "message": message}}
    return JSONResponse(answer, status_code=status)
