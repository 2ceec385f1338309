"""A data plane in this process and the unmodified SDK's client of it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import requests
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.synapse.artifacts import ArtifactsClient

from generator.local.faults.model import FaultFile
from generator.local.faults.serve import DataPlaneServer, data_plane_server, plain_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.local.faults.virtual import VirtualClock
    from generator.local.store import ArtifactStore


class _Token(SansIOHTTPPolicy[Any, Any]):
    def __init__(self, token: str) -> None:
        self._token = token

    def on_request(self, request: Any) -> None:
        request.http_request.headers["Authorization"] = f"Bearer {self._token}"


class VirtualTransport(RequestsTransport):
    """The SDK's transport, whose pauses between looks and retries pass on a test's clock."""

    def __init__(self, clock: VirtualClock | None) -> None:
        session = requests.Session()
        session.trust_env = False
        super().__init__(session=session, session_owner=True)
        self._clock = clock

    def sleep(self, duration: float) -> None:
        if self._clock:
            self._clock.sleep(duration)
        else:
            super().sleep(duration)


def sdk_client(server: DataPlaneServer, clock: VirtualClock | None = None, **options: Any) -> ArtifactsClient:
    """The SDK's own client; it looks at operations every second, and by default sends nothing twice."""
    policy = _Token(server.token)
    return ArtifactsClient(
        policy,  # type: ignore[arg-type] # the policy takes the place of the credential
        server.url,
        authentication_policy=policy,
        transport=VirtualTransport(clock),
        polling_interval=1,
        **{"retry_total": 0, **options},
    )


@contextlib.contextmanager
def data_plane(
    faults: dict[str, Any] | None = None, *, clock: VirtualClock | None = None, store: ArtifactStore | None = None
) -> Iterator[DataPlaneServer]:
    settings = plain_settings("w", Path("nowhere"))
    with data_plane_server(settings, faults=FaultFile.model_validate(faults or {}), clock=clock, store=store) as server:
        yield server


@contextlib.contextmanager
def http_of(server: DataPlaneServer) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client:
        yield client


def pipeline(**more: Any) -> dict[str, Any]:
    return {"properties": {"activities": [], **more}}
