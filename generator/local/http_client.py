"""The HTTP client of the pipeline engine: the usual hosts, answered inside this process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx

from generator.local.ports import HttpResponse, UnroutedHostError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.local.hosts import Hosts

_TIMEOUT = 100.0


class LocalHttpClient:
    """Calls the application that answers for a URL's host; nothing leaves the process."""

    def __init__(self, hosts: Hosts) -> None:
        self._hosts = hosts

    def request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> HttpResponse:
        """Send a request over https; UnroutedHostError for everything else."""
        parts = urlsplit(url)
        if parts.scheme != "https" or parts.port not in (None, 443) or not self._hosts.knows(parts.hostname or ""):
            raise UnroutedHostError(
                f"{parts.scheme}://{parts.netloc} is not answered here: the embedded workspace reaches no network, only "
                + ", ".join(self._hosts.patterns)
            )
        return asyncio.run(self._send(method, url, headers, body))

    async def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> HttpResponse:
        transport = httpx.ASGITransport(app=self._hosts.app)
        async with httpx.AsyncClient(transport=transport, follow_redirects=False, timeout=_TIMEOUT) as client:
            response = await client.request(method, url, headers=dict(headers), content=body)
            return HttpResponse(response.status_code, dict(response.headers), response.content)
