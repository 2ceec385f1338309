"""The data plane as one application: who gets in, what goes wrong by the fault file, what is due, who answers."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse

from generator.local.faults.connections import drop
from generator.local.faults.model import NO_FAULTS
from generator.local.faults.plan import Planner, attach
from generator.local.faults.timing import MachineTiming
from generator.local.synapse.answers import RefusedError, check_version, error, exception_handlers, retry_after
from generator.local.synapse.artifacts import ArtifactApi
from generator.local.synapse.given import Given
from generator.local.synapse.operations import Operations
from generator.local.synapse.resources import Resources
from generator.local.synapse.triggers import TriggerApi
from generator.local.synapse.workspace import WorkspaceApi

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.responses import Response
    from starlette.routing import Route
    from starlette.types import Message, Receive, Scope, Send

    from generator.local.faults.model import Fault, FaultFile
    from generator.local.faults.timing import Timing
    from generator.local.ports import LocalSettings
    from generator.local.store import ArtifactStore

_OWN = "/_local/"
"""What only the embedded workspace has; nothing ever goes wrong there."""


class DataPlane:
    """An ASGI application of one workspace; used by one thread."""

    def __init__(
        self,
        settings: LocalSettings,
        store: ArtifactStore,
        token: str,
        faults: FaultFile,
        timing: Timing,
        extra_routes: Sequence[Route],
        workspace: WorkspaceApi,
    ) -> None:
        self.workspace = workspace
        self.operations = Operations(timing.now)
        self._settings = settings
        self._authorization = f"Bearer {token}".encode()
        self._timing = timing
        self._planner = Planner(faults)
        given = Given(settings)
        resources = Resources(store, given, self.workspace.resource_id)
        pools = {"SqlPoolReference": settings.sql_pool, "BigDataPoolReference": settings.spark_pool}
        routes = [
            *extra_routes,
            *self.workspace.routes(),
            *TriggerApi(store, self.operations, faults).routes(),
            *ArtifactApi(store, resources, given, self.operations, pools, faults).routes(),
        ]
        self._app = Starlette(routes=routes, exception_handlers=exception_handlers())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Without the token nobody gets in: other users of this machine must not run code here."""
        if not self.admits(scope):
            refused = error(401, "AuthenticationFailed", "The Authorization header is missing or wrong.")
            await refused(scope, receive, send)
        elif scope["path"].startswith(_OWN):
            await self._app(scope, receive, send)
        else:
            await self._answer(scope, receive, send)

    def admits(self, scope: Scope) -> bool:
        """Whether a request has the token."""
        given = dict(scope["headers"]).get(b"authorization", b"")
        return hmac.compare_digest(given, self._authorization)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        plan = self._planner.plan(scope["method"], scope["path"])
        await self._timing.wait(plan.latency)
        attach(scope, plan)
        kind = plan.fault.kind if plan.fault else None
        if plan.fault and (refusal := self._refusal(plan.fault)):
            await refusal(scope, receive, send)
        elif kind == "drop_before":
            await drop(scope, receive)
        elif kind == "drop_after":
            await self._carry_out(scope, receive, _unsent)
            await drop(scope, receive)
        else:
            await self._carry_out(scope, receive, send)

    async def _carry_out(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self.operations.settle()
            check_version(Request(scope))
        except RefusedError as problem:
            await error(problem.status, problem.code, problem.message)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, fault: Fault) -> Response | None:
        """Return the answer of a fault that answers instead of us."""
        if fault.kind == "expired_token":
            return _expired(self._settings.tenant_id)
        if fault.kind == "status":
            message = fault.message or "The request failed by a fault of the fault file."
            status = fault.status or 503
            return error(status, fault.code or _CODES.get(status, "Fault"), message, retry_after(fault.retry_after))
        return None


_CODES = {429: "TooManyRequests", 500: "InternalServerError", 503: "ServiceUnavailable"}


def create_data_plane(
    settings: LocalSettings,
    store: ArtifactStore,
    token: str,
    faults: FaultFile | None = None,
    timing: Timing | None = None,
    extra_routes: Sequence[Route] = (),
    workspace: WorkspaceApi | None = None,
) -> DataPlane:
    """Return the data plane of a workspace: artifacts, triggers, pools. ``extra_routes`` come first.

    By default nothing goes wrong, and seconds are the machine's. ``workspace`` is given by who needs it elsewhere too.
    """
    faults = faults or NO_FAULTS
    timing = timing or MachineTiming()
    return DataPlane(settings, store, token, faults, timing, extra_routes, workspace or WorkspaceApi(settings, faults))


def _expired(tenant_id: str) -> Response:
    """Return Azure Resource Manager's answer to a token that has ended, as users quote it; the data plane's is not known.

    Its words: Azure/azure-cli and Azure/azure-sdk issues on ExpiredAuthenticationToken; its header: RFC 6750 with
    Azure's ``authorization_uri``.
    """
    now = datetime.now(UTC)
    ended = now - timedelta(minutes=1)
    message = f"The access token expiry UTC time '{ended:%m/%d/%Y %H:%M:%S}' is earlier than current UTC time '{now:%m/%d/%Y %H:%M:%S}'."
    challenge = (
        f'Bearer authorization_uri="https://login.windows.net/{tenant_id}", error="invalid_token", '
        'error_description="The access token has expired."'
    )
    body = {"error": {"code": "ExpiredAuthenticationToken", "message": message}}
    return JSONResponse(body, 401, {"WWW-Authenticate": challenge})


async def _unsent(message: Message) -> None:
    """Take an answer that nobody gets."""
