"""Runs on disk and in queries."""

from __future__ import annotations

import json
import threading
from typing import Any

import pytest

from generator.local.pipeline.queries import QueryError, query_activity_runs, query_pipeline_runs
from generator.local.pipeline.runs import RunStore

SOON = 20.0
RUN_MEMBERS = {
    "runId", "runGroupId", "isLatest", "pipelineName", "parameters", "invokedBy", "lastUpdated", "runStart", "runEnd",
    "durationInMs", "status", "message",
}  # fmt: skip
ACTIVITY_MEMBERS = {
    "pipelineName", "pipelineRunId", "activityName", "activityType", "activityRunId", "linkedServiceName", "status",
    "activityRunStart", "activityRunEnd", "durationInMs", "input", "output", "error",
}  # fmt: skip


def test_a_run_has_the_members_of_the_rest_interface(workspace: Any, activity: Any) -> None:
    workspace.publish("p", activity("W", "Wait", {"waitTimeInSeconds": 90}))
    run = workspace.run("p")
    assert set(run) == RUN_MEMBERS
    assert set(workspace.activity("W")) == ACTIVITY_MEMBERS
    assert (run["runStart"], run["runEnd"]) == ("2026-01-01T00:00:00.000000Z", "2026-01-01T00:01:30.000000Z")
    assert run["durationInMs"] == workspace.activity("W")["durationInMs"] == 90_000


def test_runs_survive_a_restart(workspace: Any, activity: Any) -> None:
    workspace.publish("p", activity("W", "Wait", {"waitTimeInSeconds": 90}), activity("F", "Fail", {"message": "é"}))
    run, activities = workspace.run("p"), workspace.runs.activities("r")
    again = RunStore(workspace.folder, workspace.clock)
    assert again.run("r") == run
    assert again.activities("r") == activities


