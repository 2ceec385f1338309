"""What only the embedded workspace has, under ``/_local/``: its state, queries of its SQL pool, its end."""

from __future__ import annotations

import io
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generator.local.azureml.plan import LOCAL_SECONDS
from generator.local.sqlpool.errors import SqlError
from generator.local.synapse.answers import error, read_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from generator.local.ports import LocalSettings, SqlEngine
    from generator.local.tokens import Keyring

HONESTY: dict[str, Any] = {
    "engine": "local-emulation",
    "substitutes": {
        "Spark pool": "Apache Spark 3.5 on this machine",
        "Azure Machine Learning AutoML": (
            f"FLAML with LightGBM, XGBoost and extra trees, {LOCAL_SECONDS:g} s of trials at most"
        ),
        "dedicated SQL pool": "DuckDB behind a T-SQL front",
        "PREDICT": f"ONNX Runtime {version('onnxruntime')}",
        "TLC trip data": "generated trips at the same URL",
    },
    "not_checked": [
        "permissions",
        "networking",
        "distribution and MPP behaviour",
        "collation",
        "whether the real pool has PREDICT switched on",
        "which ONNX opset the real pool accepts",
    ],
}


class ControlApi:
    """The local-only operations."""

    def __init__(self, settings: LocalSettings, keyring: Keyring, sql: SqlEngine, stop: Callable[[], None]) -> None:
        self._settings = settings
        self._keyring = keyring
        self._sql = sql
        self._stop = stop

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/_local/status", self.status, methods=["GET"]),
            Route("/_local/token", self.token, methods=["GET"]),
            Route("/_local/sqlPools/{pool}/query", self.query, methods=["POST"]),
            Route("/_local/sqlPools/{pool}/tables/{table}", self.table, methods=["GET"]),
            Route("/_local/stop", self.stop, methods=["POST"]),
        ]

    async def status(self, request: Request) -> Response:
        """Say what this is, and what it is not."""
        import os

        settings = self._settings
        faults = settings.faults.model_dump(mode="json", exclude_defaults=True) if settings.faults else {}
        return JSONResponse(
            {
                **({"faults": faults} if faults else {}),
                "workspace": settings.workspace,
                "pid": os.getpid(),
                "sqlPool": settings.sql_pool,
                "sparkPool": settings.spark_pool,
                "predict": settings.predict,
                "azureMl": {
                    "subscriptionId": settings.subscription_id,
                    "resourceGroup": settings.azure_ml_resource_group,
                    "regionHost": f"{settings.region}.api.azureml.ms",
                },
                **HONESTY,
            }
        )

    async def token(self, request: Request) -> Response:
        """Return a token of the workspace's managed identity for ``?resource=``, as its own services get one."""
        resource = request.query_params.get("resource", "")
        return JSONResponse({"access_token": self._keyring.issue(self._settings.workspace, resource)})

    async def query(self, request: Request) -> Response:
        """Run a batch in the SQL pool and return what it selects."""
        body = await read_object(request)
        pool = request.path_params["pool"]
        result = await run_in_threadpool(self._sql.execute, pool, str(body.get("query", "")), body.get("parameters"))
        failure = {"code": result.error.code, "message": result.error.message} if result.error else None
        return JSONResponse({"resultSets": [{"rows": s.records()} for s in result.result_sets], "error": failure})

    async def table(self, request: Request) -> Response:
        """Return a table as parquet, for Spark's connector."""
        import pyarrow.parquet as pq

        pool, name = request.path_params["pool"], request.path_params["table"]
        try:
            table = await run_in_threadpool(self._sql.read_table, pool, name)
        except SqlError as problem:
            return error(404, "TableNotFound", str(problem))
        content = io.BytesIO()
        pq.write_table(table, content)
        return Response(content.getvalue(), media_type="application/octet-stream")

    async def stop(self, request: Request) -> Response:
        """End the workspace once this is answered."""
        self._stop()
        return Response(status_code=202)
