"""Starting, finding and ending the process of an embedded workspace."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError
from generator.local.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from generator.local.ports import LocalSettings

IDLE_SECONDS = 600
_START_SECONDS = 60.0
_STOP_SECONDS = 30.0
_SERVER_FILE = "server.json"
_SERVING_FILE = "serving"
_MARKER = "settings.json"


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A workspace that answers."""

    url: str
    token: str
    pid: int
    is_new: bool = False


def ensure_running(settings: LocalSettings, *, port: int = 0, stays: bool = False) -> LocalServer:
    """Return the workspace of ``settings.root``, started if need be; one with other settings is started again.

    Settings that say nothing of faults leave those of a workspace that runs as they are.
    ``stays``: it does not end by itself when it is idle. Raises SYN401 (port in use), SYN402 (it did not start),
    SYN403 (the disk refuses), SYN404 (the extra is missing), all with exit code 4.
    """
    _require_extra()
    with _lock(settings.root):
        running = find(settings.root)
        if running:
            settings = _with_faults_of(settings, _record(settings.root).get("settings"))
        if running and json.loads(settings.to_json()) == _record(settings.root).get("settings"):
            return running
        if running:
            _stop(settings.root, running)
        return _start(settings, port, stays)


def find(root: Path) -> LocalServer | None:
    """Return the workspace that serves a root; None where none answers."""
    record = _record(root)
    if not record:
        return None
    request = urllib.request.Request(f"{record['url']}/_local/status", headers=_headers(record["token"]))
    try:
        with _opener().open(request, timeout=5) as response:
            status = json.loads(response.read())
    except (OSError, ValueError, http.client.HTTPException):
        return None  # nobody listens, or somebody else has the port now
    if not isinstance(status, dict) or status.get("pid") != record["pid"]:
        return None
    return LocalServer(record["url"], record["token"], record["pid"])


def stop(root: Path) -> bool:
    """End the workspace of a root; False where none runs."""
    running = find(root)
    if running:
        _stop(root, running)
    return running is not None


def reset(root: Path) -> bool:
    """End the workspace and delete its state; False where there is none. SYN405 for a folder that is not one."""
    stop(root)
    if not root.exists():
        return False
    if _is_served(root):
        raise SynapseGenError(
            Diagnostic("SYN405", f"a process that does not answer serves {root}; nothing was deleted"),
            exit_code=ExitCode.MACHINE,
        )
    if root.is_symlink() or not (root / _MARKER).is_file():
        raise SynapseGenError(
            Diagnostic("SYN405", f"{root} is not the state of an embedded workspace; nothing was deleted"),
            exit_code=ExitCode.MACHINE,
        )
    shutil.rmtree(root)
    return True


def request(
    server: LocalServer, method: str, path: str, body: Any = None, *, host: str | None = None, token: str | None = None
) -> bytes:
    """Call the workspace; with ``host``, the application that answers for it.

    Raises urllib.error.HTTPError where it refuses, SYN406 where nobody answers.
    """
    headers = _headers(server.token if token is None else token) | ({"Host": host} if host else {})
    content = None if body is None else json.dumps(body).encode()
    call = urllib.request.Request(f"{server.url}{path}", data=content, method=method, headers=headers)
    try:
        with _opener().open(call, timeout=600) as response:
            answer: bytes = response.read()
    except urllib.error.HTTPError:
        raise
    except (OSError, http.client.HTTPException) as error:
        raise SynapseGenError(
            Diagnostic("SYN406", f"the embedded workspace at {server.url} does not answer any more: {error}"),
            exit_code=ExitCode.MACHINE,
        ) from error
    return answer


def _with_faults_of(settings: LocalSettings, running: Any) -> LocalSettings:
    if settings.faults is not None or not isinstance(running, dict) or "faults" not in running:
        return settings
    from generator.local.faults.model import FaultFile

    return replace(settings, faults=FaultFile.model_validate(running["faults"]))


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def _opener() -> urllib.request.OpenerDirector:
    # The loopback is never reached through a proxy of the environment.
    return urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _record(root: Path) -> dict[str, Any]:
    try:
        record = json.loads((root / _SERVER_FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    is_ours = isinstance(record, dict) and {"url", "token", "pid"} <= record.keys()
    return record if is_ours else {}


def _require_extra() -> None:
    import importlib.util

    missing = [n for n in ("starlette", "uvicorn", "duckdb", "pyspark", "flaml") if not importlib.util.find_spec(n)]
    if missing:
        raise SynapseGenError(
            Diagnostic(
                "SYN404",
                f"the embedded workspace needs packages that are not installed: {', '.join(missing)}",
                hint="pip install 'synapse-gen[local]'",
            ),
            exit_code=ExitCode.MACHINE,
        )


@contextlib.contextmanager
def _lock(root: Path) -> Iterator[None]:
    """Let one process start or end a workspace at a time."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = (root / "lock").open("w")
    except OSError as error:
        raise _disk(root, error) from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_served(root: Path) -> bool:
    """Return whether a process holds the folder, be it one that does not answer."""
    try:
        with (root / _SERVING_FILE).open("r+") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _start(settings: LocalSettings, port: int, stays: bool) -> LocalServer:
    root = settings.root
    _require_free(port)
    arguments = [sys.executable, "-m", "generator.local", "--root", str(root), "--port", str(port)]
    if not stays:
        arguments += ["--idle-seconds", str(IDLE_SECONDS)]
    try:
        write_atomic(root / _MARKER, settings.to_json().encode())
        log = root / "logs" / "server.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch(mode=0o600)
        with log.open("ab") as output:
            mark = output.tell()
            process = subprocess.Popen(
                arguments, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True, cwd=root
            )
    except OSError as error:
        raise _disk(root, error) from error
    try:
        return _await_start(root, process, log, mark)
    except BaseException:
        # Ctrl-C too: what was started and is not handed over would stay.
        process.kill()
        raise


def _await_start(root: Path, process: subprocess.Popen[bytes], log: Path, mark: int) -> LocalServer:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        running = find(root)
        if running:
            process.returncode = 0  # it outlives us on purpose: nobody waits for it
            return LocalServer(running.url, running.token, running.pid, is_new=True)
        if process.poll() is not None:
            break
        time.sleep(0.1)
    with log.open("rb") as output:
        output.seek(mark)
        lines = output.read().decode(errors="replace").strip().splitlines()
    last = lines[-1] if lines else "it said nothing"
    raise SynapseGenError(
        Diagnostic("SYN402", f"the embedded workspace did not start: {last}", hint=f"its log is {log}"),
        exit_code=ExitCode.MACHINE,
    )


def _require_free(port: int) -> None:
    if not port:
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SynapseGenError(
                Diagnostic("SYN401", f"port {port} cannot be used: {error.strerror}", hint="choose another --port"),
                exit_code=ExitCode.MACHINE,
            ) from error


def _stop(root: Path, running: LocalServer) -> None:
    with contextlib.suppress(urllib.error.HTTPError, SynapseGenError):
        request(running, "POST", "/_local/stop")
    deadline = time.monotonic() + _STOP_SECONDS
    while time.monotonic() < deadline and _is_alive(running.pid):
        time.sleep(0.05)
    if _is_alive(running.pid):
        os.kill(running.pid, signal.SIGKILL)
    (root / _SERVER_FILE).unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _disk(root: Path, error: OSError) -> SynapseGenError:
    return SynapseGenError(
        Diagnostic("SYN403", f"cannot write the local workspace's state in {root}: {error.strerror}"),
        exit_code=ExitCode.MACHINE,
    )
