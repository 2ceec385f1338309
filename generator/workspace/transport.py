"""The transport of the SDK's client: one pool of connections, our clock between retries, and little to do for a request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import requests
from azure.core.pipeline.transport import RequestsTransport

from generator.workspace.clock import SystemClock

if TYPE_CHECKING:
    from generator.workspace.clock import Clock

CONNECTIONS = 64
"""Kept open at most; no more requests than these are under way at once."""
_WITH_BODY = ("PUT", "POST", "PATCH")
_CONNECT_SECONDS, _READ_SECONDS = 10, 120


class _Session(requests.Session):
    """A session that sends what the SDK has made ready as it is.

    ``Session.request`` merges settings, cookies, hooks and the environment for every request, which takes as long as all
    the rest: a third of the CPU of a large publish. The data plane sets no cookies; the environment is asked once.
    """

    def __init__(self, *, uses_environment: bool) -> None:
        super().__init__()
        self.trust_env = uses_environment
        self._settings: dict[str, dict[str, Any]] = {}

    def request(self, method: Any, url: Any, **options: Any) -> requests.Response:  # type: ignore[override]
        """Send a request whose URL, headers and body are complete; its other options are the adapter's."""
        prepared = requests.PreparedRequest()
        prepared.method = method
        prepared.url = url
        prepared.headers = requests.structures.CaseInsensitiveDict(options.get("headers") or {})
        prepared.headers.setdefault("Accept-Encoding", "gzip, deflate")
        # Without a length the adapter sends an empty body in chunks, which a server need not expect.
        prepared.body = options.get("data") or None
        if prepared.body is not None or method in _WITH_BODY:
            prepared.headers.setdefault("Content-Length", str(len(prepared.body or b"")))
        prepared.hooks = {}
        adapter = self.get_adapter(url)
        return adapter.send(
            prepared,
            stream=bool(options.get("stream")),
            timeout=options.get("timeout"),
            cert=options.get("cert"),
            **self._environment(url, options.get("verify")),
        )

    def _environment(self, url: str, verify: Any) -> dict[str, Any]:
        """Return proxies and certificates for a host, as requests finds them in the environment."""
        host = url.split("/", 3)[2]
        if host not in self._settings:
            found = self.merge_environment_settings(url, {}, None, verify, None)
            self._settings[host] = {"proxies": found["proxies"], "verify": found["verify"]}
        return self._settings[host]


# azure-core gives the name lazily, which mypy does not follow.
class _Transport(RequestsTransport):  # type: ignore[misc]
    """The SDK's transport, which waits between its retries on our clock."""

    def __init__(self, clock: Clock, **options: Any) -> None:
        super().__init__(**options)
        self._clock = clock

    def sleep(self, duration: float) -> None:
        """Wait before a request is sent again."""
        self._clock.sleep(duration)


def transport(*, is_local: bool = False, clock: Clock | None = None) -> RequestsTransport:
    """Return a transport with one pool of connections."""
    # The loopback is never reached through a proxy, nor with a password, of the environment.
    session = _Session(uses_environment=not is_local)
    adapter = requests.adapters.HTTPAdapter(pool_connections=4, pool_maxsize=CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://127.0.0.1", adapter)
    return _Transport(
        clock or SystemClock(),
        session=session,
        session_owner=True,
        connection_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
    )
