"""The texts of a document that the service evaluates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKind
from generator.documents.activity_types import ACTIVITY_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.documents.model import Document, JsonPath

EVALUATED = frozenset({ArtifactKind.PIPELINE, ArtifactKind.DATASET, ArtifactKind.LINKED_SERVICE, ArtifactKind.TRIGGER})
"""The kinds whose texts are evaluated; a notebook or a SQL script is text for another language."""

# People's texts, in a document's properties and in an activity: not evaluated.
_LABELS = frozenset({"name", "description", "annotations", "folder", "lastPublishTime", "runtimeState"})
_ACTIVITY_LISTS = frozenset({"activities"}.union(*(t.containers for t in ACTIVITY_TYPES.values())))


@dataclass(frozen=True, slots=True)
class ExpressionText:
    """A text with an expression in it, and where it stands."""

    text: str
    path: JsonPath


def expressions(document: Document) -> Iterator[ExpressionText]:
    """Yield every text of a document that holds an expression or an escaped ``@``, in its order.

    Names, descriptions, folders and annotations are people's texts: the service does not evaluate them.
    """
    if document.key.kind in EVALUATED:
        yield from _walk(document.properties, ("properties",), has_labels=True)


def _walk(value: Any, path: JsonPath, *, has_labels: bool) -> Iterator[ExpressionText]:
    if isinstance(value, str):
        if value.startswith("@") or "@{" in value:
            yield ExpressionText(value, path)
    elif isinstance(value, dict):
        for key, inner in value.items():
            if not (has_labels and key in _LABELS):
                yield from _walk(inner, (*path, key), has_labels=False)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _walk(inner, (*path, index), has_labels=path[-1] in _ACTIVITY_LISTS)
