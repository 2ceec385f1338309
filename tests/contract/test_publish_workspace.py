"""Publishing to a workspace that answers: plans, triggers, owners, what happens meanwhile, and the way back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from generator.artifact import ArtifactKind
from generator.diagnostics import SynapseGenError
from generator.local.clock import SystemClock
from generator.local.faults.model import FaultFile
from generator.local.faults.serve import data_plane_server
from generator.local.faults.virtual import VirtualClock
from generator.local.store import ArtifactStore
from generator.publish import Outcome, Place, Source, Terms, apply, prepare_publish
from generator.workspace.azure import AzureWorkspace
from generator.workspace.folder import FolderStore
from generator.workspace.objects import Holder, LockedError
from tests.conftest import local_settings
from tests.contract.places import actions, document, key, place_for, publish, roll_back, steps_of, write_tree

LAKE, DATA, NOTE, PIPE, OUTER, TRIGGER = (
    "linkedService/lake",
    "dataset/data",
    "notebook/note",
    "pipeline/pipe",
    "pipeline/outer",
    "trigger/nightly",
)


def documents(**changes: Any) -> dict[str, dict[str, Any]]:
    """A trigger that runs a pipeline that runs another, which runs a notebook and reads data of a lake."""
    found = {
        LAKE: document(LAKE),
        DATA: document(DATA, LAKE),
        NOTE: document(NOTE),
        PIPE: document(PIPE, DATA, NOTE),
        OUTER: document(OUTER, PIPE),
        TRIGGER: document(TRIGGER, OUTER),
    }
    return found | changes


class Workspace:
    """A workspace that lives as long as the test, with other faults for each publish."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.store = ArtifactStore(None, SystemClock())
        self.requests: list[tuple[str, str]] = []

    @contextmanager
    def place(self, **faults: Any) -> Iterator[Place]:
        """The workspace with these faults, on a clock of its own."""
        clock = VirtualClock()
        settings, file = local_settings(self.root / "never"), FaultFile.model_validate(faults)
        with data_plane_server(settings, faults=file, clock=clock, store=self.store) as server:
            client = AzureWorkspace.connect_local(server.url, server.token, clock=clock)
            try:
                yield place_for(client, self.root, clock=clock)
            finally:
                self.requests = server.requests()
                client.close()

    def publish(self, tree: dict[str, dict[str, Any]], faults: Any = None, **terms: bool) -> Any:
        with self.place(**(faults or {})) as place:
            return publish(place, write_tree(self.root / "tree", tree), **terms)

    def state_of(self, name: str) -> str:
        with self.place() as place:
            found = place.workspace.read(key(f"trigger/{name}"))
        assert found is not None
        return str(found.properties["runtimeState"])

    def start(self, name: str) -> None:
        with self.place() as place:
            place.workspace.start_trigger(name)

    def put(self, text: str, body: dict[str, Any]) -> None:
        """Somebody else's hand."""
        with self.place() as place:
            place.workspace.put(key(text), json.dumps(body).encode())

    def properties(self, text: str) -> Any:
        with self.place() as place:
            found = place.workspace.read(key(text))
        return found.text if found else None


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def writes(workspace: Workspace) -> list[tuple[str, str]]:
    return [(method, path) for method, path in workspace.requests if method in ("PUT", "DELETE", "POST")]


def test_only_what_changed_is_sent(workspace: Workspace) -> None:
    prepared, _ = workspace.publish(documents())
    assert set(actions(prepared).values()) == {"create"}
    prepared, _ = workspace.publish(documents())
    assert set(actions(prepared).values()) == {"unchanged"}
    assert writes(workspace) == []
    prepared, published = workspace.publish(documents(**{NOTE: document(NOTE, value=2)}))
    assert [a for a, action in actions(prepared).items() if action == "update"] == [NOTE]
    assert steps_of(published) == [f"put {NOTE}"]
    [change] = prepared.plan.having("update")
    assert [(f.path, f.new) for f in change.fields] == [("value", 2)]


