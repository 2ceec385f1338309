"""A run from start to end: binding, snapshot, branches, failures, faults."""

from __future__ import annotations

import errno
import threading
from typing import Any

import pytest

from generator.local.pipeline import runs as runs_module
from generator.local.pipeline.engine import PipelineNotFoundError
from generator.local.pipeline.parameters import ParameterError

SOON = 20.0


def test_branches_run_at_the_same_time(workspace: Any, activity: Any) -> None:
    # Each notebook waits for the other: one after the other they would break the barrier.
    together = threading.Barrier(2, timeout=SOON)
    workspace.notebooks.work = lambda *_: together.wait() and None
    notebook = {"notebook": {"referenceName": "n"}}
    workspace.publish("p", activity("A", "SynapseNotebook", notebook), activity("B", "SynapseNotebook", notebook))
    assert workspace.run("p")["status"] == "Succeeded"


def test_an_activity_starts_when_those_before_it_have_ended_not_later(workspace: Any, activity: Any) -> None:
    # S ends only after C has run: C must not wait for S, which has nothing to do with it.
    c_has_run = threading.Event()

    def work(name: str, *_: Any) -> None:
        if name == "n_slow":
            assert c_has_run.wait(SOON)
        elif name == "n_c":
            c_has_run.set()

    workspace.notebooks.work = work
    workspace.publish(
        "p",
        activity("S", "SynapseNotebook", {"notebook": {"referenceName": "n_slow"}}),
        activity("B", "SynapseNotebook", {"notebook": {"referenceName": "n_b"}}),
        activity("C", "SynapseNotebook", {"notebook": {"referenceName": "n_c"}}, ("B", "Succeeded")),
    )
    assert workspace.run("p")["status"] == "Succeeded"


def test_the_message_names_each_activity_that_made_the_run_fail(workspace: Any, activity: Any) -> None:
    workspace.publish(
        "p",
        activity("A", "Fail", {"message": "no rows", "errorCode": "E1"}),
        activity("B", "Fail", {"message": "no columns", "errorCode": "E2"}),
    )
    run = workspace.run("p")
    assert run["status"] == "Failed"
    assert run["message"] == "Operation on target A failed: no rows; Operation on target B failed: no columns"
    assert workspace.activity("B")["error"] == {
        "errorCode": "E2",
        "message": "no columns",
        "failureType": "UserError",
        "target": "B",
        "details": [],
    }


def test_a_failure_that_is_dealt_with_leaves_its_error_to_read(workspace: Any, activity: Any) -> None:
    note = {"variableName": "v", "value": "@concat(activity('A').error.errorCode, ': ', activity('A').Error.Message)"}
    workspace.publish(
        "p",
        activity("A", "Fail", {"message": "no rows", "errorCode": "E1"}),
        activity("V", "SetVariable", note, ("A", "Failed")),
        variables={"v": {"type": "String"}},
    )
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.activity("V")["output"]["value"] == "E1: no rows"


def test_a_skipped_activity_has_a_status_and_neither_output_nor_error(
    workspace: Any, activity: Any, pause: Any
) -> None:
    def note(value: str) -> dict[str, Any]:
        return {"variableName": "v", "value": value}

    workspace.publish(
        "p",
        pause("A"),
        pause("B", ("A", "Failed")),
        activity("S", "SetVariable", note("@activity('B').Status"), ("B", "Skipped")),
        activity("M", "SetVariable", note("@coalesce(activity('B')?.error?.message, 'none')"), ("S", "Succeeded")),
        activity("O", "SetVariable", note("@activity('B').output.x"), ("M", "Succeeded")),
        variables={"v": {"type": "String"}},
    )
    assert workspace.run("p")["status"] == "Failed"
    assert workspace.activity("S")["output"]["value"] == "Skipped"
    assert workspace.activity("M")["output"]["value"] == "none"
    assert "Property 'output' doesn't exist" in workspace.activity("O")["error"]["message"]
    assert workspace.names() == ["A", "S", "M", "O"]


@pytest.mark.parametrize(
    ("mark", "ran"), [("Succeeded", ["A", "S"]), ("Failed", ["A", "F"]), ("Skipped", ["A", "K"]), (None, ["A", "S"])]
)
def test_an_inactive_activity_does_not_run_and_counts_as_marked(
    workspace: Any, activity: Any, pause: Any, mark: str | None, ran: list[str]
) -> None:
    more = {"state": "Inactive"} | ({"onInactiveMarkAs": mark} if mark else {})
    workspace.publish(
        "p",
        activity("A", "Copy", {}, **more),
        pause("S", ("A", "Succeeded")),
        pause("F", ("A", "Failed")),
        pause("K", ("A", "Skipped")),
    )
    workspace.run("p")
    assert workspace.names() == ran
    assert workspace.activity("A")["status"] == "Inactive"


