"""``kind: AutoML``: the artifacts of the machine-learning path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.build.automl.contract import Contract
from generator.build.automl.main import main_pipeline, triggers
from generator.build.automl.names import Names
from generator.build.automl.notebooks import notebooks
from generator.build.automl.score import score_pipeline
from generator.build.automl.scripts import sql_scripts
from generator.build.automl.services import linked_services
from generator.build.automl.setup import setup_pipeline
from generator.build.automl.sql import SqlFile, StatementRenderer, sql_files
from generator.build.automl.train import train_pipeline

if TYPE_CHECKING:
    from generator.documents import Document
    from generator.spec.automl import AutoMlSpec
    from generator.spec.project import Environment
    from generator.templating import Templates


def build_automl(
    spec: AutoMlSpec, environment: Environment, templates: Templates
) -> tuple[list[Document], tuple[SqlFile, ...]]:
    """Return all documents and SQL files of one validated spec in one environment."""
    names = Names.of(spec, environment)
    contract = Contract.of(spec)
    statements = StatementRenderer(spec, names, contract, templates).statements()
    documents = [
        *linked_services(environment),
        *notebooks(spec, environment, names, contract, templates),
        setup_pipeline(spec, environment, names, statements),
        train_pipeline(spec, environment, names, statements),
        score_pipeline(spec, environment, names, statements),
        main_pipeline(spec, names),
        *triggers(spec, names),
        *sql_scripts(spec, environment, names, statements),
    ]
    return documents, sql_files(spec, statements)