def test_a_trigger_is_stopped_only_where_it_or_what_it_runs_changes(workspace: Workspace) -> None:
    workspace.publish(documents())
    workspace.start("nightly")
    _, published = workspace.publish(documents(**{LAKE: document(LAKE, value=2)}))
    assert steps_of(published) == [f"put {LAKE}"]
    _, published = workspace.publish(documents(**{NOTE: document(NOTE, value=2), LAKE: document(LAKE, value=2)}))
    assert steps_of(published) == [f"stop {TRIGGER}", f"put {NOTE}", f"start {TRIGGER}"]
    assert workspace.state_of("nightly") == "Started"


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        ("Started", None, "Started"),
        ("Stopped", None, "Stopped"),
        ("Started", "Stopped", "Stopped"),
        ("Stopped", "Started", "Started"),
        ("Started", "Started", "Started"),
    ],
)
def test_a_trigger_is_then_as_its_document_says_or_as_it_was(
    workspace: Workspace, before: str, wanted: str | None, after: str
) -> None:
    workspace.publish(documents())
    if before == "Started":
        workspace.start("nightly")
    said = {} if wanted is None else {"runtimeState": wanted}
    _, published = workspace.publish(documents(**{TRIGGER: document(TRIGGER, OUTER, value=2, **said)}))
    assert not published.report.failed
    assert workspace.state_of("nightly") == after


def test_a_publish_that_fails_half_way_starts_every_trigger_that_it_stopped(workspace: Workspace) -> None:
    workspace.publish(documents())
    workspace.start("nightly")
    new = documents(**{NOTE: document(NOTE, value=2), PIPE: document(PIPE, DATA, NOTE, value=2)})
    refused = {"faults": [{"kind": "failed_body", "path": "^/notebooks/"}]}
    _, published = workspace.publish(new, refused)
    outcomes = {str(o.step): o for o in published.report.outcomes}
    assert outcomes[f"put {NOTE}"].error
    assert str(outcomes[f"put {PIPE}"].blocked_by) == f"put {NOTE}"
    assert outcomes[f"start {TRIGGER}"].is_done
    assert workspace.state_of("nightly") == "Started"


def test_a_trigger_that_was_to_stay_stopped_runs_again_where_its_own_change_failed(workspace: Workspace) -> None:
    workspace.publish(documents())
    workspace.start("nightly")
    new = documents(**{TRIGGER: document(TRIGGER, OUTER, value=2, runtimeState="Stopped")})
    workspace.publish(new, {"faults": [{"kind": "failed_body", "path": "^/triggers/", "methods": ["PUT"]}]})
    assert workspace.state_of("nightly") == "Started"
    workspace.publish(new)
    assert workspace.state_of("nightly") == "Stopped"


def test_starting_is_tried_again(workspace: Workspace) -> None:
    new = documents(**{TRIGGER: document(TRIGGER, OUTER, runtimeState="Started")})
    refused = {"kind": "status", "status": 400, "path": "/start$", "times": 3, "message": "not now"}
    _, published = workspace.publish(new, {"faults": [refused]})
    assert not published.report.failed
    assert sum(path.endswith("/start") for _, path in workspace.requests) == 4
    assert workspace.state_of("nightly") == "Started"


def test_an_event_trigger_is_subscribed_before_it_starts(workspace: Workspace) -> None:
    started = document(TRIGGER, OUTER, runtimeState="Started", value=1)
    started["properties"]["type"] = "BlobEventsTrigger"
    _, published = workspace.publish(documents(**{TRIGGER: started}), {"subscription": 20})
    assert not published.report.failed
    verbs = [path.rpartition("/")[2] for method, path in workspace.requests if method == "POST"]
    assert verbs[0] == "subscribeToEvents"
    assert verbs[-1] == "start"
    assert "getEventSubscriptionStatus" in verbs
    changed = json.loads(json.dumps(started))
    changed["properties"]["value"] = 2
    _, published = workspace.publish(documents(**{TRIGGER: changed}), {"subscription": 20})
    assert not published.report.failed
    verbs = [path.rpartition("/")[2] for method, path in workspace.requests if method == "POST"]
    told = [v for v in verbs if v != "getEventSubscriptionStatus"]
    assert told == ["unsubscribeFromEvents", "stop", "subscribeToEvents", "start"]
    assert workspace.state_of("nightly") == "Started"


