"""Each fault of the fault file, over the unmodified SDK: what its client sees, and whether anything changed."""

from __future__ import annotations

import json
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from generator.artifact import ArtifactKind
from generator.local.faults.virtual import VirtualClock
from tests.contract.embedded import data_plane, http_of, pipeline, sdk_client

if TYPE_CHECKING:
    from generator.local.faults.serve import DataPlaneServer

BODY = json.dumps(pipeline()).encode()


def names(server: DataPlaneServer) -> list[str]:
    return [stored.name for stored in server.store.list(ArtifactKind.PIPELINE)]


def put(server: DataPlaneServer, name: str = "p", clock: VirtualClock | None = None, **options: Any) -> Any:
    with sdk_client(server, clock, **options) as client:
        return client.pipeline.begin_create_or_update_pipeline(name, BODY).result()  # type: ignore[arg-type] # bytes go unchanged


def fault(kind: str, **more: Any) -> dict[str, Any]:
    return {"faults": [{"kind": kind, "times": 1, **more}]}


def test_a_status_is_answered_and_nothing_changes() -> None:
    with data_plane(fault("status", methods=["PUT"], status=503, code="Busy", message="come back")) as server:
        with pytest.raises(HttpResponseError, match="come back") as caught:
            put(server)
        assert (caught.value.status_code, caught.value.error.code) == (503, "Busy")  # type: ignore[union-attr]
        assert names(server) == []
        assert put(server).name == "p"


def test_a_status_carries_the_retry_after_of_the_file_alone() -> None:
    with data_plane({"faults": [{"kind": "status", "status": 429, "retry_after": 1.5, "times": 1}]}) as server:
        with http_of(server) as http:
            refused, served = http.get("/pipelines"), http.get("/pipelines")
        assert (refused.status_code, refused.headers["Retry-After"], served.status_code) == (429, "2", 200)
        assert refused.json()["code"] == "TooManyRequests"


def test_the_sdk_sends_again_after_the_retry_after() -> None:
    clock = VirtualClock()
    with data_plane(fault("status", status=503, retry_after=7), clock=clock) as server:
        assert put(server, clock=clock, retry_total=3).name == "p"
    assert clock.now() == 7


def test_a_connection_dropped_before_changes_nothing() -> None:
    with data_plane(fault("drop_before", methods=["PUT"])) as server:
        with pytest.raises((ServiceRequestError, ServiceResponseError)):
            put(server)
        assert names(server) == []


def test_a_connection_dropped_after_has_changed_everything() -> None:
    with data_plane(fault("drop_after", methods=["PUT"])) as server:
        with pytest.raises((ServiceRequestError, ServiceResponseError)):
            put(server)
        assert names(server) == ["p"]


