"""What publishing knows of an artifact's content."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.artifact import ArtifactKey, ArtifactKind
from generator.documents import Document, references, run_notebooks, target_key, targets
from generator.publish.content import content_of
from generator.publish.given import LISTED, given_reason, kept_reason
from tests.unit.publish.building import key, notebook, pipeline, reference, trigger

REFERENCES = st.fixed_dictionaries(
    {"referenceName": st.sampled_from(["a", "B", "", "@x", "a@{b}", 1, None, {"value": "@x"}])},
    optional={"type": st.sampled_from(["PipelineReference", "SqlPoolReference", "Nobodys", 5, None, ["x"]])},
)
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    REFERENCES | st.sampled_from([None, 1, "x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "type"]), inner, max_size=3),
    max_leaves=10,
)


@settings(derandomize=True, deadline=None)
@given(DOCUMENTS)
def test_targets_are_the_references_that_say_a_name(properties: Any) -> None:
    document = Document(ArtifactKey(ArtifactKind.PIPELINE, "p"), {"properties": properties})
    slow = {(r.type, r.name) for r in references(document) if r.name}
    assert {(kind, name) for kind, name in targets(properties) if name} == slow


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("PipelineReference", "x", "pipeline/x"),
        ("CredentialReference", "x", "credential/x"),
        ("SparkConfigurationReference", "x", "sparkConfiguration/x"),
        ("SqlPoolReference", "x", None),
        ("BigDataPoolReference", "x", None),
        ("Nobodys", "x", None),
        ("PipelineReference", "", None),
    ],
)
def test_a_target_is_an_artifact_or_nothing(kind: str, name: str, expected: str | None) -> None:
    found = target_key(kind, name)
    assert (str(found) if found else None) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("%run helpers", ["helpers"]),
        ("x = 1\n  %run /folder/sub/helpers", ["helpers"]),
        ('%run "/folder/my helpers" {"a": 1}', ["my helpers"]),
        ("%run 'my helpers'", ["my helpers"]),
        ('%run helpers{"a": 1}', ["helpers"]),
        ("%run a\r\n%run b\r\n", ["a", "b"]),
        (["%run ", "a\n", "%run b"], ["a", "b"]),
        ("# %run helpers", []),
        ("%running helpers", []),
        ("%run", []),
        ('%run "/"', []),
        (None, []),
        (7, []),
    ],
)
def test_notebooks_that_a_cell_runs(source: Any, expected: list[str]) -> None:
    cells = [{"cell_type": "code", "source": source}, {"cell_type": "markdown", "source": "%run never"}, None]
    assert [k.name for k in run_notebooks({"cells": cells})] == expected


def test_a_pipeline_needs_what_it_refers_to_and_runs_what_does_something() -> None:
    content = content_of(key("pipeline/p"), pipeline("dataset/d", "pipeline/q", "notebook/n", "linkedService/l"))
    assert {str(k) for k in content.needs} == {"dataset/d", "pipeline/q", "notebook/n", "linkedService/l"}
    assert {str(k) for k in content.runs} == {"pipeline/q", "notebook/n"}


def test_nobody_needs_itself_however_it_is_spelt() -> None:
    content = content_of(key("pipeline/p"), pipeline("pipeline/P"))
    assert (content.needs, content.runs) == (frozenset(), frozenset())
    assert content_of(key("notebook/n"), notebook("N")).runs == frozenset()


def test_a_notebook_runs_by_magic_what_it_does_not_need() -> None:
    content = content_of(key("notebook/n"), notebook("helpers"))
    assert (content.needs, {str(k) for k in content.runs}) == (frozenset(), {"notebook/helpers"})


def test_pools_are_known_apart() -> None:
    pools = [
        {"referenceName": "sql", "type": "SqlPoolReference"},
        {"referenceName": "", "type": "BigDataPoolReference"},
    ]
    content = content_of(key("pipeline/p"), {"activities": pools})
    assert content.pools == {("SqlPoolReference", "sql")}
    assert not content.needs


@pytest.mark.parametrize(
    ("kind", "is_event"),
    [
        ("BlobEventsTrigger", True),
        ("CustomEventsTrigger", True),
        ("ScheduleTrigger", False),
        (None, False),
        ([], False),
    ],
)
def test_a_trigger_says_its_state_and_whether_it_waits_for_events(kind: Any, is_event: bool) -> None:
    content = content_of(key("trigger/t"), trigger("pipeline/p", state="Started", type=kind))
    assert (content.state, content.is_event) == ("Started", is_event)


@pytest.mark.parametrize("state", [None, 1, ["Started"]])
def test_a_state_that_is_no_text_is_none(state: Any) -> None:
    assert content_of(key("trigger/t"), {"runtimeState": state}).state is None
    assert content_of(key("pipeline/p"), {"runtimeState": "Started"}).state is None


@pytest.mark.parametrize("properties", [None, [], "x", 5, [reference("pipeline/q")]])
def test_content_of_nonsense(properties: Any) -> None:
    assert content_of(key("notebook/n"), properties).state is None


@pytest.mark.parametrize(
    ("text", "is_given", "is_kept"),
    [
        ("linkedService/ws-WorkspaceDefaultStorage", True, True),
        ("linkedService/ws-workspacedefaultsqlserver", True, True),
        ("linkedService/WorkspaceDefaultStorage-of-mine", False, False),
        ("dataset/ws-WorkspaceDefaultStorage", False, False),
        ("credential/WorkspaceSystemIdentity", True, True),
        ("credential/mine", False, False),
        ("integrationRuntime/AutoResolveIntegrationRuntime", True, True),
        ("integrationRuntime/mine", False, True),
        ("managedVirtualNetwork/default", True, True),
        ("database/lake", True, True),
        ("pipeline/p", False, False),
    ],
)
def test_what_a_workspace_has_of_its_own(text: str, is_given: bool, is_kept: bool) -> None:
    assert (given_reason(key(text)) is not None, kept_reason(key(text)) is not None) == (is_given, is_kept)


def test_lists_that_the_service_refuses_are_not_asked_for() -> None:
    assert ArtifactKind.MANAGED_VIRTUAL_NETWORK not in LISTED
    assert ArtifactKind.PIPELINE in LISTED
