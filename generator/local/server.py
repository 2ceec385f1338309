"""The embedded workspace as one process: applications by host, engines, ports on the loopback."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette

from generator.artifact import ArtifactKind
from generator.local import identity, storage
from generator.local.azureml.app import AzureMlApi
from generator.local.azureml.jobs import JobService
from generator.local.clock import SystemClock
from generator.local.faults.connections import DroppingProtocol, listen
from generator.local.faults.model import NO_FAULTS
from generator.local.files import write_atomic
from generator.local.hosts import Hosts
from generator.local.http_client import LocalHttpClient
from generator.local.lake import OPEN_DATA_HOST
from generator.local.pipeline.engine import Engines, PipelineEngine
from generator.local.pipeline.runs import RunStore
from generator.local.proxy import ConnectProxy
from generator.local.spark.engine import SparkNotebookEngine
from generator.local.sqlpool import DuckDbSqlPool
from generator.local.store import ArtifactStore
from generator.local.synapse.control import ControlApi
from generator.local.synapse.data_plane import create_data_plane
from generator.local.synapse.runs import RunApi
from generator.local.synapse.workspace import WorkspaceApi
from generator.local.tls import make_certificates
from generator.local.tokens import load_keyring

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from starlette.types import ASGIApp, Receive, Scope, Send

    from generator.local.ports import LocalSettings

SERVER_FILE = "server.json"
"""Under the root: port, process and token of the process that serves it; readable by its owner alone."""
SERVING_FILE = "serving"
"""Under the root: locked by the process that serves it, for as long as it lives."""
_IDLE_CHECK = 5.0


@dataclass(slots=True)
class Activity:
    """When the workspace was last asked for something, and how many requests it is answering now."""

    at: float
    requests: int = 0


class EmbeddedWorkspace:
    """Everything that one workspace is made of, wired."""

    def __init__(self, settings: LocalSettings, token: str) -> None:
        clock = SystemClock()
        self.settings = settings
        self.token = token
        self.activity = Activity(time.monotonic())
        self.stopped = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._environment: dict[str, str] = {}
        keyring = load_keyring(settings)
        store = ArtifactStore(settings.root / "artifacts", clock)
        self.sql = DuckDbSqlPool(settings)
        self.jobs = JobService(settings)
        self.hosts: Hosts
        machine_learning = AzureMlApi(settings, self.jobs, keyring)
        runs = RunStore(settings.root / "runs", clock)
        self.notebooks = SparkNotebookEngine(settings, self._environment)
        workspace = WorkspaceApi(settings, settings.faults or NO_FAULTS)
        apps: dict[str, ASGIApp] = {
            "management.azure.com": self._resource_manager(
                Starlette(routes=[*machine_learning.arm_routes(), *workspace.arm_routes()]), workspace.resource_id
            ),
            f"{settings.region}.api.azureml.ms": machine_learning.region_app(),
            "login.microsoftonline.com": identity.create_login_app(settings, keyring),
            "*.vault.azure.net": identity.create_vault_app(settings, keyring),
            f"{settings.storage_account}.blob.core.windows.net": storage.create_app(settings, keyring),
            f"{settings.storage_account}.dfs.core.windows.net": storage.create_app(settings, keyring),
            OPEN_DATA_HOST: storage.create_app(settings, keyring),
        }
        self.hosts = Hosts(apps, self._data_plane)
        self.engine = PipelineEngine(
            Engines(
                pipelines=lambda name: store.document(ArtifactKind.PIPELINE, name),
                notebooks=lambda name: store.document(ArtifactKind.NOTEBOOK, name),
                notebook_engine=self.notebooks,
                sql_engine=self.sql,
                http=LocalHttpClient(self.hosts),
                managed_identity=lambda resource: keyring.issue(settings.workspace, resource),
                clock=clock,
                workspace=settings.workspace,
            ),
            runs,
        )
        routes = [*ControlApi(settings, keyring, self.sql, self.stop).routes(), *RunApi(self.engine).routes()]
        self.plane = create_data_plane(
            settings, store, token, settings.faults, extra_routes=routes, workspace=workspace
        )

    def _resource_manager(self, app: ASGIApp, resource_id: str) -> ASGIApp:
        """Return an application that leaves the workspace's integration runtimes to the store of artifacts."""
        ours = (f"{resource_id}/integrationRuntimes/", "/operationResults/")

        async def manager(scope: Scope, receive: Receive, send: Send) -> None:
            await (self._data_plane if scope["path"].startswith(ours) else app)(scope, receive, send)

        return manager

    async def _data_plane(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request of the data plane; who has no token keeps no workspace awake."""
        counted = int(self.plane.admits(scope))
        self.activity.requests += counted
        try:
            await self.plane(scope, receive, send)
        finally:
            self.activity.requests -= counted
            if counted:
                self.activity.at = time.monotonic()

    def set_kernel_environment(self, url: str, proxy_port: int, authority: str) -> None:
        """Say to notebooks how they reach the workspace."""
        self._environment |= {
            "HTTPS_PROXY": f"http://127.0.0.1:{proxy_port}",
            "https_proxy": f"http://127.0.0.1:{proxy_port}",
            "REQUESTS_CA_BUNDLE": authority,
            "SSL_CERT_FILE": authority,
            "CURL_CA_BUNDLE": authority,
            "NO_PROXY": "",
            "no_proxy": "",
            "SYNAPSE_LOCAL_CONTROL_URL": url,
            "SYNAPSE_LOCAL_TOKEN": self.token,
        }
        self.notebooks.environment = dict(self._environment)

    def stop(self) -> None:
        """End the workspace; may be called from any thread."""
        self._loop.call_soon_threadsafe(self.stopped.set)

    def close(self) -> None:
        """Cancel what runs and close what is open."""
        self.engine.shutdown()
        self.jobs.shutdown()
        self.sql.close()

    def is_busy(self) -> bool:
        """Whether a request is being answered, or a run or a job is in progress."""
        jobs = any(job.get("ended") is None for job in self.jobs.jobs())
        return self.activity.requests > 0 or self.engine.runs.is_running() or jobs


async def serve(settings: LocalSettings, *, port: int, idle_seconds: float | None) -> None:
    """Serve until stopped by a signal, by request, or by ``idle_seconds`` without a request or a run.

    Raises OSError where the port is taken, or another process serves the same folder.
    """
    with _sole_server(settings.root):
        await _serve(settings, port, idle_seconds)


async def _serve(settings: LocalSettings, port: int, idle_seconds: float | None) -> None:
    token = secrets.token_urlsafe(32)
    main = listen(port)
    tls = listen(0)
    workspace = EmbeddedWorkspace(settings, token)
    certificates = make_certificates(settings.root / "tls", _tls_names(workspace))
    proxy = ConnectProxy(workspace.hosts.knows, tls.getsockname()[1])
    url = f"http://127.0.0.1:{main.getsockname()[1]}"
    workspace.set_kernel_environment(url, await proxy.start(), str(certificates.authority))
    servers = [
        _server(workspace, main),
        _server(workspace, tls, ssl_certfile=str(certificates.server)),
    ]
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, workspace.stop)
    tasks = [asyncio.create_task(s.serve(sockets=[k])) for s, k in zip(servers, (main, tls), strict=True)]
    while not all(s.started for s in servers):  # noqa: ASYNC110 - uvicorn tells it in no other way
        await asyncio.sleep(0.01)
    record = {"pid": os.getpid(), "url": url, "token": token, "settings": json.loads(settings.to_json())}
    write_atomic(settings.root / SERVER_FILE, json.dumps(record).encode())
    watch = asyncio.create_task(watch_idle(workspace, idle_seconds)) if idle_seconds else None
    await workspace.stopped.wait()
    (settings.root / SERVER_FILE).unlink(missing_ok=True)
    await asyncio.to_thread(workspace.close)
    await proxy.stop()
    for server in servers:
        server.should_exit = True
    if watch:
        watch.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.contextmanager
def _sole_server(root: Path) -> Iterator[None]:
    """Hold a folder for this process; the lock ends with the process, however it ends, and no child inherits it."""
    with (root / SERVING_FILE).open("w") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OSError(error.errno, f"another process serves {root}") from error
        yield


class _QuietServer(uvicorn.Server):
    """A server that leaves signals to us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Leave the process's signal handlers as they are."""
        yield


def _server(workspace: EmbeddedWorkspace, listener: socket.socket, **options: Any) -> uvicorn.Server:
    port = listener.getsockname()[1]
    config = uvicorn.Config(
        workspace.hosts.app,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        interface="asgi3",
        http=DroppingProtocol,
        **options,
    )
    return _QuietServer(config)


def _tls_names(workspace: EmbeddedWorkspace) -> tuple[str, ...]:
    return workspace.hosts.patterns


async def watch_idle(
    workspace: EmbeddedWorkspace,
    idle_seconds: float,
    *,
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Stop a workspace once nobody has asked it for anything, and nothing has run, for ``idle_seconds``."""
    while not workspace.stopped.is_set():
        await sleep(min(_IDLE_CHECK, idle_seconds))
        if workspace.is_busy():
            workspace.activity.at = now()
        elif now() - workspace.activity.at >= idle_seconds:
            workspace.stop()
            return