def test_triggers_of_others_are_never_touched(workspace: Workspace) -> None:
    workspace.publish(documents())
    workspace.put("trigger/theirs", document("trigger/theirs", OUTER))
    workspace.start("theirs")
    _, published = workspace.publish(documents(**{OUTER: document(OUTER, PIPE, value=2)}))
    assert steps_of(published) == [f"put {OUTER}"]
    assert workspace.state_of("theirs") == "Started"


def test_what_left_the_tree_is_told_and_deleted_only_where_it_is_asked_for(workspace: Workspace) -> None:
    workspace.publish(documents())
    workspace.start("nightly")
    left = {text: body for text, body in documents().items() if text in (LAKE, DATA)}
    prepared, published = workspace.publish(left)
    assert steps_of(published) == []
    assert {item.artifact for item in prepared.plan.left} == {NOTE, PIPE, OUTER, TRIGGER}
    _, published = workspace.publish(left, prune=True)
    assert not published.report.failed
    order = steps_of(published)
    assert order[:2] == [f"stop {TRIGGER}", f"delete {TRIGGER}"]
    assert order.index(f"delete {OUTER}") < order.index(f"delete {PIPE}") < order.index(f"delete {NOTE}")
    assert workspace.properties(PIPE) is None


def test_what_is_not_ours_is_no_victim_of_pruning(workspace: Workspace) -> None:
    workspace.put("pipeline/theirs", document("pipeline/theirs"))
    workspace.publish(documents())
    prepared, _ = workspace.publish({LAKE: document(LAKE)}, prune=True)
    assert "pipeline/theirs" not in actions(prepared)
    assert workspace.properties("pipeline/theirs") is not None


def test_what_somebody_else_made_is_taken_over_only_where_it_is_asked_for(workspace: Workspace) -> None:
    workspace.put(NOTE, document(NOTE, value="theirs"))
    tree = write_tree(workspace.root / "tree", documents())
    with workspace.place() as place:
        [conflict] = prepare_publish(place, tree, Terms()).plan.conflicts
    assert (conflict.artifact, [(f.path, f.old) for f in conflict.fields]) == (NOTE, [("value", "theirs")])
    prepared, _ = workspace.publish(documents(), adopt=True)
    assert actions(prepared)[NOTE] == "update"
    assert '"theirs"' not in workspace.properties(NOTE)


def test_what_somebody_changed_since_we_published_is_not_overwritten(workspace: Workspace) -> None:
    workspace.publish(documents())
    workspace.put(NOTE, document(NOTE, value="a hotfix"))
    with workspace.place() as place:
        tree = write_tree(workspace.root / "tree", documents(**{PIPE: document(PIPE, DATA, NOTE, value=1)}))
        plan = prepare_publish(place, tree, Terms()).plan
    assert [c.artifact for c in plan.conflicts] == [NOTE]
    assert "changed in the workspace since" in plan.conflicts[0].reason
    # The same change on both sides is none.
    prepared, _ = workspace.publish(documents(**{NOTE: document(NOTE, value="a hotfix")}))
    assert actions(prepared)[NOTE] == "unchanged"


