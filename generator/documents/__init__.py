"""Ordered documents, what they refer to, and the activities and expressions inside them."""

from generator.documents.activities import ActivityPlace, activity_lists, walk_activities
from generator.documents.activity_types import ACTIVITY_TYPES, ActivityType
from generator.documents.expression_texts import ExpressionText, expressions
from generator.documents.model import Document, JsonPath, as_array, as_object, format_path, walk_values
from generator.documents.notebook_runs import run_notebooks
from generator.documents.references import POOL_REFERENCES, REFERENCE_TYPES, Reference, references, target_key, targets

__all__ = [
    "ACTIVITY_TYPES",
    "POOL_REFERENCES",
    "REFERENCE_TYPES",
    "ActivityPlace",
    "ActivityType",
    "Document",
    "ExpressionText",
    "JsonPath",
    "Reference",
    "activity_lists",
    "as_array",
    "as_object",
    "expressions",
    "format_path",
    "references",
    "run_notebooks",
    "target_key",
    "targets",
    "walk_activities",
    "walk_values",
]
