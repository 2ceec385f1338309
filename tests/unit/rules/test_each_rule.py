"""Every rule finds its mistake, and leaves the right form alone."""

from __future__ import annotations

from typing import Any

import pytest

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import CATALOGUE, Diagnostic, Severity
from generator.documents import Document
from generator.rules import RULES, RuleContext, run_rules

CONTEXT = RuleContext.of_workspace("ws", spark_pools=("spark",), sql_pools=("sql",))
PROTECTED = RuleContext.of_workspace("ws", spark_pools=(), sql_pools=(), data_exfiltration_protection=True)

Json = dict[str, Any]


def document(kind: ArtifactKind, name: str, properties: Any, inner_name: str | None = None) -> Document:
    body = {"name": name if inner_name is None else inner_name, "properties": properties}
    return Document(ArtifactKey(kind, name), body)


def pipeline(*activities: Json, name: str = "p", **properties: Any) -> Document:
    return document(ArtifactKind.PIPELINE, name, {"activities": list(activities), **properties})


def activity(name: str, kind: str, after: str | list[Any] = "", **type_properties: Any) -> Json:
    depends = (
        [{"activity": after, "dependencyConditions": ["Succeeded"]}] if isinstance(after, str) and after else after
    )
    return {"name": name, "type": kind, "dependsOn": depends or [], "typeProperties": type_properties}


def wait(name: str = "w", after: str | list[Any] = "", seconds: Any = 1) -> Json:
    return activity(name, "Wait", after, waitTimeInSeconds=seconds)


def script(text: Any) -> Json:
    return activity("s", "Script", scripts=[{"type": "NonQuery", "text": text}])


def script_on(linked_service_name: str) -> Document:
    service = reference(linked_service_name, "LinkedServiceReference", parameters={"DBName": "sql"})
    return pipeline({**script("SELECT 1"), "linkedServiceName": service})


def reference(name: str, kind: str, **more: Any) -> Json:
    return {"referenceName": name, "type": kind, **more}


def notebook(*cells: Json, name: str = "nb", **properties: Any) -> Document:
    return document(ArtifactKind.NOTEBOOK, name, {"cells": list(cells), **properties})


def parameters_cell(*lines: str) -> Json:
    return {"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": list(lines)}


def run_notebook(**parameters: Any) -> Json:
    passed = {name: {"value": value, "type": "string"} for name, value in parameters.items()}
    return activity("n", "SynapseNotebook", notebook=reference("nb", "NotebookReference"), parameters=passed)


def call(name: str, target: str, **parameters: Any) -> Json:
    return activity(name, "ExecutePipeline", pipeline=reference(target, "PipelineReference"), parameters=parameters)


def linked_service(kind: str, name: str = "ls", **properties: Any) -> Document:
    return document(ArtifactKind.LINKED_SERVICE, name, {"type": kind, **properties})


def trigger(start: str, zone: str | None = None, **parameters: Any) -> Document:
    recurrence = {"frequency": "Day", "interval": 1, "startTime": start} | ({"timeZone": zone} if zone else {})
    started = {"pipelineReference": reference("p", "PipelineReference"), "parameters": parameters}
    return document(
        ArtifactKind.TRIGGER,
        "t",
        {"type": "ScheduleTrigger", "pipelines": [started], "typeProperties": {"recurrence": recurrence}},
    )


TAKES_A = pipeline(wait(), name="q", parameters={"a": {"type": "string"}, "b": {"type": "int", "defaultValue": None}})
P = pipeline(wait())
LOOP = activity("each", "ForEach", items="@createArray(1)", activities=[wait("in", seconds="@item()")])

