"""Trees and places to publish to, for tests: a few artifacts as files, a workspace, a store in a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKey
from generator.publish import (
    Outcome,
    Place,
    Prepared,
    Published,
    Source,
    Terms,
    apply,
    prepare_publish,
    prepare_rollback,
)
from generator.workspace.clock import Clock, SystemClock
from generator.workspace.folder import FolderStore

if TYPE_CHECKING:
    from generator.workspace.objects import ObjectStore
    from generator.workspace.port import Workspace

_TYPES = {
    "linkedService": "LinkedServiceReference",
    "dataset": "DatasetReference",
    "pipeline": "PipelineReference",
    "notebook": "NotebookReference",
}


def document(key: str, *needs: str, **properties: Any) -> dict[str, Any]:
    """An artifact that refers to others and is of the form that the service takes."""
    folder, name = key.split("/")
    references = [{"referenceName": n.split("/")[1], "type": _TYPES[n.split("/")[0]]} for n in needs]
    if folder == "trigger":
        started = {"pipelines": [{"pipelineReference": r} for r in references], "type": "ScheduleTrigger"}
        return {"name": name, "properties": started | properties}
    return {"name": name, "properties": {"needs": references} | properties}


def write_tree(folder: Path, documents: Mapping[str, dict[str, Any]]) -> Source:
    """Write artifacts by key as a tree, and nothing else into its folder."""
    for old in folder.glob("*/*.json"):
        old.unlink()
    for key, body in documents.items():
        path = folder / f"{key}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body, indent="\t"))
    folder.mkdir(parents=True, exist_ok=True)
    return Source(folder.parent, folder)


def tree(folder: Path, *artifacts: tuple[str, dict[str, Any]]) -> Source:
    return write_tree(folder, dict(artifacts))


def place_for(
    workspace: Workspace, root: Path, *, clock: Clock | None = None, store: ObjectStore | None = None, name: str = "w"
) -> Place:
    """A place whose store is a folder of the test's."""
    return Place(
        workspace=workspace,
        store=store or FolderStore(root / "published"),
        clock=clock or SystemClock(),
        project="p",
        environment="e",
        name=name,
        who="a test",
    )


class Teller:
    """Keeps what is told while it happens."""

    def __init__(self) -> None:
        self.outcomes: list[Outcome] = []

    def __call__(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    @property
    def steps(self) -> list[str]:
        return [str(o.step) for o in self.outcomes]


def publish(
    place: Place, source: Source, *, on_outcome: Callable[[Outcome], None] | None = None, **terms: bool
) -> tuple[Prepared, Published]:
    """Plan and carry out; a plan with conflicts is not carried out by any command, nor here."""
    prepared = prepare_publish(place, source, Terms(**terms))
    assert not prepared.plan.conflicts, prepared.plan.conflicts
    return prepared, apply(place, prepared, on_outcome=on_outcome or (lambda _: None))


def roll_back(place: Place, publish_id: str | None = None, **terms: bool) -> tuple[Prepared, Published]:
    prepared = prepare_rollback(place, publish_id, Terms("rollback", **terms))
    assert not prepared.plan.conflicts, prepared.plan.conflicts
    return prepared, apply(place, prepared, on_outcome=lambda _: None)


def actions(prepared: Prepared) -> dict[str, str]:
    """What the plan does to each artifact."""
    return {c.artifact: c.action for c in prepared.plan.changes}


def steps_of(published: Published) -> list[str]:
    return [str(o.step) for o in published.report.outcomes if not o.is_skipped]


def key(text: str) -> ArtifactKey:
    return ArtifactKey.parse(text)
