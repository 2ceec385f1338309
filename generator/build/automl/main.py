"""The pipeline ``<name>`` that runs the three others, and the triggers of those that run by themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.build.activities import after, execute_pipeline, expression, return_values
from generator.build.documents import pipeline, schedule_trigger

if TYPE_CHECKING:
    from generator.build.automl.names import Names
    from generator.documents import Document
    from generator.spec.automl import AutoMlSpec, Schedule


def main_pipeline(spec: AutoMlSpec, names: Names) -> Document:
    """Return the pipeline that sets up, trains and scores, and hands on what they return."""
    setup, train, score = "Set up", "Train", "Score"
    trained = f"activity('{train}').output.pipelineReturnValue"
    scored = f"activity('{score}').output.pipelineReturnValue"
    measures = ("r2", "rmse") if spec.train.task == "regression" else ("accuracy",)
    values = {key: f"@{trained}.{key}" for key in ("prepared", "trained", "test", "algorithm", "metric", "score")}
    values |= {key: f"@{scored}.{key}" for key in ("loaded", "predicted", "engine", *measures)}
    activities = [
        execute_pipeline(setup, names.setup, {}),
        execute_pipeline(train, names.train, {}, depends_on=[after(setup)]),
        execute_pipeline(
            score, names.score, {"expected_rows": expression(f"@{trained}.test")}, depends_on=[after(train)]
        ),
        return_values("Return", values, depends_on=[after(score)]),
    ]
    return pipeline(
        names.main,
        activities,
        description=spec.description
        or f"From the source to predictions of {spec.train.target}: sets up, trains, scores.",
        folder=spec.folder or spec.name,
    )


def triggers(spec: AutoMlSpec, names: Names) -> list[Document]:
    """Return a trigger for each schedule: people retrain weekly and score daily."""
    wanted = ((names.train, spec.train.schedule), (names.score, spec.score.schedule))
    return [
        schedule_trigger(
            f"{pipeline_name}_schedule",
            {pipeline_name: {}},
            recurrence(schedule),
            state=None if schedule.state == "keep" else schedule.state,
            description=f"Starts {pipeline_name}.",
        )
        for pipeline_name, schedule in wanted
        if schedule
    ]


def recurrence(schedule: Schedule) -> dict[str, Any]:
    """Return a trigger's recurrence; a start without ``Z`` is local time of its zone."""
    when: dict[str, Any] = {}
    if schedule.at:
        hours, minutes = (int(part) for part in schedule.at.split(":"))
        when = {"minutes": [minutes], "hours": [hours]}
    if schedule.on:
        when["weekDays"] = list(schedule.on)
    start = schedule.start
    if schedule.time_zone == "UTC" and not start.endswith("Z"):
        start += "Z"
    return {
        "frequency": schedule.every.capitalize(),
        "interval": schedule.interval,
        "startTime": start,
        "timeZone": schedule.time_zone,
        **({"schedule": when} if when else {}),
    }