def test_a_run_that_was_lost_with_its_process_has_failed(workspace: Any, activity: Any) -> None:
    inside, go_on = threading.Event(), threading.Event()
    workspace.notebooks.work = lambda *_: inside.set() or (go_on.wait(SOON) and None)
    notebook = activity("N", "SynapseNotebook", {"notebook": {"referenceName": "n"}}, ("A", "Succeeded"))
    workspace.publish("p", activity("A", "Wait", {"waitTimeInSeconds": 0}), notebook)
    workspace.start("p")
    assert inside.wait(SOON)
    left = {path.name: path.read_bytes() for path in workspace.folder.iterdir()}
    go_on.set()
    workspace.end()
    for name, content in left.items():  # what a killed process leaves behind
        (workspace.folder / name).write_bytes(content)
    again = RunStore(workspace.folder, workspace.clock)
    run = again.run("r")
    assert run is not None
    assert (run["status"], run["message"]) == (
        "Failed",
        "The embedded workspace ended while this run was in progress.",
    )
    assert [(a["activityName"], a["status"]) for a in again.activities("r")] == [("A", "Succeeded"), ("N", "Failed")]
    assert again.activities("r")[1]["error"]["failureType"] == "SystemError"
    assert not again.is_running()
    assert RunStore(workspace.folder, workspace.clock).run("r") == run


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"run": {}, "activities": []}', b"\xff"])
def test_a_file_that_is_no_run_is_left_alone(
    workspace: Any, pause: Any, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace.publish("p", pause("A"))
    workspace.run("p")
    strange = workspace.folder / "strange.json"
    strange.write_bytes(content)
    again = RunStore(workspace.folder, workspace.clock)
    assert [r["runId"] for r in again.runs()] == ["r"]
    assert strange.read_bytes() == content
    assert "strange.json is no run" in capsys.readouterr().err


def test_a_file_is_always_whole(workspace: Any, activity: Any, pause: Any) -> None:
    seen: list[Any] = []

    def look(*_: Any) -> None:
        seen.append(json.loads((workspace.folder / "r.json").read_bytes()))

    workspace.notebooks.work = look
    notebook = {"notebook": {"referenceName": "n"}}
    workspace.publish("p", pause("A"), activity("N", "SynapseNotebook", notebook, ("A", "Succeeded")))
    workspace.run("p")
    assert [a["activityName"] for a in seen[0]["activities"]] == ["A", "N"]
    assert seen[0]["activities"][1]["input"] == notebook


@pytest.fixture
def runs(workspace: Any, activity: Any) -> list[dict[str, Any]]:
    """Three runs, an hour apart: p succeeds, q fails, p is the last."""
    workspace.publish("p", activity("A", "Wait", {"waitTimeInSeconds": 60}))
    workspace.publish("q", activity("B", "Fail", {"message": "m", "errorCode": "E"}))
    for run_id, name in (("1", "p"), ("2", "q"), ("3", "p")):
        workspace.start(name, run_id)
        workspace.end(run_id)
        workspace.clock.pass_by(3600)
    return list(workspace.runs.runs())


def condition(operand: str, operator: str, *values: str) -> dict[str, Any]:
    return {"filters": [{"operand": operand, "operator": operator, "values": list(values)}]}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, "321"),
        ({"lastUpdatedAfter": "2026-01-01T01:00:00Z"}, "32"),
        ({"lastUpdatedBefore": "2026-01-01T01:30:00+00:00", "filters": []}, "21"),
        ({"lastUpdatedAfter": "2026-01-01T01:30:00"}, "3"),
        (condition("PipelineName", "Equals", "P"), "31"),
        (condition("PipelineName", "NotEquals", "p"), "2"),
        (condition("Status", "In", "Failed", "Cancelled"), "2"),
        (condition("Status", "NotIn", "Failed"), "31"),
        (condition("RunGroupId", "Equals", "2"), "2"),
        (condition("TriggerName", "Equals", "Manual"), "321"),
        (condition("LatestOnly", "Equals", "true"), "321"),
        ({"orderBy": [{"orderBy": "RunStart", "order": "ASC"}]}, "123"),
        ({"orderBy": [{"orderBy": "PipelineName", "order": "DESC"}, {"orderBy": "RunEnd", "order": "ASC"}]}, "213"),
    ],
)
def test_pipeline_runs_are_queried(runs: list[dict[str, Any]], query: dict[str, Any], found: str) -> None:
    page = query_pipeline_runs(runs, query)
    assert "".join(r["runId"] for r in page["value"]) == found
    assert "continuationToken" not in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (condition("Color", "Equals", "red"), "there is no operand 'Color'"),
        (condition("Status", "Like", "x"), "there is no operator 'Like'"),
        ({"filters": [{"operand": "Status", "operator": "In", "values": "x"}]}, "an array"),
        ({"filters": {}, "orderBy": "x"}, "orderBy is an array of objects"),
        ({"orderBy": [{"orderBy": "RunStart", "order": "UP"}]}, "there is no order 'RunStart' 'UP'"),
        ({"lastUpdatedAfter": "yesterday"}, "lastUpdatedAfter is a moment in ISO 8601, not 'yesterday'"),
        ({"continuationToken": "?"}, "the continuationToken is none of ours"),
    ],
)
def test_a_query_that_makes_no_sense(runs: list[dict[str, Any]], query: dict[str, Any], words: str) -> None:
    with pytest.raises(QueryError, match=words):
        query_pipeline_runs(runs, query)


def test_many_activity_runs_come_in_pages(workspace: Any, pause: Any) -> None:
    workspace.publish("p", pause("A"))
    workspace.run("p")
    activities = [workspace.activity("A") | {"activityName": f"A{n:03}"} for n in range(250)]
    token, names, sizes = None, [], []
    while not sizes or token:
        page = query_activity_runs(activities, {"continuationToken": token})
        names += [a["activityName"] for a in page["value"]]
        sizes.append(len(page["value"]))
        token = page.get("continuationToken")
    assert sizes == [100, 100, 50]
    assert names == [f"A{n:03}" for n in range(250)]


def test_activity_runs_are_queried_while_they_are_in_progress(workspace: Any, activity: Any) -> None:
    pages: list[dict[str, Any]] = []
    query = condition("ActivityType", "Equals", "SynapseNotebook") | {"lastUpdatedAfter": "2026-01-01T00:00:00Z"}
    workspace.notebooks.work = lambda *_: pages.append(query_activity_runs(workspace.runs.activities("r"), query))
    workspace.publish("p", activity("N", "SynapseNotebook", {"notebook": {"referenceName": "n"}}))
    workspace.run("p")
    assert [(a["activityName"], a["status"]) for a in pages[0]["value"]] == [("N", "InProgress")]
