from __future__ import annotations

from typing import Any

import pytest

from generator.artifact import ArtifactKey, ArtifactKind
from generator.documents import (
    ACTIVITY_TYPES,
    Document,
    expressions,
    format_path,
    references,
    walk_activities,
    walk_values,
)


def _document(properties: Any, kind: ArtifactKind = ArtifactKind.PIPELINE) -> Document:
    return Document(ArtifactKey(kind, "p"), {"name": "p", "properties": properties})


def _activity(name: str, kind: str = "Wait", **type_properties: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "typeProperties": type_properties}


NESTED = _document(
    {
        "activities": [
            _activity("if", "IfCondition", ifTrueActivities=[_activity("yes")], ifFalseActivities=[_activity("no")]),
            _activity(
                "each",
                "ForEach",
                activities=[
                    _activity(
                        "switch",
                        "Switch",
                        cases=[{"value": "a", "activities": [_activity("case")]}],
                        defaultActivities=[_activity("default")],
                    )
                ],
            ),
            _activity("until", "Until", activities=[_activity("poll")]),
        ]
    }
)


def test_activities_are_found_in_every_container_with_their_places() -> None:
    found = {place.name: place for place in walk_activities(NESTED)}
    assert list(found) == ["if", "yes", "no", "each", "switch", "default", "case", "until", "poll"]
    case = found["case"]
    assert format_path(case.path) == (
        "properties.activities[1].typeProperties.activities[0].typeProperties.cases[0].activities[0]"
    )
    assert [c.name for c in case.containers] == ["switch", "each"]
    assert found["yes"].scope != found["no"].scope
    at: Any = NESTED.body
    for step in case.path:
        at = at[step]
    assert at is case.activity


@pytest.mark.parametrize(
    "properties",
    [
        None,
        [],
        {"activities": {}},
        {"activities": ["x", None, {"type": "Switch", "typeProperties": 3}]},
        {"activities": [{"type": "Switch", "typeProperties": {"cases": [1, {"activities": 2}]}}]},
    ],
)
def test_what_is_no_pipeline_is_walked_without_a_fault(properties: Any) -> None:
    document = _document(properties)
    assert all(place.name == "" for place in walk_activities(document))
    assert list(references(document)) == []
    assert list(expressions(document)) == []


def test_an_activity_is_inactive_with_its_container() -> None:
    inner = _activity("inner")
    container = _activity("if", "IfCondition", ifTrueActivities=[inner]) | {"state": "Inactive"}
    document = _document({"activities": [container, _activity("other") | {"state": "Active"}]})
    assert {p.name: p.is_inactive for p in walk_activities(document)} == {"if": True, "inner": True, "other": False}


def test_references_say_what_and_where() -> None:
    computed = {"value": "@pipeline().parameters.n", "type": "Expression"}
    document = _document(
        {
            "activities": [
                {
                    "name": "a",
                    "notebook": {"referenceName": "nb", "type": "NotebookReference", "parameters": {"x": 1}},
                    "sparkPool": {"referenceName": "pool", "type": "BigDataPoolReference"},
                    "computed": {"referenceName": computed, "type": "NotebookReference"},
                    "text": {"referenceName": "@variables('v')", "type": "DatasetReference"},
                    "untyped": {"referenceName": "x"},
                }
            ]
        }
    )
    found = list(references(document))
    assert [(r.type, r.name, r.is_expression) for r in found] == [
        ("NotebookReference", "nb", False),
        ("BigDataPoolReference", "pool", False),
        ("NotebookReference", "", True),
        ("DatasetReference", "", True),
        ("", "x", False),
    ]
    assert found[0].key == ArtifactKey(ArtifactKind.NOTEBOOK, "nb")
    assert found[0].value["parameters"] == {"x": 1}
    assert format_path(found[0].path) == "properties.activities[0].notebook"
    assert [r.key for r in found[1:]] == [None] * 4


def test_only_what_the_service_evaluates_counts_as_an_expression() -> None:
    wait = _activity("@w", "Wait", waitTimeInSeconds="@variables('n')", description="@{kept}") | {"description": "@not"}
    container = _activity("c", "ForEach", items={"value": "@createArray(1)", "type": "Expression"}, activities=[wait])
    document = _document(
        {"description": "@not", "activities": [container], "annotations": ["@not"], "folder": {"name": "@"}}
    )
    assert [(e.text, e.path[-1]) for e in expressions(document)] == [
        ("@createArray(1)", "value"),
        ("@variables('n')", "waitTimeInSeconds"),
        ("@{kept}", "description"),
    ]


@pytest.mark.parametrize("kind", [ArtifactKind.NOTEBOOK, ArtifactKind.SQL_SCRIPT])
def test_text_for_another_language_is_no_expression(kind: ArtifactKind) -> None:
    assert list(expressions(_document({"content": {"query": "@x"}}, kind))) == []


def test_values_are_walked_in_the_order_of_the_document() -> None:
    assert [path for _, path in walk_values({"b": [1, {"a": 2}], "a": None})] == [
        (),
        ("b",),
        ("b", 0),
        ("b", 1),
        ("b", 1, "a"),
        ("a",),
    ]


def test_every_kind_has_a_folder_of_its_own() -> None:
    assert len({kind.folder for kind in ArtifactKind}) == len(ArtifactKind)
    assert all(ArtifactKind.of_folder(kind.folder) is kind for kind in ArtifactKind)


def test_the_sdk_knows_the_activity_types_and_what_they_require() -> None:
    models = pytest.importorskip("azure.synapse.artifacts.models")
    types = models.ExecutionActivity._subtype_map["type"] | models.ControlActivity._subtype_map["type"]
    types = {**types, "SqlPoolStoredProcedure": "SqlPoolStoredProcedureActivity"}
    assert set(types) <= set(ACTIVITY_TYPES)
    # Newer interfaces take another member instead of this one (see the table).
    lenient = {"AzureMLExecutePipeline": {"mlPipelineId"}, "ExecuteDataFlow": {"dataflow"}}
    for name, model in types.items():
        cls = getattr(models, model)
        required = {
            cls._attribute_map[member]["key"].removeprefix("typeProperties.")
            for member, rule in cls._validation.items()
            if rule.get("required") and cls._attribute_map[member]["key"].startswith("typeProperties.")
        }
        assert required - set(ACTIVITY_TYPES[name].required) == lenient.get(name, set()), name
