"""What keeps a pipeline from running is said at once, and nothing of it runs."""

from __future__ import annotations

from typing import Any

import pytest


def wait(name: str, *after: str, **more: Any) -> dict[str, Any]:
    depends = [{"activity": a, "dependencyConditions": ["Succeeded"]} for a in after]
    return {"name": name, "type": "Wait", "dependsOn": depends, "typeProperties": {"waitTimeInSeconds": 0}, **more}


def of(kind: str, **properties: Any) -> dict[str, Any]:
    return {"name": "X", "type": kind, "typeProperties": properties}


COPY = {"name": "C", "type": "Copy", "typeProperties": {}}
OUTPUT = {"name": "o", "direction": "Output"}


@pytest.mark.parametrize(
    ("activity", "message"),
    [
        (COPY, 'not supported in a local run: the activity "C" of type Copy'),
        (of("ForEach", items="@x", activities=[COPY]), 'the activity "C" of type Copy'),
        (of("IfCondition", expression="@x", ifFalseActivities=[COPY]), 'the activity "C" of type Copy'),
        (of("Switch", on="@x", cases=[{"value": "a", "activities": [COPY]}]), 'the activity "C" of type Copy'),
        (of("Wait"), 'the activity "X" of type Wait has no waitTimeInSeconds'),
        (of("WebActivity", method="GET"), 'the activity "X" of type WebActivity has no url'),
        (of("WebActivity", method="GET", url="u", authentication={"type": "Basic"}), "authentication of type Basic"),
        (of("Script", scriptReference={"path": "x"}), "a script in a file"),
        (of("Script", logSettings={"logDestination": "ExternalStore"}), "logs in an external store"),
        (of("Script", scripts=[{"text": "x", "parameters": [OUTPUT]}]), "output parameters of a script"),
        ({"name": "X"}, "an activity has no name or no type"),
        (wait("X", "Y"), 'the activity "X" depends on "Y", which is not beside it'),
        (wait("A"), '2 activities have the name "A"'),
        (of("ExecutePipeline", pipeline={"referenceName": "p"}), "pipelines call each other in a circle: p -> p"),
        (
            of("ExecutePipeline", pipeline={"referenceName": "child"}),
            'not supported in a local run: the activity "C" of type Copy in the pipeline "child" that it calls',
        ),
    ],
)
def test_a_problem_is_named_before_anything_runs(workspace: Any, activity: dict[str, Any], message: str) -> None:
    workspace.publish("child", COPY)
    workspace.publish("p", wait("A"), activity)
    run = workspace.run("p")
    assert run["status"] == "Failed"
    assert message in run["message"]
    assert workspace.runs.activities("r") == []
    assert workspace.children() == []


def test_every_problem_is_named(workspace: Any) -> None:
    workspace.publish("p", COPY, {"name": "L", "type": "Lookup"}, wait("A", "B"), wait("B", "A"))
    message = workspace.run("p")["message"]
    for words in ('"C" of type Copy', '"L" of type Lookup', "wait for each other in a circle: A, B"):
        assert words in message


def test_what_is_inactive_is_not_looked_at(workspace: Any) -> None:
    inactive = of("ForEach", activities=[COPY]) | {"state": "Inactive"}
    workspace.publish("p", inactive, COPY | {"state": "Inactive"})
    assert workspace.run("p")["status"] == "Succeeded"


def test_a_pipeline_may_be_called_twice_and_one_that_is_missing_fails_only_where_it_is_called(workspace: Any) -> None:
    def call(name: str, called: str, *after: str) -> dict[str, Any]:
        properties = {"pipeline": {"referenceName": called}, "waitOnCompletion": True}
        return wait(name, *after) | {"type": "ExecutePipeline", "typeProperties": properties}

    workspace.publish("child", wait("A"))
    workspace.publish("p", call("One", "child"), call("Two", "child", "One"), call("Three", "none", "Two"))
    run = workspace.run("p")
    assert run["message"] == "Operation on target Three failed: there is no pipeline none in the workspace"
    assert len(workspace.children()) == 2


def test_pipelines_that_call_others_many_times_are_checked_once_each(workspace: Any) -> None:
    # Followed call by call, this would be looked at 2 to the power of 40 times.
    for level in range(40):
        called = {"pipeline": {"referenceName": f"p{level + 1}"}}
        calls = [of("ExecutePipeline", **called) | {"name": name} for name in ("One", "Two")]
        workspace.publish(f"p{level}", *calls)
    workspace.publish("p40", COPY)
    message = workspace.run("p0")["message"]
    assert message.startswith('not supported in a local run: the activity "C" of type Copy in the pipeline "p40"')