# code -> documents in which the rule finds something, what it says, documents in which it finds nothing.
CASES: dict[str, tuple[list[Document], str, list[Document]]] = {
    "SYN100": ([pipeline(wait(), {"type": "Wait"})], 'an activity has no "name"', [P, pipeline(LOOP)]),
    "SYN101": (
        [pipeline(run_notebook()), notebook(name="nbb")],
        'there is no notebook "nb"; did you mean "nbb"?',
        [pipeline(run_notebook()), notebook()],
    ),
    "SYN102": (
        [pipeline(run_notebook()), notebook(name="NB")],
        '"nb" differs only by case from the notebook "NB"',
        [pipeline(run_notebook()), notebook()],
    ),
    "SYN103": (
        [notebook(bigDataPool=reference("sprak", "BigDataPoolReference"))],
        'the environment has no Spark pool "sprak"; did you mean "spark"?',
        [notebook(bigDataPool=reference("Spark", "BigDataPoolReference"))],
    ),
    "SYN104": ([pipeline(wait(), name="a?b")], 'the name "a?b" is refused', [P]),
    "SYN105": (
        [document(ArtifactKind.DATASET, "d", {}, inner_name="e")],
        'the document is named "e", its file "d"',
        [document(ArtifactKind.DATASET, "d", {})],
    ),
    "SYN106": (
        [pipeline(wait(), name="Load"), pipeline(wait(), name="load")],
        '"load" has a name that differs only by case from another pipeline, "Load"',
        [pipeline(wait(), name="load"), notebook(name="Load")],
    ),
    "SYN107": (
        [notebook(bigDataPool=reference("spark", "BigDataReference"))],
        'a reference to "spark" of the type "BigDataReference" cannot be resolved; did you mean "BigDataPoolReference"?',
        [notebook(bigDataPool=reference("spark", "BigDataPoolReference"))],
    ),
    "SYN108": (
        [script_on("other-WorkspaceDefaultSqlServer")],
        '"other-WorkspaceDefaultSqlServer" is the default linked service of another workspace; here it is "ws-Work',
        [script_on("ws-WorkspaceDefaultSqlServer"), script_on("WS-workspacedefaultsqlserver")],
    ),
    "SYN110": (
        [pipeline(wait("in"), LOOP)],
        'the pipeline has another activity "in"',
        [pipeline(wait("a"), wait("b")), pipeline(wait("a"), name="q")],
    ),
    "SYN111": ([pipeline(wait("x" * 56))], "it has 56 characters, 55 are allowed", [pipeline(wait("x" * 55))]),
    "SYN112": (
        [pipeline(wait("first"), wait("b", "frist"))],
        'activity "b": it depends on "frist", which is not in the pipeline; did you mean "first"?',
        [pipeline(wait("first"), wait("b", "first"))],
    ),
    "SYN113": (
        [pipeline(wait("a", "c"), wait("b", "a"), wait("c", "b"), wait("d", "a"))],
        "activities wait for each other: a -> c -> b -> a",
        [pipeline(wait("a"), wait("b", "a"), wait("c", "b"), wait("d", "a"))],
    ),
    "SYN114": (
        [pipeline(wait("a"), wait("b", [{"activity": "a", "dependencyConditions": ["Suceeded"]}]))],
        '"Suceeded" is no condition of a dependency; did you mean "Succeeded"?',
        [pipeline(wait("a"), wait("b", [{"activity": "a", "dependencyConditions": ["Failed", "Skipped"]}]))],
    ),
    "SYN115": (
        [pipeline(activity("x", "SynapseNotebok"))],
        'the type "SynapseNotebok" is not known; did you mean "SynapseNotebook"?',
        [pipeline(activity("x", "DatabricksJob"))],
    ),
    "SYN116": (
        [pipeline(activity("if", "IfCondition", expression="@true", ifTrueActivities=[LOOP]))],
        'activity "each": ForEach cannot stand inside IfCondition "if"',
        [
            pipeline(
                activity("f", "ForEach", items="@x()", activities=[activity("i", "IfCondition", expression="@true")])
            )
        ],
    ),
    "SYN117": (
        [pipeline(*(wait(f"w{n}") for n in range(81)))],
        "the pipeline has 81 activities; the default limit of Data Factory is 80",
        [pipeline(*(wait(f"w{n}") for n in range(80)))],
    ),
    "SYN118": (
        [pipeline(activity("w", "Wait"))],
        'Wait needs "waitTimeInSeconds" in typeProperties',
        [pipeline(activity("w", "Wait") | {"state": "Inactive"}), P],
    ),
    "SYN120": (
        [pipeline(wait(seconds="@add(1, 2"))],
        "activity \"w\": the expression is not valid at character 10: ',' or ')' is expected here",
        [pipeline(wait(seconds="@add(1, 2)"))],
    ),
    "SYN121": (
        [pipeline(wait(seconds="@addDay(utcNow(), 2)"))],
        "at character 2 (addDay(utcNow(), 2)): 'addDay' is no function; did you mean 'addDays'?",
        [pipeline(wait(seconds="@Add(1, 2)"))],
    ),
    "SYN123": (
        [pipeline(wait(seconds="@pipeline().parameters.second"), parameters={"seconds": {"type": "int"}})],
        'the pipeline declares no parameter "second"; did you mean "seconds"?',
        [pipeline(wait(seconds="@pipeline().parameters.Seconds"), parameters={"seconds": {"type": "int"}})],
    ),
    "SYN124": (
        [pipeline(activity("set", "SetVariable", variableName="stauts", value="x"), variables={"status": {}})],
        'activity "set": the pipeline declares no variable "stauts"; did you mean "status"?',
        [
            pipeline(activity("set", "SetVariable", variableName="status", value="x"), variables={"status": {}}),
            pipeline(
                activity("r", "SetVariable", variableName="pipelineReturnValue", setSystemVariable=True), name="r"
            ),
        ],
    ),
    "SYN125": (
        [pipeline(wait("a"), wait("b", seconds="@activity('a').output.x"))],
        'activity "b": the output of "a" cannot be read: depend on it, directly or through others',
        [pipeline(wait("a"), wait("m", "a"), wait("b", "m", "@activity('a').output.x"))],
    ),
    "SYN126": (
        [pipeline(wait(seconds=f"@length('{'x' * 8200}')"))],
        "the expression has 8211 characters; 8192 are allowed",
        [pipeline(wait(seconds=f"@length('{'x' * 8000}')")), pipeline(script("@@" + "x" * 9000), name="q")],
    ),
    "SYN127": (
        [
            pipeline(
                activity("s", "SetVariable", variableName="n", value="@add(variables('N'), 1)"), variables={"n": {}}
            )
        ],
        "a variable cannot be set to an expression that reads it",
        [
            pipeline(
                activity("s", "SetVariable", variableName="n", value="@variables('m')"), variables={"n": {}, "m": {}}
            )
        ],
    ),
    "SYN128": (
        [pipeline(wait(seconds="@item()"))],
        "item() has a value only inside a ForEach",
        [pipeline(LOOP, activity("f", "Filter", items="@createArray(1)", condition="@equals(item(), 1)"))],
    ),
    "SYN129": (
        [pipeline(wait(seconds="@pipeline().RunIdd"))],
        'pipeline() has no member "RunIdd"; did you mean "RunId"?',
        [pipeline(wait(seconds="@concat(pipeline().runId, pipeline()?.TriggeredByPipelineName)"))],
    ),
    "SYN130": (
        [pipeline(call("c", "q", a=1, bb=2)), TAKES_A],
        'activity "c": pipeline "q" declares no parameter "bb"',
        [pipeline(call("c", "q", A=1)), TAKES_A],
    ),
    "SYN131": (
        [pipeline(call("c", "q", b=1)), TAKES_A],
        'activity "c": pipeline "q" is given no value for its parameter "a"',
        [pipeline(call("c", "q", a=1)), TAKES_A],
    ),
    "SYN132": (
        [pipeline(run_notebook(runid=1)), notebook(parameters_cell("run_id = ''\n", "x, y = 1, 2\n"))],
        'the parameters cell of "nb" does not assign "runid"; did you mean "run_id"?',
        [pipeline(run_notebook(run_id=1, y=2)), notebook(parameters_cell("run_id: str = ''\n", "x, y = 1, 2\n"))],
    ),
    "SYN133": (
        [pipeline(call("1", "b"), name="a"), pipeline(call("2", "c"), name="b"), pipeline(call("3", "a"), name="c")],
        'activity "1": pipelines call each other without end: a -> b -> c -> a',
        [pipeline(call("1", "b"), call("2", "c"), name="a"), pipeline(call("3", "c"), name="b"), pipeline(name="c")],
    ),
    "SYN140": (
        [linked_service("AzureSqlDW", typeProperties={"connectionString": "Server=x;Password=hunter2hunter2;"})],
        "a password stands in plain text",
        [linked_service("AzureSqlDW", typeProperties={"connectionString": "Server=x;Password=@{linkedService().p};"})],
    ),
    "SYN150": (
        [pipeline(script("SELECT 1\n  go ;\nSELECT 2"))],
        "a line of the script is GO, which is no T-SQL",
        [pipeline(script("SELECT 1 AS [go]\n/* then\nGO\n*/\nGOTO done"))],
    ),
    "SYN151": ([pipeline(script("  \n"))], "a script block is empty", [pipeline(script({"value": "@concat('x')"}))]),
    "SYN153": (
        [
            linked_service("AzureMLService", connectVia=reference("own", "IntegrationRuntimeReference")),
            document(ArtifactKind.INTEGRATION_RUNTIME, "own", {"type": "SelfHosted"}),
        ],
        'Azure Machine Learning does not support the self-hosted runtime "own"',
        [
            linked_service(
                "AzureMLService", connectVia=reference("AutoResolveIntegrationRuntime", "IntegrationRuntimeReference")
            )
        ],
    ),
    "SYN160": (
        [trigger("2026-01-31T02:00:00", "UTC"), P],
        "startTime is in UTC and does not end in Z: the trigger cannot be started",
        [trigger("2026-01-31T02:00:00", "W. Europe Standard Time"), P],
    ),
    "SYN161": (
        [trigger("2026-01-31T02:00:00", "Europe/Berlin"), P],
        '"Europe/Berlin" is no time zone of Windows; did you mean "W. Europe Standard Time"?',
        [trigger("2026-01-31T02:00:00Z", "UTC"), P],
    ),
}
_ML = linked_service("AzureMLService")
PROTECTED_CASES = {"SYN152": ([_ML], "Azure Machine Learning is not supported", [linked_service("AzureKeyVault")])}


