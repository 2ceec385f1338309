"""Seeded runs of publishing against a workspace where everything goes wrong, each followed by a clean publish.

A run begins with a workspace that holds foreign artifacts and a first version of ours, triggers running. A second
version is published while faults happen; a third publish meets none. Then the workspace must be what the tree says.
"""

from __future__ import annotations

import json
import random
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import SynapseGenError
from generator.local.faults.model import FaultFile
from generator.local.faults.serve import DataPlaneServer, data_plane_server
from generator.local.faults.virtual import VirtualClock
from generator.publish import Source, Terms, apply, prepare_publish
from generator.workspace.azure import AzureWorkspace
from tests.conftest import local_settings
from tests.contract.places import document, place_for, publish, write_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.local.store import ArtifactStore
    from generator.publish import Place

Documents = dict[str, dict[str, Any]]
FOREIGN = ("pipeline/theirs", "notebook/theirs", "trigger/theirs_running", "trigger/theirs_stopped")


@dataclass(frozen=True)
class World:
    """What one run works on; the workspace's state outlives its servers."""

    root: Path
    store: ArtifactStore
    random: random.Random

    @contextmanager
    def place(self, faults: FaultFile) -> Iterator[Place]:
        """A place whose workspace has these faults, on a clock of its own."""
        clock = VirtualClock()
        settings = local_settings(self.root / "never")
        with data_plane_server(settings, faults=faults, clock=clock, store=self.store) as server:
            workspace = AzureWorkspace.connect_local(server.url, server.token, clock=clock)
            try:
                yield place_for(workspace, self.root, clock=clock)
            finally:
                workspace.close()

    @contextmanager
    def server(self, faults: FaultFile) -> Iterator[DataPlaneServer]:
        """The workspace on the machine's own clock, for a client in another process."""
        with data_plane_server(local_settings(self.root / "never"), faults=faults, store=self.store) as server:
            yield server

    def tree(self, documents: Documents) -> Source:
        return write_tree(self.root / "tree", documents)


