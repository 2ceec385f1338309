"""Ordered documents, what they refer to, and the activities inside them."""

from generator.documents.activities import ActivityPlace, walk_activities
from generator.documents.model import Document, JsonPath, format_path
from generator.documents.references import Reference, references

__all__ = [
    "ActivityPlace",
    "Document",
    "JsonPath",
    "Reference",
    "format_path",
    "references",
    "walk_activities",
]
