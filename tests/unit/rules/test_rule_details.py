from __future__ import annotations

import graphlib
import itertools
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import Diagnostic, Location, Severity
from generator.documents import Document, JsonPath, format_path
from generator.rules import Given, RuleContext, run_rules
from generator.rules.graphs import cycles

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]


def _document(kind: ArtifactKind, name: str, **properties: Any) -> Document:
    return Document(ArtifactKey(kind, name), {"name": name, "properties": properties})


def _pipeline(*activities: Json, name: str = "p", **properties: Any) -> Document:
    return _document(ArtifactKind.PIPELINE, name, activities=list(activities), **properties)


def _wait(name: str, after: str = "", seconds: Any = 1) -> Json:
    depends = [{"activity": after, "dependencyConditions": ["Completed"]}] if after else []
    return {"name": name, "type": "Wait", "dependsOn": depends, "typeProperties": {"waitTimeInSeconds": seconds}}


def _run(*documents: Document, context: RuleContext | None = None) -> list[Diagnostic]:
    return run_rules(documents, context or RuleContext())


def _of(code: str, diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    return [d for d in diagnostics if d.code == code]


# Made-up values of the right form; none is a secret of anything.
LONG = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQR=="


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (f"DefaultEndpointsProtocol=https;AccountName=x;AccountKey={LONG};", "an account key"),
        (f"Endpoint=sb://x/;SharedAccessKeyName=n;SharedAccessKey={LONG}", "a shared access key"),
        (f"https://x.blob.core.windows.net/c/f?sv=2024&sig={LONG}", "the signature of a shared access signature"),
        ("Server=x;User ID=u;Password=hunter2hunter2", "a password"),
        ("password=hunter2hunter2;server=x", "a password"),
        ("CREATE LOGIN x WITH PASSWORD = 'Str0ng!Enough'", "a password"),
        ("CREDENTIAL = (IDENTITY = 'Shared Access Signature', SECRET = 'sv=2024-01-01&abcdef')", "a secret"),
        ('x = 1\ndb_password = "hunter2hunter2"\n', "a password"),
        ("client_secret='abcdef123456'", "a password"),
        ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "a token"),
    ],
)
def test_a_secret_is_found_in_any_text_and_not_shown(text: str, what: str) -> None:
    notebook = _document(ArtifactKind.NOTEBOOK, "n", cells=[{"source": [text]}])
    context = RuleContext(locate=lambda key, path: (Location(str(key), 3), f"the line: {text} {path}"))
    (finding,) = _of("SYN140", _run(notebook, context=context))
    assert finding.message == f"{what} stands in plain text"
    assert finding.source_line is None
    assert text not in repr(finding)


@pytest.mark.parametrize(
    "text",
    [
        "password = getSecret('vault', 'name')",
        'password = parts.get("password") or parts.get("pwd")',
        "    password = secret_value\n",
        'secret_name = "the-name-of-a-secret"',
        "Server=x;Password=@{linkedService().password};",
        "Server=x;Password=<password>;",
        "CREATE LOGIN x WITH PASSWORD = '{password}'",
        'password = ""',
        "AccountKey=<key>",
        "?sig=<signature>",
        "CREDENTIAL = (IDENTITY = 'Managed Identity')",
        "the password is kept in Key Vault; ask for it",
    ],
)
def test_what_is_no_secret_is_not_taken_for_one(text: str) -> None:
    assert _of("SYN140", _run(_document(ArtifactKind.NOTEBOOK, "n", cells=[{"source": [text]}]))) == []


@pytest.mark.parametrize(
    ("value", "is_plain"),
    [
        ({"type": "SecureString", "value": "hunter2"}, True),
        ({"type": "securestring", "defaultValue": "hunter2"}, True),
        ({"type": "SecureString", "value": "**********"}, False),
        ({"type": "SecureString", "value": "@pipeline().parameters.p"}, False),
        ({"type": "SecureString", "value": ""}, False),
        ({"type": "securestring"}, False),
        ({"type": "AzureKeyVaultSecret", "secretName": "hunter2"}, False),
    ],
)
def test_secure_strings(value: Json, *, is_plain: bool) -> None:
    document = _document(ArtifactKind.LINKED_SERVICE, "l", typeProperties={"servicePrincipalKey": value})
    assert bool(_of("SYN140", _run(document))) is is_plain


def _container(kind: str, key: str, *inner: Json, after: str = "", **more: Any) -> Json:
    return _wait("c", after) | {"type": kind, "typeProperties": {key: list(inner), **more}}