def found(code: str, documents: list[Document], context: RuleContext = CONTEXT) -> list[Diagnostic]:
    return [d for d in run_rules(documents, context) if d.code == code]


@pytest.mark.parametrize("code", CASES)
def test_finds_the_mistake_and_only_it(code: str) -> None:
    wrong, message, right = CASES[code]
    findings = found(code, wrong)
    assert [message in f.message for f in findings] == [True], findings
    assert found(code, right) == []


def test_azure_ml_under_data_exfiltration_protection() -> None:
    wrong, message, right = PROTECTED_CASES["SYN152"]
    assert [message in f.message for f in found("SYN152", wrong, PROTECTED)] == [True]
    assert found("SYN152", wrong, CONTEXT) == []
    assert found("SYN152", right, PROTECTED) == []


def test_every_rule_has_a_case_a_row_in_the_catalogue_and_a_summary() -> None:
    codes = [rule.code for rule in RULES]
    assert len(set(codes)) == len(codes)
    assert set(codes) == {*CASES, *PROTECTED_CASES}
    for rule in RULES:
        assert CATALOGUE[rule.code].casefold() == rule.summary().rstrip(".").casefold()


def test_findings_come_in_the_order_of_the_files() -> None:
    diagnostics = run_rules([pipeline(wait("a?")), document(ArtifactKind.DATASET, "d", {}, "e")], CONTEXT)
    assert [d.location.path for d in diagnostics if d.location] == ["dataset/d", "pipeline/p"]
    assert {d.severity for d in diagnostics} == {Severity.ERROR}


@pytest.mark.parametrize(
    "value", [None, 3, "x", [], {}, [1], {"activities": 3}, {"parameters": [], "activities": [{}]}]
)
@pytest.mark.parametrize("kind", list(ArtifactKind))
def test_whatever_a_document_holds_no_rule_fails(kind: ArtifactKind, value: Any) -> None:
    strange = Document(ArtifactKey(kind, "x"), {"name": value, "properties": value, "more": value})
    diagnostics = run_rules([strange, strange], CONTEXT)
    assert {"SYN105", "SYN106"} - ({"SYN105"} if value == "x" else set()) <= {d.code for d in diagnostics}