@pytest.mark.parametrize("kind", ["drop_before", "drop_after"])
def test_no_byte_of_an_answer_comes_over_a_dropped_connection(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    with data_plane(fault(kind)) as server, http_of(server) as http:
        with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
            http.put("/pipelines/p", json=pipeline())
        assert http.get("/pipelines/p").status_code == (404 if kind == "drop_before" else 200)
    assert capfd.readouterr().err == ""


def test_an_operation_that_fails_is_told_at_its_result_and_applies_nothing() -> None:
    with data_plane(fault("operation_fails", status=409, code="Conflict", message="no")) as server:
        with pytest.raises(HttpResponseError, match="no") as caught:
            put(server)
        assert caught.value.status_code == 409
        assert names(server) == []
        assert ("PUT", "/pipelines/p") in server.requests()


@pytest.mark.parametrize(("kind", "applied"), [("failed_body", False), ("failed_body_after", True)])
def test_a_failed_body_is_a_success_to_http(kind: str, applied: bool) -> None:
    with data_plane(fault(kind, code="Bad", message="it failed")) as server:
        with http_of(server) as http:
            result = http.get(http.put("/pipelines/p", json=pipeline()).headers["Location"])
        assert result.status_code == 200
        assert result.json() == {"status": "Failed", "error": {"code": "Bad", "message": "it failed"}}
        assert names(server) == (["p"] if applied else [])


def test_a_deletion_that_fails_deletes_nothing() -> None:
    with data_plane(fault("failed_body", methods=["DELETE"])) as server, http_of(server) as http:
        http.put("/pipelines/p", json=pipeline())
        assert http.get(http.delete("/pipelines/p").headers["Location"]).json()["status"] == "Failed"
        assert names(server) == ["p"]


@pytest.mark.parametrize("applied", [True, False])
def test_an_operation_that_hangs_is_in_progress_for_longer(applied: bool) -> None:
    clock = VirtualClock()
    trouble = fault("operation_hangs", seconds=60, applied=applied)
    with data_plane({"operations": {"duration": 3, "retry_after": 10}, **trouble}, clock=clock) as server:
        with http_of(server) as http:
            accepted = http.put("/pipelines/p", json=pipeline())
            place = accepted.headers["Location"]
            clock.sleep(4)
            looked = http.get(place)
            assert (looked.status_code, looked.json(), looked.headers["Retry-After"]) == (
                202,
                {"status": "InProgress"},
                "10",
            )
            assert looked.headers["Location"] == place
            assert names(server) == (["p"] if applied else [])
            clock.sleep(60)
            ended = http.get(place).json()
        assert ended["name" if applied else "status"] == ("p" if applied else "Failed")


def test_an_operation_may_hang_for_ever_but_frees_its_slot() -> None:
    clock = VirtualClock()
    limits = {"operations": {"duration": 3}, "concurrent_operations": {"limit": 1}}
    with data_plane(limits | fault("operation_hangs"), clock=clock) as server, http_of(server) as http:
        place = http.put("/pipelines/p", json=pipeline()).headers["Location"]
        assert http.put("/pipelines/q", json=pipeline()).status_code == 429
        clock.sleep(86_400 * 365)
        assert http.get(place).status_code == 202
        assert http.put("/pipelines/q", json=pipeline()).status_code == 202


def test_an_expired_token_is_refused_as_azure_refuses_it() -> None:
    with data_plane(fault("expired_token", methods=["PUT"])) as server:
        with pytest.raises(ClientAuthenticationError, match="earlier than current UTC time") as caught:
            put(server)
        assert caught.value.error.code == "ExpiredAuthenticationToken"  # type: ignore[union-attr]
        response: Any = caught.value.response
        assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]
        assert names(server) == []


def test_what_another_changed_is_overwritten_where_if_match_is_ignored() -> None:
    for ignored in (False, True):
        with data_plane({"ignore_if_match": ignored}) as server, http_of(server) as http:
            http.put("/pipelines/p", json=pipeline())
            header = {"If-Match": '"0000ffff-0000-0100-0000-000000000000"'}
            answers = [http.put("/pipelines/p", json=pipeline(a=1), headers=header).status_code]
            answers.append(http.delete("/pipelines/p", headers=header).status_code)
            assert answers == ([202, 202] if ignored else [412, 412])


@pytest.mark.parametrize("retry_after", [None, 2])
def test_one_operation_too_many_is_refused(retry_after: int | None) -> None:
    clock = VirtualClock()
    limits = {
        "operations": {"duration": 3},
        "concurrent_operations": {"limit": 2, "retry_after": retry_after},
    }
    with data_plane(limits, clock=clock) as server, http_of(server) as http:
        answers = [http.put(f"/pipelines/p{n}", json=pipeline()) for n in range(3)]
        assert [a.status_code for a in answers] == [202, 202, 429]
        assert answers[2].headers.get("Retry-After") == (None if retry_after is None else "2")
        assert http.get("/pipelines").json() == {"value": []}
        clock.sleep(3)
        assert http.put("/pipelines/p2", json=pipeline()).status_code == 202
        assert names(server) == ["p0", "p1"]


def test_three_seconds_of_an_operation_take_none_of_ours() -> None:
    clock = VirtualClock()
    with data_plane({"latency": 0.1, "operations": {"duration": 3}}, clock=clock) as server:
        assert put(server, clock=clock).name == "p"
    # The SDK looks every second: at 0.2, 1.3, 2.4 and 3.5.
    assert clock.now() == pytest.approx(3.5)
    assert [method for method, _ in server.requests()] == ["PUT", "GET", "GET", "GET", "GET"]


