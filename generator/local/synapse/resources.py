"""Artifacts as the data plane shows them, written once for each version; and what each refers to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKey, ArtifactKind, canonical_name
from generator.documents import Document, references
from generator.local.synapse.answers import to_json
from generator.local.synapse.trigger_state import runtime_state

if TYPE_CHECKING:
    from generator.local.store import ArtifactStore, Stored
    from generator.local.synapse.given import Given


@dataclass(frozen=True, slots=True)
class _Shown:
    etag: str
    text: bytes
    refers_to: frozenset[tuple[ArtifactKind, str]]


class Resources:
    """The artifacts of a workspace, those that it is given among them."""

    def __init__(self, store: ArtifactStore, given: Given, workspace_id: str) -> None:
        self._store = store
        self._given = given
        self.workspace_id = workspace_id
        # A publisher reads lists again and again; parsing each document each time took most of the answer's time.
        self._shown: dict[tuple[ArtifactKind, str], _Shown] = {}

    def get(self, kind: ArtifactKind, name: str) -> Stored | None:
        """Return an artifact; None where there is none."""
        return self._given.get(kind, name) or self._store.get(kind, name)

    def list(self, kind: ArtifactKind) -> list[Stored]:
        """Return a kind's artifacts by name."""
        given = self._given.list(kind)
        found = self._store.list(kind)
        return sorted([*given, *found], key=lambda s: s.name) if given else found

    def text(self, kind: ArtifactKind, stored: Stored) -> bytes:
        """Return an artifact as an answer holds it, in JSON."""
        return self._show(kind, stored).text

    def user_of(self, kind: ArtifactKind, name: str) -> str | None:
        """Return the first artifact that refers to one; None where none does."""
        wanted = (kind, canonical_name(name))
        for other in ArtifactKind:
            for stored in self._store.list(other):
                if (other, canonical_name(stored.name)) != wanted and wanted in self._show(other, stored).refers_to:
                    return stored.name
        return None

    def id_of(self, kind: ArtifactKind, name: str) -> str:
        """Return the id of an artifact in Azure."""
        return f"{self.workspace_id}/{kind.collection.lower()}/{name}"

    def _show(self, kind: ArtifactKind, stored: Stored) -> _Shown:
        key = (kind, canonical_name(stored.name))
        shown = self._shown.get(key)
        if shown is None or shown.etag != stored.etag:
            document = stored.document
            refers_to = references(Document(ArtifactKey(kind, stored.name), document))
            keys = frozenset(r.key.identity for r in refers_to if r.key is not None)
            shown = _Shown(stored.etag, to_json(self._resource(kind, stored, document)), keys)
            self._shown[key] = shown
        return shown

    def _resource(self, kind: ArtifactKind, stored: Stored, document: dict[str, Any]) -> dict[str, Any]:
        resource: dict[str, Any] = {
            "id": self.id_of(kind, stored.name),
            "name": stored.name,
            "type": f"Microsoft.Synapse/workspaces/{kind.collection.lower()}",
        }
        if "properties" in document:  # networks have none
            resource["properties"] = self._properties(kind, stored, document["properties"])
        return {**resource, "etag": stored.etag}

    def _properties(self, kind: ArtifactKind, stored: Stored, properties: dict[str, Any]) -> dict[str, Any]:
        """Return the properties with what the service adds, last as recorded (azure-cli: test_pipeline, test_trigger)."""
        if kind is ArtifactKind.PIPELINE:
            return {**properties, "lastPublishTime": f"{stored.changed[:19]}Z"}
        if kind is ArtifactKind.TRIGGER:
            kept = {name: value for name, value in properties.items() if name != "runtimeState"}
            return {**kept, "runtimeState": runtime_state(stored)}
        return properties
