"""The Azure client: azure-synapse-artifacts as transport, credential and retries, our bytes as bodies.

The SDK's models lose data (session properties of notebooks, policies, unknown types), so requests go through the
client's own pipeline with the committed bytes: its retries, its authentication, nothing patched. Long-running
operations are polled here: the SDK waits at least the recorded Retry-After of 10 s, operations take about 3 s.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import requests
from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from azure.synapse.artifacts import ArtifactsClient

from generator.workspace.credentials import credential_for
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from azure.core.pipeline import PipelineRequest

    from generator.artifact import ArtifactKey
    from generator.spec.project import Environment

_API_VERSION = "2020-12-01"
_FIRST_POLL, _SLOWEST_POLL, _LONGEST = 0.1, 3.0, 600.0
_CONNECTIONS = 32
_PENDING = 202


class _LocalToken(SansIOHTTPPolicy[Any, Any]):
    """Signs requests to an embedded workspace, which speaks plain http on the loopback."""

    def __init__(self, token: str) -> None:
        self._token = token

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Add the token."""
        request.http_request.headers["Authorization"] = f"Bearer {self._token}"


class AzureWorkspace:
    """A workspace behind its data plane's endpoint."""

    def __init__(self, client: ArtifactsClient, endpoint: str) -> None:
        self._client = client
        self._endpoint = endpoint.rstrip("/")

    @classmethod
    def connect(cls, environment: Environment) -> AzureWorkspace:
        """Connect to a workspace in Azure; WorkspaceError where no credential can be had."""
        credential = credential_for(environment)
        endpoint = f"https://{environment.workspace}.dev.azuresynapse.net"
        return cls(ArtifactsClient(credential, endpoint, transport=_transport()), endpoint)

    @classmethod
    def connect_local(cls, endpoint: str, token: str) -> AzureWorkspace:
        """Connect to an embedded workspace; only the loopback is ever spoken to without TLS."""
        if urlsplit(endpoint).hostname != "127.0.0.1":
            raise WorkspaceError(f"{endpoint} is not on this machine: only https is spoken to it")
        policy = _LocalToken(token)
        # The policy takes the place of the credential, which may be any object then.
        client = ArtifactsClient(policy, endpoint, authentication_policy=policy, transport=_transport())  # type: ignore[arg-type]
        return cls(client, endpoint)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def put(self, key: ArtifactKey, content: bytes) -> None:
        """Create or replace an artifact with exactly these bytes."""
        response = self._send("PUT", self._path(key), content=content)
        if response.status_code == _PENDING:
            self._await(response.headers.get("Location"))

    def get(self, key: ArtifactKey) -> dict[str, Any] | None:
        """Return an artifact as the service has it; None where there is none."""
        return self._get_json(self._path(key))

    def create_run(self, pipeline: str, parameters: Mapping[str, Any], request_id: str) -> str:
        """Start a run. It is not retried: after a 500 the SDK would start a second one."""
        content = json.dumps(parameters).encode() if parameters else b""
        response = self._send(
            "POST",
            f"/pipelines/{quote(pipeline, safe='')}/createRun",
            content=content,
            headers={"x-ms-client-request-id": request_id},
            retry_total=0,
        )
        return str(response.json()["runId"])

    def pipeline_run(self, run_id: str) -> dict[str, Any] | None:
        """Return a run; None where there is none."""
        return self._get_json(f"/pipelineruns/{quote(run_id, safe='')}")

    def pipeline_runs(self, pipeline: str, since: datetime) -> list[dict[str, Any]]:
        """Return the runs of a pipeline that changed since a moment."""
        filters = [{"operand": "PipelineName", "operator": "Equals", "values": [pipeline]}]
        return self._query("/queryPipelineRuns", since, filters)

    def activity_runs(self, pipeline: str, run_id: str, since: datetime) -> list[dict[str, Any]]:
        """Return a run's activity runs."""
        path = f"/pipelines/{quote(pipeline, safe='')}/pipelineruns/{quote(run_id, safe='')}/queryActivityruns"
        return self._query(path, since, [])

    def cancel_run(self, run_id: str) -> None:
        """Cancel a run and those that it started."""
        self._send("POST", f"/pipelineruns/{quote(run_id, safe='')}/cancel", params={"isRecursive": "true"})

    def _query(self, path: str, since: datetime, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        window = {
            "lastUpdatedAfter": _iso(since),
            "lastUpdatedBefore": _iso(datetime.now(UTC) + timedelta(hours=1)),
            "filters": filters,
        }
        found: list[dict[str, Any]] = []
        token = None
        while True:
            body = window | ({"continuationToken": token} if token else {})
            answer = self._send("POST", path, content=json.dumps(body).encode()).json()
            found += answer["value"]
            token = answer.get("continuationToken")
            if not token:
                return found

    def _get_json(self, path: str) -> dict[str, Any] | None:
        try:
            answer: dict[str, Any] = self._send("GET", path).json()
        except WorkspaceError as error:
            if error.status == 404:
                return None
            raise
        return answer

    def _path(self, key: ArtifactKey) -> str:
        return f"/{key.kind.collection}/{quote(key.name, safe='')}"

    def _await(self, location: str | None) -> None:
        """Poll an operation: quickly at first, then slower; its result says whether it failed."""
        if not location:
            return
        parts = urlsplit(location)
        if f"{parts.scheme}://{parts.netloc}" != self._endpoint:
            raise WorkspaceError(f"the operation's result is at another host: {parts.netloc}")
        delay, started = _FIRST_POLL, time.monotonic()
        while True:
            response = self._send("GET", f"{parts.path}?{parts.query}", api_version=False)
            if response.status_code != _PENDING:
                self._refuse_failed(response)
                return
            if time.monotonic() - started > _LONGEST:
                raise WorkspaceError(f"the operation did not end within {_LONGEST:.0f} s")
            time.sleep(delay)
            delay = min(delay * 1.6, _SLOWEST_POLL)

    def _refuse_failed(self, response: Any) -> None:
        # An operation that failed may answer 200; the SDK takes that for success.
        body = response.json() if response.content else {}
        status = body.get("status") if isinstance(body, dict) else None
        if status in ("Failed", "Canceled", "Cancelled"):
            error = body.get("error") or {}
            raise WorkspaceError(
                str(error.get("message") or f"the operation ended as {status}"), code=error.get("code")
            )

    def _send(
        self,
        method: str,
        path: str,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        api_version: bool = True,
        **options: Any,
    ) -> Any:
        query = dict(params or {}) | ({"api-version": _API_VERSION} if api_version else {})
        all_headers = {"Accept": "application/json", **(headers or {})}
        if content is not None:
            all_headers["Content-Type"] = "application/json"
        request = HttpRequest(method, path, params=query, headers=all_headers, content=content)
        try:
            # The client's own entry for requests that it has no method for.
            response = self._client._send_request(request, **options)  # noqa: SLF001 - it has no public name
            response.raise_for_status()
        except ClientAuthenticationError as error:
            raise _refused(error, "the workspace does not know this identity") from error
        except HttpResponseError as error:
            raise _refused(error, str(error.reason)) from error
        except (ServiceRequestError, ServiceResponseError) as error:
            raise WorkspaceError(f"{self._endpoint} cannot be reached: {error.message}") from error
        except AzureError as error:
            raise WorkspaceError(str(error.message)) from error
        return response


def _refused(error: HttpResponseError, otherwise: str) -> WorkspaceError:
    code, message = None, None
    try:
        body = json.loads(error.response.text()) if error.response is not None else {}
        inner = body["error"] if isinstance(body.get("error"), dict) else body
        code, message = inner.get("code"), inner.get("message")
    except (ValueError, AttributeError, TypeError):
        pass
    text = str(message or error.message or otherwise)
    return WorkspaceError(f"{code}: {text}" if code else text, status=error.status_code, code=code)


def _transport() -> RequestsTransport:
    session = requests.Session()
    adapter = requests.adapters.HTTPAdapter(pool_connections=4, pool_maxsize=_CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://127.0.0.1", adapter)
    return RequestsTransport(session=session, session_owner=True, connection_timeout=10, read_timeout=120)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
