"""Requests to a data plane over the SDK's own client: its pipeline, its retries, its authentication, our bytes.

The SDK's models lose data (session properties of notebooks, policies, unknown types), so requests go through the
client's own entry for requests that it has no method for; nothing is patched.
"""

from __future__ import annotations

import importlib.metadata
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from azure.core.exceptions import AzureError, ServiceRequestError
from azure.core.pipeline.policies import HeadersPolicy, RequestIdPolicy, SansIOHTTPPolicy, UserAgentPolicy
from azure.core.rest import HttpRequest

from generator.workspace.errors import error_of, object_of, readable, refusal
from generator.workspace.pace import PatientRetryPolicy
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from urllib.parse import SplitResult

    from azure.core.pipeline import PipelineRequest
    from azure.synapse.artifacts import ArtifactsClient

    from generator.workspace.credentials import CachedCredential

API_VERSION = "2020-12-01"
_PORTS = {"http": 80, "https": 443}
_UNAUTHENTICATED = 401
_version = importlib.metadata.version
_OURS = f"synapse-gen/{_version('synapse-gen')}"


class BearerToken(SansIOHTTPPolicy[Any, Any]):
    """Signs requests with a token of a credential that keeps its tokens itself, and sends it over TLS only.

    The SDK's own policy forgets its token on a 401 while other threads read it, which then fail (azure-core 1.41).
    """

    def __init__(self, credential: CachedCredential, scope: str) -> None:
        self._credential = credential
        self._scope = scope

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Add the token; ServiceRequestError for an address without TLS."""
        if urlsplit(request.http_request.url).scheme != "https":
            raise ServiceRequestError("a token is sent over TLS only")
        token = self._credential.get_token(self._scope).token
        request.http_request.headers["Authorization"] = f"Bearer {token}"


class LocalToken(SansIOHTTPPolicy[Any, Any]):
    """Signs requests to an embedded workspace, which speaks plain http on the loopback."""

    def __init__(self, token: str) -> None:
        self._token = token

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Add the token."""
        request.http_request.headers["Authorization"] = f"Bearer {self._token}"


class Connection:
    """Sends requests to one endpoint; used by many threads."""

    def __init__(
        self,
        sender: Callable[..., Any],
        endpoint: str,
        *,
        renew: Callable[[], None] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """``sender`` is the SDK client's; ``renew`` forgets a token that the service takes no more."""
        self._sender = sender
        self.endpoint = endpoint.rstrip("/")
        self._renew = renew
        self._headers = dict(headers or {})

    def send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        version: str | None = API_VERSION,
        **options: Any,
    ) -> Any:
        """Send a request and return the answer, whose status is under 300; WorkspaceError for everything else.

        ``version`` is None where ``path`` says it already. A token that is refused is had anew once: it may have
        ended on the way, and a request that was not authenticated did nothing.
        """
        try:
            return self._send(method, path, content, headers, params, version, options)
        except WorkspaceError as error:
            if error.status != _UNAUTHENTICATED:
                raise
        if self._renew:
            self._renew()
        return self._send(method, path, content, headers, params, version, options)

    def get_object(self, path: str, **options: Any) -> dict[str, Any] | None:
        """Return the JSON object at a path; None where there is none."""
        response = self.get(path, **options)
        return None if response is None else object_of(response)

    def get(self, path: str, **options: Any) -> Any:
        """Return the answer to a GET; None for a 404."""
        try:
            return self.send("GET", path, **options)
        except WorkspaceError as error:
            if error.status == 404:
                return None
            raise

    def path_of(self, link: str) -> str:
        """Return the path and query of a link that the service gave; WorkspaceError where it leads to another host."""
        own = urlsplit(self.endpoint)
        named = own._replace(netloc=self._headers.get("Host", own.netloc))
        try:
            url = urlsplit(urljoin(f"{self.endpoint}/", link))
            origin = _origin(url)
        except ValueError as error:
            raise WorkspaceError(f"the service sends us to what is no address: {readable(link)[:200]}") from error
        if origin not in (_origin(own), _origin(named)):
            raise WorkspaceError(f"the service sends us to another host, which gets no token: {url.hostname}")
        return f"{url.path}?{url.query}" if url.query else url.path

    def _send(
        self,
        method: str,
        path: str,
        content: bytes | None,
        headers: Mapping[str, str] | None,
        params: Mapping[str, str] | None,
        version: str | None,
        options: dict[str, Any],
    ) -> Any:
        query = dict(params or {}) | ({"api-version": version} if version else {})
        all_headers = {"Accept": "application/json", **self._headers, **(headers or {})}
        if content is not None:
            all_headers["Content-Type"] = "application/json"
        request = HttpRequest(method, f"{self.endpoint}{path}", params=query, headers=all_headers, content=content)
        try:
            response = self._sender(request, **options)
        except AzureError as error:
            raise error_of(error, self.endpoint) from error
        if response.status_code >= 300:
            raise refusal(response)
        return response


def sender_of(client: ArtifactsClient) -> Callable[..., Any]:
    """Return the SDK client's own pipeline: its entry for requests without a method copies each with all its bytes."""
    return client._client.send_request  # noqa: SLF001 - it has no public name


def policies(authentication: Any, retry: PatientRetryPolicy | None = None) -> dict[str, Any]:
    """Return the options of the SDK's client that name the policies of its pipeline.

    Of its default ones those are left out that a publish of a thousand artifacts pays for and has no use of: redirections
    (the data plane never redirects, and a body and a token are not taken to wherever an answer points), logs and traces of
    each request, and the decoding of each body, which is refused for types that gateways send.
    """
    return {
        "policies": [
            RequestIdPolicy(),
            HeadersPolicy(),
            UserAgentPolicy(sdk_moniker=f"synapse-artifacts/{_version('azure-synapse-artifacts')}", user_agent=_OURS),
            retry or PatientRetryPolicy(),
            authentication,
        ]
    }


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)
