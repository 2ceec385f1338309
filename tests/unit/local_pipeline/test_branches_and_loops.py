"""Containers: branches, loops, and pipelines that call others."""

from __future__ import annotations

import threading
from typing import Any

import pytest

SOON = 20.0
INNER = "Activity failed because an inner activity failed; Inner activity name: "
EXPRESSION = {"value": "@equals(variables('s'), 'done')", "type": "Expression"}


def until(*activities: dict[str, Any], **more: Any) -> dict[str, Any]:
    properties = {"expression": EXPRESSION, "timeout": "0.00:01:00", "activities": list(activities)} | more
    return {"name": "U", "type": "Until", "typeProperties": properties}


def text(default: str = "") -> dict[str, Any]:
    return {"s": {"type": "String", "defaultValue": default}}


@pytest.fixture
def poll(activity: Any) -> list[dict[str, Any]]:
    """Wait, look, note the status; an iteration whose look fails succeeds all the same."""
    note = {"variableName": "s", "value": "@activity('Look').output.s"}
    return [
        activity("Pause", "Wait", {"waitTimeInSeconds": 10}),
        activity("Look", "WebActivity", {"method": "GET", "url": "https://h/x"}, ("Pause", "Succeeded")),
        activity("Note", "SetVariable", note, ("Look", "Succeeded")),
        activity("On", "Wait", {"waitTimeInSeconds": 0}, ("Look", "Succeeded|Failed"), ("Note", "Succeeded|Skipped")),
    ]


def test_a_loop_survives_a_look_that_fails(workspace: Any, poll: Any) -> None:
    workspace.http.answers = [(500, {}), (200, {"s": "running"}), (200, {"s": "done"})]
    workspace.publish("p", until(*poll), variables=text("new"))
    assert workspace.run("p")["status"] == "Succeeded"
    looks = [a["status"] for a in workspace.runs.activities("r") if a["activityName"] == "Look"]
    assert looks == ["Failed", "Succeeded", "Succeeded"]


def test_a_loop_goes_on_after_an_iteration_that_failed(workspace: Any, poll: Any) -> None:
    workspace.http.answers = [(500, {}), (200, {"s": "done"})]
    workspace.publish("p", until(*poll[:3]), variables=text("new"))
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.names().count("Look") == 2


def test_a_loop_times_out_and_what_depends_on_its_failure_runs(
    workspace: Any, poll: Any, activity: Any, pause: Any
) -> None:
    workspace.http.answers = [(200, {"s": "running"})]
    workspace.publish(
        "p",
        until(*poll),
        activity("Cancel", "WebActivity", {"method": "POST", "url": "https://h/stop", "body": "{}"}, ("U", "Failed")),
        pause("Next", ("U", "Succeeded")),
        variables=text("new"),
    )
    run = workspace.run("p")
    assert run["status"] == "Failed"
    assert run["message"] == "Operation on target U failed: The loop timed out after 0.00:01:00."
    assert workspace.names().count("Look") == 6
    assert workspace.activity("Cancel")["status"] == "Succeeded"


def test_a_loop_does_not_take_the_iteration_before_for_its_own(workspace: Any, activity: Any, pause: Any) -> None:
    # T runs in the first iteration alone: the condition of the second must not see it again.
    branch = {
        "expression": {"value": "@equals(variables('s'), 'first')", "type": "Expression"},
        "ifTrueActivities": [pause("T")],
    }
    loop = until(
        activity("I", "IfCondition", branch),
        activity("Note", "SetVariable", {"variableName": "s", "value": "second"}, ("I", "Succeeded")),
        expression="@not(equals(activity('T').Status, 'Succeeded'))",
    )
    workspace.publish("p", loop, variables=text("first"))
    assert "The output of activity 'T' can't be referenced" in workspace.run("p")["message"]
    assert workspace.names().count("I") == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"timeout": "a while"}, "'a while' is no duration"),
        ({"timeout": "0.25:00:00"}, "is no duration"),
        ({"expression": "@add(1, 1)"}, "the condition is 2, which is neither true nor false"),
        ({"expression": "@variables('none')"}, "declares no variable 'none'"),
    ],
)
def test_a_loop_that_makes_no_sense(workspace: Any, pause: Any, more: Any, words: str) -> None:
    workspace.publish("p", until(pause("A"), **more), variables=text())
    assert words in workspace.run("p")["message"]


@pytest.mark.parametrize(
    ("timeout", "seconds"),
    [(None, 604_800), ("00:10:00", 600), ("@concat('0.00:', '02:00')", 120), ("999.00:00:00", 7_776_000)],
)
def test_a_loop_s_timeout(workspace: Any, activity: Any, timeout: str | None, seconds: float) -> None:
    wait = activity("A", "Wait", {"waitTimeInSeconds": seconds / 2})
    workspace.publish("p", until(wait, timeout=timeout), variables=text())
    assert "timed out" in workspace.run("p")["message"]
    assert sum(workspace.clock.waited) == seconds


