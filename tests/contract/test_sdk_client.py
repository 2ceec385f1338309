"""The unmodified azure-synapse-artifacts client against the embedded workspace, over the loopback."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.synapse.artifacts import ArtifactsClient

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import ExitCode, SynapseGenError
from generator.local import process
from generator.publish import Source
from generator.runs import follow_run, start_run
from generator.tree.read import read_tree
from generator.workspace.azure import AzureWorkspace
from generator.workspace.port import WorkspaceError
from tests.contract.conftest import settings_of
from tests.contract.places import place_for, publish

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.local.process import LocalServer


class Token(SansIOHTTPPolicy[Any, Any]):
    def __init__(self, token: str) -> None:
        self._token = token

    def on_request(self, request: Any) -> None:
        request.http_request.headers["Authorization"] = f"Bearer {self._token}"


OPENED: list[Any] = []


@pytest.fixture(autouse=True)
def _close() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


def sdk(server: LocalServer, token: str | None = None) -> ArtifactsClient:
    policy = Token(server.token if token is None else token)
    OPENED.append(ArtifactsClient(policy, server.url, authentication_policy=policy, polling_interval=0.01))
    return OPENED[-1]


def connected(server: LocalServer) -> AzureWorkspace:
    OPENED.append(AzureWorkspace.connect_local(server.url, server.token))
    return OPENED[-1]


WAITS = {
    "name": "waits",
    "properties": {
        "activities": [
            {
                "name": "Wait",
                "type": "Wait",
                "dependsOn": [],
                "userProperties": [],
                "typeProperties": {"waitTimeInSeconds": 0},
            }
        ],
        "parameters": {"p": {"type": "string", "defaultValue": "x"}},
        "annotations": [],
    },
}


def test_a_pipeline_is_created_read_listed_and_deleted(server: LocalServer) -> None:
    client = sdk(server)
    body = json.dumps(WAITS).encode()
    made = client.pipeline.begin_create_or_update_pipeline("waits", body).result()
    assert made.name == "waits"
    assert made.etag
    assert client.pipeline.get_pipeline("waits").activities[0].type == "Wait"
    assert "waits" in [p.name for p in client.pipeline.get_pipelines_by_workspace()]
    client.pipeline.begin_delete_pipeline("waits").result()
    with pytest.raises(ResourceNotFoundError) as caught:
        client.pipeline.get_pipeline("waits")
    assert caught.value.error.code == "PipelineNotFound"


def test_a_wrong_etag_is_refused(server: LocalServer) -> None:
    client = sdk(server)
    body = json.dumps(WAITS).encode()
    etag = client.pipeline.begin_create_or_update_pipeline("waits", body).result().etag
    client.pipeline.begin_create_or_update_pipeline("waits", body, if_match=etag).result()
    with pytest.raises(HttpResponseError) as caught:
        client.pipeline.begin_create_or_update_pipeline("waits", body, if_match=etag).result()
    assert caught.value.status_code == 412
    current = client.pipeline.get_pipeline("waits").etag
    assert client.pipeline.get_pipeline("waits", if_none_match=current) is None


def test_a_run_is_started_once_found_and_queried(server: LocalServer) -> None:
    client = sdk(server)
    client.pipeline.begin_create_or_update_pipeline("waits", json.dumps(WAITS).encode()).result()
    request = str(uuid.uuid4())
    first, second = (
        client.pipeline.create_pipeline_run("waits", headers={"x-ms-client-request-id": request}) for _ in range(2)
    )
    assert first.run_id == second.run_id == request
    report = follow_run(connected(server), request, on_event=lambda _: None)
    assert report.status == "Succeeded"
    assert [a.name for a in report.activities] == ["Wait"]
    run = client.pipeline_run.get_pipeline_run(request)
    assert (run.status, run.pipeline_name, run.parameters) == ("Succeeded", "waits", {"p": "x"})


def test_nobody_gets_in_without_the_token(server: LocalServer) -> None:
    with pytest.raises(ClientAuthenticationError):
        sdk(server, token="guessed").pipeline.get_pipeline("waits")


def test_other_hosts_are_refused(server: LocalServer) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        process.request(server, "GET", "/pipelines", host="evil.example")
    assert caught.value.code == 421
    caught.value.close()


def test_a_reference_to_nothing_is_refused_in_the_services_words(server: LocalServer) -> None:
    workspace = connected(server)
    trigger = {
        "name": "t",
        "properties": {"pipelines": [{"pipelineReference": {"referenceName": "no", "type": "PipelineReference"}}]},
    }
    with pytest.raises(WorkspaceError, match="invalid reference 'no'"):
        workspace.put(ArtifactKey(ArtifactKind.TRIGGER, "t"), json.dumps(trigger).encode())


@pytest.mark.parametrize("environment", ["local", "dev", "prod"])
def test_what_the_workspace_gives_back_is_what_was_committed(
    repository: Path, tmp_path: Path, environment: str
) -> None:
    """All three trees: published by our client, read back by the service's own GET and by the SDK's models."""
    settings = settings_of(repository, tmp_path, environment)
    server = process.ensure_running(settings)
    try:
        workspace = connected(server)
        tree = read_tree(repository, environment)
        source = Source(repository, repository / "artifacts" / environment)
        _, published = publish(place_for(workspace, tmp_path / "place"), source)
        assert not published.report.failed
        for artifact in tree:
            live = workspace.read(artifact.key)
            assert live is not None
            live.properties.pop("lastPublishTime", None)
            assert live.properties == artifact.document.properties, artifact.path
        client = sdk(server)
        read_back = client.pipeline.get_pipeline("nyc_taxi_train")
        assert [a.name for a in read_back.activities] == [
            a["name"]
            for d in tree
            if str(d.key) == "pipeline/nyc_taxi_train"
            for a in d.document.properties["activities"]
        ]
        notebook = client.notebook.get_notebook("nyc_taxi_prepare")
        committed = next(a for a in tree if str(a.key) == "notebook/nyc_taxi_prepare")
        assert [c.source for c in notebook.properties.cells] == [
            c["source"] for c in committed.document.properties["cells"]
        ]
    finally:
        process.stop(settings.root)


def test_a_killed_workspace_keeps_artifacts_and_ends_its_runs(repository: Path, tmp_path: Path) -> None:
    settings = settings_of(repository, tmp_path)
    server = process.ensure_running(settings)
    workspace = connected(server)
    slow = json.loads(json.dumps(WAITS))
    slow["properties"]["activities"][0]["typeProperties"]["waitTimeInSeconds"] = 3600
    workspace.put(ArtifactKey(ArtifactKind.PIPELINE, "waits"), json.dumps(slow).encode())
    run_id = start_run(workspace, "waits", {})
    os.kill(server.pid, signal.SIGKILL)
    os.waitpid(server.pid, 0)
    again = process.ensure_running(settings)
    try:
        assert again.pid != server.pid
        workspace = connected(again)
        assert workspace.read(ArtifactKey(ArtifactKind.PIPELINE, "waits")) is not None
        run = workspace.pipeline_run(run_id)
        assert run is not None
        assert run["status"] == "Failed"
        assert "ended while this run was in progress" in run["message"]
    finally:
        process.stop(settings.root)


def test_a_cancelled_run_says_so(server: LocalServer) -> None:
    workspace = connected(server)
    slow = json.loads(json.dumps(WAITS))
    slow["properties"]["activities"][0]["typeProperties"]["waitTimeInSeconds"] = 3600
    workspace.put(ArtifactKey(ArtifactKind.PIPELINE, "waits"), json.dumps(slow).encode())
    run_id = start_run(workspace, "waits", {})
    workspace.cancel_run(run_id)
    report = follow_run(workspace, run_id, on_event=lambda _: None)
    assert report.status == "Cancelled"
    assert [a.status for a in report.activities] == ["Cancelled"]


def test_a_port_in_use_is_exit_4(repository: Path, tmp_path: Path, server: LocalServer) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    with pytest.raises(SynapseGenError) as caught:
        process.ensure_running(settings_of(repository, tmp_path), port=port)
    assert caught.value.exit_code is ExitCode.MACHINE
    assert caught.value.diagnostics[0].message == f"port {port} cannot be used: Address already in use"


def test_state_that_is_not_ours_is_not_deleted(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("x")
    with pytest.raises(SynapseGenError):
        process.reset(tmp_path)
    assert (tmp_path / "precious").exists()


def test_a_failure_stops_only_what_depends_on_it(server: LocalServer, repository: Path, tmp_path: Path) -> None:
    place = place_for(connected(server), tmp_path)
    # The dev tree names pools that this workspace does not have, which a command would refuse before it begins.
    source = Source(repository, repository / "artifacts" / "dev", takes=lambda k: k.kind is not ArtifactKind.TRIGGER)
    prepared, published = publish(place, source)
    assert {m.artifact for m in prepared.plan.missing_pools} >= {"notebook/nyc_taxi_prepare"}
    failed = {str(o.step.key): o for o in published.report.failed}
    assert failed["pipeline/nyc_taxi"].blocked_by is not None
    assert "invalid reference" in str(failed["notebook/nyc_taxi_prepare"].error)
    assert {str(o.step.key) for o in published.report.outcomes if o.is_done} >= {
        "linkedService/key_vault",
        "linkedService/azure_ml",
    }
