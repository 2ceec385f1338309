"""An artifact as an ordered JSON document: what Synapse Studio keeps in git, and what goes over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.artifact import ArtifactKey

JsonPath = tuple[str | int, ...]
"""Keys and indices from the root of a document to a value."""


@dataclass(frozen=True, slots=True)
class Document:
    """A document with its key. ``body`` is ``{"name", "properties", ...}`` in its own order; nobody changes it."""

    key: ArtifactKey
    body: dict[str, Any]

    @property
    def properties(self) -> dict[str, Any]:
        """``body["properties"]``; empty where it is missing or no object."""
        return as_object(self.body.get("properties"))


def as_object(value: Any) -> dict[str, Any]:
    """Return a JSON object as it is, and an empty one for any other value: documents come from people too."""
    return value if isinstance(value, dict) else {}


def as_array(value: Any) -> list[Any]:
    """Return a JSON array as it is, and an empty one for any other value."""
    return value if isinstance(value, list) else []


def format_path(path: JsonPath) -> str:
    """Return a path as people read it: ``properties.activities[0].name``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def walk_values(value: Any, path: JsonPath = ()) -> Iterator[tuple[Any, JsonPath]]:
    """Yield a JSON value and every value below it, each with its path, in the order of the document."""
    yield value, path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk_values(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from walk_values(inner, (*path, index))