READS_A = "@activity('a').output.x"


@pytest.mark.parametrize(
    ("activities", "severity"),
    [
        # An activity in a container sees what is upstream of the container, and what is before it inside.
        ([_wait("a"), _container("ForEach", "activities", _wait("b", seconds=READS_A), after="a", items="@x")], None),
        ([_container("ForEach", "activities", _wait("a"), _wait("b", "a", READS_A), items="@x")], None),
        ([_container("ForEach", "activities", _wait("a"), _wait("b", seconds=READS_A), items="@x")], Severity.ERROR),
        ([_wait("a"), _container("ForEach", "activities", _wait("b", seconds=READS_A), items="@x")], Severity.ERROR),
        # The expression of an Until is evaluated after its activities; that of others before.
        ([_container("Until", "activities", _wait("a"), expression={"value": READS_A, "type": "Expression"})], None),
        (
            [_container("ForEach", "activities", _wait("a"), items={"value": READS_A, "type": "Expression"})],
            Severity.ERROR,
        ),
        # What is inside a container may not be seen outside.
        (
            [_container("IfCondition", "ifTrueActivities", _wait("a"), expression="@x"), _wait("b", "c", READS_A)],
            Severity.WARNING,
        ),
        (
            [_container("IfCondition", "ifTrueActivities", _wait("a"), expression="@x"), _wait("b", "", READS_A)],
            Severity.ERROR,
        ),
        ([_wait("a", "", READS_A)], Severity.ERROR),
        ([_wait("A"), _wait("b", "A", READS_A)], Severity.WARNING),
        ([_wait("b", "", READS_A)], Severity.ERROR),
        ([_wait("a"), _wait("b", "", READS_A) | {"state": "Inactive"}], None),
    ],
)
def test_what_is_upstream(activities: list[Json], severity: Severity | None) -> None:
    findings = _of("SYN125", _run(_pipeline(*activities)))
    assert [f.severity for f in findings] == ([severity] if severity else [])


def test_a_dependency_reaches_no_other_container() -> None:
    (finding,) = _of(
        "SYN112", _run(_pipeline(_wait("a"), _container("ForEach", "activities", _wait("b", "a"), items="@x")))
    )
    assert finding.message == 'activity "b": it depends on "a", which stands in another container or outside it'


def test_triggers_datasets_and_linked_services_are_callers_too() -> None:
    takes = {"parameters": {"a": {"type": "string"}}}
    started = {"pipelineReference": {"referenceName": "p", "type": "PipelineReference"}, "parameters": {"b": 1}}
    documents = (
        _pipeline(_wait("w"), parameters={"a": {"type": "string"}}),
        _document(ArtifactKind.TRIGGER, "schedule", type="ScheduleTrigger", pipelines=[started]),
        _document(ArtifactKind.TRIGGER, "window", type="TumblingWindowTrigger", pipeline=started),
        _document(ArtifactKind.LINKED_SERVICE, "ls", type="RestService", **takes),
        _document(
            ArtifactKind.DATASET,
            "d",
            linkedServiceName={"referenceName": "ls", "type": "LinkedServiceReference", "parameters": {"b": 1}},
        ),
    )
    diagnostics = _run(*documents)
    expected = ["dataset/d", "trigger/schedule", "trigger/window"]
    for code in ("SYN130", "SYN131"):
        assert [d.location.path for d in _of(code, diagnostics) if d.location] == expected
    assert {d.severity for d in _of("SYN131", diagnostics)} == {Severity.WARNING}


def test_what_the_workspace_gives_is_there() -> None:
    names = ("ws-WorkspaceDefaultStorage", "ws-WorkspaceDefaultSqlServer")
    datasets = [
        _document(
            ArtifactKind.DATASET, f"d{i}", linkedServiceName={"referenceName": name, "type": "LinkedServiceReference"}
        )
        for i, name in enumerate(names)
    ]
    assert len(_run(*datasets)) == len(datasets)
    assert _run(*datasets, context=RuleContext(Given.of_workspace("ws", spark_pools=(), sql_pools=()))) == []


