"""JSON Schema of what people write, for editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.spec.automl import AutoMlSpec
from generator.spec.patterns import PATTERNS
from generator.spec.project import Project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.spec.base import SpecModel

_MODELS: Mapping[str, type[SpecModel]] = {"Project": Project, "AutoML": AutoMlSpec}


def json_schema(kind: str) -> dict[str, Any]:
    """Return the schema (draft 2020-12) of ``Project`` (synapse.yaml) or ``AutoML``; KeyError for another kind.

    Titles that only repeat a key are left out, a pattern is explained where an editor shows it.
    """
    schema = _cleaned(_MODELS[kind].model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": kind}


def _cleaned(node: Any, *, names: bool = False) -> Any:
    """Clean a schema; ``names`` says that the keys here are those of a spec and no keywords."""
    if isinstance(node, list):
        return [_cleaned(item) for item in node]
    if not isinstance(node, dict):
        return node
    cleaned = {
        key: _cleaned(value, names=key in ("properties", "$defs") and not names)
        for key, value in node.items()
        if names or key != "title" or not isinstance(value, str)
    }
    pattern = None if names else cleaned.get("pattern")
    if isinstance(pattern, str) and pattern in PATTERNS and "description" not in cleaned:
        cleaned["description"] = PATTERNS[pattern]
    return cleaned
