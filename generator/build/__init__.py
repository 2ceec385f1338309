"""From specs to documents and SQL: pure functions, a module for each kind of spec."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.build.automl import build_automl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.artifact import ArtifactKey
    from generator.build.automl.sql import SqlFile
    from generator.documents import Document
    from generator.spec.automl import AutoMlSpec
    from generator.spec.project import Environment
    from generator.templating import Templates


@dataclass(frozen=True, slots=True)
class Built:
    """Everything that follows from the specs in one environment."""

    documents: tuple[Document, ...]
    sql: tuple[SqlFile, ...]
    spec_of: Mapping[ArtifactKey, str]
    """The spec that each artifact comes from, by name; shared ones belong to the first that needs them."""


def build(specs: Sequence[AutoMlSpec], environment: Environment, templates: Templates) -> Built:
    """Build the documents and the SQL of all specs for one environment, in a stable order."""
    documents: dict[ArtifactKey, Document] = {}
    spec_of: dict[ArtifactKey, str] = {}
    sql: list[SqlFile] = []
    for spec in specs:
        made, files = build_automl(spec, environment, templates)
        for document in made:
            documents.setdefault(document.key, document)
            spec_of.setdefault(document.key, spec.name)
        sql.extend(files)
    ordered = tuple(documents[key] for key in sorted(documents, key=lambda k: k.sort_key))
    return Built(ordered, tuple(sql), spec_of)
