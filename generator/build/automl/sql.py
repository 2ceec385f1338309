"""The T-SQL of an AutoML spec: the statements, and the files in which people review them.

Rows are replaced in a transaction, as "Use transactions in dedicated SQL pool" shows: TRY and CATCH, rolled back before
anything else. No DDL stands in one: the pool has none there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.spec.automl import HashDistribution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.build.automl.contract import Contract
    from generator.build.automl.names import Names
    from generator.spec.automl import AutoMlSpec
    from generator.templating import Templates


@dataclass(frozen=True, slots=True)
class SqlFile:
    """A file of ``sql/<env>/``: one object or one step, named in the order in which they run."""

    path: str
    """Relative to ``sql/<env>/``, with forward slashes."""
    text: str


@dataclass(frozen=True, slots=True)
class Statements:
    """The statements of a spec, by step; each text is one batch. What the spec's engine never runs is not there."""

    setup: tuple[tuple[str, str], ...]
    """What mends a half-done swap and creates the tables: file name and text, in order."""
    procedure: tuple[tuple[str, str], ...]
    """Dropping, creating and granting the procedure; empty where only Spark scores."""
    load_model: tuple[tuple[str, str], ...]
    load: tuple[tuple[str, str], ...]
    count: str
    in_service: str
    probe: tuple[tuple[str, str], ...]
    """Whether PREDICT works; empty where nobody asks."""
    spark_predictions: tuple[tuple[str, str], ...]
    """Copying and keeping the predictions that Spark made; empty where it makes none."""
    evaluate: str
    sample: str


class StatementRenderer:
    """Renders the statements of one spec in one environment."""

    def __init__(self, spec: AutoMlSpec, names: Names, contract: Contract, templates: Templates) -> None:
        self._spec = spec
        self._names = names
        self._templates = templates
        score = spec.score
        self._input = names.table if score.mode == "full" else names.table_load
        self._base: Mapping[str, Any] = {
            "columns": contract.columns,
            "features": contract.features,
            "input": self._input,
            "key": contract.key,
            "load": names.table_load,
            "max_errors": score.reject_rows,
            "model_name": spec.name,
            "models": names.models,
            "old": names.table_old,
            "prediction_type": contract.prediction_type,
            "predictions": names.predictions,
            "procedure": names.procedure,
            "table": names.table,
            "target": contract.target.name,
        }

    def statements(self) -> Statements:
        """Render all of them."""
        names = self._names
        return Statements(
            setup=self._setup(),
            procedure=self._procedure(),
            load_model=(
                (f"empty_{names.models_load.name}", self._sql("empty_load", load=names.models_load)),
                (f"copy_{names.models_load.name}", self._copy_model()),
                (f"insert_{names.models.name}", self._sql("insert_model", load=names.models_load)),
            ),
            load=self._load(),
            count=self._sql("count_loaded"),
            in_service=self._sql("model_in_service"),
            probe=(("probe_predict", self._sql("probe_predict")),) if self._spec.score.engine == "auto" else (),
            spark_predictions=self._spark_predictions(),
            evaluate=self._sql(f"evaluate_{self._spec.train.task}"),
            sample=self._sql("sample_predictions"),
        )

    def _sql(self, template: str, **values: Any) -> str:
        return self._templates.render(f"sql/automl/{template}.sql.j2", {**self._base, **values})

    def _setup(self) -> tuple[tuple[str, str], ...]:
        names, score = self._names, self._spec.score
        distribution = score.distribution
        shape = {
            "hash_column": distribution.hash if isinstance(distribution, HashDistribution) else None,
            "replicate": distribution == "replicate",
            "heap": score.index == "heap",
        }
        loads = "Where COPY lands new rows, before they are counted and swapped in."
        by_spark = ((str(names.predictions_load), self._sql("predictions_load_table", table=names.predictions_load)),)
        return (
            *self._repair(),
            (str(names.models), self._sql("models_table", table=names.models)),
            (str(names.models_load), self._sql("model_load_table", table=names.models_load)),
            (str(names.table), self._sql("data_table", purpose="The rows to predict for.", **shape)),
            # The twin has the same shape: the two change places with each load.
            (str(names.table_load), self._sql("data_table", table=names.table_load, purpose=loads, **shape)),
            (str(names.predictions), self._sql("predictions_table", table=names.predictions)),
            *(by_spark if score.engine != "predict" else ()),
        )

    def _procedure(self) -> tuple[tuple[str, str], ...]:
        if self._spec.score.engine == "spark":
            return ()
        procedure = self._names.procedure
        grants = tuple(
            (f"grant_{number}_{procedure}", self._sql("grant_execute", principal=principal))
            for number, principal in enumerate(self._spec.score.grant_execute_to, start=1)
        )
        return (
            (f"drop_{procedure}", self._sql("drop_procedure")),
            (str(procedure), self._sql("predict_procedure")),
            *grants,
        )

    def _load(self) -> tuple[tuple[str, str], ...]:
        names = self._names
        before = (
            *self._repair(),
            (f"empty_{names.table_load.name}", self._sql("empty_load")),
            (f"copy_{names.table_load.name}", self._copy_data()),
            (f"check_{names.table_load.name}", self._sql("check_load")),
        )
        if self._spec.score.mode == "incremental":
            return (*before, (f"upsert_{names.table.name}", self._sql("upsert")))
        return (*before, (f"swap_{names.table.name}", self._sql("swap")))

    def _repair(self) -> tuple[tuple[str, str], ...]:
        """Mend a half-done swap; also before tables that are missing are created, which would seal it."""
        if self._spec.score.mode == "incremental":
            return ()
        return ((f"repair_{self._names.table.name}", self._sql("repair_swap")),)

    def _copy_data(self) -> str:
        return self._sql("copy_data", url=f"{self._names.lake_https}{self._names.test_path}/*.csv")

    def _copy_model(self) -> str:
        url = f"{self._names.lake_https}{self._names.model_path}/load/*.csv"
        return self._sql("copy_model", load=self._names.models_load, url=url)

    def _spark_predictions(self) -> tuple[tuple[str, str], ...]:
        if self._spec.score.engine == "predict":
            return ()
        load = self._names.predictions_load
        url = f"{self._names.lake_https}{self._names.prediction_path}/*.csv"
        return (
            (f"empty_{load.name}", self._sql("empty_load", load=load)),
            (f"copy_{load.name}", self._sql("copy_predictions", load=load, url=url)),
            ("keep_predictions", self._sql("keep_predictions", load=load)),
        )


def sql_files(spec: AutoMlSpec, statements: Statements) -> tuple[SqlFile, ...]:
    """Return the files in the order in which the statements run; each hundred is a stage."""
    stages = (
        (100, statements.setup),
        (200, statements.procedure),
        (300, statements.load_model),
        (400, (*statements.load, ("count_loaded", statements.count))),
        (500, (("model_in_service", statements.in_service), *statements.probe)),
        (600, statements.spark_predictions),
        (700, (("evaluate", statements.evaluate), ("sample", statements.sample))),
    )
    return tuple(
        SqlFile(f"{spec.name}/{stage + number}_{_file_name(name)}.sql", text)
        for stage, steps in stages
        for number, (name, text) in enumerate(steps, start=1)
    )


def _file_name(name: str) -> str:
    # Names may hold anything that SQL allows; a file name may not.
    return "".join(c if c.isalnum() or c in "._-" else "_" for c in name)
