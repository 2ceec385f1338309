"""Retries, timeouts, queues, and cancelling at each kind of activity."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from generator.local.ports import NotebookResult

SOON = 20.0
LINKED = {"referenceName": "l", "parameters": {"DBName": "pool"}}
NOTEBOOK = {"notebook": {"referenceName": "n"}}


def test_retries_wait_as_the_policy_says(workspace: Any, activity: Any) -> None:
    workspace.http.answers = [(503, {}), (503, {}), (200, {})]
    policy = {"retry": 2, "retryIntervalInSeconds": 45}
    workspace.publish("p", activity("W", "WebActivity", {"method": "GET", "url": "https://h/x"}, policy=policy))
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.clock.waited == [45, 45]
    runs = workspace.runs.activities("r")
    assert [a["status"] for a in runs] == ["Failed", "Failed", "Succeeded"]
    assert len({a["activityRunId"] for a in runs}) == 3


def test_retries_end(workspace: Any, activity: Any) -> None:
    workspace.http.answers = [(503, {})]
    policy = {"retry": "@add(1, 0)"}
    workspace.publish("p", activity("W", "WebActivity", {"method": "GET", "url": "https://h/x"}, policy=policy))
    assert workspace.run("p")["status"] == "Failed"
    assert workspace.clock.waited == [30]


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"timeout": "soon"}, "'soon' is no duration; it is written d.hh:mm:ss"),
        ({"retry": -1}, "the policy's retry is -1"),
        ({"retryIntervalInSeconds": "often"}, "the policy's retryIntervalInSeconds is 'often'"),
        ({"timeout": "@nothing()"}, "@nothing()"),
    ],
)
def test_a_policy_that_makes_no_sense(workspace: Any, activity: Any, policy: Any, words: str) -> None:
    workspace.publish("p", activity("N", "SynapseNotebook", NOTEBOOK, policy=policy))
    assert words in workspace.run("p")["message"]
    assert workspace.notebooks.seen == []


def test_a_notebook_is_stopped_at_its_timeout_and_tried_again(workspace: Any, activity: Any) -> None:
    seen: list[bool] = []

    def work(_: str, __: Any, cancel: threading.Event) -> NotebookResult | None:
        if len(seen) == 2:
            return None
        assert not cancel.is_set()
        workspace.clock.pass_by(599)
        seen.append(cancel.is_set())
        workspace.clock.pass_by(1)
        assert cancel.wait(SOON)
        return NotebookResult("Cancelled", None, None, "s")

    workspace.notebooks.work = work
    policy = {"timeout": "0.00:10:00", "retry": 2}
    workspace.publish("p", activity("N", "SynapseNotebook", NOTEBOOK, policy=policy))
    assert workspace.run("p")["status"] == "Succeeded"
    assert seen == [False, False]
    runs = workspace.runs.activities("r")
    assert [a["error"]["errorCode"] for a in runs] == ["ActionTimedOut", "ActionTimedOut", ""]
    assert "within its timeout (0.00:10:00)" in runs[0]["error"]["message"]


@pytest.mark.parametrize(("policy", "seconds"), [({"timeout": "0.02:00:00"}, 7200), ({}, 43_200)])
def test_what_cannot_be_stopped_is_too_late_when_it_ends(
    workspace: Any, activity: Any, policy: Any, seconds: int
) -> None:
    more = [seconds - 1, seconds]

    def work(*_: Any) -> None:
        workspace.clock.pass_by(more.pop(0))

    workspace.sql.work = work
    script = activity("S", "Script", {"scripts": [{"text": "A"}]}, linkedServiceName=LINKED, policy=policy)
    workspace.publish("p", script)
    workspace.start("p", "r1")
    assert workspace.end("r1")["status"] == "Succeeded"
    workspace.start("p", "r2")
    assert "did not end within its timeout" in workspace.end("r2")["message"]


def test_a_container_has_no_timeout(workspace: Any, activity: Any) -> None:
    wait = activity("W", "Wait", {"waitTimeInSeconds": 100 * 3600})
    workspace.publish("p", activity("I", "IfCondition", {"expression": "@true", "ifTrueActivities": [wait]}))
    assert workspace.run("p")["status"] == "Succeeded"


def cancel_when(
    workspace: Any, is_there: threading.Event, run_id: str = "r", *, recursive: bool = False
) -> dict[str, Any]:
    assert is_there.wait(SOON)
    assert workspace.engine.cancel(run_id, recursive=recursive)
    found: dict[str, Any] = workspace.end(run_id)
    return found


def container(kind: str, inner: dict[str, Any]) -> dict[str, Any]:
    properties = {
        "Until": {"expression": "@false", "activities": [inner]},
        "ForEach": {"items": "@createArray(1, 2)", "activities": [inner], "isSequential": True},
        "IfCondition": {"expression": "@true", "ifTrueActivities": [inner]},
        "Switch": {"on": "x", "defaultActivities": [inner]},
    }
    return {"name": "X", "type": kind, "typeProperties": properties[kind]}


@pytest.mark.parametrize("kind", ["Until", "ForEach", "IfCondition", "Switch", None])
def test_a_wait_is_cancelled_wherever_it_stands(workspace: Any, activity: Any, pause: Any, kind: str | None) -> None:
    workspace.clock.is_held = True
    wait = activity("W", "Wait", {"waitTimeInSeconds": 3600})
    first = container(kind, wait) if kind else wait | {"name": "X"}
    workspace.publish("p", first, pause("Next", ("X", "Succeeded|Failed|Skipped")))
    workspace.start("p")
    run = cancel_when(workspace, workspace.clock.somebody_waits)
    assert (run["status"], run["message"]) == ("Cancelled", "")
    assert {a["status"] for a in workspace.runs.activities("r")} == {"Cancelled"}
    assert "Next" not in workspace.names()


def test_a_notebook_is_cancelled(workspace: Any, activity: Any) -> None:
    inside = threading.Event()

    def work(_: str, __: Any, cancel: threading.Event) -> NotebookResult:
        inside.set()
        assert cancel.wait(SOON)
        return NotebookResult("Cancelled", None, None, "s")

    workspace.notebooks.work = work
    workspace.publish("p", activity("N", "SynapseNotebook", NOTEBOOK, policy={"retry": 3}))
    workspace.start("p")
    assert cancel_when(workspace, inside)["status"] == "Cancelled"
    assert [a["status"] for a in workspace.runs.activities("r")] == ["Cancelled"]


@pytest.mark.parametrize("is_interrupted", [True, False])
def test_a_script_is_cancelled_between_its_blocks_or_inside_one(
    workspace: Any, activity: Any, is_interrupted: bool
) -> None:
    inside = threading.Event()

    def work(_: str, cancel: threading.Event) -> None:
        inside.set()
        assert cancel.wait(SOON)
        if is_interrupted:
            workspace.sql.fail_with("2402", "The statement was cancelled.")

    workspace.sql.work = work
    scripts = {"scripts": [{"text": "A"}, {"text": "B"}]}
    workspace.publish("p", activity("S", "Script", scripts, linkedServiceName=LINKED))
    workspace.start("p")
    assert cancel_when(workspace, inside)["status"] == "Cancelled"
    assert workspace.activity("S")["status"] == "Cancelled"
    assert len(workspace.sql.seen) == 1


def test_a_web_activity_that_polls_is_cancelled(workspace: Any, activity: Any) -> None:
    workspace.clock.is_held = True
    workspace.http.answers = [(202, {}, {"location": "https://h/o"})]
    workspace.publish("p", activity("W", "WebActivity", {"method": "GET", "url": "https://h/x"}))
    workspace.start("p")
    assert cancel_when(workspace, workspace.clock.somebody_waits)["status"] == "Cancelled"
    assert workspace.activity("W")["status"] == "Cancelled"


def test_what_ends_well_after_a_cancel_starts_nothing_more(workspace: Any, activity: Any, pause: Any) -> None:
    inside = threading.Event()

    def work(_: str, __: Any, cancel: threading.Event) -> None:
        inside.set()
        assert cancel.wait(SOON)

    workspace.notebooks.work = work
    workspace.publish("p", activity("N", "SynapseNotebook", NOTEBOOK), pause("Next", ("N", "Succeeded")))
    workspace.publish("last", activity("N", "SynapseNotebook", NOTEBOOK))
    for name in ("p", "last"):
        inside.clear()
        workspace.start(name, name)
        assert cancel_when(workspace, inside, name)["status"] == "Cancelled"
        assert [(a["activityName"], a["status"]) for a in workspace.runs.activities(name)] == [("N", "Succeeded")]


def test_waiting_for_a_retry_is_cancelled(workspace: Any, activity: Any) -> None:
    workspace.clock.is_held = True
    workspace.http.answers = [(503, {})]
    web = activity("W", "WebActivity", {"method": "GET", "url": "https://h/x"}, policy={"retry": 5})
    workspace.publish("p", web)
    workspace.start("p")
    assert cancel_when(workspace, workspace.clock.somebody_waits)["status"] == "Cancelled"
    assert len(workspace.http.seen) == 1


@pytest.mark.parametrize(("recursive", "child_goes_on"), [(True, False), (False, True)])
def test_cancelling_with_and_without_children(
    workspace: Any, activity: Any, recursive: bool, child_goes_on: bool
) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def work(_: str, __: Any, cancel: threading.Event) -> NotebookResult | None:
        inside.set()
        if child_goes_on:
            assert go_on.wait(SOON)
            return None
        assert cancel.wait(SOON)
        return NotebookResult("Cancelled", None, None, "s")

    workspace.notebooks.work = work
    workspace.publish("child", activity("N", "SynapseNotebook", NOTEBOOK))
    call = {"pipeline": {"referenceName": "child"}, "waitOnCompletion": True}
    workspace.publish("p", activity("C", "ExecutePipeline", call))
    workspace.start("p")
    # The parent does not wait for a child that goes on.
    assert cancel_when(workspace, inside, recursive=recursive)["status"] == "Cancelled"
    assert workspace.activity("C")["status"] == "Cancelled"
    child = workspace.children()[0]["runId"]
    assert workspace.activity("C")["output"]["pipelineRunId"] == child
    go_on.set()
    assert workspace.end(child)["status"] == ("Succeeded" if child_goes_on else "Cancelled")


@pytest.mark.parametrize("is_in_a_loop", [True, False])
def test_a_child_that_is_cancelled_by_itself_cancels_its_parent(
    workspace: Any, activity: Any, is_in_a_loop: bool
) -> None:
    workspace.clock.is_held = True
    workspace.publish("child", activity("W", "Wait", {"waitTimeInSeconds": 10}))
    properties = {"pipeline": {"referenceName": "child"}, "waitOnCompletion": True}
    call = activity("C", "ExecutePipeline", properties)
    workspace.publish("p", container("Until", call) if is_in_a_loop else call)
    workspace.start("p")
    assert workspace.clock.somebody_waits.wait(SOON)
    workspace.engine.cancel(workspace.children()[0]["runId"], recursive=False)
    assert workspace.end()["status"] == "Cancelled"


def test_a_run_that_has_ended_stays_as_it_is(workspace: Any, pause: Any) -> None:
    workspace.publish("p", pause("A"))
    workspace.run("p")
    assert not workspace.engine.cancel("r", recursive=True)
    workspace.runs.mark_cancelling("r")
    assert workspace.runs.run("r")["status"] == "Succeeded"
    assert not workspace.engine.cancel("nobody", recursive=True)


def test_runs_beyond_the_limit_wait_for_their_turn(workspace: Any, activity: Any) -> None:
    inside, go_on = [threading.Event(), threading.Event()], threading.Event()
    workspace.notebooks.work = lambda *_: inside[len(workspace.notebooks.seen) - 1].set() or (go_on.wait(SOON) and None)
    workspace.publish("p", activity("N", "SynapseNotebook", NOTEBOOK), concurrency=1)
    for run_id in ("r1", "r2", "r3"):
        workspace.start("p", run_id)
    assert inside[0].wait(SOON)
    assert [workspace.runs.run(r)["status"] for r in ("r1", "r2", "r3")] == ["InProgress", "Queued", "Queued"]
    assert workspace.engine.cancel("r3", recursive=False)
    assert workspace.end("r3")["status"] == "Cancelled"
    assert workspace.runs.activities("r3") == []
    go_on.set()
    assert workspace.end("r2")["status"] == "Succeeded"
    assert workspace.runs.run("r1")["status"] == "Succeeded"
    assert workspace.runs.run("r1")["runEnd"] <= workspace.runs.activities("r2")[0]["activityRunStart"]


def test_two_runs_go_on_at_once_where_there_is_no_limit(workspace: Any, activity: Any) -> None:
    together = threading.Barrier(2, timeout=SOON)
    workspace.notebooks.work = lambda *_: together.wait() and None
    workspace.publish("p", activity("N", "SynapseNotebook", NOTEBOOK))
    workspace.start("p", "r1")
    workspace.start("p", "r2")
    assert workspace.engine.wait_idle(SOON)
    assert {r["status"] for r in workspace.runs.runs()} == {"Succeeded"}


def test_shutting_down_cancels_what_runs(workspace: Any, activity: Any) -> None:
    workspace.clock.is_held = True
    workspace.publish("p", activity("W", "Wait", {"waitTimeInSeconds": 10}))
    workspace.start("p", "r1")
    workspace.start("p", "r2")
    assert workspace.clock.somebody_waits.wait(SOON)
    workspace.engine.shutdown(SOON)
    assert {r["status"] for r in workspace.runs.runs()} == {"Cancelled"}
