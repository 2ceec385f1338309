"""A data plane that misbehaves on purpose: a server on the loopback that answers each request as a test says.

It is written on sockets, because no framework answers half a body and resets the connection.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from generator.artifact import ArtifactKind

TOKEN = "t0ken-that-nobody-may-see"
_LISTS = {kind.collection for kind in ArtifactKind} | {"sqlPools", "bigDataPools"}
NO_PROCESS = 4_194_305
"""Larger than any process id of Linux: nobody is killed by it."""


@dataclass(frozen=True)
class Seen:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Answer:
    """What to answer; ``end`` is how the connection ends: ``keep``, ``cut`` (half the body) or ``reset`` (nothing)."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    end: str = "keep"
    first: Callable[[Seen], Any] = lambda _: None
    """What happens before it is answered."""


Script = Answer | Callable[[Seen], Answer] | Sequence[Answer | Callable[[Seen], Answer]]


class FaultyServer:
    """Answers as scripted; where nothing is, as a healthy workspace that knows no run."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.most_at_once = 0
        self._at_once = 0
        self._scripts: dict[tuple[str, str], list[Any]] = {}
        self._turns: dict[tuple[str, str], int] = defaultdict(int)
        self._lock = threading.Lock()
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except OSError:
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                return

            def answer(self) -> None:
                owner.handle(self)

            do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the names that http.server calls

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def on(self, method: str, path: str, *script: Any) -> None:
        """Answer requests of a path (``/pipelines/*`` for all below it) in turn; the last answer is given for ever."""
        self._scripts[method, path] = list(script)

    def requests(self, method: str, path: str = "") -> list[Seen]:
        """What came, by method and the beginning of the path."""
        return [s for s in self.seen if s.method == method and s.path.startswith(path)]

    def handle(self, handler: BaseHTTPRequestHandler) -> None:
        url = urlsplit(handler.path)
        content = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {k.lower(): v for k, v in handler.headers.items()}
        seen = Seen(handler.command, url.path, parse_qs(url.query), headers, content, time.monotonic())
        with self._lock:
            self.seen.append(seen)
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            script = self._next(seen)
        try:
            answer = script(seen) if callable(script) else script
            answer.first(seen)
        finally:
            with self._lock:
                self._at_once -= 1
        self._send(handler, answer)

    def _next(self, seen: Seen) -> Any:
        keys = [(m, p) for m, p in self._scripts if m == seen.method and _matches(p, seen.path)]
        if not keys:
            return self._healthy(seen)
        key = max(keys, key=lambda k: (not k[1].endswith("*"), len(k[1])))
        turn = self._turns[key]
        self._turns[key] += 1
        return self._scripts[key][min(turn, len(self._scripts[key]) - 1)]

    def _healthy(self, seen: Seen) -> Answer:
        match seen.method, seen.path.split("/")[1]:
            case "PUT", _:
                return self.accepted(seen)
            case "GET", "operationResults":
                return Answer(200, {"name": "x", "properties": {}, "etag": "e"})
            case "POST", "queryPipelineRuns" | "pipelines":
                return Answer(200, {"value": []})
            case "GET", "workspace":
                return Answer(200, {"name": "w", "properties": {}})
            case "GET", name if seen.path == f"/{name}" and name in _LISTS:
                return Answer(200, {"value": []})
            case "GET", "_local":
                return Answer(200, {"pid": NO_PROCESS, "engine": "e", "substitutes": {}, "not_checked": []})
        return Answer(404, {"code": "NotFound", "message": f"nothing is at {seen.path}"})

    def accepted(self, seen: Seen, **headers: str) -> Answer:
        """The recorded answer to a PUT, the artifact's path in its operation's."""
        place = f"{self.url}/operationResults{seen.path}?api-version=2020-12-01"
        return Answer(202, {"state": "Creating"}, {"Location": place, **headers})

    def _send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        raw = answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
        kind = "application/octet-stream" if isinstance(answer.body, bytes) else "application/json"
        if answer.end == "reset":
            _reset(handler)
            return
        handler.send_response(answer.status)
        for name, value in ({"Content-Type": kind, "Content-Length": str(len(raw))} | answer.headers).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(raw[: len(raw) // 2] if answer.end == "cut" else raw)
        handler.wfile.flush()
        if answer.end == "cut":
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True


def _matches(pattern: str, path: str) -> bool:
    return path.startswith(pattern[:-1]) if pattern.endswith("*") else path == pattern


def _reset(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True


@contextmanager
def faulty_server() -> Iterator[FaultyServer]:
    server = FaultyServer()
    try:
        yield server
    finally:
        server.close()


def pretend_embedded(server: FaultyServer, root: Path, settings: dict[str, Any]) -> None:
    """Let the command line find the server as the embedded workspace of ``root``, by the file that one leaves."""
    root.mkdir(parents=True, exist_ok=True)
    record = {"pid": NO_PROCESS, "url": server.url, "token": TOKEN, "settings": settings}
    (root / "server.json").write_text(json.dumps(record))


def interrupt(_: Seen) -> None:
    """Press Ctrl-C in the process of the tests."""
    os.kill(os.getpid(), 2)
