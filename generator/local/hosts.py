"""Which application answers for which host."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Hosts:
    """Routes requests by their Host header; a host that nobody answers for is refused."""

    def __init__(self, apps: Mapping[str, ASGIApp], loopback: ASGIApp) -> None:
        """``apps`` maps host patterns (``*.vault.azure.net``) to applications; ``loopback`` answers for 127.0.0.1."""
        self._apps = dict(apps)
        self._loopback = loopback

    @property
    def patterns(self) -> tuple[str, ...]:
        """The patterns of hosts that are answered for."""
        return tuple(self._apps)

    def find(self, host: str) -> ASGIApp | None:
        """Return the application of a host; None where nobody answers for it."""
        return next((app for pattern, app in self._apps.items() if fnmatch.fnmatchcase(host.lower(), pattern)), None)

    def knows(self, host: str) -> bool:
        """Whether anybody answers for a host."""
        return self.find(host) is not None

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Other Host headers on the loopback port are refused: a web page could have sent them."""
        if scope["type"] != "http":
            return
        headers: dict[bytes, bytes] = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").rsplit(":", 1)[0] or ""
        app: Any = self._loopback if host in _LOOPBACK else self.find(host)
        if app is None:
            body = {"code": "HostNotFound", "message": f"nobody answers for {host} in the embedded workspace"}
            app = JSONResponse(body, status_code=421)
        await app(scope, receive, send)
