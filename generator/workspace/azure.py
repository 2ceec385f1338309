"""The Azure client: what publishing and running need of a workspace, over azure-synapse-artifacts."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from azure.core import PipelineClient
from azure.synapse.artifacts import ArtifactsClient

from generator.artifact import ArtifactKind
from generator.spec.clouds import CLOUDS
from generator.workspace import resources
from generator.workspace.connection import BearerToken, Connection, LocalToken, policies, sender_of
from generator.workspace.credentials import credential_for
from generator.workspace.errors import object_of
from generator.workspace.management import Management
from generator.workspace.operations import Operations
from generator.workspace.port import Pool, WorkspaceError
from generator.workspace.transport import transport

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.artifact import ArtifactKey
    from generator.spec.project import Environment
    from generator.workspace.clock import Clock
    from generator.workspace.pace import Pace, PatientRetryPolicy
    from generator.workspace.port import LiveArtifact

# A POST that only asks, or that may be carried out twice, is sent again after a dropped connection like a GET.
_AGAIN: dict[str, Any] = {"retry_on_methods": frozenset(("GET", "PUT", "POST"))}
_BARREN_PAGES = 50
"""Pages after each other that show nothing new; a list that goes round, or on for ever, would be read for ever."""
_POOLS = (("SqlPoolReference", "/sqlPools"), ("BigDataPoolReference", "/bigDataPools"))


class AzureWorkspace:
    """A workspace behind its data plane's endpoint."""

    def __init__(
        self,
        client: ArtifactsClient,
        connection: Connection,
        management: Management,
        pace: Pace | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._client = client
        self._connection = connection
        self._management = management
        self._operations = Operations(connection, pace, clock)

    @classmethod
    def connect(cls, environment: Environment) -> AzureWorkspace:
        """Connect to a workspace in Azure; WorkspaceError where no credential can be had."""
        credential = credential_for(environment)
        cloud = CLOUDS[environment.cloud]
        endpoint = cloud.synapse_url(environment.workspace)
        connections = transport()
        client = ArtifactsClient(
            credential, endpoint, transport=connections, **policies(BearerToken(credential, cloud.synapse_scope))
        )
        scope = f"{cloud.resource_manager_audience}.default"
        manager = PipelineClient[Any, Any](
            cloud.resource_manager_url, transport=connections, **policies(BearerToken(credential, scope))
        )
        renew = credential.invalidate
        return cls(
            client,
            Connection(sender_of(client), endpoint, renew=renew),
            Management(Connection(manager.send_request, cloud.resource_manager_url, renew=renew), environment),
        )

    @classmethod
    def connect_local(
        cls,
        endpoint: str,
        token: str,
        environment: Environment | None = None,
        pace: Pace | None = None,
        clock: Clock | None = None,
        retry: PatientRetryPolicy | None = None,
    ) -> AzureWorkspace:
        """Connect to an embedded workspace; only the loopback is ever spoken to without TLS."""
        if urlsplit(endpoint).hostname != "127.0.0.1":
            raise WorkspaceError(f"{endpoint} is not on this machine: only https is spoken to it")
        policy = LocalToken(token)
        # The policy takes the place of the credential, which may be any object then.
        client = ArtifactsClient(
            policy,  # type: ignore[arg-type]
            endpoint,
            transport=transport(is_local=True, clock=clock),
            **policies(policy, retry),
        )
        send = sender_of(client)
        # The embedded workspace tells its hosts apart by name, at one address.
        manager = Connection(send, endpoint, headers={"Host": CLOUDS["public"].resource_manager})
        return cls(client, Connection(send, endpoint), Management(manager, environment, pace, clock), pace, clock)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def artifacts(self, kind: ArtifactKind) -> Iterator[LiveArtifact]:
        """Yield every artifact of a kind, page by page."""
        route = resources.ROUTES[kind]
        link: str | None = f"/{route.collection}?api-version={route.version}"
        known: set[str] = set()
        barren = 0
        while link:
            response = self._connection.send("GET", link, version=None)
            found, next_link = resources.page(kind, response)
            names = {artifact.key.name for artifact in found}
            barren = 0 if names - known else barren + 1
            if barren > _BARREN_PAGES:
                raise WorkspaceError(f"the list of {kind.folder} goes on and on, with nothing new")
            known |= names
            yield from found
            link = self._connection.path_of(next_link) if next_link else None

    def read(self, key: ArtifactKey) -> LiveArtifact | None:
        """Return an artifact as the service has it; None where there is none."""
        response = self._connection.get(resources.path(key), version=resources.ROUTES[key.kind].version)
        return None if response is None else resources.resource(key.kind, response)

    def put(self, key: ArtifactKey, content: bytes, *, etag: str | None = None) -> LiveArtifact | None:
        """Create or replace an artifact with exactly these bytes; returns it as it is then, where the service says it."""
        headers = {"If-Match": etag} if etag else {}
        if key.kind is ArtifactKind.INTEGRATION_RUNTIME:
            done = self._management.put_integration_runtime(key.name, content, headers)
        else:
            version = resources.ROUTES[key.kind].version
            accepted = self._connection.send(
                "PUT", resources.path(key), content=content, headers=headers, version=version
            )
            done = self._operations.finish(accepted, f"PUT {key.kind.folder}")
        return resources.resource(key.kind, done) if done.content else None

    def delete(self, key: ArtifactKey, *, etag: str | None = None) -> None:
        """Delete an artifact, or find none: there, or when its operation is asked for."""
        headers = {"If-Match": etag} if etag else {}
        version = resources.ROUTES[key.kind].version
        try:
            accepted = self._connection.send("DELETE", resources.path(key), headers=headers, version=version)
            self._operations.finish(accepted, f"DELETE {key.kind.folder}")
        except WorkspaceError as error:
            if error.status != 404:
                raise

    def start_trigger(self, name: str) -> None:
        """Start a trigger; one that runs already may be started."""
        self._trigger(name, "start")

    def stop_trigger(self, name: str) -> None:
        """Stop a trigger; one that is stopped already may be stopped."""
        self._trigger(name, "stop")

    def subscribe_trigger(self, name: str) -> None:
        """Subscribe an event trigger to its events; returns when the subscription is there."""
        self._trigger(name, "subscribeToEvents")
        self._await_subscription(name, "Enabled")

    def unsubscribe_trigger(self, name: str) -> None:
        """End the subscription of an event trigger; returns when it is gone."""
        self._trigger(name, "unsubscribeFromEvents")
        self._await_subscription(name, "Disabled")

    def _await_subscription(self, name: str, wanted: str) -> None:
        # Recorded: Provisioning at first, Enabled some twenty seconds later.
        def look() -> bool | None:
            status = object_of(self._trigger(name, "getEventSubscriptionStatus")).get("status")
            return True if status == wanted else None

        self._operations.watch(look, f"subscription {wanted}")

    def _trigger(self, name: str, verb: str) -> Any:
        # Recorded: an empty POST, answered by an empty 200; the specification allows a 202 for each of them.
        answer = self._connection.send("POST", f"/triggers/{quote(name, safe='')}/{verb}", content=b"", **_AGAIN)
        return self._operations.finish(answer, f"POST {verb}")

    def pools(self) -> tuple[Pool, ...]:
        """Return the workspace's Spark and SQL pools."""
        found = []
        for kind, path in _POOLS:
            answer = object_of(self._connection.send("GET", path))
            for pool in answer.get("value") or []:
                properties = pool.get("properties") or {}
                state = properties.get("status") or properties.get("provisioningState") or ""
                found.append(Pool(kind, str(pool.get("name")), str(state)))
        return tuple(found)

    def description(self) -> dict[str, Any]:
        """Return what the workspace says of itself."""
        return object_of(self._connection.send("GET", "/workspace"))

    def create_run(self, pipeline: str, parameters: Mapping[str, Any], request_id: str) -> str:
        """Start a run. It is not retried: after a 500 the SDK would start a second one."""
        content = json.dumps(parameters).encode() if parameters else b""
        response = self._connection.send(
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
        return self._connection.get_object(f"/pipelineruns/{quote(run_id, safe='')}")

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
        self._connection.send("POST", path, params={"isRecursive": "true"}, **_AGAIN)

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
            answer = object_of(self._connection.send("POST", path, content=json.dumps(body).encode(), **_AGAIN))
            found += answer.get("value") or []
            token = answer.get("continuationToken")
            if not token:
                return found
            if token in tokens:
                raise WorkspaceError(f"{path} gives the same page again and again")
            tokens.append(token)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
