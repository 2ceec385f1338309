"""The engine on a virtual clock: no test waits."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from generator.local.pipeline.engine import Engines, PipelineEngine, PipelineNotFoundError
from generator.local.pipeline.parameters import ParameterError
from generator.local.pipeline.runs import RunStore
from generator.local.ports import (
    ActivityError,
    HttpResponse,
    NotebookResult,
    ResultSet,
    SqlResult,
    UnroutedHostError,
)


class VirtualClock:
    """Time passes when somebody waits for it."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)
        self.waited: list[float] = []

    def now(self) -> datetime:
        return self.moment

    def wait(self, cancel: threading.Event, seconds: float) -> bool:
        self.waited.append(seconds)
        self.moment += timedelta(seconds=seconds)
        return cancel.is_set()


class Notebooks:
    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self.result = NotebookResult("Succeeded", '{"rows": 3}', None, "session")

    def run(self, notebook: Any, parameters: Any, *, run_id: str, cancel: threading.Event) -> NotebookResult:
        self.seen.append((notebook["name"], dict(parameters)))
        return self.result


class Sql:
    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, Any]]] = []
        self.error: ActivityError | None = None

    def execute(self, pool: str, text: str, parameters: Any = None) -> SqlResult:
        self.seen.append((pool, text, dict(parameters or {})))
        return SqlResult((ResultSet((("n", "bigint"),), ((7,),)),), 2, (), self.error)

    def execute_procedure(self, pool: str, name: str, parameters: Any) -> SqlResult:
        self.seen.append((pool, name, dict(parameters)))
        return SqlResult((), 0, (), self.error)

    def read_table(self, pool: str, name: str) -> Any:
        raise NotImplementedError


