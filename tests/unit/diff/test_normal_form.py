"""What does not count when artifacts are compared, and the hash of what does."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.artifact import ArtifactKind
from generator.diff import field_changes, fingerprint, normalised
from generator.diff.table import ACTIVITY, DEFAULTS, IGNORED, MOMENTS, Default, Ignored, Moment

ROWS = [*IGNORED, *DEFAULTS, *MOMENTS]
NAMES = sorted({step for row in ROWS for step in row.path.split(".")} | {"typeProperties", "ifTrueActivities"})
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from([1.0, -0.0, 0.0])
    | st.sampled_from(["", "a", "2020-07-10T02:00:00Z", "2020-07-10T04:00:00.000+02:00", "2020-07-10", "line\n"])
)
JSON: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*NAMES, "name", "x"]), inner, max_size=5)
    ),
    max_leaves=25,
)
KINDS = st.sampled_from(list(ArtifactKind))


def row_id(row: Ignored | Default | Moment) -> str:
    return f"{row.kind.folder}:{row.path}"


def having(path: str, value: Any) -> Any:
    """Return properties that have a value at a path of the table, and other members beside each step."""
    steps = path.split(".")
    if steps[0] == ACTIVITY:
        steps = ["activities", "*", *steps[1:]]
    for step in reversed(steps):
        value = [value] if step == "*" else {step: value, "other": 1}
    return value


def without(path: str) -> Any:
    head, _, _last = path.rpartition(".")
    parent: Any = {"other": 1}
    return having(head, parent) if head else parent


def shuffled(value: Any, seed: random.Random) -> Any:
    if isinstance(value, dict):
        items = [(k, shuffled(v, seed)) for k, v in value.items()]
        seed.shuffle(items)
        return dict(items)
    return [shuffled(v, seed) for v in value] if isinstance(value, list) else value


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_every_row_has_a_reason(row: Ignored | Default | Moment) -> None:
    assert len(row.reason.split()) > 3


SENT_AND_ANSWERED: list[tuple[ArtifactKind, Any, Any]] = [
    (ArtifactKind.PIPELINE, {"activities": []}, {"activities": [], "lastPublishTime": "2020-07-10T02:00:00Z"}),
    (ArtifactKind.PIPELINE, {}, {"policy": {"elapsedTimeMetric": {}, "cancelAfter": {}}}),
    (ArtifactKind.PIPELINE, {}, {"policy": {"elapsedTimeMetric": {}}}),
    (ArtifactKind.PIPELINE, {}, {"policy": {"cancelAfter": {}}}),
    (ArtifactKind.PIPELINE, {"annotations": [], "parameters": {}, "variables": {}}, {}),
    (ArtifactKind.PIPELINE, {"activities": [{"dependsOn": [], "userProperties": []}]}, {"activities": [{}]}),
    (
        ArtifactKind.PIPELINE,
        {"activities": [{"policy": {"secureInput": False, "secureOutput": False}}]},
        {"activities": [{"policy": {}}]},
    ),
    (
        ArtifactKind.TRIGGER,
        {"annotations": [], "typeProperties": {"recurrence": {"startTime": "2020-07-10T02:00:00.000Z"}}},
        {"runtimeState": "Stopped", "typeProperties": {"recurrence": {"startTime": "2020-07-10T02:00:00Z"}}},
    ),
    (
        ArtifactKind.TRIGGER,
        {
            "typeProperties": {
                "recurrence": {"endTime": "2020-07-10T02:00:00.000Z"},
                "startTime": "2020-07-10T02:00:00.0Z",
            }
        },
        {"typeProperties": {"recurrence": {"endTime": "2020-07-10T02:00:00Z"}, "startTime": "2020-07-10T02:00:00Z"}},
    ),
    (
        ArtifactKind.TRIGGER,
        {"typeProperties": {"endTime": "2020-07-10T02:00:00.000Z"}},
        {"typeProperties": {"endTime": "2020-07-10T02:00:00Z"}},
    ),
    (ArtifactKind.LINKED_SERVICE, {"typeProperties": {}}, {"typeProperties": {"encryptedCredential": "ew0KICAi"}}),
    (ArtifactKind.LINKED_SERVICE, {"annotations": [], "parameters": {}}, {}),
    (ArtifactKind.DATASET, {"annotations": [], "schema": [], "parameters": {}}, {}),
    (ArtifactKind.DATA_FLOW, {"annotations": []}, {}),
    (
        ArtifactKind.NOTEBOOK,
        {"metadata": {}, "sessionProperties": {}, "cells": [{"cell_type": "code", "metadata": {}}]},
        {
            "entityState": None,
            "renameOperationDetails": None,
            "folder": None,
            "bigDataPool": None,
            "sessionProperties": {"conf": None},
            "metadata": {"a365ComputeOptions": None, "sessionKeepAliveTimeout": 0},
            "cells": [{"cell_type": "code", "execution_count": None, "outputs": [{"text": "what it printed"}]}],
        },
    ),
    (
        ArtifactKind.SPARK_CONFIGURATION,
        {"created": "2022-03-01T08:30:13.0000000+00:00"},
        {"created": "2022-03-01T08:30:13Z"},
    ),
]


@pytest.mark.parametrize(("kind", "sent", "answered"), SENT_AND_ANSWERED)
def test_what_the_service_answers_is_what_was_sent(kind: ArtifactKind, sent: Any, answered: Any) -> None:
    """Witness: the forms of the recordings, member by member; without its row of the table each differs."""
    assert field_changes(kind, sent, answered) == ()
    assert fingerprint(kind, sent) == fingerprint(kind, answered)


@pytest.mark.parametrize("row", ROWS, ids=row_id)
def test_a_pair_shows_each_row_at_work(row: Ignored | Default | Moment) -> None:
    last = row.path.rpartition(".")[2]
    assert any(kind is row.kind and f"'{last}'" in f"{sent}{answered}" for kind, sent, answered in SENT_AND_ANSWERED)


def test_no_row_stands_twice() -> None:
    assert len({row_id(row) for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", IGNORED, ids=row_id)
@pytest.mark.parametrize("value", ["x", 1, {"a": 1}])
def test_a_member_that_is_ignored_never_counts(row: Ignored, value: Any) -> None:
    assert fingerprint(row.kind, having(row.path, value)) == fingerprint(row.kind, without(row.path))


@pytest.mark.parametrize("row", DEFAULTS, ids=row_id)
def test_a_default_is_the_same_as_nothing(row: Default) -> None:
    assert fingerprint(row.kind, having(row.path, row.value)) == fingerprint(row.kind, without(row.path))


@pytest.mark.parametrize("row", DEFAULTS, ids=row_id)
@pytest.mark.parametrize("other", ["x", 7, True, [0], {"a": 1}])
def test_any_other_value_than_the_default_counts(row: Default, other: Any) -> None:
    assert fingerprint(row.kind, having(row.path, other)) != fingerprint(row.kind, without(row.path))


@pytest.mark.parametrize("row", DEFAULTS, ids=row_id)
def test_what_python_takes_for_the_default_and_json_does_not_counts(row: Default) -> None:
    for other in (False, 0, 0.0, None, [], {}, ""):
        is_default = json.dumps(other) == json.dumps(row.value)
        same = fingerprint(row.kind, having(row.path, other)) == fingerprint(row.kind, without(row.path))
        assert same == is_default


@pytest.mark.parametrize("row", MOMENTS, ids=row_id)
def test_a_moment_is_the_same_however_it_is_written(row: Moment) -> None:
    written = ["2020-07-10T02:00:00.000Z", "2020-07-10T02:00:00Z", "2020-07-10T04:00:00.0000000+02:00"]
    assert len({fingerprint(row.kind, having(row.path, text)) for text in written}) == 1
    assert fingerprint(row.kind, having(row.path, "2020-07-10T02:00:01Z")) != fingerprint(
        row.kind, having(row.path, written[0])
    )


@pytest.mark.parametrize("row", MOMENTS, ids=row_id)
@pytest.mark.parametrize(
    "text", ["2020-07-10T02:00:00", "@trigger().startTime", "0001-01-01T00:00:00+14:00", "soon", 7]
)
def test_what_is_no_moment_stays_as_it_is(row: Moment, text: Any) -> None:
    properties = having(row.path, text)
    assert normalised(row.kind, properties) is properties


def test_an_empty_policy_of_a_pipeline_is_none_and_a_duration_counts() -> None:
    kind = ArtifactKind.PIPELINE
    bare = fingerprint(kind, {})
    assert fingerprint(kind, {"policy": {"elapsedTimeMetric": {}, "cancelAfter": {}}}) == bare
    assert fingerprint(kind, {"policy": {"elapsedTimeMetric": {"duration": "0.00:10:00"}, "cancelAfter": {}}}) != bare


@pytest.mark.parametrize(
    "container",
    [
        lambda inner: {"type": "ForEach", "typeProperties": {"activities": inner}},
        lambda inner: {"type": "IfCondition", "typeProperties": {"ifFalseActivities": inner}},
        lambda inner: {"type": "Switch", "typeProperties": {"cases": [{"value": "a", "activities": inner}]}},
        lambda inner: {"type": "Switch", "typeProperties": {"defaultActivities": inner}},
        lambda inner: {
            "typeProperties": {"ifTrueActivities": [{"typeProperties": {"cases": [{"activities": inner}]}}]}
        },
    ],
    ids=["for each", "if", "case", "default", "nested"],
)
def test_rows_for_activities_hold_in_every_container(container: Any) -> None:
    bare = {"activities": [container([{"name": "a", "policy": {"retry": 1}}])]}
    full = [{"name": "a", "dependsOn": [], "userProperties": [], "policy": {"retry": 1, "secureInput": False}}]
    assert fingerprint(ArtifactKind.PIPELINE, {"activities": [container(full)]}) == fingerprint(
        ArtifactKind.PIPELINE, bare
    )


def test_the_body_of_a_request_is_no_activity() -> None:
    def web(body: Any) -> Any:
        return {"activities": [{"name": "a", "type": "WebActivity", "typeProperties": {"body": body}}]}

    body = {"dependsOn": [], "policy": {"secureInput": False}, "userProperties": []}
    assert fingerprint(ArtifactKind.PIPELINE, web(body)) != fingerprint(ArtifactKind.PIPELINE, web({"policy": {}}))


@settings(derandomize=True, deadline=None)
@given(KINDS, JSON, st.integers(0, 10))
def test_the_fingerprint_does_not_depend_on_the_order_of_members(kind: ArtifactKind, value: Any, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret is made of it
    assert fingerprint(kind, shuffled(value, dice)) == fingerprint(kind, value)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(KINDS, JSON)
def test_the_normal_form_is_its_own_normal_form_and_changes_nothing_that_it_is_given(
    kind: ArtifactKind, value: Any
) -> None:
    before = copy.deepcopy(value)
    once = normalised(kind, value)
    assert json.dumps(normalised(kind, once)) == json.dumps(once)
    assert json.dumps(value) == json.dumps(before)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(KINDS, JSON, JSON)
def test_two_artifacts_differ_in_no_field_exactly_where_their_fingerprints_are_equal(
    kind: ArtifactKind, old: Any, new: Any
) -> None:
    assert (not field_changes(kind, old, new)) == (fingerprint(kind, old) == fingerprint(kind, new))
    assert field_changes(kind, old, copy.deepcopy(old)) == ()


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (1, True), (0, False), ("1", 1), (None, "null"), (0, None)])
def test_values_that_json_tells_apart_are_told_apart(one: Any, other: Any) -> None:
    assert fingerprint(ArtifactKind.PIPELINE, {"x": one}) != fingerprint(ArtifactKind.PIPELINE, {"x": other})
    assert [c.path for c in field_changes(ArtifactKind.PIPELINE, {"x": one}, {"x": other})] == ["x"]


@pytest.mark.parametrize(
    "value", [None, [], "x", 1, {"activities": 1}, {"activities": {"a": [1]}}, {"cells": [1, None]}]
)
@pytest.mark.parametrize("kind", [ArtifactKind.PIPELINE, ArtifactKind.NOTEBOOK])
def test_nonsense_is_compared_all_the_same(kind: ArtifactKind, value: Any) -> None:
    assert len(fingerprint(kind, value)) == 64
