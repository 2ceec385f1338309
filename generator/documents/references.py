"""What a document refers to: ``{"referenceName": ..., "type": "...Reference"}`` anywhere inside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKey, ArtifactKind
from generator.documents.model import walk_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.documents.model import Document, JsonPath

# What a workspace has beside artifacts (azure-synapse-artifacts 0.22.0, models ...ReferenceType).
POOL_REFERENCES = ("BigDataPoolReference", "SqlPoolReference")
_CONTAINERS = (dict, list)
_KIND_OF = {kind.reference: kind for kind in ArtifactKind if kind.reference}
REFERENCE_TYPES = frozenset(_KIND_OF) | frozenset(POOL_REFERENCES)
"""Every ``type`` of a reference that Synapse knows."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference and where it stands."""

    type: str
    """``PipelineReference``, ``BigDataPoolReference``, ... verbatim; empty where it has none."""
    name: str
    """Empty where an expression makes the name at run time."""
    path: JsonPath
    value: Mapping[str, Any]
    """The reference itself, with its ``parameters``."""

    @property
    def is_expression(self) -> bool:
        """Whether the name is known at run time only."""
        return not self.name

    @property
    def key(self) -> ArtifactKey | None:
        """The artifact referred to; None for what is no artifact (pools) or computed at run time."""
        return target_key(self.type, self.name)


def targets(properties: Any) -> set[tuple[str, str]]:
    """Return type and name of everything that a document refers to by a name that it says, and not where: quickly.

    A workspace of a thousand artifacts has some hundred thousand values; whoever only orders them needs no places.
    """
    found = set()
    waiting = [properties] if properties.__class__ in _CONTAINERS else []
    while waiting:
        value = waiting.pop()
        if value.__class__ is dict:
            if "referenceName" in value and _is_literal(value["referenceName"]):
                kind = value.get("type")
                found.add((kind if isinstance(kind, str) else "", value["referenceName"]))
            waiting.extend(inner for inner in value.values() if inner.__class__ in _CONTAINERS)
        else:
            waiting.extend(inner for inner in value if inner.__class__ in _CONTAINERS)
    return found


def target_key(reference_type: str, name: str) -> ArtifactKey | None:
    """Return the artifact that a reference leads to; None for what is no artifact (pools)."""
    kind = _KIND_OF.get(reference_type)
    return ArtifactKey(kind, name) if kind and name else None


def _is_literal(name: Any) -> bool:
    return isinstance(name, str) and not name.startswith("@") and "@{" not in name


def references(document: Document) -> Iterator[Reference]:
    """Yield every reference of a document, in its order."""
    for value, path in walk_values(document.body):
        if isinstance(value, dict) and "referenceName" in value:
            name, kind = value["referenceName"], value.get("type")
            yield Reference(kind if isinstance(kind, str) else "", name if _is_literal(name) else "", path, value)
