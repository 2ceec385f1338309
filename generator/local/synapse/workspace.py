"""What the data plane says about the workspace itself: pools, integration runtimes; and the ARM calls of the pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generator.local.synapse.answers import error

if TYPE_CHECKING:
    from starlette.requests import Request

    from generator.local.ports import LocalSettings


class WorkspaceApi:
    """Answers about pools and runtimes. The SQL pool is always online: an emulated one costs nothing."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self.resource_id = (
            f"/subscriptions/{settings.subscription_id}/resourceGroups/{settings.resource_group}"
            f"/providers/Microsoft.Synapse/workspaces/{settings.workspace}"
        )

    def routes(self) -> list[Route]:
        """Return the routes of the data plane."""
        return [
            Route("/workspace", self.workspace, methods=["GET"]),
            Route("/bigDataPools", self.spark_pools, methods=["GET"]),
            Route("/sqlPools", self.sql_pools, methods=["GET"]),
            Route("/integrationRuntimes", self.integration_runtimes, methods=["GET"]),
        ]

    def arm_routes(self) -> list[Route]:
        """Return the routes of management.azure.com."""
        pool = f"{self.resource_id}/sqlPools/{self._settings.sql_pool}"
        return [
            Route(pool, self.sql_pool, methods=["GET"]),
            Route(f"{pool}/resume", self.resume, methods=["POST"]),
        ]

    async def workspace(self, request: Request) -> Response:
        """Return the workspace."""
        settings = self._settings
        properties = {"provisioningState": "Succeeded", "connectivityEndpoints": {}}
        return JSONResponse(
            {"id": self.resource_id, "name": settings.workspace, "location": settings.region, "properties": properties}
        )

    async def spark_pools(self, request: Request) -> Response:
        """List the Spark pool."""
        properties = {"sparkVersion": "3.5", "provisioningState": "Succeeded"}
        return JSONResponse({"value": [self._pool("bigDataPools", self._settings.spark_pool, properties)]})

    async def sql_pools(self, request: Request) -> Response:
        """List the SQL pool."""
        return JSONResponse({"value": [self._sql_pool()]})

    async def sql_pool(self, request: Request) -> Response:
        """Return the SQL pool as Azure Resource Manager does."""
        return JSONResponse(self._sql_pool())

    async def resume(self, request: Request) -> Response:
        """Refuse, as for every pool that is online."""
        return error(409, "SqlPoolNotPaused", f"The SQL pool {self._settings.sql_pool} is not paused.")

    async def integration_runtimes(self, request: Request) -> Response:
        """List the runtime that every workspace has."""
        properties = {"type": "Managed", "typeProperties": {"computeProperties": {"location": "AutoResolve"}}}
        return JSONResponse({"value": [self._pool("integrationruntimes", "AutoResolveIntegrationRuntime", properties)]})

    def _sql_pool(self) -> dict[str, Any]:
        return self._pool("sqlPools", self._settings.sql_pool, {"status": "Online", "provisioningState": "Succeeded"})

    def _pool(self, kind: str, name: str, properties: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"{self.resource_id}/{kind}/{name}",
            "name": name,
            "type": f"Microsoft.Synapse/workspaces/{kind}",
            "location": self._settings.region,
            "properties": properties,
        }
