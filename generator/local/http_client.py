"""The HTTP client of the pipeline engine: the usual hosts, answered inside this process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from generator.local.ports import HttpResponse, UnroutedHostError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

    from generator.local.hosts import Hosts

_TIMEOUT = 100.0


class LocalHttpClient:
    """Calls the application that answers for a URL's host; nothing leaves the process."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> HttpResponse:
        """Send a request over https, without following redirections; UnroutedHostError for everything else."""
        app = self._app(url)
        return asyncio.run(_send(app, method, url, headers, body))

    def _app(self, url: str) -> ASGIApp:
        try:
            parts = urlsplit(url)
            httpx.URL(url)
            is_https = parts.scheme == "https" and parts.port in (None, 443)
        except (ValueError, httpx.InvalidURL) as error:
            raise UnroutedHostError(f"it is no URL: {error}") from error
        app = self._hosts.find(parts.hostname or "") if is_https else None
        if app is None:
            # Without what may stand before the host: a URL can hold a password.
            where = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
            raise UnroutedHostError(
                f"{where} is not answered here: the embedded workspace reaches no network, only https to "
                + ", ".join(self._hosts.patterns)
            )
        return app


async def _send(app: ASGIApp, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> HttpResponse:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, follow_redirects=False, timeout=_TIMEOUT) as client:
        response = await client.request(method, url, headers=dict(headers), content=body)
        return HttpResponse(response.status_code, dict(response.headers), response.content)
