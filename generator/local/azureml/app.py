"""Azure Machine Learning's interfaces: the workspace and its jobs at management.azure.com, run history in the region.

Sources: "Jobs", "Workspaces" and "Datastores" of Microsoft.MachineLearningServices' REST reference. azure-ai-ml
1.35.2, unmodified, submits, reads, lists and cancels jobs here (it sends api-version 2024-01-01-preview, for a cancel
2023-04-01-preview); any api-version is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generator.local.azureml.answers import WORKSPACE, Gate, RequestBodyError, body_of, error, not_found
from generator.local.azureml.body import JobBodyError
from generator.local.azureml.history import RunHistoryApi

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from generator.local.azureml.jobs import Job, JobService
    from generator.local.ports import LocalSettings
    from generator.local.tokens import Keyring

_TYPE = "Microsoft.MachineLearningServices/workspaces"


class AzureMlApi:
    """Answers for one workspace; every call needs a token."""

    def __init__(self, settings: LocalSettings, jobs: JobService, keyring: Keyring) -> None:
        self._settings = settings
        self._jobs = jobs
        self._gate = Gate(settings, keyring)
        self._history = RunHistoryApi(settings, jobs, keyring, self._gate)

    def arm_routes(self) -> list[Route]:
        """Return the routes of management.azure.com."""
        job = f"{WORKSPACE}/jobs/{{name}}"
        return [
            self._route(WORKSPACE, "GET", self.workspace),
            self._route(f"{WORKSPACE}/jobs", "GET", self.jobs),
            self._route(job, "GET", self.get_job),
            self._route(job, "PUT", self.put_job),
            self._route(f"{job}/cancel", "POST", self.cancel_job),
            self._route(f"{WORKSPACE}/datastores/{{name}}", "GET", self.datastore),
            self._route(f"{WORKSPACE}/computes/{{name}}", "GET", self.compute),
        ]

    def region_app(self) -> Starlette:
        """Return the application of the region's host."""
        return Starlette(routes=self._history.routes())

    def _route(self, path: str, method: str, answer: Callable[[Request], Awaitable[Response]]) -> Route:
        async def guarded(request: Request) -> Response:
            return self._gate.arm(request) or await answer(request)

        return Route(path, guarded, methods=[method])

    async def workspace(self, request: Request) -> Response:
        """Return the workspace, with the place of its run history."""
        settings, identifier = self._settings, request.url.path
        group = f"/subscriptions/{settings.subscription_id}/resourceGroups/{settings.resource_group}/providers"
        properties = {
            "friendlyName": settings.azure_ml_workspace,
            "mlFlowTrackingUri": f"azureml://{settings.region}.api.azureml.ms/mlflow/v1.0{identifier}",
            "discoveryUrl": f"https://{settings.region}.api.azureml.ms/discovery",
            "storageAccount": f"{group}/Microsoft.Storage/storageAccounts/{settings.storage_account}",
            "keyVault": f"{group}/Microsoft.KeyVault/vaults/{settings.key_vault}",
            "provisioningState": "Succeeded",
        }
        answer = {"id": identifier, "name": settings.azure_ml_workspace, "type": _TYPE, "location": settings.region}
        return JSONResponse({**answer, "properties": properties})

    async def jobs(self, request: Request) -> Response:
        """List the jobs, newest first."""
        found = await run_in_threadpool(lambda: sorted(self._jobs.jobs(), key=lambda j: j["created"], reverse=True))
        return JSONResponse({"value": [self._job_json(f"{request.url.path}/{j['name']}", j) for j in found]})

    async def get_job(self, request: Request) -> Response:
        """Return a job."""
        name = request.path_params["name"]
        job = await run_in_threadpool(self._jobs.job, name)
        return JSONResponse(self._job_json(request.url.path, job)) if job else not_found(f"job {name}")

    async def put_job(self, request: Request) -> Response:
        """Create a job, or update its tags."""
        try:
            body = await body_of(request)
            job, created = await run_in_threadpool(self._jobs.put, request.path_params["name"], body)
        except (JobBodyError, RequestBodyError) as problem:
            return error(400, "UserError", str(problem))
        except OSError as problem:
            # A full or read-only disk: nothing was started.
            return error(500, "ServiceError", f"the local workspace cannot keep the job: {problem.strerror}")
        return JSONResponse(self._job_json(request.url.path, job), status_code=201 if created else 200)

    async def cancel_job(self, request: Request) -> Response:
        """Cancel a job."""
        name = request.path_params["name"]
        if not await run_in_threadpool(self._jobs.cancel, name):
            return not_found(f"job {name}")
        job = request.url.path.removesuffix("/cancel")
        location = f"https://management.azure.com{job}?api-version={request.query_params['api-version']}"
        return Response(status_code=202, headers={"Location": location})

    async def datastore(self, request: Request) -> Response:
        """Return the datastore that the environment names; it is the workspace's own container."""
        settings, name = self._settings, request.path_params["name"]
        if name != settings.datastore:
            return not_found(f"datastore {name}")
        properties = {
            "datastoreType": "AzureDataLakeGen2",
            "accountName": settings.storage_account,
            "filesystem": settings.container,
            "endpoint": "core.windows.net",
            "protocol": "https",
            "credentials": {"credentialsType": "None"},
            "isDefault": False,
        }
        answer = {"id": request.url.path, "name": name, "type": f"{_TYPE}/datastores"}
        return JSONResponse({**answer, "properties": properties})

    async def compute(self, request: Request) -> Response:
        """Say that there is none: a job trains on this machine, whatever compute it names."""
        name = request.path_params["name"]
        return error(
            404, "ResourceNotFound", f"There is no compute {name}: the local workspace trains on this machine."
        )

    def _job_json(self, identifier: str, job: Job) -> dict[str, Any]:
        tags = self._jobs.tags(job)
        properties = {**job["properties"], "status": job["status"], "tags": tags}
        return {"id": identifier, "name": job["name"], "type": f"{_TYPE}/jobs", "properties": properties}
