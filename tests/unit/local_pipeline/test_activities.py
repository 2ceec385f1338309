"""Each activity on its own: what it does, what it returns, how it fails."""

from __future__ import annotations

import json
from typing import Any

import pytest

from generator.local.ports import ActivityError, NotebookResult, ResultSet, SqlResult

LINKED = {"referenceName": "l", "parameters": {"DBName": "pool"}}


def test_a_notebook_gets_typed_parameters_and_gives_its_exit_value(workspace: Any, activity: Any) -> None:
    notebook = {
        "notebook": {"referenceName": "n", "type": "NotebookReference"},
        "parameters": {
            "a": {"value": {"value": "@pipeline().parameters.x", "type": "Expression"}, "type": "int"},
            "b": {"value": "text", "type": "string"},
            "c": {"value": "1.5", "type": "float"},
            "d": {"value": "False", "type": "bool"},
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
    assert workspace.notebooks.seen == [("n", {"a": 5, "b": "text", "c": 1.5, "d": False})]
    assert workspace.activity("V")["output"] == {"name": "v", "value": "3"}
    assert workspace.activity("N")["input"]["parameters"]["a"] == {"value": 5, "type": "int"}


@pytest.mark.parametrize(
    ("kind", "value"), [("int", "many"), ("int", 1.5), ("float", "x"), ("bool", "maybe"), ("date", "x")]
)
def test_a_notebook_parameter_of_another_type(workspace: Any, activity: Any, kind: str, value: Any) -> None:
    properties = {"notebook": {"referenceName": "n"}, "parameters": {"a": {"value": value, "type": kind}}}
    workspace.publish("p", activity("N", "SynapseNotebook", properties))
    assert f"the notebook parameter a is {kind}" in workspace.run("p")["message"]
    assert workspace.notebooks.seen == []


def test_a_notebook_that_raises_fails_the_run_with_its_words(workspace: Any, activity: Any) -> None:
    workspace.notebooks.result = NotebookResult("Failed", None, ActivityError("6002", "ValueError: no rows"), "s")
    workspace.publish("p", activity("N", "SynapseNotebook", {"notebook": {"referenceName": "n"}}))
    run = workspace.run("p")
    assert (run["status"], run["message"]) == ("Failed", "Operation on target N failed: ValueError: no rows")
    assert workspace.activity("N")["error"]["errorCode"] == "6002"
    assert workspace.activity("N")["output"]["status"]["Output"]["result"]["exitValue"] is None


def test_a_notebook_that_is_not_there(workspace: Any, activity: Any) -> None:
    workspace.publish("p", activity("N", "SynapseNotebook", {"notebook": {"referenceName": "other"}}))
    assert "there is no notebook other" in workspace.run("p")["message"]


def test_a_script_runs_its_blocks_in_the_pool_of_its_linked_service(workspace: Any, activity: Any) -> None:
    query = {"type": "Query", "text": "B", "parameters": [{"name": "x", "type": "Int32", "value": "@add(1, 1)"}]}
    properties = {"scripts": [{"type": "NonQuery", "text": "A"}, query]}
    workspace.publish("p", activity("S", "Script", properties, linkedServiceName=LINKED))
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.sql.seen == [("pool", "A", {}), ("pool", "B", {"x": 2})]
    assert workspace.activity("S")["output"] == {
        "resultSetCount": 1,
        "recordsAffected": 4,
        "resultSets": [{"rowCount": 1, "rows": [{"n": 7}]}],
        "outputParameters": {},
        "outputLogs": "",
        "outputLogsLocation": "",
        "outputTruncated": "false",
    }
    assert workspace.activity("S")["linkedServiceName"] == "l"


def test_a_script_keeps_logs_where_it_is_told_to(workspace: Any, activity: Any) -> None:
    properties = {"scripts": [{"text": "A"}, {"text": "B"}], "logSettings": {"logDestination": "ActivityOutput"}}
    workspace.publish("p", activity("S", "Script", properties, linkedServiceName=LINKED))
    workspace.run("p")
    assert workspace.activity("S")["output"]["outputLogs"] == "printed\nprinted"


@pytest.mark.parametrize(("rows", "width", "kept"), [(5001, 1, 5000), (50, 100_000, 41)])
def test_a_script_says_that_it_left_out_rows(workspace: Any, activity: Any, rows: int, width: int, kept: int) -> None:
    data = tuple(("x" * width,) for _ in range(rows))
    workspace.sql.result = SqlResult((ResultSet((("t", "nvarchar"),), data),), 0, (), None)
    workspace.publish("p", activity("S", "Script", {"scripts": [{"text": "A"}]}, linkedServiceName=LINKED))
    assert workspace.run("p")["status"] == "Succeeded"
    output = workspace.activity("S")["output"]
    assert (output["resultSets"][0]["rowCount"], output["outputTruncated"]) == (kept, "true")


def test_a_script_ends_with_the_block_that_fails(workspace: Any, activity: Any) -> None:
    workspace.sql.fail_with("2402", "Invalid object name 'dbo.x'.")
    properties = {"scripts": [{"text": "A"}, {"text": "B"}]}
    workspace.publish("p", activity("S", "Script", properties, linkedServiceName=LINKED))
    assert "Invalid object name" in workspace.run("p")["message"]
    assert [text for _, text, _ in workspace.sql.seen] == ["A"]


def test_a_script_without_a_pool(workspace: Any, activity: Any) -> None:
    workspace.publish("p", activity("S", "Script", {"scripts": []}, linkedServiceName={"referenceName": "l"}))
    assert "names no SQL pool" in workspace.run("p")["message"]


def test_a_stored_procedure_gets_values_in_their_types(workspace: Any, activity: Any) -> None:
    given = {
        "i": {"value": "5", "type": "Int32"},
        "b": {"value": "true", "type": "Boolean"},
        "s": {"value": {"value": "@pipeline().RunId", "type": "Expression"}, "type": "String"},
        "n": {"value": None, "type": "String"},
        "d": {"value": "1.5", "type": "Double"},
    }
    properties = {"storedProcedureName": "[dbo].[x]", "storedProcedureParameters": given}
    workspace.publish("p", activity("P", "SqlPoolStoredProcedure", properties, sqlPool={"referenceName": "pool"}))
    assert workspace.run("p")["status"] == "Succeeded"
    assert workspace.sql.seen == [("pool", "[dbo].[x]", {"i": 5, "b": True, "s": "r", "n": None, "d": 1.5})]


def test_a_stored_procedure_parameter_of_another_type(workspace: Any, activity: Any) -> None:
    properties = {"storedProcedureName": "x", "storedProcedureParameters": {"i": {"value": "five", "type": "Int32"}}}
    workspace.publish("p", activity("P", "SqlPoolStoredProcedure", properties, sqlPool={"referenceName": "pool"}))
    assert "parameter i is Int32, 'five' is not" in workspace.run("p")["message"]
    assert workspace.sql.seen == []


@pytest.mark.parametrize(
    ("kind", "value", "problem"),
    [
        ("String", "text", None),
        ("String", "@string(1)", None),
        ("Boolean", "@equals(1, 1)", None),
        ("Array", "@createArray(1)", None),
        ("Integer", "@add(1, 1)", None),
        ("String", "@add(1, 1)", "of type 'String' cannot be initialized or updated with value of type 'Integer'"),
        ("Array", "text", "of type 'Array' cannot be initialized or updated with value of type 'String'"),
        ("Boolean", "true", "of type 'Boolean' cannot be initialized or updated with value of type 'String'"),
        ("String", "@null", "with value of type 'Null'"),
        ("String", "@nothing()", "The expression '@nothing()'"),
    ],
)
def test_a_variable_takes_values_of_its_type(
    workspace: Any, activity: Any, kind: str, value: str, problem: str | None
) -> None:
    note = activity("V", "SetVariable", {"variableName": "Name", "value": value})
    workspace.publish("p", note, variables={"name": {"type": kind}})
    run = workspace.run("p")
    if problem is None:
        assert run["status"] == "Succeeded"
    else:
        assert problem in run["message"]


def test_appending_to_variables(workspace: Any, activity: Any) -> None:
    workspace.publish(
        "p",
        activity("A", "AppendVariable", {"variableName": "a", "value": "@add(1, 1)"}),
        activity("B", "AppendVariable", {"variableName": "A", "value": "x"}, ("A", "Succeeded")),
        activity("C", "SetVariable", {"variableName": "s", "value": "@string(variables('a'))"}, ("B", "Succeeded")),
        activity("D", "AppendVariable", {"variableName": "s", "value": "x"}, ("C", "Succeeded")),
        activity("E", "AppendVariable", {"variableName": "none", "value": "x"}, ("D", "Failed")),
        variables={"a": {"type": "Array", "defaultValue": [1]}, "s": {"type": "String"}},
    )
    workspace.run("p")
    assert workspace.activity("C")["output"]["value"] == '[1,2,"x"]'
    assert "is no array" in workspace.activity("D")["error"]["message"]
    assert "declares no variable 'none'" in workspace.activity("E")["error"]["message"]


@pytest.mark.parametrize(
    ("message", "code", "expected"),
    [
        ("boom", "E", ("boom", "E")),
        ("@concat('bo', 'om')", "@string(5)", ("boom", "5")),
        ("boom", "@add(2, 3)", ("boom", "5")),
        ("boom", " ", ("boom", "ErrorCodeNotString")),
        ("boom", "@createArray(1)", ("boom", "ErrorCodeNotString")),
        ("", "E", ("Failed to interpret F fail message or error code", "E")),
        ("@null", "E", ("Failed to interpret F fail message or error code", "E")),
        ("@createArray(1)", "E", ("F fail message parameter couldn't be interpreted as a string", "E")),
        (None, "E", ("Fail message wasn't provided", "E")),
        ("boom", None, ("boom", "ErrorCodeNotString")),
    ],
)
def test_fail_has_the_author_s_message_or_the_documented_one(
    workspace: Any, activity: Any, message: str | None, code: str | None, expected: tuple[str, str]
) -> None:
    properties = {k: v for k, v in (("message", message), ("errorCode", code)) if v is not None}
    workspace.publish("p", activity("F", "Fail", properties))
    workspace.run("p")
    error = workspace.activity("F")["error"]
    assert (error["message"], error["errorCode"]) == expected


@pytest.mark.parametrize("seconds", [-1, "soon", True, 1e300, "@createArray(1)"])
def test_a_wait_that_is_no_number_of_seconds(workspace: Any, activity: Any, seconds: Any) -> None:
    workspace.publish("p", activity("W", "Wait", {"waitTimeInSeconds": seconds}))
    assert "waitTimeInSeconds is a number of seconds" in workspace.run("p")["message"]


@pytest.mark.parametrize(
    ("secure", "shown"),
    [
        ({}, ({"variableName": "v", "value": "hidden"}, {"name": "v", "value": "hidden"})),
        ({"secureInput": True}, (None, {"name": "v", "value": "hidden"})),
        ({"secureOutput": True}, ({"variableName": "v", "value": "hidden"}, None)),
    ],
)
def test_what_is_secure_is_not_shown_but_can_be_used(workspace: Any, activity: Any, secure: Any, shown: Any) -> None:
    note = activity("V", "SetVariable", {"variableName": "v", "value": "hidden"}, policy=secure)
    use = activity(
        "U", "SetVariable", {"variableName": "u", "value": "@activity('V').output.value"}, ("V", "Succeeded")
    )
    workspace.publish("p", note, use, variables={"v": {"type": "String"}, "u": {"type": "String"}})
    assert workspace.run("p")["status"] == "Succeeded"
    assert (workspace.activity("V")["input"], workspace.activity("V")["output"]) == shown
    assert workspace.activity("U")["output"]["value"] == "hidden"


def test_an_output_is_at_most_4_mb(workspace: Any, activity: Any) -> None:
    workspace.notebooks.result = NotebookResult("Succeeded", "x" * 5 * 1024 * 1024, None, "s")
    workspace.publish("p", activity("N", "SynapseNotebook", {"notebook": {"referenceName": "n"}}))
    assert workspace.run("p")["status"] == "Failed"
    assert workspace.activity("N")["error"]["errorCode"] == "2001"


def test_an_expression_without_a_value_fails_its_activity(workspace: Any, activity: Any) -> None:
    workspace.publish("p", activity("W", "Wait", {"waitTimeInSeconds": "@activity('None').output.x"}))
    workspace.run("p")
    error = workspace.activity("W")["error"]
    assert error["errorCode"] == "InvalidTemplate"
    assert json.dumps("activity('None')")[1:-1] in error["message"]
