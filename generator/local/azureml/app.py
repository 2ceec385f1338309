"""Azure Machine Learning's REST interfaces: jobs at management.azure.com, run history and artifacts in the region.

Sources: "Jobs" of Microsoft.MachineLearningServices; the MLflow REST API; the artifact service's paths as
azureml-mlflow and azureml-core call them (``artifact/v2.0/.../artifacts/contentinfo/<origin>/<container>/<path>``).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generator.local.azureml.body import JobBodyError
from generator.local.storage import signed_url

if TYPE_CHECKING:
    from starlette.requests import Request

    from generator.local.azureml.jobs import JobService
    from generator.local.ports import LocalSettings
    from generator.local.tokens import Keyring

_ARM = "https://management.azure.com"
_WORKSPACE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}"
_PARENT_FILTER = re.compile(r"tags\.`?mlflow\.parentRunId`? = '([^']*)'")
_STATUS = {"Completed": "FINISHED", "Failed": "FAILED", "Canceled": "KILLED", "Running": "RUNNING"}


class AzureMlApi:
    """Answers for one workspace; every call needs a token of Azure Resource Manager."""

    def __init__(self, settings: LocalSettings, jobs: JobService, keyring: Keyring) -> None:
        self._settings = settings
        self._jobs = jobs
        self._keyring = keyring

    def arm_routes(self) -> list[Route]:
        """Return the routes of management.azure.com."""
        job = f"{_WORKSPACE}/jobs/{{name}}"
        return [
            Route(_WORKSPACE, self.workspace, methods=["GET"]),
            Route(job, self.get_job, methods=["GET"]),
            Route(job, self.put_job, methods=["PUT"]),
            Route(f"{job}/cancel", self.cancel_job, methods=["POST"]),
        ]

    def region_app(self) -> Starlette:
        """Return the application of the region's host."""
        mlflow = f"/mlflow/v1.0{_WORKSPACE}/api/2.0/mlflow"
        content = f"/artifact/v2.0{_WORKSPACE}/artifacts/contentinfo/ExperimentRun/dcid.{{run}}/{{path:path}}"
        return Starlette(
            routes=[
                Route(f"{mlflow}/runs/get", self.get_run, methods=["GET"]),
                Route(f"{mlflow}/runs/search", self.search_runs, methods=["POST"]),
                Route(content, self.content_info, methods=["GET"]),
            ]
        )

    async def workspace(self, request: Request) -> Response:
        """Return the workspace, with the place of its run history."""
        refused = self._refused(request)
        if refused:
            return refused
        settings = self._settings
        identifier = request.url.path
        tracking = f"azureml://{settings.region}.api.azureml.ms/mlflow/v1.0{identifier}"
        properties = {
            "friendlyName": settings.azure_ml_workspace,
            "mlFlowTrackingUri": tracking,
            "discoveryUrl": f"https://{settings.region}.api.azureml.ms/discovery",
            "provisioningState": "Succeeded",
        }
        return JSONResponse(
            {
                "id": identifier,
                "name": settings.azure_ml_workspace,
                "location": settings.region,
                "properties": properties,
            }
        )

    async def get_job(self, request: Request) -> Response:
        """Return a job."""
        refused = self._refused(request)
        if refused:
            return refused
        name = request.path_params["name"]
        job = await run_in_threadpool(self._jobs.job, name)
        return JSONResponse(self._job_json(request, job)) if job else _not_found(f"job {name}")

    async def put_job(self, request: Request) -> Response:
        """Create a job, or update its tags."""
        refused = self._refused(request)
        if refused:
            return refused
        name = request.path_params["name"]
        try:
            body = json.loads(await request.body())
            existed = self._jobs.job(name) is not None
            job = await run_in_threadpool(self._jobs.submit, name, body)
        except JobBodyError as error:
            return _error(400, "UserError", str(error))
        except ValueError as error:
            return _error(400, "UserError", f"the body is no JSON: {error}")
        return JSONResponse(self._job_json(request, job), status_code=200 if existed else 201)

    async def cancel_job(self, request: Request) -> Response:
        """Cancel a job."""
        refused = self._refused(request)
        if refused:
            return refused
        name = request.path_params["name"]
        if not await run_in_threadpool(self._jobs.cancel, name):
            return _not_found(f"job {name}")
        return Response(status_code=202)

    async def get_run(self, request: Request) -> Response:
        """MLflow's runs/get."""
        refused = self._refused(request)
        if refused:
            return refused
        run_id = request.query_params.get("run_id", "")
        run = await run_in_threadpool(self._jobs.run, run_id)
        return JSONResponse({"run": _run_json(run)}) if run else _not_found(f"run {run_id}")

    async def search_runs(self, request: Request) -> Response:
        """MLflow's runs/search, for the children of a run."""
        refused = self._refused(request)
        if refused:
            return refused
        body = json.loads(await request.body())
        match = _PARENT_FILTER.fullmatch(body.get("filter", ""))
        if match is None:
            return _error(400, "INVALID_PARAMETER_VALUE", "only the filter tags.mlflow.parentRunId is supported here")
        children = await run_in_threadpool(self._jobs.children, match[1])
        size, start = int(body.get("max_results", 1000)), int(body.get("page_token") or 0)
        page = [_run_json(c) for c in children if c["experiment"] in body.get("experiment_ids", [])][
            start : start + size
        ]
        more = {"next_page_token": str(start + size)} if len(children) > start + size else {}
        return JSONResponse({"runs": page, **more})

    async def content_info(self, request: Request) -> Response:
        """Return where an artifact can be downloaded."""
        refused = self._refused(request)
        if refused:
            return refused
        run, path = request.path_params["run"], request.path_params["path"]
        folder = self._jobs.artifact_folder(run)
        file = (folder / path).resolve()
        if not file.is_relative_to(folder.resolve()) or not file.is_file():
            return _not_found(f"artifact {path} of run {run}")
        blob = f"ExperimentRun/dcid.{run}/{path}"
        url = signed_url(self._settings, self._keyring, "azureml", blob)
        return JSONResponse({"origin": "ExperimentRun", "container": f"dcid.{run}", "path": path, "contentUri": url})

    def _refused(self, request: Request) -> Response | None:
        settings, given = self._settings, request.path_params
        if not self._keyring.accepts(request.headers.get("authorization", ""), _ARM):
            return _error(
                401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing or wrong."
            )
        wanted = (settings.subscription_id, settings.azure_ml_resource_group, settings.azure_ml_workspace)
        if (given["subscription"], given["group"], given["workspace"]) != wanted:
            return _not_found(f"workspace {given['workspace']} in resource group {given['group']}")
        if request.url.hostname == "management.azure.com" and "api-version" not in request.query_params:
            return _error(
                400, "MissingApiVersionParameter", "The api-version query parameter (?api-version=) is required."
            )
        return None

    def _job_json(self, request: Request, job: dict[str, Any]) -> dict[str, Any]:
        properties = {**job["properties"], "status": job["status"]}
        if job["error"]:
            properties["tags"] = {**(properties.get("tags") or {}), "error": job["error"]}
        return {
            "id": request.url.path,
            "name": job["name"],
            "type": "Microsoft.MachineLearningServices/workspaces/jobs",
            "properties": properties,
        }


def _run_json(run: dict[str, Any]) -> dict[str, Any]:
    tags = {**run["tags"], **({"mlflow.parentRunId": run["parent"]} if run["parent"] else {})}
    end = {"end_time": int(run["end"] * 1000)} if run["end"] else {}
    return {
        "info": {
            "run_id": run["run_id"],
            "run_uuid": run["run_id"],
            "experiment_id": run["experiment"],
            "status": _STATUS.get(run["status"], "SCHEDULED"),
            "start_time": int(run["start"] * 1000),
            "lifecycle_stage": "active",
            **end,
        },
        "data": {
            "metrics": [{"key": k, "value": v, "timestamp": 0, "step": 0} for k, v in run["metrics"].items()],
            "tags": [{"key": k, "value": v} for k, v in tags.items()],
        },
    }


def _not_found(what: str) -> Response:
    return _error(404, "ResourceNotFound", f"The {what} was not found.")


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
