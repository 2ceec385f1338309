"""The Azure client: azure-synapse-artifacts as transport, credential and retries, our bytes as bodies.

The SDK's models lose data (session properties of notebooks, policies, unknown types), so requests go through the
client's own pipeline with the committed bytes: its retries, its authentication, nothing patched. Long-running
operations are polled here: the SDK waits at least the recorded Retry-After of 10 s, operations take about 3 s.
"""

from __future__ import annotations

import importlib.metadata
import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit

import requests
from azure.core.exceptions import AzureError, DecodeError, IncompleteReadError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from azure.synapse.artifacts import ArtifactsClient

from generator.workspace.credentials import credential_for
from generator.workspace.errors import error_of, failure, object_of, refusal
from generator.workspace.pace import Pace, PatientRetryPolicy
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

    from azure.core.pipeline import PipelineRequest

    from generator.artifact import ArtifactKey
    from generator.spec.project import Environment

_API_VERSION = "2020-12-01"
_CONNECTIONS = 32
_PENDING = 202
_PORTS = {"http": 80, "https": 443}
# A POST that only asks, or that may be carried out twice, is sent again after a dropped connection like a GET.
_AGAIN: dict[str, Any] = {"retry_on_methods": frozenset(("GET", "PUT", "POST"))}


class _LocalToken(SansIOHTTPPolicy[Any, Any]):
    """Signs requests to an embedded workspace, which speaks plain http on the loopback."""

    def __init__(self, token: str) -> None:
        self._token = token

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Add the token."""
        request.http_request.headers["Authorization"] = f"Bearer {self._token}"


class AzureWorkspace:
    """A workspace behind its data plane's endpoint."""

    def __init__(self, client: ArtifactsClient, endpoint: str, pace: Pace | None = None) -> None:
        self._client = client
        self._endpoint = endpoint.rstrip("/")
        self._pace = pace or Pace()

    @classmethod
    def connect(cls, environment: Environment) -> AzureWorkspace:
        """Connect to a workspace in Azure; WorkspaceError where no credential can be had."""
        credential = credential_for(environment)
        endpoint = f"https://{environment.workspace}.dev.azuresynapse.net"
        return cls(ArtifactsClient(credential, endpoint, transport=_transport(), **client_options()), endpoint)

    @classmethod
    def connect_local(cls, endpoint: str, token: str, pace: Pace | None = None, **options: Any) -> AzureWorkspace:
        """Connect to an embedded workspace; only the loopback is ever spoken to without TLS.

        ``options`` are the SDK client's own.
        """
        if urlsplit(endpoint).hostname != "127.0.0.1":
            raise WorkspaceError(f"{endpoint} is not on this machine: only https is spoken to it")
        policy = _LocalToken(token)
        # The policy takes the place of the credential, which may be any object then.
        client = ArtifactsClient(
            policy,  # type: ignore[arg-type]
            endpoint,
            authentication_policy=policy,
            transport=_transport(is_local=True),
            **client_options() | options,
        )
        return cls(client, endpoint, pace)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def put(self, key: ArtifactKey, content: bytes) -> None:
        """Create or replace an artifact with exactly these bytes."""
        response = self._send("PUT", self._path(key), content=content)
        if response.status_code == _PENDING:
            self._await(response)

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
        run_id = object_of(response).get("runId")
        if not run_id:
            raise WorkspaceError("the answer to createRun names no run", status=response.status_code)
        return str(run_id)

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
        path = f"/pipelineruns/{quote(run_id, safe='')}/cancel"
        self._send("POST", path, params={"isRecursive": "true"}, **_AGAIN)

    def _query(self, path: str, since: datetime, filters: list[dict[str, Any]]) -> list[dict[str, Any]]:
        window = {
            "lastUpdatedAfter": _iso(since),
            "lastUpdatedBefore": _iso(datetime.now(UTC) + timedelta(hours=1)),
            "filters": filters,
        }
        found: list[dict[str, Any]] = []
        tokens: list[str] = []
        while True:
            body = window | ({"continuationToken": tokens[-1]} if tokens else {})
            answer = object_of(self._send("POST", path, content=json.dumps(body).encode(), **_AGAIN))
            found += answer.get("value") or []
            token = answer.get("continuationToken")
            if not token:
                return found
            if token in tokens:
                raise WorkspaceError(f"{path} gives the same page again and again")
            tokens.append(token)

    def _get_json(self, path: str) -> dict[str, Any] | None:
        try:
            response = self._send("GET", path)
        except WorkspaceError as error:
            if error.status == 404:
                return None
            raise
        return object_of(response)

    def _path(self, key: ArtifactKey) -> str:
        return f"/{key.kind.collection}/{quote(key.name, safe='')}"

    def _await(self, accepted: Any) -> None:
        """Look at an operation until it is done: at once, quickly at first, then slower.

        Raises WorkspaceError where it failed, by its status or in its body, or took too long.
        """
        started = time.monotonic()
        path = self._result_path(accepted.headers.get("Location"))
        for delay in self._pace.delays():
            response = self._send("GET", path, api_version=False)
            body = object_of(response) if response.content else {}
            # Recorded beside the 202; a body that says so is believed with any status.
            if response.status_code != _PENDING and body.get("status") != "InProgress":
                if failed := failure(body):
                    raise failed
                return
            if time.monotonic() - started + delay > self._pace.longest:
                raise WorkspaceError(
                    f"the operation did not end within {self._pace.longest:.0f} s; it may still be carried out"
                )
            time.sleep(delay)

    def _result_path(self, location: str | None) -> str:
        if not location:
            raise WorkspaceError("the request was accepted, but not said where its result is: it may be carried out")
        url = urlsplit(urljoin(f"{self._endpoint}/", location))
        if _origin(url) != _origin(urlsplit(self._endpoint)):
            raise WorkspaceError(f"the operation's result is at another host, which gets no token: {url.hostname}")
        return f"{url.path}?{url.query}" if url.query else url.path

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
        answers: list[Any] = []
        try:
            # The client's own entry for requests that it has no method for.
            response = self._client._send_request(  # noqa: SLF001 - it has no public name
                request, raw_response_hook=lambda answer: answers.append(answer.http_response), **options
            )
        except (DecodeError, RecursionError) as error:
            # A whole answer of a type, or of a depth, that the SDK does not decode; its status and text are good.
            if isinstance(error, IncompleteReadError) or not answers:
                raise error_of(error, self._endpoint) from error
            response = answers[-1]
        except AzureError as error:
            raise error_of(error, self._endpoint) from error
        if response.status_code >= 300:
            raise refusal(response)
        return response


def client_options() -> dict[str, Any]:
    """Return the options of the SDK's client: its retries with an end, no redirections, who we are."""
    return {
        "retry_policy": PatientRetryPolicy(),
        # The data plane never redirects; a body and a token are not taken to wherever an answer points.
        "permit_redirects": False,
        "user_agent": f"synapse-gen/{importlib.metadata.version('synapse-gen')}",
    }


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)


def _transport(*, is_local: bool = False) -> RequestsTransport:
    session = requests.Session()
    # The loopback is never reached through a proxy, nor with a password, of the environment.
    session.trust_env = not is_local
    adapter = requests.adapters.HTTPAdapter(pool_connections=4, pool_maxsize=_CONNECTIONS)
    session.mount("https://", adapter)
    session.mount("http://127.0.0.1", adapter)
    return RequestsTransport(session=session, session_owner=True, connection_timeout=10, read_timeout=120)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
