"""A server of a data plane alone, in a thread of this process: no engines, no state on disk unless it is asked for."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.server import ServerState

from generator.local.clock import SystemClock
from generator.local.faults.connections import DroppingProtocol, listen
from generator.local.faults.model import NO_FAULTS
from generator.local.ports import LocalSettings
from generator.local.store import ArtifactStore
from generator.local.synapse.data_plane import DataPlane, create_data_plane

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

    from generator.local.faults.model import FaultFile
    from generator.local.faults.virtual import VirtualClock

_TOKEN = "the-token-of-a-test"  # noqa: S105 - it opens a server of a test on the loopback


@dataclass(frozen=True, slots=True)
class DataPlaneServer:
    """A data plane that answers."""

    url: str
    token: str
    store: ArtifactStore
    plane: DataPlane
    _seen: list[tuple[str, str]] = field(default_factory=list)

    def requests(self) -> list[tuple[str, str]]:
        """Return method and path of every request so far, in the order of their arrival."""
        return list(self._seen)


@contextlib.contextmanager
def data_plane_server(
    settings: LocalSettings,
    *,
    faults: FaultFile = NO_FAULTS,
    clock: VirtualClock | None = None,
    store: ArtifactStore | None = None,
    token: str = _TOKEN,
    port: int = 0,
) -> Iterator[DataPlaneServer]:
    """Serve a data plane on the loopback for the length of the block.

    Without ``clock`` seconds are the machine's; without ``store`` artifacts are in memory. A store may outlive its
    server and be served again, with other faults.
    """
    store = store or ArtifactStore(None, SystemClock())
    plane = create_data_plane(settings, store, token, faults, clock)
    seen: list[tuple[str, str]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope["method"], scope["path"]))
        # Cancelled when the server ends: nobody is there any more whom an answer could reach.
        with contextlib.suppress(asyncio.CancelledError):
            await plane(scope, receive, send)

    with _serving(app, port) as url:
        yield DataPlaneServer(url, token, store, plane, seen)


def plain_settings(workspace: str, root: Path, *, spark_pool: str = "spark", sql_pool: str = "sql") -> LocalSettings:
    """Return settings for a data plane alone, which needs little more than the workspace's name."""
    return LocalSettings(
        root=root,
        workspace=workspace,
        tenant_id="00000000-0000-0000-0000-000000000000",
        subscription_id="00000000-0000-0000-0000-000000000000",
        resource_group="local",
        region="westeurope",
        spark_pool=spark_pool,
        sql_pool=sql_pool,
        storage_account="local",
        container="lake",
        key_vault="local",
        secret_names=(),
        client_id="",
        azure_ml_resource_group="local",
        azure_ml_workspace="local",
        datastore="local",
    )


@contextlib.contextmanager
def _serving(app: ASGIApp, port: int) -> Iterator[str]:
    """Serve an application in a thread; it listens when the block begins, and is gone when it ends."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="data plane", daemon=True)
    thread.start()
    try:
        with listen(port) as listener:
            stop = asyncio.run_coroutine_threadsafe(_start(app, listener), loop).result()
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                asyncio.run_coroutine_threadsafe(stop(), loop).result()
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _start(app: ASGIApp, listener: socket.socket) -> Callable[[], Coroutine[None, None, None]]:
    """Serve with uvicorn's protocol, but without its server, which takes 0.3 s to end; returns what ends it at once."""
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", interface="asgi3")
    config.load()
    state = ServerState()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: DroppingProtocol(config, state, {}, loop), sock=listener)

    async def stop() -> None:
        server.close()
        # A connection that was just accepted is made in the next two turns of the loop, and known to uvicorn then.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        for connection in list(state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)  # so that uvicorn knows that they are gone
        # A request that waits on a clock that nobody moves any more is not waited for.
        waiting = list(state.tasks)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)

    return stop
