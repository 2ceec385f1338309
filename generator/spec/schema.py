"""JSON Schema of what people write, for editors."""

from __future__ import annotations

from typing import Any

from generator.spec.automl import AutoMlSpec
from generator.spec.project import Project

_MODELS = {"Project": Project, "AutoML": AutoMlSpec}


def json_schema(kind: str) -> dict[str, Any]:
    """Return the schema of ``Project`` (synapse.yaml) or ``AutoML``; KeyError for another kind."""
    schema = _MODELS[kind].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