@pytest.mark.parametrize(("value", "branch"), [("@true", "T"), ("@equals(1, 2)", "F"), ("True", "T")])
def test_a_condition_takes_one_branch(workspace: Any, activity: Any, pause: Any, value: str, branch: str) -> None:
    both = {
        "expression": {"value": value, "type": "Expression"},
        "ifTrueActivities": [pause("T")],
        "ifFalseActivities": [pause("F")],
    }
    workspace.publish("p", activity("I", "IfCondition", both))
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.names() == ["I", branch]


@pytest.mark.parametrize(("value", "ran"), [("a", ["S", "A"]), ("@string(2)", ["S", "B"]), ("c", ["S", "D"])])
def test_a_switch_takes_one_case(workspace: Any, activity: Any, pause: Any, value: str, ran: list[str]) -> None:
    cases = [{"value": "a", "activities": [pause("A")]}, {"value": "2", "activities": [pause("B")]}]
    properties = {"on": {"value": value, "type": "Expression"}, "cases": cases, "defaultActivities": [pause("D")]}
    workspace.publish("p", activity("S", "Switch", properties))
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.names() == ran


def test_a_container_without_activities_succeeds(workspace: Any, activity: Any) -> None:
    workspace.publish("p", activity("I", "IfCondition", {"expression": "@true"}), activity("S", "Switch", {"on": "x"}))
    assert workspace.run("p")["status"] == "Succeeded"


def test_a_container_fails_with_what_failed_inside(workspace: Any, activity: Any) -> None:
    no_rows = activity("F", "Fail", {"message": "no rows", "errorCode": "E"})
    workspace.publish("p", activity("I", "IfCondition", {"expression": "@true", "ifTrueActivities": [no_rows]}))
    assert workspace.run("p")["message"] == f"Operation on target I failed: {INNER}F, Error: no rows"
    assert workspace.activity("I")["error"]["errorCode"] == "ActionFailed"


def test_a_container_succeeds_where_its_failure_was_dealt_with(workspace: Any, activity: Any, pause: Any) -> None:
    inner = [activity("F", "Fail", {"message": "m", "errorCode": "E"}), pause("Catch", ("F", "Failed"))]
    workspace.publish("p", activity("I", "IfCondition", {"expression": "@true", "ifTrueActivities": inner}))
    assert workspace.run("p")["status"] == "Succeeded"


def for_each(*activities: dict[str, Any], items: Any = "@createArray(1, 2, 3)", **more: Any) -> dict[str, Any]:
    return {"name": "E", "type": "ForEach", "typeProperties": {"items": items, "activities": list(activities), **more}}


def test_items_run_at_the_same_time_each_with_its_own_results(workspace: Any, activity: Any) -> None:
    together = threading.Barrier(3, timeout=SOON)
    workspace.notebooks.work = lambda *_: together.wait() and None
    notebook = {"notebook": {"referenceName": "n"}, "parameters": {"i": {"value": "@item()", "type": "int"}}}
    # The variable shows which notebook the iteration's activity('N') was.
    seen = {"variableName": "v", "value": "@activity('I').output.value"}
    own = {"variableName": "i", "value": "@string(item())"}
    workspace.publish(
        "p",
        for_each(
            activity("I", "SetVariable", own),
            activity("N", "SynapseNotebook", notebook, ("I", "Succeeded")),
            activity("A", "AppendVariable", seen, ("N", "Succeeded")),
        ),
        variables={"v": {"type": "Array"}, "i": {"type": "String"}},
    )
    assert workspace.run("p")["status"] == "Succeeded"
    appended = [a["output"]["value"] for a in workspace.runs.activities("r") if a["activityName"] == "A"]
    assert sorted(appended) == ["1", "2", "3"]


@pytest.mark.parametrize("more", [{"isSequential": True}, {"batchCount": 1}])
def test_items_run_one_after_another(workspace: Any, activity: Any, more: Any) -> None:
    add = activity("A", "AppendVariable", {"variableName": "v", "value": "@item()"})
    workspace.publish("p", for_each(add, **more), variables={"v": {"type": "Array"}})
    workspace.run("p")
    assert [a["output"]["value"] for a in workspace.runs.activities("r") if a["activityName"] == "A"] == [1, 2, 3]


