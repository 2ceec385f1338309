"""The client as it speaks to Azure: over TLS, verified, through the proxy of the environment, with a token of its own."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from azure.synapse.artifacts import ArtifactsClient

from generator.workspace.connection import BearerToken, Connection, policies, sender_of
from generator.workspace.credentials import CachedCredential
from generator.workspace.port import WorkspaceError
from generator.workspace.transport import transport

if TYPE_CHECKING:
    from pathlib import Path

    from azure.core.credentials import AccessTokenInfo


class Secure:
    """A server with a certificate, and what it saw."""

    def __init__(self, authority: trustme.CA) -> None:
        self.seen: list[tuple[str, str, str | None]] = []
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                seen.append((self.command, self.path, self.headers.get("Authorization")))
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        self.url = f"https://localhost:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Given:
    """A credential whose tokens are counted."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, ...]] = []

    def get_token_info(self, *scopes: str, options: Any = None) -> AccessTokenInfo:
        from azure.core.credentials import AccessTokenInfo

        self.asked.append(scopes)
        return AccessTokenInfo(f"token-{len(self.asked)}", 4_102_444_800)

    def close(self) -> None:
        return


@pytest.fixture
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA, monkeypatch: pytest.MonkeyPatch) -> Iterator[Secure]:
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    server = Secure(authority)
    yield server
    server.close()


def connection(url: str, given: Given) -> tuple[ArtifactsClient, Connection]:
    credential: Any = CachedCredential(lambda: given)
    signing = BearerToken(credential, "https://dev.azuresynapse.net/.default")
    client = ArtifactsClient(credential, url, transport=transport(), **policies(signing))
    return client, Connection(sender_of(client), url)


def test_requests_are_signed_with_one_token_over_verified_tls(
    secure: Secure, authority: trustme.CA, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    given = Given()
    client, connected = connection(secure.url, given)
    for _ in range(3):
        connected.send("GET", "/pipelines")
    client.close()
    assert secure.seen == [("GET", "/pipelines?api-version=2020-12-01", "Bearer token-1")] * 3
    assert given.asked == [("https://dev.azuresynapse.net/.default",)]


def test_a_certificate_that_nobody_vouches_for_is_refused(secure: Secure) -> None:
    client, connected = connection(secure.url, Given())
    with pytest.raises(WorkspaceError, match=r"CERTIFICATE_VERIFY_FAILED|certificate verify failed") as caught:
        connected.send("GET", "/pipelines", retry_total=0)
    client.close()
    assert "token-1" not in caught.value.message
    assert secure.seen == []


def test_the_proxy_of_the_environment_is_used(secure: Secure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    client, connected = connection(secure.url, Given())
    with pytest.raises(WorkspaceError, match=r"[Pp]roxy"):
        connected.send("GET", "/pipelines", retry_total=0)
    client.close()
    assert secure.seen == []