def test_durations_that_differ_let_later_operations_overtake() -> None:
    clock = VirtualClock()
    times = {"operations": {"duration": {"min": 1, "max": 9}, "kinds": {"notebook": 0}}, "seed": 2}
    orders = []
    for _ in range(2):
        with data_plane(times, clock=clock) as server, http_of(server) as http:
            for n in range(6):
                http.put(f"/pipelines/p{n}", json=pipeline())
            done: list[str] = []
            while len(done) < 6:
                clock.sleep(0.05)
                http.get("/workspace")
                done += [name for name in names(server) if name not in done]
            assert http.put("/notebooks/n", json={"properties": {"cells": []}}).status_code == 202
            assert server.store.get(ArtifactKind.NOTEBOOK, "n") is not None
            orders.append(done)
    assert orders[0] == orders[1]
    assert orders[0] != sorted(orders[0])


def publish_together(clock: VirtualClock, server: DataPlaneServer) -> None:
    """Eight clients put three pipelines each; all are counted as workers before the first begins."""

    def publish(number: int, working: ExitStack) -> None:
        with working:
            for n in range(3):
                put(server, f"p{number}-{n}", clock)

    threads = []
    for number in range(8):
        working = ExitStack()
        working.enter_context(clock.worker())
        threads.append(threading.Thread(target=publish, args=(number, working)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_many_clients_share_one_clock_and_end_at_the_same_second_each_time() -> None:
    limits = {"latency": 0.1, "operations": {"duration": {"min": 1, "max": 5}}, "seed": 3}
    ends = []
    for _ in range(2):
        clock = VirtualClock()
        with data_plane(limits, clock=clock) as server:
            publish_together(clock, server)
            assert len(names(server)) == 24
        ends.append(clock.now())
    assert ends[0] == ends[1]
    assert 3 < ends[0] < 24


def test_what_is_only_ours_never_goes_wrong_and_strangers_are_no_part_of_it() -> None:
    with data_plane({"faults": [{"kind": "status", "times": 1}]}) as server, http_of(server) as http:
        assert http.get("/_local/none").status_code == 404
        assert httpx.get(f"{server.url}/pipelines", trust_env=False).status_code == 401
        assert [http.get("/pipelines").status_code for _ in range(2)] == [503, 200]


def test_a_store_outlives_its_server_and_its_faults() -> None:
    with (
        data_plane({"faults": [{"kind": "drop_after", "methods": ["PUT"]}]}) as first,
        http_of(first) as http,
        pytest.raises(httpx.RemoteProtocolError),
    ):
        http.put("/pipelines/p", json=pipeline())
    with data_plane(store=first.store) as second, http_of(second) as http:
        assert [p["name"] for p in http.get("/pipelines").json()["value"]] == ["p"]


def test_lists_come_in_pages_of_the_size_that_is_asked_for() -> None:
    with data_plane({"page_size": 3}) as server:
        with http_of(server) as http:
            for n in range(7):
                http.put(f"/pipelines/p{n}", json=pipeline())
        before = len(server.requests())
        with sdk_client(server) as client:
            assert [p.name for p in client.pipeline.get_pipelines_by_workspace()] == [f"p{n}" for n in range(7)]
        assert len(server.requests()) - before == 3


def test_a_server_ends_though_a_request_waits(capfd: pytest.CaptureFixture[str]) -> None:
    clock = VirtualClock()
    asked = threading.Event()
    ended: list[str] = []
    with clock.worker(), clock.worker():
        with data_plane({"latency": 5}, clock=clock) as server:

            def ask() -> None:
                with http_of(server) as http:
                    asked.set()
                    try:
                        http.get("/pipelines")
                    except httpx.HTTPError as problem:
                        ended.append(type(problem).__name__)

            thread = threading.Thread(target=ask)
            thread.start()
            assert asked.wait(30)
            while not server.requests():
                pass
        thread.join(30)
    assert not thread.is_alive()
    assert ended in (["RemoteProtocolError"], ["ReadError"])
    assert capfd.readouterr().err == ""