class Http:
    """Answers in turn; the last answer again and again."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = [(200, {})]
        self.seen: list[tuple[str, str, bytes | None]] = []

    def request(self, method: str, url: str, headers: Any, body: bytes | None) -> HttpResponse:
        if "unknown.example" in url:
            raise UnroutedHostError("unknown.example is not answered here")
        self.seen.append((method, url, body))
        status, value = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return HttpResponse(status, {"x": "y"}, json.dumps(value).encode())


class Workspace:
    def __init__(self, folder: Path) -> None:
        self.pipelines: dict[str, dict[str, Any]] = {}
        self.clock, self.notebooks, self.sql, self.http = VirtualClock(), Notebooks(), Sql(), Http()
        self.runs = RunStore(folder, self.clock)
        self.engine = PipelineEngine(
            Engines(
                pipelines=self.pipelines.get,
                notebooks=lambda name: {"name": name} if name == "n" else None,
                notebook_engine=self.notebooks,
                sql_engine=self.sql,
                http=self.http,
                clock=self.clock,
                workspace="w",
            ),
            self.runs,
        )

    def publish(self, name: str, *activities: dict[str, Any], **properties: Any) -> None:
        self.pipelines[name] = {"name": name, "properties": {"activities": list(activities), **properties}}

    def run(self, name: str, **parameters: Any) -> dict[str, Any]:
        self.engine.start(name, parameters, run_id="r", invoked_by={})
        assert self.engine.join("r", 20)
        run = self.runs.run("r")
        assert run is not None
        return run

    def activity(self, name: str) -> dict[str, Any]:
        return [a for a in self.runs.activities("r") if a["activityName"] == name][-1]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def activity(name: str, kind: str, properties: dict[str, Any], *after: tuple[str, str], **more: Any) -> dict[str, Any]:
    depends = [{"activity": a, "dependencyConditions": c.split("|")} for a, c in after]
    return {"name": name, "type": kind, "dependsOn": depends, "typeProperties": properties, **more}


def test_a_notebook_gets_typed_parameters_and_gives_its_exit_value(workspace: Workspace) -> None:
    notebook = {
        "notebook": {"referenceName": "n", "type": "NotebookReference"},
        "parameters": {
            "a": {"value": {"value": "@pipeline().parameters.x", "type": "Expression"}, "type": "int"},
            "b": {"value": "text", "type": "string"},
        },
    }
    note = {"variableName": "v", "value": "@string(json(activity('N').output.status.Output.result.exitValue).rows)"}
    workspace.publish(
        "p",
        activity("N", "SynapseNotebook", notebook),
        activity("V", "SetVariable", note, ("N", "Succeeded")),
        parameters={"x": {"type": "int"}},
        variables={"v": {"type": "String"}},
    )
    assert workspace.run("p", x=5)["status"] == "Succeeded"
    assert workspace.notebooks.seen == [("n", {"a": 5, "b": "text"})]
    assert workspace.activity("V")["output"] == {"name": "v", "value": "3"}


def test_a_notebook_that_raises_fails_the_run_with_its_words(workspace: Workspace) -> None:
    workspace.notebooks.result = NotebookResult("Failed", None, ActivityError("6002", "ValueError: no rows"), "s")
    workspace.publish("p", activity("N", "SynapseNotebook", {"notebook": {"referenceName": "n"}}))
    run = workspace.run("p")
    assert (run["status"], run["message"]) == ("Failed", "Operation on target N failed: ValueError: no rows")
    assert workspace.activity("N")["error"]["errorCode"] == "6002"


def test_a_script_runs_its_blocks_in_the_pool_of_its_linked_service(workspace: Workspace) -> None:
    script = activity(
        "S",
        "Script",
        {
            "scripts": [
                {"type": "NonQuery", "text": "A"},
                {"type": "Query", "text": "B", "parameters": [{"name": "x", "type": "Int32", "value": "@add(1, 1)"}]},
            ]
        },
        linkedServiceName={"referenceName": "l", "parameters": {"DBName": "pool"}},
    )
    workspace.publish("p", script)
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.sql.seen == [("pool", "A", {}), ("pool", "B", {"x": 2})]
    output = workspace.activity("S")["output"]
    assert output["resultSets"] == [{"rowCount": 1, "rows": [{"n": 7}]}]
    assert output["recordsAffected"] == 4


def test_a_web_call_carries_the_managed_identity_and_merges_the_answer(workspace: Workspace) -> None:
    workspace.http.answers = [(200, {"properties": {"status": "Online"}})]
    web = {
        "method": "PUT",
        "url": "https://management.azure.com/x",
        "body": {"a": 1},
        "authentication": {"type": "MSI", "resource": "r"},
    }
    workspace.publish("p", activity("W", "WebActivity", web))
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.http.seen == [("PUT", "https://management.azure.com/x", b'{"a": 1}')]
    assert workspace.activity("W")["output"]["properties"] == {"status": "Online"}


@pytest.mark.parametrize(
    ("answer", "url", "words"),
    [(404, "https://management.azure.com/x", "gone"), (200, "https://unknown.example/x", "is not answered here")],
)
def test_a_web_call_that_fails(workspace: Workspace, answer: int, url: str, words: str) -> None:
    workspace.http.answers = [(answer, {"error": {"code": "x", "message": "gone"}})]
    workspace.publish("p", activity("W", "WebActivity", {"method": "GET", "url": url}))
    assert workspace.run("p")["status"] == "Failed"
    assert words in workspace.activity("W")["error"]["message"]


def poll_loop() -> dict[str, Any]:
    return activity(
        "U",
        "Until",
        {
            "expression": {"value": "@equals(variables('s'), 'done')", "type": "Expression"},
            "timeout": "0.00:01:00",
            "activities": [
                activity("Pause", "Wait", {"waitTimeInSeconds": 10}),
                activity("Look", "WebActivity", {"method": "GET", "url": "https://h/x"}, ("Pause", "Succeeded")),
                activity(
                    "Note",
                    "SetVariable",
                    {"variableName": "s", "value": "@activity('Look').output.s"},
                    ("Look", "Succeeded"),
                ),
                activity(
                    "On", "Wait", {"waitTimeInSeconds": 1}, ("Look", "Succeeded|Failed"), ("Note", "Succeeded|Skipped")
                ),
            ],
        },
    )


def test_a_loop_survives_a_look_that_fails(workspace: Workspace) -> None:
    workspace.http.answers = [(500, {}), (200, {"s": "running"}), (200, {"s": "done"})]
    workspace.publish("p", poll_loop(), variables={"s": {"type": "String", "defaultValue": "new"}})
    assert workspace.run("p")["status"] == "Succeeded"
    looks = [a["status"] for a in workspace.runs.activities("r") if a["activityName"] == "Look"]
    assert looks == ["Failed", "Succeeded", "Succeeded"]


def test_a_loop_times_out(workspace: Workspace) -> None:
    workspace.http.answers = [(200, {"s": "running"})]
    workspace.publish(
        "p",
        poll_loop(),
        activity("Cancel", "WebActivity", {"method": "POST", "url": "https://h/cancel"}, ("U", "Failed")),
        activity("Next", "Wait", {"waitTimeInSeconds": 0}, ("U", "Succeeded")),
        variables={"s": {"type": "String", "defaultValue": "new"}},
    )
    run = workspace.run("p")
    assert run["status"] == "Failed"
    assert "timed out after 0.00:01:00" in run["message"]
    assert workspace.http.seen[-1][0] == "POST"


def test_retries_wait_as_the_policy_says(workspace: Workspace) -> None:
    workspace.http.answers = [(503, {}), (503, {}), (200, {})]
    policy = {"retry": 2, "retryIntervalInSeconds": 45}
    workspace.publish("p", activity("W", "WebActivity", {"method": "GET", "url": "https://h/x"}, policy=policy))
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.clock.waited == [45, 45]


def test_values_come_back_from_a_pipeline_that_was_called(workspace: Workspace) -> None:
    rows = [{"key": "k", "value": {"type": "Expression", "content": "@concat(pipeline().parameters.a, '!')"}}]
    back = {"variableName": "pipelineReturnValue", "setSystemVariable": True, "value": rows}
    workspace.publish("child", activity("R", "SetVariable", back), parameters={"a": {"type": "string"}})
    call = {"pipeline": {"referenceName": "child"}, "waitOnCompletion": True, "parameters": {"a": "x"}}
    use = {"variableName": "v", "value": "@activity('C').output.pipelineReturnValue.k"}
    workspace.publish(
        "p",
        activity("C", "ExecutePipeline", call),
        activity("V", "SetVariable", use, ("C", "Succeeded")),
        variables={"v": {"type": "String"}},
    )
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.activity("V")["output"]["value"] == "x!"


@pytest.mark.parametrize(("value", "branch"), [("@true", "T"), ("@equals(1, 2)", "F")])
def test_a_condition_takes_one_branch(workspace: Workspace, value: str, branch: str) -> None:
    both = {
        "expression": {"value": value, "type": "Expression"},
        "ifTrueActivities": [activity("T", "Wait", {"waitTimeInSeconds": 0})],
        "ifFalseActivities": [activity("F", "Wait", {"waitTimeInSeconds": 0})],
    }
    workspace.publish("p", activity("I", "IfCondition", both))
    assert workspace.run("p")["status"] == "Succeeded"
    assert [a["activityName"] for a in workspace.runs.activities("r")] == ["I", branch]


def test_what_is_not_supported_is_named_before_anything_runs(workspace: Workspace) -> None:
    workspace.publish("p", activity("W", "Wait", {"waitTimeInSeconds": 0}), activity("C", "Copy", {}))
    run = workspace.run("p")
    assert run["status"] == "Failed"
    assert "Copy" in run["message"]
    assert workspace.runs.activities("r") == []


def test_parameters_are_bound_or_refused(workspace: Workspace) -> None:
    workspace.publish("p", parameters={"n": {"type": "int"}, "d": {"type": "string", "defaultValue": "x"}})
    for given, words in (({}, "has no value"), ({"n": 1, "z": 2}, "does not declare"), ({"n": "many"}, "n is int")):
        with pytest.raises(ParameterError, match=words):
            workspace.engine.start("p", given, run_id="r", invoked_by={})
    assert workspace.run("p", n="4")["parameters"] == {"n": "4", "d": "x"}


def test_a_pipeline_that_is_not_there(workspace: Workspace) -> None:
    with pytest.raises(PipelineNotFoundError):
        workspace.engine.start("no", {}, run_id="r", invoked_by={})


def test_a_second_start_of_one_id_does_nothing(workspace: Workspace) -> None:
    workspace.publish("p", activity("W", "WebActivity", {"method": "GET", "url": "https://h/x"}))
    workspace.run("p")
    workspace.engine.start("p", {}, run_id="r", invoked_by={})
    assert len(workspace.http.seen) == 1


def test_secure_output_is_not_shown(workspace: Workspace) -> None:
    workspace.http.answers = [(200, {"value": "hidden"})]
    policy = {"secureOutput": True}
    workspace.publish("p", activity("W", "WebActivity", {"method": "GET", "url": "https://h/x"}, policy=policy))
    workspace.run("p")
    assert "hidden" not in json.dumps(workspace.runs.activities("r"))