@pytest.mark.parametrize("ignored", [True, False])
def test_what_changes_under_us_is_reported_with_both_versions(workspace: Workspace, ignored: bool) -> None:
    """Whether or not the service looks at If-Match."""
    workspace.publish(documents())
    new = documents(**{LAKE: document(LAKE, value=1), PIPE: document(PIPE, DATA, NOTE, value="ours")})
    tree = write_tree(workspace.root / "tree", new)
    theirs = json.dumps(document(PIPE, DATA, NOTE, value="theirs")).encode()
    with workspace.place(ignore_if_match=ignored) as place:
        prepared = prepare_publish(place, tree, Terms())
        place.workspace.put(key(PIPE), theirs)
        published = apply(place, prepared, on_outcome=lambda _: None)
    [failed] = published.report.failed
    assert (str(failed.step), failed.error) == (f"put {PIPE}", "somebody changed it meanwhile; it was not overwritten")
    assert [(f.path, f.old, f.new) for f in failed.changed] == [("value", "theirs", "ours")]
    assert '"theirs"' in workspace.properties(PIPE)
    assert '"value":1' in workspace.properties(LAKE).replace(" ", "")


def test_the_same_made_by_somebody_else_meanwhile_is_not_taken_for_ours(workspace: Workspace) -> None:
    tree = write_tree(workspace.root / "tree", documents())
    with workspace.place() as place:
        prepared = prepare_publish(place, tree, Terms())
        place.workspace.put(key(NOTE), json.dumps(document(NOTE)).encode())
        published = apply(place, prepared, on_outcome=lambda _: None)
    outcomes = {str(o.step): o for o in published.report.outcomes}
    assert outcomes[f"put {NOTE}"].error == "somebody made it meanwhile; it was not overwritten"
    assert outcomes[f"put {DATA}"].is_done


def test_an_event_trigger_that_goes_is_unsubscribed_first(workspace: Workspace) -> None:
    started = document(TRIGGER, OUTER, runtimeState="Started")
    started["properties"]["type"] = "BlobEventsTrigger"
    workspace.publish(documents(**{TRIGGER: started}))
    _, published = workspace.publish({LAKE: document(LAKE)}, prune=True)
    assert not published.report.failed
    verbs = [path.rpartition("/")[2] for method, path in workspace.requests if method == "POST"]
    assert [v for v in verbs if v != "getEventSubscriptionStatus"] == ["unsubscribeFromEvents", "stop"]


def test_a_change_between_our_look_and_our_write_is_refused_by_the_etag(workspace: Workspace) -> None:
    workspace.publish(documents())
    tree = write_tree(workspace.root / "tree", documents(**{PIPE: document(PIPE, DATA, NOTE, value="ours")}))
    theirs = json.dumps(document(PIPE, DATA, NOTE, value="theirs")).encode()
    with workspace.place() as place:
        prepared = prepare_publish(place, tree, Terms())
        real = place.workspace.put

        class Slow:
            """A client on whose way to the workspace somebody overtakes."""

            def __getattr__(self, name: str) -> Any:
                return getattr(place.workspace, name)

            def put(self, *arguments: Any, **options: Any) -> Any:
                real(key(PIPE), theirs)
                return real(*arguments, **options)

        slow: Any = Slow()
        overtaken = place_for(slow, workspace.root, clock=place.clock)
        published = apply(overtaken, prepared, on_outcome=lambda _: None)
    [failed] = published.report.failed
    assert failed.error == "somebody changed it meanwhile; it was not overwritten"
    assert '"theirs"' in workspace.properties(PIPE)


def test_an_answer_of_200_that_says_failed_is_a_failure(workspace: Workspace) -> None:
    said = {"kind": "failed_body", "path": "^/datasets/", "code": "BadRequest", "message": "no such store"}
    _, published = workspace.publish(documents(), {"faults": [said]})
    outcomes = {str(o.step): o for o in published.report.outcomes}
    assert outcomes[f"put {DATA}"].error == "BadRequest: no such store"
    assert outcomes[f"put {NOTE}"].is_done