def first_version(rng: random.Random, size: int) -> Documents:
    """Artifacts of four levels that refer to each other, and triggers of every state."""
    found: Documents = {}
    levels = ("linkedService", "dataset", "notebook", "pipeline", "pipeline")
    names: list[list[str]] = []
    for level, folder in enumerate(levels):
        names.append([f"{folder}/{folder[0]}{level}_{n}" for n in range(size // len(levels))])
        for text in names[-1]:
            below = [other for group in names[:level] for other in group]
            needs = rng.sample(below, min(len(below), rng.randint(0, 3)))
            found[text] = document(text, *needs, value=rng.randint(0, 9))
    for number, state in enumerate(("Started", "Stopped", None)):
        started = {} if state is None else {"runtimeState": state}
        found[f"trigger/t{number}"] = document(f"trigger/t{number}", rng.choice(names[-1]), **started)
    return found


def changed_version(rng: random.Random, old: Documents) -> Documents:
    """Some artifacts changed, some gone with all that refers to them, some new."""
    new = json.loads(json.dumps(old))
    for text in rng.sample(sorted(new), len(new) // 3):
        new[text]["properties"]["value"] = rng.randint(10, 99)
    for text in rng.sample(sorted(new), 3):
        _remove(new, text)
    for number in range(3):
        text = f"dataset/new_{number}"
        new[text] = document(text, value=number)
    return new


def _remove(documents: Documents, text: str) -> None:
    if documents.pop(text, None) is None:
        return
    name = text.partition("/")[2]
    for other, body in list(documents.items()):
        if f'"referenceName": "{name}"' in json.dumps(body):
            _remove(documents, other)


def random_faults(rng: random.Random, seed: int) -> FaultFile:
    """A mixture of everything that a fault file knows."""
    kinds = (
        {"kind": "status", "status": rng.choice((500, 502, 503, 429)), "retry_after": rng.choice((None, 1, 5))},
        {"kind": "drop_before"},
        {"kind": "drop_after"},
        {"kind": "expired_token"},
        {"kind": "operation_fails"},
        {"kind": "operation_hangs", "seconds": rng.choice((5, 30, None)), "applied": rng.random() < 0.5},
        {"kind": "failed_body"},
        {"kind": "failed_body_after"},
    )
    faults = [k | {"rate": rng.choice((0.02, 0.1, 0.3))} for k in rng.sample(kinds, rng.randint(1, 5))]
    longest = rng.choice((0.0, 3.0, 10.0))
    return FaultFile.model_validate(
        {
            "seed": seed,
            "latency": rng.choice((0.0, 0.1)),
            "operations": {"duration": {"min": 0.0, "max": longest}, "retry_after": rng.choice((None, 10))},
            "concurrent_operations": {"limit": rng.choice((1, 3, 10, 1000)), "retry_after": rng.choice((None, 2))},
            "ignore_if_match": rng.random() < 0.5,
            "page_size": rng.choice((2, 100)),
            "faults": faults,
        }
    )


def state_of(store: ArtifactStore, texts: Any) -> dict[str, tuple[bytes, str] | None]:
    """Bytes and etag of artifacts, which change with every write."""
    found = {}
    for text in texts:
        stored = store.get(*_of(text))
        found[text] = (stored.content, stored.etag) if stored else None
    return found


def _of(text: str) -> tuple[ArtifactKind, str]:
    key = ArtifactKey.parse(text)
    return key.kind, key.name


def prepare_world(world: World) -> Documents:
    """Foreign artifacts and a first version of ours, published without faults."""
    first = first_version(world.random, 25)
    with world.place(FaultFile()) as place:
        for text in FOREIGN:
            needs = ("pipeline/theirs",) if text.startswith("trigger") else ()
            place.workspace.put(ArtifactKey.parse(text), json.dumps(document(text, *needs)).encode())
        place.workspace.start_trigger("theirs_running")
        _, published = publish(place, world.tree(first))
        assert not published.report.failed
        place.workspace.start_trigger("t2")  # its document says nothing: whoever started it wants it so
    return first


def publish_with_faults(world: World, documents: Documents, faults: FaultFile) -> None:
    """Publish; whatever the workspace does to us, what we raise is a diagnostic."""
    source = world.tree(documents)
    with world.place(faults) as place:
        try:
            prepared = prepare_publish(place, source, Terms(prune=True))
            apply(place, prepared, on_outcome=lambda _: None)
        except SynapseGenError:
            return


def converge(world: World, documents: Documents) -> None:
    """Publish without faults, once, and look at everything."""
    source = world.tree(documents)
    with world.place(FaultFile()) as place:
        prepared, published = publish(place, source, prune=True)
        assert not published.report.failed, published.report.failed
        again = prepare_publish(place, source, Terms(prune=True))
        assert again.plan.is_empty, again.plan
        assert not again.plan.conflicts
        assert not again.plan.left
        for text, body in documents.items():
            live = place.workspace.read(ArtifactKey.parse(text))
            assert live is not None, text
            assert {k: v for k, v in live.properties.items() if k not in ("lastPublishTime", "runtimeState")} == {
                k: v for k, v in body["properties"].items() if k != "runtimeState"
            }, text
        states = {t.key.name: t.properties["runtimeState"] for t in place.workspace.artifacts(ArtifactKind.TRIGGER)}
        for text, body in documents.items():
            if text.startswith("trigger/"):
                name = text.partition("/")[2]
                kept = "Started" if name == "t2" else "Stopped"
                assert states[name] == body["properties"].get("runtimeState", kept), name
        assert states["theirs_running"] == "Started"
        assert states["theirs_stopped"] == "Stopped"
    assert prepared.plan.purpose == "publish"


def run(seed: int, root: Path, store: ArtifactStore) -> None:
    """One run; raises AssertionError with the seed's own facts."""
    rng = random.Random(seed)  # noqa: S311 - no secret is made of it
    world = World(root, store, rng)
    first = prepare_world(world)
    foreign = state_of(store, FOREIGN)
    second = changed_version(rng, first)
    publish_with_faults(world, second, random_faults(rng, seed))
    converge(world, second)
    assert state_of(store, FOREIGN) == foreign
    gone = [text for text in first if text not in second]
    assert not any(state_of(store, gone).values()), "an artifact of ours was left"