def test_a_run_is_of_the_pipeline_as_it_was_published_when_it_started(
    workspace: Any, activity: Any, pause: Any
) -> None:
    inside, published = threading.Event(), threading.Event()

    def work(*_: Any) -> None:
        inside.set()
        assert published.wait(SOON)

    workspace.notebooks.work = work
    notebook = activity("N", "SynapseNotebook", {"notebook": {"referenceName": "n"}})
    workspace.publish("p", notebook, pause("Old", ("N", "Succeeded")))
    workspace.start("p")
    assert inside.wait(SOON)
    workspace.publish("p", notebook, pause("New", ("N", "Succeeded")))
    published.set()
    assert workspace.end()["status"] == "Succeeded"
    assert workspace.names() == ["N", "Old"]


def test_parameters_are_bound_or_refused(workspace: Any) -> None:
    workspace.publish("p", parameters={"n": {"type": "int"}, "d": {"type": "string", "defaultValue": "x"}})
    for given, words in (({}, "has no value"), ({"n": 1, "z": 2}, "does not declare"), ({"n": "many"}, "n is int")):
        with pytest.raises(ParameterError, match=words):
            workspace.engine.start("p", given, run_id="r", invoked_by={})
    assert workspace.runs.run("r") is None
    assert workspace.run("p", N="4")["parameters"] == {"n": "4", "d": "x"}


@pytest.mark.parametrize(
    ("kind", "given", "bound"),
    [
        ("array", "[1, 2]", [1, 2]),
        ("object", {"a": 1}, {"a": 1}),
        ("bool", "true", True),
        ("float", 1, 1),
        ("String", "text", "text"),
    ],
)
def test_a_parameter_has_its_type(workspace: Any, activity: Any, kind: str, given: Any, bound: Any) -> None:
    keep = activity("V", "AppendVariable", {"variableName": "v", "value": "@pipeline().parameters.a"})
    workspace.publish("p", keep, parameters={"a": {"type": kind}}, variables={"v": {"type": "Array"}})
    assert workspace.run("p", a=given)["status"] == "Succeeded"
    assert workspace.activity("V")["output"]["value"] == bound


@pytest.mark.parametrize(("kind", "given"), [("int", True), ("bool", 1), ("array", {}), ("object", "[]"), ("int", 1.5)])
def test_a_parameter_of_another_type_is_refused(workspace: Any, kind: str, given: Any) -> None:
    workspace.publish("p", parameters={"a": {"type": kind}})
    with pytest.raises(ParameterError, match=f"the parameter a is {kind}"):
        workspace.start("p", a=given)


def test_a_secure_parameter_is_not_shown(workspace: Any, activity: Any) -> None:
    note = activity("V", "SetVariable", {"variableName": "v", "value": "@pipeline().parameters.s"},
                    policy={"secureInput": True, "secureOutput": True})  # fmt: skip
    workspace.publish("p", note, parameters={"s": {"type": "SecureString"}}, variables={"v": {"type": "String"}})
    assert workspace.run("p", s="hidden")["parameters"] == {"s": "**********"}
    assert b"hidden" not in b"".join(path.read_bytes() for path in workspace.folder.iterdir())


def test_a_pipeline_that_is_not_there(workspace: Any) -> None:
    with pytest.raises(PipelineNotFoundError):
        workspace.start("no")


def test_a_second_start_of_one_id_does_nothing(workspace: Any, activity: Any) -> None:
    workspace.publish("p", activity("W", "WebActivity", {"method": "GET", "url": "https://h/x"}))
    workspace.run("p")
    workspace.start("p")
    assert workspace.engine.wait_idle(SOON)
    assert len(workspace.http.seen) == 1


def test_system_variables(workspace: Any, activity: Any) -> None:
    value = "@join(createArray(pipeline().Pipeline, pipeline().RunId, pipeline().GroupId, pipeline().DataFactory), ' ')"
    workspace.publish(
        "p", activity("V", "SetVariable", {"variableName": "v", "value": value}), variables={"v": {"type": "String"}}
    )
    workspace.run("p")
    assert workspace.activity("V")["output"]["value"] == "p r r w"


@pytest.mark.filterwarnings("default")
def test_a_fault_of_ours_fails_the_activity_and_the_run_goes_on(
    workspace: Any, activity: Any, pause: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("bug")

    workspace.notebooks.work = broken
    notebook = activity("N", "SynapseNotebook", {"notebook": {"referenceName": "n"}})
    workspace.publish("p", notebook, pause("After", ("N", "Failed")))
    assert workspace.run("p")["status"] == "Succeeded"
    error = workspace.activity("N")["error"]
    assert (error["errorCode"], error["failureType"]) == ("InternalError", "SystemError")
    assert "RuntimeError: bug" in error["message"]
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("writes", [2, 3, 4])
def test_a_full_disk_ends_the_run_with_a_clear_message(
    workspace: Any, pause: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], writes: int
) -> None:
    count, write = iter(range(100)), runs_module.write_atomic

    def full(path: Any, content: bytes) -> None:
        if next(count) >= writes:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    monkeypatch.setattr(runs_module, "write_atomic", full)
    workspace.publish("p", pause("A"), pause("B", ("A", "Succeeded")))
    run = workspace.run("p")
    assert run["status"] == "Failed"
    assert run["message"] == "the state of the run cannot be written: No space left on device"
    assert all(a["status"] != "InProgress" for a in workspace.runs.activities("r"))
    assert not workspace.runs.is_running()
    assert "not written" in capsys.readouterr().err