def test_two_publishers_at_once(workspace: Workspace) -> None:
    store = FolderStore(workspace.root / "published")
    with store.lock(Holder("ana@build-3", "2026-11-25T06:30:12Z", "publish 1")), pytest.raises(LockedError) as caught:
        workspace.publish(documents())
    assert caught.value.holder == Holder("ana@build-3", "2026-11-25T06:30:12Z", "publish 1")
    assert writes(workspace) == []
    _, published = workspace.publish(documents())
    assert not published.report.failed


def test_somebody_who_published_since_the_plan_was_made(workspace: Workspace) -> None:
    tree = write_tree(workspace.root / "tree", documents())
    with workspace.place() as place:
        prepared = prepare_publish(place, tree, Terms())
        publish(place, tree)
        with pytest.raises(SynapseGenError, match="somebody else published since the plan was made"):
            apply(place, prepared, on_outcome=lambda _: None)


def test_a_rollback_brings_back_what_was_replaced_and_deleted_byte_for_byte(workspace: Workspace) -> None:
    odd = '{"name":"note","properties":{"needs":[],"number":1.50,"big":12345678901234567890,"text":"\\u00e9 é","exp":1e5}}'
    tree = write_tree(workspace.root / "tree", documents())
    (workspace.root / "tree" / f"{NOTE}.json").write_text(odd, encoding="utf-8")
    with workspace.place() as place:
        publish(place, tree)
    before = {text: workspace.properties(text) for text in documents()}
    second = {text: body for text, body in documents(**{NOTE: document(NOTE, value=2)}).items() if text != TRIGGER}
    workspace.publish(second | {"dataset/new": document("dataset/new")}, prune=True)
    assert workspace.properties(TRIGGER) is None
    with workspace.place() as place:
        prepared, published = roll_back(place)
    assert not published.report.failed
    assert actions(prepared) == {NOTE: "update", TRIGGER: "create", "dataset/new": "delete"}
    after = {text: workspace.properties(text) for text in documents()}
    assert _without_times(after) == _without_times(before)
    assert workspace.properties("dataset/new") is None
    # What the tree wants is known to be ours: nothing is a conflict.
    prepared, _ = workspace.publish(second)
    assert actions(prepared)[NOTE] == "update"


def test_a_rollback_to_a_named_publish_undoes_all_later_ones(workspace: Workspace) -> None:
    published = [workspace.publish(documents(**{NOTE: document(NOTE, value=n)}))[1] for n in range(4)]
    with workspace.place() as place:
        prepared, _ = roll_back(place, published[1].publish_id)
    assert actions(prepared) == {NOTE: "update"}
    assert '"value":1' in workspace.properties(NOTE).replace(" ", "")


def test_a_rollback_starts_triggers_that_ran(workspace: Workspace) -> None:
    workspace.publish(documents())
    workspace.start("nightly")
    stopped = document(TRIGGER, OUTER, runtimeState="Stopped")
    workspace.publish(documents(**{TRIGGER: stopped}))
    assert workspace.state_of("nightly") == "Stopped"
    with workspace.place() as place:
        _, published = roll_back(place)
    assert not published.report.failed
    assert workspace.state_of("nightly") == "Started"


def test_a_rollback_of_what_somebody_changed_since_is_a_conflict(workspace: Workspace) -> None:
    workspace.publish(documents())
    workspace.publish(documents(**{NOTE: document(NOTE, value=2)}))
    workspace.put(NOTE, document(NOTE, value="a hotfix"))
    with workspace.place() as place, pytest.raises(AssertionError, match="changed in the workspace since"):
        roll_back(place)
    with workspace.place() as place:
        roll_back(place, adopt=True)
    assert '"value"' not in workspace.properties(NOTE)


def test_a_rollback_can_be_rolled_back(workspace: Workspace) -> None:
    workspace.publish(documents())
    workspace.publish(documents(**{NOTE: document(NOTE, value=2)}))
    for has_value in (False, True):
        with workspace.place() as place:
            roll_back(place)
        assert ('"value"' in workspace.properties(NOTE)) is has_value


