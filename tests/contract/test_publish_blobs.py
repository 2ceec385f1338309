"""Publishing with its state in a real Blob service: clones of a project know what was published, one publishes at a time."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from generator.local.clock import SystemClock
from generator.local.faults.serve import data_plane_server
from generator.local.store import ArtifactStore
from generator.publish import Terms, apply, prepare_publish
from generator.workspace.azure import AzureWorkspace
from generator.workspace.blobs import BlobStore
from generator.workspace.objects import LockedError
from tests.conftest import local_settings
from tests.contract.azurite import KEY
from tests.contract.places import actions, document, place_for, publish, roll_back, write_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.publish import Place
    from generator.spec.state import StatePlace

NOTE = "notebook/note"


@pytest.fixture
def clones(place: StatePlace, tmp_path: Path) -> Iterator[list[Place]]:
    """Two clones of a project that publish to one workspace and have nothing in common but the container."""
    artifacts = ArtifactStore(None, SystemClock())
    with data_plane_server(local_settings(tmp_path / "never"), store=artifacts) as server:
        made: list[Place] = []
        opened: list[Any] = []
        for name in ("a", "b"):
            workspace = AzureWorkspace.connect_local(server.url, server.token)
            store = BlobStore(place, KEY)
            opened += [workspace, store]
            made.append(place_for(workspace, tmp_path / name, store=store))
        yield made
        for one in opened:
            one.close()


def test_a_fresh_clone_knows_what_was_published(clones: list[Place], tmp_path: Path) -> None:
    first, second = clones
    publish(first, write_tree(tmp_path / "a" / "tree", {NOTE: document(NOTE), "dataset/d": document("dataset/d")}))
    tree = write_tree(tmp_path / "b" / "tree", {NOTE: document(NOTE)})
    prepared, _ = publish(second, tree)
    assert actions(prepared) == {NOTE: "unchanged"}
    assert [left.artifact for left in prepared.plan.left] == ["dataset/d"]
    prepared, published = publish(second, tree, prune=True)
    assert actions(prepared) == {NOTE: "unchanged", "dataset/d": "delete"}
    assert not published.report.failed
    prepared, published = roll_back(first)
    assert actions(prepared) == {"dataset/d": "create"}
    assert not published.report.failed


def test_of_two_publishers_at_once_one_waits_to_be_told(clones: list[Place], tmp_path: Path) -> None:
    first, second = clones
    source = write_tree(tmp_path / "tree", {NOTE: document(NOTE)})
    begun, ended = threading.Event(), threading.Event()
    prepared = prepare_publish(first, source, Terms())

    def wait(_: object) -> None:
        begun.set()
        assert ended.wait(30)

    worker = threading.Thread(target=lambda: apply(first, prepared, on_outcome=wait))
    worker.start()
    assert begun.wait(30)
    other = write_tree(tmp_path / "other", {NOTE: document(NOTE, value=2)})
    with pytest.raises(LockedError, match="a test") as caught:
        apply(second, prepare_publish(second, other, Terms(adopt=True)), on_outcome=lambda _: None)
    assert caught.value.holder is not None
    assert caught.value.holder.purpose.startswith("publish ")
    ended.set()
    worker.join(30)
    prepared, published = publish(second, other)
    assert actions(prepared) == {NOTE: "update"}
    assert not published.report.failed