def test_default_linked_services_come_with_their_own_workspace() -> None:
    names = ("other-WorkspaceDefaultStorage", "OTHER-workspacedefaultsqlserver", "other-WorkspaceDefault")
    datasets = [
        _document(
            ArtifactKind.DATASET, f"d{i}", linkedServiceName={"referenceName": name, "type": "LinkedServiceReference"}
        )
        for i, name in enumerate(names)
    ]
    context = RuleContext(Given.of_workspace("ws", spark_pools=(), sql_pools=()))
    assert [d.code for d in _run(*datasets)] == ["SYN101"] * 3
    found = _run(*datasets, context=context)
    assert [d.code for d in found] == ["SYN108", "SYN108", "SYN101"]
    assert [d.hint for d in found[:2]] == ['write "ws-WorkspaceDefaultStorage"', 'write "ws-WorkspaceDefaultSqlServer"']
    # Studio commits them beside the others; they are published to no workspace all the same.
    committed = _document(ArtifactKind.LINKED_SERVICE, names[0], type="AzureBlobFS")
    assert [d.code for d in _run(committed, datasets[0], context=context)] == ["SYN108"]
    assert _run(committed, datasets[0]) == []


def test_pools_are_not_checked_where_they_are_not_known() -> None:
    notebook = _document(ArtifactKind.NOTEBOOK, "n", bigDataPool={"referenceName": "x", "type": "BigDataPoolReference"})
    assert _run(notebook) == []
    assert len(_run(notebook, context=RuleContext.of_workspace("ws", spark_pools=(), sql_pools=()))) == 1


def test_pools_are_compared_without_regard_to_case() -> None:
    notebook = _document(
        ArtifactKind.NOTEBOOK, "n", bigDataPool={"referenceName": "pool", "type": "BigDataPoolReference"}
    )
    assert _run(notebook, context=RuleContext.of_workspace("ws", spark_pools=("Pool",), sql_pools=())) == []


@pytest.mark.parametrize(
    ("outer", "inner", "fits"),
    [
        ("ForEach", "IfCondition", True),
        ("ForEach", "Switch", True),
        ("Until", "IfCondition", True),
        ("IfCondition", "IfCondition", False),
        ("IfCondition", "Switch", False),
        ("Switch", "IfCondition", False),
        ("ForEach", "Until", False),
        ("Until", "ForEach", False),
        ("IfCondition", "ForEach", False),
        ("ForEach", "Validation", False),
        ("IfCondition", "Wait", True),
    ],
)
def test_what_stands_in_what(outer: str, inner: str, *, fits: bool) -> None:
    key = {"IfCondition": "ifFalseActivities", "Switch": "defaultActivities"}.get(outer, "activities")
    container = _container(outer, key, _wait("in") | {"type": inner})
    assert bool(_of("SYN116", _run(_pipeline(container)))) is not fits


def test_a_branch_in_a_branch_in_a_loop_is_one_too_many() -> None:
    inner = _container("IfCondition", "ifTrueActivities") | {"name": "inner"}
    middle = _container("IfCondition", "ifTrueActivities", inner) | {"name": "middle"}
    (finding,) = _of("SYN116", _run(_pipeline(_container("ForEach", "activities", middle))))
    assert finding.message == 'activity "inner": IfCondition cannot stand inside IfCondition "middle"'


@pytest.mark.parametrize(
    ("kind", "properties", "is_azure_ml"),
    [
        ("AzureMLExecutePipeline", {}, True),
        ("WebActivity", {"url": "https://management.azure.com/x/Microsoft.MachineLearningServices/workspaces/w"}, True),
        (
            "WebActivity",
            {"url": {"value": "@concat('https://westeurope.API.azureml.ms/', 'x')", "type": "Expression"}},
            True,
        ),
        ("WebActivity", {"url": "https://chinaeast2.api.ml.azure.cn/x"}, True),
        (
            "WebHook",
            {"url": {"value": "@concat('https://usgovvirginia.api.ml.azure.us/', 'x')", "type": "Expression"}},
            True,
        ),
        ("WebActivity", {"url": "https://management.azure.com/x/Microsoft.Synapse/workspaces/w"}, False),
        ("WebActivity", {}, False),
        ("Wait", {}, False),
    ],
)
def test_azure_ml_in_activities(kind: str, properties: Json, *, is_azure_ml: bool) -> None:
    document = _pipeline(_wait("a") | {"type": kind, "typeProperties": properties})
    assert bool(_of("SYN152", _run(document, context=RuleContext(data_exfiltration_protection=True)))) is is_azure_ml
    assert _of("SYN152", _run(document)) == []


