"""Triggers of the embedded data plane over the unmodified SDK: states, subscriptions, what is refused, what survives."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from generator.artifact import ArtifactKind
from generator.local.clock import SystemClock
from generator.local.faults.virtual import VirtualClock
from generator.local.store import ArtifactStore
from tests.contract.embedded import data_plane, http_of, pipeline, sdk_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from azure.synapse.artifacts import ArtifactsClient

    from generator.local.faults.serve import DataPlaneServer

RUNS = [{"pipelineReference": {"referenceName": "p", "type": "PipelineReference"}}]
SCHEDULE = {"recurrence": {"frequency": "Day", "interval": 1}}
# The trailing space is the service's: Azure/Synapse-workspace-deployment, issue 46.
ENABLED = "Cannot update enabled Trigger; the trigger needs to be disabled first. "


def trigger(kind: str = "ScheduleTrigger", pipelines: Any = RUNS, **more: Any) -> dict[str, Any]:
    return {"properties": {"type": kind, "typeProperties": SCHEDULE, "pipelines": pipelines, **more}}


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def server(clock: VirtualClock) -> Iterator[DataPlaneServer]:
    with data_plane({"subscription": 20}, clock=clock) as found:
        with http_of(found) as http:
            http.put("/pipelines/p", json=pipeline())
            http.put("/triggers/daily", json=trigger())
            http.put("/triggers/event", json=trigger("BlobEventsTrigger"))
        yield found


@pytest.fixture
def http(server: DataPlaneServer) -> Iterator[httpx.Client]:
    with http_of(server) as client:
        yield client


@pytest.fixture
def sdk(server: DataPlaneServer, clock: VirtualClock) -> Iterator[ArtifactsClient]:
    with sdk_client(server, clock) as client:
        yield client


def state_of(http: httpx.Client, name: str) -> tuple[str, str]:
    """State and etag."""
    found = http.get(f"/triggers/{name}").json()
    return found["properties"]["runtimeState"], found["etag"]


def test_a_new_trigger_is_stopped_whatever_its_document_says(http: httpx.Client) -> None:
    accepted = http.put("/triggers/eager", json=trigger(runtimeState="Started", description="d"))
    shown = http.get(accepted.headers["Location"]).json()["properties"]
    assert list(shown)[-1] == "runtimeState"
    assert shown["runtimeState"] == "Stopped"
    listed = {t["name"]: t["properties"]["runtimeState"] for t in http.get("/triggers").json()["value"]}
    assert listed == {"daily": "Stopped", "eager": "Stopped", "event": "Stopped"}


def test_the_sdk_starts_and_stops_a_trigger(sdk: ArtifactsClient, http: httpx.Client) -> None:
    etags = [state_of(http, "daily")[1]]
    for state, begin in (("Started", sdk.trigger.begin_start_trigger), ("Stopped", sdk.trigger.begin_stop_trigger)):
        for _ in range(2):
            assert begin("daily").result() is None
        found = sdk.trigger.get_trigger("daily")
        assert found.properties.runtime_state == state
        etags.append(str(found.etag))
    assert len(set(etags)) == 3


def test_start_and_stop_are_answered_by_nothing(http: httpx.Client) -> None:
    for verb in ("start", "stop"):
        answer = http.post(f"/triggers/DAILY/{verb}")
        assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("verb", ["start", "stop", "subscribeToEvents", "getEventSubscriptionStatus"])
def test_a_trigger_that_there_is_not(http: httpx.Client, verb: str) -> None:
    answer = http.post(f"/triggers/none/{verb}")
    assert (answer.status_code, answer.json()["code"]) == (404, "TriggerNotFound")


@pytest.mark.parametrize(
    ("method", "code"),
    [("PUT", "TriggerEnabledCannotUpdate"), ("DELETE", "DeleteDataFactoryResourceOrchestrationError")],
)
def test_a_started_trigger_is_neither_changed_nor_deleted(http: httpx.Client, method: str, code: str) -> None:
    http.post("/triggers/daily/start")
    before = state_of(http, "daily")
    accepted = http.request(method, "/triggers/daily", json=trigger(description="other"))
    assert accepted.status_code == 202
    result = http.get(accepted.headers["Location"])
    assert result.status_code == 200
    assert result.json() == {"status": "Failed", "error": {"code": code, "message": ENABLED}}
    assert state_of(http, "daily") == before


def test_a_stopped_trigger_is_changed_and_deleted(http: httpx.Client) -> None:
    for verb in ("start", "stop"):
        http.post(f"/triggers/daily/{verb}")
    changed = http.put("/triggers/daily", json=trigger(description="other"))
    assert http.get(changed.headers["Location"]).json()["properties"]["description"] == "other"
    assert http.get(http.delete("/triggers/daily").headers["Location"]).content == b""
    assert http.get("/triggers/daily").status_code == 404


def test_a_trigger_without_a_pipeline_is_not_started(http: httpx.Client) -> None:
    http.put("/triggers/idle", json=trigger(pipelines=[]))
    http.put("/triggers/window", json=trigger("TumblingWindowTrigger", pipelines=[], pipeline=RUNS[0]))
    assert [http.post(f"/triggers/{n}/start").status_code for n in ("idle", "window")] == [400, 200]


def test_the_pipeline_of_a_trigger_is_not_deleted(http: httpx.Client) -> None:
    result = http.get(http.delete("/pipelines/p").headers["Location"]).json()
    assert result["error"]["message"] == "The document cannot be deleted since it is referenced by daily."


def test_an_event_trigger_is_started_once_it_is_subscribed(
    sdk: ArtifactsClient, http: httpx.Client, clock: VirtualClock
) -> None:
    with pytest.raises(HttpResponseError, match="not subscribed"):
        sdk.trigger.begin_start_trigger("event")
    _, etag = state_of(http, "event")
    assert sdk.trigger.begin_subscribe_trigger_to_events("event").result().status == "Provisioning"
    clock.sleep(19)
    assert sdk.trigger.get_event_subscription_status("event").status == "Provisioning"
    with pytest.raises(HttpResponseError, match="Resource cannot be updated during provisioning"):
        sdk.trigger.begin_start_trigger("event")
    clock.sleep(2)
    assert sdk.trigger.get_event_subscription_status("event").status == "Enabled"
    assert state_of(http, "event") == ("Stopped", etag)
    sdk.trigger.begin_start_trigger("event").result()
    assert state_of(http, "event")[0] == "Started"


def test_a_subscription_ends_in_its_time(http: httpx.Client, clock: VirtualClock) -> None:
    def ask(verb: str) -> Any:
        answer = http.post(f"/triggers/event/{verb}")
        assert answer.status_code == 200
        assert answer.json()["triggerName"] == "event"
        return answer.json()["status"]

    ask("subscribeToEvents")
    clock.sleep(20)
    seen = [ask("subscribeToEvents"), ask("unsubscribeFromEvents"), ask("getEventSubscriptionStatus")]
    clock.sleep(20)
    seen += [ask("getEventSubscriptionStatus"), ask("unsubscribeFromEvents")]
    assert seen == ["Enabled", "Deprovisioning", "Deprovisioning", "Disabled", "Disabled"]


def test_a_subscription_that_is_taken_back_at_once_does_not_come(http: httpx.Client, clock: VirtualClock) -> None:
    http.post("/triggers/event/subscribeToEvents")
    clock.sleep(10)
    http.post("/triggers/event/unsubscribeFromEvents")
    clock.sleep(11)
    status = http.post("/triggers/event/getEventSubscriptionStatus").json()["status"]
    assert status == "Deprovisioning"


def test_a_schedule_has_no_subscription(http: httpx.Client) -> None:
    assert http.post("/triggers/daily/subscribeToEvents").status_code == 400


def test_the_state_survives_on_the_disk(tmp_path: Path) -> None:
    def store() -> ArtifactStore:
        return ArtifactStore(tmp_path, SystemClock())

    with data_plane({"subscription": 20}, store=store(), clock=VirtualClock()) as server, http_of(server) as http:
        http.put("/pipelines/p", json=pipeline())
        for name, kind in (("daily", "ScheduleTrigger"), ("event", "BlobEventsTrigger")):
            http.put(f"/triggers/{name}", json=trigger(kind))
        http.post("/triggers/daily/start")
        http.post("/triggers/event/subscribeToEvents")
        before = state_of(http, "daily")
    with data_plane(store=store()) as server, http_of(server) as http:
        assert state_of(http, "daily") == before
        assert http.post("/triggers/event/getEventSubscriptionStatus").json()["status"] == "Enabled"
        http.put("/triggers/event", json=trigger("BlobEventsTrigger", description="other"))
        assert http.post("/triggers/event/start").status_code == 200
    kept = json.loads((tmp_path / "trigger" / "event.json").read_bytes())
    assert kept["state"] == {"subscription": "Enabled", "runtimeState": "Started"}


def test_a_trigger_that_was_started_is_started_after_kill_9(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "generator.local.faults", "--workspace", "w", "--root", str(tmp_path)]
    states = []
    for first in (True, False):
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout is not None
            said = json.loads(running.stdout.readline())
            headers = {"Authorization": f"Bearer {said['token']}"}
            with httpx.Client(base_url=said["url"], headers=headers, trust_env=False) as client:
                if first:
                    client.put("/pipelines/p", json=pipeline())
                    client.put("/triggers/daily", json=trigger())
                    assert client.post("/triggers/daily/start").status_code == 200
                    running.kill()
                else:
                    states.append(state_of(client, "daily")[0])
                    running.kill()
    assert states == ["Started"]


def test_a_deleted_trigger_takes_its_state_with_it(http: httpx.Client, server: DataPlaneServer) -> None:
    http.post("/triggers/event/subscribeToEvents")
    http.get(http.delete("/triggers/event").headers["Location"])
    http.put("/triggers/event", json=trigger("BlobEventsTrigger"))
    stored = server.store.get(ArtifactKind.TRIGGER, "event")
    assert stored is not None
    assert dict(stored.state) == {}


def test_the_sdk_is_told_of_a_trigger_that_there_is_not(sdk: ArtifactsClient) -> None:
    with pytest.raises(ResourceNotFoundError, match="TriggerNotFound"):
        sdk.trigger.get_trigger("none")