def test_default_things_are_never_written_or_deleted(workspace: Workspace) -> None:
    given = {
        "linkedService/w-WorkspaceDefaultStorage": document("linkedService/w-WorkspaceDefaultStorage"),
        "integrationRuntime/AutoResolveIntegrationRuntime": document(
            "integrationRuntime/AutoResolveIntegrationRuntime"
        ),
        "credential/WorkspaceSystemIdentity": document("credential/WorkspaceSystemIdentity"),
        "managedVirtualNetwork/default": document("managedVirtualNetwork/default"),
    }
    prepared, published = workspace.publish(documents() | given)
    assert not published.report.failed
    assert {item.artifact for item in prepared.plan.left} == set(given)
    prepared, published = workspace.publish(documents(), prune=True)
    assert steps_of(published) == []


def test_what_studio_commits_beside_ours_is_told_and_left_alone(workspace: Workspace) -> None:
    source = write_tree(workspace.root / "tree", documents())
    ours = Source(source.root, source.folder, takes=lambda k: k != key(LAKE))
    workspace.put(LAKE, document(LAKE))
    with workspace.place() as place:
        prepared = prepare_publish(place, ours, Terms(prune=True))
    assert [(left.artifact, left.reason) for left in prepared.plan.left] == [
        (LAKE, "no spec renders it; it is not published")
    ]
    assert LAKE not in actions(prepared)


def test_a_state_that_cannot_be_written_at_the_end_is_told_beside_what_was_done(workspace: Workspace) -> None:
    source = write_tree(workspace.root / "tree", documents())
    with workspace.place() as place:
        prepared = prepare_publish(place, source, Terms())

        def somebody_writes(_: Outcome) -> None:
            store = FolderStore(workspace.root / "published")
            there = store.read("state.json")
            assert there is not None
            store.write("state.json", there.content + b" ", replaces=there.version)

        published = apply(place, prepared, on_outcome=somebody_writes)
    assert not published.report.failed
    assert "changed by somebody else" in str(published.unsaved)
    prepared, published = workspace.publish(documents())
    assert set(actions(prepared).values()) == {"unchanged"}


def test_a_circle_is_told_before_anything_is_written(workspace: Workspace) -> None:
    circle = {"pipeline/a": document("pipeline/a", "pipeline/b"), "pipeline/b": document("pipeline/b", "pipeline/a")}
    with pytest.raises(SynapseGenError, match="refer to each other in a circle"):
        workspace.publish(circle)
    assert writes(workspace) == []
    assert not list((workspace.root / "published").rglob("*.json*"))


def test_everything_is_told_while_it_happens(workspace: Workspace) -> None:
    told: list[Outcome] = []
    with workspace.place() as place:
        publish(place, write_tree(workspace.root / "tree", documents()), on_outcome=told.append)
    assert sorted(str(o.step.key) for o in told) == sorted(documents())


def test_a_list_that_is_refused_stops_everything(workspace: Workspace) -> None:
    forbidden = {"kind": "status", "status": 403, "path": "^/notebooks$", "code": "Forbidden", "message": "no role"}
    with pytest.raises(SynapseGenError) as caught:
        workspace.publish(documents(), {"faults": [forbidden]})
    [told] = caught.value.diagnostics
    assert told.message == "the workspace does not show its notebooks: Forbidden: no role"
    assert "Synapse Artifact Publisher" in str(told.hint)
    assert writes(workspace) == []


def _without_times(found: dict[str, str]) -> dict[str, str]:
    return {text: value.partition(',"lastPublishTime"')[0] for text, value in found.items()}


def test_kinds_that_the_project_has_nothing_of_are_not_asked_for(workspace: Workspace) -> None:
    workspace.publish(documents())
    lists = {path for method, path in workspace.requests if method == "GET" and path.count("/") == 1}
    kinds = {kind.collection for kind in ArtifactKind}
    assert {path[1:] for path in lists} & kinds == {"linkedservices", "datasets", "notebooks", "pipelines", "triggers"}