def test_each_of_two_documents_of_one_key_is_checked() -> None:
    first, second = (_pipeline(_wait("a", "", f"@activity('{name}').x")) for name in "xy")
    diagnostics = _run(first, second)
    assert len(_of("SYN125", diagnostics)) == 2
    assert [d.message for d in _of("SYN106", diagnostics)] == ['"p" has the same name as another pipeline, "p"']


def test_a_finding_stands_where_the_locator_says() -> None:
    asked: list[tuple[ArtifactKey, JsonPath]] = []

    def locate(key: ArtifactKey, path: JsonPath) -> tuple[Location, str | None]:
        asked.append((key, path))
        return Location("artifacts/dev/pipeline/p.json", 7, 3), "the line"

    document = _pipeline(_wait("w", seconds="@nope()"))
    (diagnostic,) = _run(document, context=RuleContext(locate=locate))
    assert (diagnostic.location, diagnostic.source_line) == (
        Location("artifacts/dev/pipeline/p.json", 7, 3),
        "the line",
    )
    assert format_path(asked[0][1]) == "properties.activities[0].typeProperties.waitTimeInSeconds"


def test_a_place_in_an_expression_of_several_lines_is_given_by_line() -> None:
    (diagnostic,) = _run(_pipeline(_wait("w", seconds="@add(\n  1,\n  nope(2)\n)")))
    assert "at line 3, character 3 (nope(2)): 'nope' is no function" in diagnostic.message


@pytest.mark.parametrize(
    ("start", "zone", "severity"),
    [
        ("2026-01-31T02:00:00Z", "UTC", None),
        ("2026-01-31T02:00:00", None, Severity.ERROR),
        ("2026-01-31T02:00:00Z", "W. Europe Standard Time", Severity.WARNING),
        ("2026-01-31T02:00:00+01:00", "W. Europe Standard Time", Severity.WARNING),
        ("tomorrow", "UTC", Severity.ERROR),
    ],
)
def test_the_start_of_a_trigger_fits_its_zone(start: str, zone: str | None, severity: Severity | None) -> None:
    recurrence = {"startTime": start} | ({"timeZone": zone} if zone else {})
    trigger = _document(ArtifactKind.TRIGGER, "t", type="ScheduleTrigger", typeProperties={"recurrence": recurrence})
    assert [d.severity for d in _of("SYN160", _run(trigger))] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("language", "source", "passed", "is_found"),
    [
        ("python", ["run_id = ''\r\n"], "run_id", False),
        ("scala", ['val run_id: String = ""\n', "var n = 1"], "run_id", False),
        ("python", ["# run_id = 1\n"], "run_id", True),
        ("python", ["if run_id == 1:\n"], "run_id", True),
        ("python", "run_id = 1", "run_id", False),
    ],
)
def test_parameters_cells_of_every_language(language: str, source: Any, passed: str, *, is_found: bool) -> None:
    cell = {"metadata": {"tags": ["parameters"], "language": language}, "source": source}
    run = _wait("n") | {
        "type": "SynapseNotebook",
        "typeProperties": {
            "notebook": {"referenceName": "nb", "type": "NotebookReference"},
            "parameters": {passed: {"value": 1, "type": "int"}},
        },
    }
    assert bool(_of("SYN132", _run(_pipeline(run), _document(ArtifactKind.NOTEBOOK, "nb", cells=[cell])))) is is_found


def test_a_notebook_without_a_parameters_cell_is_told_once() -> None:
    run = _wait("n") | {
        "type": "SynapseNotebook",
        "typeProperties": {
            "notebook": {"referenceName": "nb", "type": "NotebookReference"},
            "parameters": {"a": {}, "b": {}},
        },
    }
    (finding,) = _run(_pipeline(run), _document(ArtifactKind.NOTEBOOK, "nb", cells=[]))
    assert finding.message == 'activity "n": notebook "nb" has no parameters cell for "a", "b"'


@given(st.dictionaries(st.sampled_from("abcdef"), st.lists(st.sampled_from("abcdefg"), max_size=3)))
def test_a_circle_is_found_where_there_is_one(graph: dict[str, list[str]]) -> None:
    known = {node: [n for n in following if n in graph] for node, following in graph.items()}
    found = list(cycles(graph))
    for circle in found:
        assert circle[0] == circle[-1]
        assert all(after in known[before] for before, after in itertools.pairwise(circle))
    try:
        graphlib.TopologicalSorter(known).prepare()
    except graphlib.CycleError:
        is_cyclic = True
    else:
        is_cyclic = False
    assert bool(found) is is_cyclic
