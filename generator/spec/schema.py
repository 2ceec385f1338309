"""JSON Schema of what people write, for editors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.spec.automl import AutoMlSpec
from generator.spec.patterns import PATTERNS
from generator.spec.project import Project

if TYPE_CHECKING:
    from pydantic import BaseModel

SPECS: dict[str, type[BaseModel]] = {"Project": Project, "AutoML": AutoMlSpec}
"""What people write, by the names that ``synapse-gen schema`` knows: synapse.yaml, and each kind of spec."""


def json_schema(title: str, model: type[BaseModel]) -> dict[str, Any]:
    """Return a model's schema (draft 2020-12).

    Titles that only repeat a key are left out, a pattern is explained where an editor shows it.
    """
    schema = _cleaned(model.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": title}


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