def test_an_item_that_fails_does_not_stop_the_others(workspace: Any, activity: Any) -> None:
    notebook = {"notebook": {"referenceName": "@if(equals(item(), 2), 'missing', 'n')"}}
    workspace.publish("p", for_each(activity("N", "SynapseNotebook", notebook), isSequential=True))
    run = workspace.run("p")
    assert f"{INNER}N, Error: there is no notebook missing" in run["message"]
    assert len(workspace.notebooks.seen) == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"items": "@string('x')"}, "the items of a ForEach activity are an array"),
        ({"batchCount": 51}, "batchCount is a whole number from 1 to 50"),
        ({"batchCount": 0}, "batchCount is a whole number from 1 to 50"),
    ],
)
def test_a_for_each_that_makes_no_sense(workspace: Any, pause: Any, more: Any, words: str) -> None:
    workspace.publish("p", for_each(pause("A"), **more))
    assert words in workspace.run("p")["message"]


def test_a_for_each_over_nothing(workspace: Any, pause: Any) -> None:
    workspace.publish("p", for_each(pause("A"), items="@json('[]')"))
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.names() == ["E"]


def test_a_filter_keeps_items(workspace: Any, activity: Any) -> None:
    keep = {"items": "@createArray(1, 2, 3)", "condition": {"value": "@greater(item(), 1)", "type": "Expression"}}
    workspace.publish("p", activity("F", "Filter", keep))
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.activity("F")["output"] == {"ItemsCount": 3, "FilteredItemsCount": 2, "Value": [2, 3]}


def call(name: str = "child", *, wait: bool = True, **parameters: Any) -> dict[str, Any]:
    properties = {"pipeline": {"referenceName": name}, "waitOnCompletion": wait, "parameters": parameters}
    return {"name": "C", "type": "ExecutePipeline", "typeProperties": properties}


def test_values_come_back_from_a_pipeline_that_was_called(workspace: Any, activity: Any) -> None:
    rows = [
        {"key": "k", "value": {"type": "Expression", "content": "@concat(pipeline().parameters.a, '!')"}},
        {"key": "n", "value": {"type": "Int", "content": 5}},
        {"key": "x", "value": {"type": "Null"}},
        {"key": "l", "value": {"type": "Array", "content": [{"type": "String", "content": "@plain"}]}},
    ]
    back = {"variableName": "pipelineReturnValue", "setSystemVariable": True, "value": rows}
    workspace.publish("child", activity("R", "SetVariable", back), parameters={"a": {"type": "string"}})
    workspace.publish("p", call(a="@concat('x', 'y')"))
    assert workspace.run("p")["status"] == "Succeeded"
    child = workspace.children()[0]
    assert workspace.activity("C")["output"] == {
        "pipelineName": "child",
        "pipelineRunId": child["runId"],
        "pipelineReturnValue": {"k": "xy!", "n": 5, "x": None, "l": ["@plain"]},
    }


def test_a_child_is_linked_to_its_parent(workspace: Any, pause: Any) -> None:
    workspace.publish("child", pause("A"))
    workspace.publish("p", call())
    workspace.run("p")
    child, activity_run = workspace.children()[0], workspace.activity("C")
    assert child["runGroupId"] == "r"
    assert child["invokedBy"] == {
        "id": activity_run["activityRunId"],
        "name": "C",
        "invokedByType": "PipelineActivity",
        "pipelineName": "p",
        "pipelineRunId": "r",
    }


def test_a_child_that_fails_fails_its_parent_with_its_message(workspace: Any, activity: Any) -> None:
    workspace.publish("child", activity("F", "Fail", {"message": "no rows", "errorCode": "E"}))
    workspace.publish("p", call())
    assert workspace.run("p")["message"] == "Operation on target C failed: Operation on target F failed: no rows"
    assert workspace.activity("C")["output"]["pipelineRunId"] == workspace.children()[0]["runId"]


def test_a_child_that_nobody_waits_for(workspace: Any, activity: Any) -> None:
    ended = threading.Event()
    workspace.notebooks.work = lambda *_: ended.wait(SOON) and None
    workspace.publish("child", activity("N", "SynapseNotebook", {"notebook": {"referenceName": "n"}}))
    workspace.publish("p", call(wait=False))
    assert workspace.run("p")["status"] == "Succeeded"
    child = workspace.children()[0]
    assert child["status"] in ("Queued", "InProgress")
    ended.set()
    assert workspace.end(child["runId"])["status"] == "Succeeded"


def test_a_child_that_is_called_wrongly(workspace: Any, pause: Any) -> None:
    workspace.publish("child", pause("A"), parameters={"a": {"type": "int"}})
    workspace.publish("p", call(a="many"))
    assert "the parameter a is int, 'many' is not" in workspace.run("p")["message"]
    assert workspace.children() == []
