"""What a document refers to: ``{"referenceName": ..., "type": "...Reference"}`` anywhere inside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKey, ArtifactKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.documents.model import Document, JsonPath

_KIND_OF = {kind.reference: kind for kind in ArtifactKind if kind.reference}


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference and where it stands."""

    type: str
    """``PipelineReference``, ``BigDataPoolReference``, ... verbatim."""
    name: str
    path: JsonPath

    @property
    def key(self) -> ArtifactKey | None:
        """The artifact referred to; None for what is no artifact of ours (pools) or computed at run time."""
        kind = _KIND_OF.get(self.type)
        return ArtifactKey(kind, self.name) if kind and self.name else None


def references(document: Document) -> Iterator[Reference]:
    """Yield every reference; one whose name is an expression has an empty name."""
    yield from _walk(document.body, ())


def _walk(value: Any, path: JsonPath) -> Iterator[Reference]:
    if isinstance(value, dict):
        kind = value.get("type")
        if "referenceName" in value and isinstance(kind, str) and kind.endswith("Reference"):
            name = value["referenceName"]
            yield Reference(kind, name if isinstance(name, str) else "", path)
        for key, inner in value.items():
            yield from _walk(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, index))
