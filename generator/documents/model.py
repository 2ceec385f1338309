"""An artifact as an ordered JSON document: what Synapse Studio keeps in git, and what goes over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
        properties = self.body.get("properties")
        return properties if isinstance(properties, dict) else {}


def format_path(path: JsonPath) -> str:
    """Return a path as people read it: ``properties.activities[0].name``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
