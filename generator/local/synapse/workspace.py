"""What the data plane says about the workspace itself: pools, git, private endpoints; and the ARM calls of the pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generator.artifact import canonical_name
from generator.local.synapse.answers import error
from generator.local.synapse.given import private_endpoints

if TYPE_CHECKING:
    from starlette.requests import Request

    from generator.local.faults.model import FaultFile, Git
    from generator.local.ports import LocalSettings


class WorkspaceApi:
    """Answers about the workspace. The SQL pool is online, unless the fault file says otherwise: it costs nothing."""

    def __init__(self, settings: LocalSettings, faults: FaultFile) -> None:
        self._settings = settings
        self._git = faults.git
        self._sql_status: str = faults.sql_pool_status
        self.resource_id = (
            f"/subscriptions/{settings.subscription_id}/resourceGroups/{settings.resource_group}"
            f"/providers/Microsoft.Synapse/workspaces/{settings.workspace}"
        )

    def routes(self) -> list[Route]:
        """Return the routes of the data plane; they stand before those of artifacts, which take every path."""
        endpoints = "/managedVirtualNetworks/default/managedPrivateEndpoints"
        return [
            Route("/workspace", self.workspace, methods=["GET"]),
            Route("/bigDataPools", self.spark_pools, methods=["GET"]),
            Route("/bigDataPools/{name}", self.spark_pool, methods=["GET"]),
            Route("/sqlPools", self.sql_pools, methods=["GET"]),
            Route("/sqlPools/{name}", self.sql_pool_by_name, methods=["GET"]),
            Route(endpoints, self.private_endpoints, methods=["GET"]),
            Route(f"{endpoints}/{{name}}", self.private_endpoint, methods=["GET"]),
        ]

    def arm_routes(self) -> list[Route]:
        """Return the routes of management.azure.com."""
        pool = f"{self.resource_id}/sqlPools/{self._settings.sql_pool}"
        return [
            Route(pool, self.sql_pool, methods=["GET"]),
            Route(f"{pool}/resume", self.resume, methods=["POST"]),
        ]

    async def workspace(self, request: Request) -> Response:
        """Return the workspace; one that is not connected to git has no repository's member at all."""
        settings = self._settings
        properties: dict[str, Any] = {"provisioningState": "Succeeded", "connectivityEndpoints": {}}
        if self._git:
            properties["workspaceRepositoryConfiguration"] = _repository(self._git, settings.tenant_id)
        return JSONResponse(
            {"id": self.resource_id, "name": settings.workspace, "location": settings.region, "properties": properties}
        )

    async def spark_pools(self, request: Request) -> Response:
        """List the Spark pool."""
        return JSONResponse({"value": [self._spark_pool()]})

    async def spark_pool(self, request: Request) -> Response:
        """Return the Spark pool by its name."""
        return _named(request, [self._spark_pool()])

    async def sql_pools(self, request: Request) -> Response:
        """List the SQL pool."""
        return JSONResponse({"value": [self._sql_pool()]})

    async def sql_pool_by_name(self, request: Request) -> Response:
        """Return the SQL pool by its name."""
        return _named(request, [self._sql_pool()])

    async def sql_pool(self, request: Request) -> Response:
        """Return the SQL pool as Azure Resource Manager does."""
        return JSONResponse(self._sql_pool())

    async def resume(self, request: Request) -> Response:
        """Resume the pool where it is paused."""
        if self._sql_status != "Paused":
            return error(409, "SqlPoolNotPaused", f"The SQL pool {self._settings.sql_pool} is not paused.")
        self._sql_status = "Online"
        return Response(status_code=202)

    async def private_endpoints(self, request: Request) -> Response:
        """List the private endpoints that a workspace in a managed network has of itself."""
        return JSONResponse({"value": private_endpoints(self._settings, self.resource_id)})

    async def private_endpoint(self, request: Request) -> Response:
        """Return a private endpoint."""
        return _named(request, private_endpoints(self._settings, self.resource_id))

    def _spark_pool(self) -> dict[str, Any]:
        properties = {"sparkVersion": "3.5", "provisioningState": "Succeeded"}
        return self._pool("bigDataPools", self._settings.spark_pool, properties)

    def _sql_pool(self) -> dict[str, Any]:
        properties = {"status": self._sql_status, "provisioningState": "Succeeded"}
        return self._pool("sqlPools", self._settings.sql_pool, properties)

    def _pool(self, kind: str, name: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"{self.resource_id}/{kind}/{name}",
            "name": name,
            "type": f"Microsoft.Synapse/workspaces/{kind}",
            "location": self._settings.region,
            "properties": properties,
        }


def _named(request: Request, found: list[dict[str, Any]]) -> Response:
    name = request.path_params["name"]
    for resource in found:
        if canonical_name(resource["name"]) == canonical_name(name):
            return JSONResponse(resource)
    return error(404, "ResourceNotFound", f"The resource {name} was not found.")


def _repository(git: Git, tenant_id: str) -> dict[str, str]:
    """Return the members of azure-synapse-artifacts 0.22.0, models.WorkspaceRepositoryConfiguration, that are no secret."""
    return {
        "type": git.type,
        "hostName": git.host_name,
        "accountName": git.account_name,
        "projectName": git.project_name,
        "repositoryName": git.repository_name,
        "collaborationBranch": git.collaboration_branch,
        "rootFolder": git.root_folder,
        "lastCommitId": git.last_commit_id,
        "tenantId": tenant_id,
    }
