"""Every name that follows from an AutoML spec: artifacts, tables, folders in the lake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.tsql.identifiers import ObjectName, parse_object_name

if TYPE_CHECKING:
    from generator.spec.automl import AutoMlSpec
    from generator.spec.project import Environment


@dataclass(frozen=True, slots=True)
class Names:
    """The names of one spec in one environment."""

    setup: str
    train: str
    score: str
    main: str
    prepare_notebook: str
    deploy_notebook: str
    score_notebook: str
    models: ObjectName
    models_load: ObjectName
    table: ObjectName
    table_load: ObjectName
    table_old: ObjectName
    procedure: ObjectName
    predictions: ObjectName
    predictions_load: ObjectName
    training_path: str
    test_path: str
    model_path: str
    prediction_path: str
    lake: str
    """The container as Spark names it: ``abfss://container@<account's host>/``, with the slash."""
    lake_https: str
    """The same place as COPY names it."""

    @classmethod
    def of(cls, spec: AutoMlSpec, environment: Environment) -> Names:
        """Derive all names; the spec was validated, so object names parse."""
        storage = environment.storage
        host = f"{storage.account}.{environment.hosts.dfs}"
        models = parse_object_name(spec.deploy.model_table)
        table = parse_object_name(spec.score.table)
        predictions = parse_object_name(spec.score.predictions)
        return cls(
            setup=f"{spec.name}_setup",
            train=f"{spec.name}_train",
            score=f"{spec.name}_score",
            main=spec.name,
            prepare_notebook=f"{spec.name}_prepare",
            deploy_notebook=f"{spec.name}_deploy",
            score_notebook=f"{spec.name}_score",
            models=models,
            models_load=models.sibling(f"_{spec.name}_load"),
            table=table,
            table_load=table.sibling("_load"),
            table_old=table.sibling("_old"),
            procedure=parse_object_name(spec.score.procedure),
            predictions=predictions,
            predictions_load=predictions.sibling("_load"),
            training_path=(spec.prepare.training_path or f"{spec.name}/train").rstrip("/"),
            test_path=spec.prepare.test_path.rstrip("/"),
            model_path=(spec.deploy.model_path or f"{spec.name}/models").rstrip("/"),
            prediction_path=(spec.score.prediction_path or f"{spec.name}/predictions").rstrip("/"),
            lake=f"abfss://{storage.container}@{host}/",
            lake_https=f"https://{host}/{storage.container}/",
        )


def sql_linked_service(environment: Environment) -> dict[str, Any]:
    """Return the reference to the workspace's own linked service for its SQL pools.

    ``<workspace>-WorkspaceDefaultSqlServer`` comes with every workspace and takes the pool as ``DBName``.
    """
    return {
        "referenceName": f"{environment.workspace}-WorkspaceDefaultSqlServer",
        "type": "LinkedServiceReference",
        "parameters": {"DBName": environment.sql_pool.name},
    }
