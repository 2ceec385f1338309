"""Whose an artifact is after interruptions, adoptions and rollbacks, and what changes while a publish goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from generator.publish import Outcome, Terms, apply, prepare_publish
from generator.workspace.objects import StoreError
from tests.contract.places import actions, document, key, place_for, publish, roll_back, steps_of, write_tree
from tests.contract.test_publish_workspace import DATA, LAKE, NOTE, PIPE, Workspace, documents

if TYPE_CHECKING:
    from generator.workspace.port import LiveArtifact


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def without(*gone: str) -> dict[str, dict[str, Any]]:
    return {text: body for text, body in documents().items() if text not in gone}


class Broken:
    """A store that does not take records: what a process leaves that dies before it wrote one."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def write(self, name: str, content: bytes, *, replaces: str | None) -> str:
        if name.startswith("history/"):
            raise StoreError("died")
        return str(self._store.write(name, content, replaces=replaces))


def die_before_anything_is_sent(workspace: Workspace, tree: dict[str, dict[str, Any]]) -> None:
    source = write_tree(workspace.root / "tree", tree)
    with workspace.place() as place:
        broken: Any = Broken(place.store)
        with pytest.raises(StoreError, match="died"):
            publish(replace(place, store=broken), source, prune=True)


def test_a_rollback_does_not_disown_what_an_interrupted_publish_was_to_delete(workspace: Workspace) -> None:
    """The rollback touches other kinds: what it did not read looked deleted."""
    both = {LAKE: document(LAKE), NOTE: document(NOTE)}
    workspace.publish(both)
    workspace.publish(both | {NOTE: document(NOTE, value=2)})
    die_before_anything_is_sent(workspace, {NOTE: document(NOTE, value=2)})
    with workspace.place() as place:
        roll_back(place)
    _, published = workspace.publish({NOTE: document(NOTE)}, prune=True)
    assert steps_of(published) == [f"delete {LAKE}"]


def test_what_an_interrupted_publish_never_made_is_not_deleted_where_somebody_else_made_it(
    workspace: Workspace,
) -> None:
    workspace.publish({LAKE: document(LAKE)})
    die_before_anything_is_sent(workspace, {LAKE: document(LAKE), NOTE: document(NOTE)})
    workspace.put(NOTE, document(NOTE, value="theirs"))
    prepared, _ = workspace.publish({LAKE: document(LAKE)}, prune=True, adopt=True)
    assert NOTE not in actions(prepared)
    assert '"theirs"' in workspace.properties(NOTE)


def test_somebody_elses_change_that_a_rollback_brings_back_is_theirs_again(workspace: Workspace) -> None:
    """It was taken for what we had published before it, and so for what the tree says."""
    workspace.publish(documents())
    workspace.put(NOTE, document(NOTE, value="theirs"))
    workspace.publish(documents(), adopt=True)
    with workspace.place() as place:
        roll_back(place)
    assert '"theirs"' in workspace.properties(NOTE)
    with workspace.place() as place:
        plan = prepare_publish(place, write_tree(workspace.root / "tree", documents()), Terms()).plan
    assert [c.artifact for c in plan.conflicts] == [NOTE]
    workspace.publish(documents(), adopt=True)
    assert '"theirs"' not in workspace.properties(NOTE)


class WithoutEtags:
    """A service that gives no etags."""

    def __init__(self, workspace: Any) -> None:
        self._workspace = workspace

    def __getattr__(self, name: str) -> Any:
        return getattr(self._workspace, name)

    def artifacts(self, kind: Any) -> Any:
        return (replace(artifact, etag="") for artifact in self._workspace.artifacts(kind))

    def read(self, artifact: Any) -> LiveArtifact | None:
        found = self._workspace.read(artifact)
        return replace(found, etag="") if found else None

    def put(self, *arguments: Any, **options: Any) -> LiveArtifact | None:
        written = self._workspace.put(*arguments, **options)
        return replace(written, etag="") if written else None


def test_without_etags_a_change_meanwhile_is_seen_all_the_same(workspace: Workspace) -> None:
    with workspace.place() as place:
        bare: Any = WithoutEtags(place.workspace)
        where = place_for(bare, workspace.root, clock=place.clock)
        publish(where, write_tree(workspace.root / "tree", documents()))
        tree = write_tree(workspace.root / "tree", documents(**{PIPE: document(PIPE, DATA, NOTE, value="ours")}))
        prepared = prepare_publish(where, tree, Terms())
        place.workspace.put(key(PIPE), json.dumps(document(PIPE, DATA, NOTE, value="theirs")).encode())
        published = apply(where, prepared, on_outcome=lambda _: None)
    [failed] = published.report.failed
    assert failed.error == "somebody changed it meanwhile; it was not overwritten"
    assert '"theirs"' in workspace.properties(PIPE)


@pytest.mark.parametrize("left", [None, "{"], ids=["gone", "half"])
def test_a_file_that_goes_while_somebody_changes_its_artifact_is_a_failure_of_that_one_alone(
    workspace: Workspace, left: str | None
) -> None:
    workspace.publish(documents())
    workspace.start("nightly")
    new = documents(**{NOTE: document(NOTE, value=2), LAKE: document(LAKE, value=2)})
    with workspace.place() as place:
        prepared = prepare_publish(place, write_tree(workspace.root / "tree", new), Terms())
        place.workspace.put(key(NOTE), json.dumps(document(NOTE, value="theirs")).encode())
        file = workspace.root / "tree" / f"{NOTE}.json"
        file.unlink() if left is None else file.write_text(left)
        published = apply(place, prepared, on_outcome=lambda _: None)
    assert [str(o.step) for o in published.report.failed] == [f"put {NOTE}"]
    assert workspace.state_of("nightly") == "Started"


def test_a_look_that_is_too_many_is_put_off(workspace: Workspace) -> None:
    workspace.publish(documents())
    busy = {"kind": "status", "status": 429, "methods": ["GET"], "path": "^/notebooks/", "times": 8}
    told: list[Outcome] = []
    with workspace.place(faults=[busy]) as place:
        tree = write_tree(workspace.root / "tree", documents(**{NOTE: document(NOTE, value=2)}))
        publish(place, tree, on_outcome=told.append)
    assert [(str(o.step), o.error) for o in told] == [(f"put {NOTE}", None)]


def test_a_service_that_says_a_secret_back_is_not_repeated(workspace: Workspace) -> None:
    secret = "hunter2hunter2"
    lake = document(LAKE, typeProperties={"password": secret})
    said = {"kind": "failed_body", "path": "^/linkedservices/", "message": f'no good: {{"password":"{secret}"}}'}
    with workspace.place(faults=[said]) as place:
        source = write_tree(workspace.root / "tree", documents(**{LAKE: lake}))
        prepared = prepare_publish(place, source, Terms())
        published = apply(place, prepared, on_outcome=lambda _: None)
    [failed] = [o for o in published.report.failed if o.error]
    assert str(failed.error).endswith('no good: {"password":***}')
    assert secret not in prepared.plan.to_json()
    assert not any(secret.encode() in path.read_bytes() for path in (workspace.root / "published").rglob("*.json"))
