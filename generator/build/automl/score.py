"""The pipeline ``<name>_score``: load the rows, predict in the pool or on Spark, keep and measure the predictions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.build.activities import (
    Activity,
    ScriptBlock,
    ScriptParameter,
    after,
    expression,
    fail,
    if_condition,
    notebook,
    return_values,
    script,
    stored_procedure,
)
from generator.build.automl.names import sql_linked_service
from generator.build.automl.pool import RESUMED, pool_variables, resume_activities
from generator.build.documents import pipeline

if TYPE_CHECKING:
    from generator.build.automl.names import Names
    from generator.build.automl.sql import Statements
    from generator.documents import Document
    from generator.spec.automl import AutoMlSpec
    from generator.spec.project import Environment

_LOAD, _LOOK_UP, _IN_SERVICE = "Load rows", "Look up model", "A model is in service"
_PROBE, _PREDICT = "Probe PREDICT", "Predict"
_SPARK, _KEEP = "Score on Spark", "Keep Spark predictions"
_EVALUATE = "Evaluate"
_RUN_ID = ScriptParameter("run_id", "String", expression("@pipeline().RunId"))


def score_pipeline(spec: AutoMlSpec, environment: Environment, names: Names, statements: Statements) -> Document:
    """Return the pipeline; ``expected_rows`` is what the load must bring, -1 where nobody knows."""
    resume = resume_activities(environment)
    activities = [
        *resume,
        _load(environment, statements, [after(RESUMED)] if resume else []),
        *_look_up(spec, environment, statements),
        *_predict(spec, environment, names, statements),
        *_measure(spec, environment, statements),
    ]
    return pipeline(
        names.score,
        activities,
        description=f"Loads {names.table}, predicts {spec.train.target}, keeps the predictions in {names.predictions}.",
        parameters={"expected_rows": {"type": "int", "defaultValue": -1}},
        variables=pool_variables(environment),
        folder=spec.folder or spec.name,
    )


def _load(environment: Environment, statements: Statements, depends_on: list[dict[str, Any]]) -> Activity:
    expected = ScriptParameter("expected_rows", "Int64", expression("@pipeline().parameters.expected_rows"))
    blocks = [
        ScriptBlock(text, parameters=(expected,) if name.startswith("check_") else ()) for name, text in statements.load
    ]
    return script(_LOAD, sql_linked_service(environment), blocks, depends_on=depends_on)


def _look_up(spec: AutoMlSpec, environment: Environment, statements: Statements) -> list[Activity]:
    queries = [ScriptBlock(statements.count, "Query"), ScriptBlock(statements.in_service, "Query")]
    return [
        script(_LOOK_UP, sql_linked_service(environment), queries, depends_on=[after(_LOAD)]),
        if_condition(
            _IN_SERVICE,
            f"@equals(activity('{_LOOK_UP}').output.resultSets[1].rowCount, 1)",
            if_false=[
                fail("No model", f"No model named {spec.name} is in service: run {spec.name}_train first.", "NoModel")
            ],
            depends_on=[after(_LOOK_UP)],
        ),
    ]


def _predict(spec: AutoMlSpec, environment: Environment, names: Names, statements: Statements) -> list[Activity]:
    engine = spec.score.engine
    ready = after(_IN_SERVICE)
    if engine == "predict":
        return [_procedure(environment, names, ready)]
    if engine == "spark":
        return _on_spark(environment, names, statements, ready)
    probe = script(
        _PROBE,
        sql_linked_service(environment),
        [ScriptBlock(text, "Query") for _, text in statements.probe],
        depends_on=[ready],
        description="PREDICT may be switched off in a dedicated SQL pool; where this fails, Spark scores.",
    )
    return [
        probe,
        _procedure(environment, names, after(_PROBE)),
        *_on_spark(environment, names, statements, after(_PROBE, "Failed")),
    ]


def _procedure(environment: Environment, names: Names, ready: dict[str, Any]) -> Activity:
    return stored_procedure(
        _PREDICT,
        environment.sql_pool.name,
        names.procedure.quoted,
        {"run_id": "@pipeline().RunId"},
        depends_on=[ready],
    )


def _on_spark(environment: Environment, names: Names, statements: Statements, ready: dict[str, Any]) -> list[Activity]:
    model = f"activity('{_LOOK_UP}').output.resultSets[1].rows[0]"
    version = ScriptParameter("version", "Int32", expression(f"@{model}.version"))
    blocks = [
        ScriptBlock(text, parameters=(_RUN_ID, version) if name.startswith("keep_") else ())
        for name, text in statements.spark_predictions
    ]
    pool = environment.spark_pool
    return [
        notebook(
            _SPARK,
            names.score_notebook,
            {"run_id": "@pipeline().RunId", "model_run_id": f"@{model}.run_id"},
            spark_pool=pool.name,
            executor_size=pool.executor_size,
            executors=pool.executors,
            depends_on=[ready],
        ),
        script(_KEEP, sql_linked_service(environment), blocks, depends_on=[after(_SPARK)]),
    ]


# Which activities may have been left out when the predictions are measured; the model's look-up never is, so
# that a failure before the fork fails the run.
_ENGINES = {
    "predict": [after(_PREDICT)],
    "spark": [after(_KEEP)],
    "auto": [
        after(_IN_SERVICE),
        after(_PREDICT, "Succeeded", "Skipped"),
        after(_SPARK, "Succeeded", "Skipped"),
        after(_KEEP, "Succeeded", "Skipped"),
    ],
}


def _measure(spec: AutoMlSpec, environment: Environment, statements: Statements) -> list[Activity]:
    queries = [
        ScriptBlock(statements.evaluate, "Query", (_RUN_ID,)),
        ScriptBlock(statements.sample, "Query", (_RUN_ID,)),
    ]
    loaded = f"activity('{_LOOK_UP}').output.resultSets[0].rows[0].loaded"
    row = f"activity('{_EVALUATE}').output.resultSets[0].rows[0]"
    measures = ("r2", "rmse") if spec.train.task == "regression" else ("accuracy",)
    complete = "Every row has a prediction"
    return [
        script(_EVALUATE, sql_linked_service(environment), queries, depends_on=_ENGINES[spec.score.engine]),
        if_condition(
            complete,
            f"@equals({row}.predicted, {loaded})",
            if_false=[
                fail(
                    "Predictions are missing",
                    f"@concat('Of ', string({loaded}), ' rows only ', string({row}.predicted), ' have a prediction.')",
                    "PredictionsMissing",
                )
            ],
            depends_on=[after(_EVALUATE)],
        ),
        return_values(
            "Return",
            {"loaded": f"@{loaded}"} | {key: f"@{row}.{key}" for key in ("predicted", "engine", *measures)},
            depends_on=[after(complete)],
        ),
    ]
