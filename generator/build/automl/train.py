"""The pipeline ``<name>_train``: prepare on Spark, train in Azure Machine Learning, put the model into service.

The job is submitted and watched through Azure Machine Learning's jobs REST interface, because the
AzureMLExecutePipeline activity takes v1 assets only and a waiting notebook would hold a Spark pool.
"""

from __future__ import annotations

import json
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
    set_variable,
    until,
    wait,
    web,
)
from generator.build.automl.job import API_VERSION, datastore_uri, duration_minutes, job_properties, workspace_id
from generator.build.automl.names import sql_linked_service
from generator.build.automl.pool import RESUMED, pool_variables, resume_activities
from generator.build.documents import pipeline
from generator.expressions import quote_string

if TYPE_CHECKING:
    from generator.build.automl.names import Names
    from generator.build.automl.sql import Statements
    from generator.documents import Document
    from generator.spec.automl import AutoMlSpec
    from generator.spec.project import Environment

_STATUS = "job_status"
# What a job cannot leave any more: "JobStatus" of Azure Machine Learning's jobs REST interface.
_FINAL = ("Completed", "Failed", "Canceled")


def train_pipeline(spec: AutoMlSpec, environment: Environment, names: Names, statements: Statements) -> Document:
    """Return the pipeline; it hands the row counts and the chosen model to its caller."""
    resume = resume_activities(environment)
    activities = [
        _notebook("Prepare", names.prepare_notebook, {"run_id": "@pipeline().RunId"}, environment),
        *_job(spec, environment, names),
        _notebook(
            "Deploy",
            names.deploy_notebook,
            {"run_id": f"@{_PREPARED}.run_id", "job_name": f"@{_job_name(spec)}"},
            environment,
            depends_on=[after("Job completed")],
        ),
        *resume,
        _load_model(environment, statements, [after("Deploy"), *([after(RESUMED)] if resume else [])]),
        return_values("Return", _returned(), depends_on=[after("Load model")]),
    ]
    return pipeline(
        names.train,
        activities,
        description=f"Prepares rows, trains {spec.train.target} ({spec.train.task}), puts the best ONNX model into service.",
        variables={_STATUS: {"type": "String", "defaultValue": "NotStarted"}} | pool_variables(environment),
        folder=spec.folder or spec.name,
    )


def _notebook(
    name: str, notebook_name: str, parameters: dict[str, str], environment: Environment, depends_on: Any = ()
) -> Activity:
    pool = environment.spark_pool
    return notebook(
        name,
        notebook_name,
        parameters,
        spark_pool=pool.name,
        executor_size=pool.executor_size,
        executors=pool.executors,
        depends_on=depends_on,
    )


# The run that prepared the data, and the one whose model was deployed. A rerun from a failed activity is a run with an id
# of its own, in which what succeeded before is not done again: only what those notebooks say is where their files are.
_PREPARED = "json(activity('Prepare').output.status.Output.result.exitValue)"
_DEPLOYED = "json(activity('Deploy').output.status.Output.result.exitValue)"


def _job_name(spec: AutoMlSpec) -> str:
    # One job for the data of a run: its name is known before it exists, so that it can be found, watched and cancelled.
    return f"concat({quote_string(spec.name + '-')}, {_PREPARED}.run_id)"


def _job_url(spec: AutoMlSpec, environment: Environment, action: str = "") -> dict[str, str]:
    jobs = f"{environment.hosts.resource_manager_url}{workspace_id(environment)}/jobs/{spec.name}-"
    return expression(
        f"@concat({quote_string(jobs)}, {_PREPARED}.run_id, {quote_string(f'{action}?api-version={API_VERSION}')})"
    )


def _job(spec: AutoMlSpec, environment: Environment, names: Names) -> list[Activity]:
    find, submit, watch, cancel = "Find job", "Submit job", "Wait for job", "Cancel job"
    url, audience = _job_url(spec, environment), environment.hosts.resource_manager_audience
    return [
        web(
            find,
            "GET",
            url,
            audience,
            depends_on=[after("Prepare")],
            description="Fails where the job does not exist yet: the usual case. A rerun finds the job and waits for it.",
        ),
        web(submit, "PUT", url, audience, body=_body(spec, environment, names), depends_on=[after(find, "Failed")]),
        until(
            watch,
            f"@contains(createArray({', '.join(quote_string(s) for s in _FINAL)}), variables({quote_string(_STATUS)}))",
            _watch(spec, environment),
            timeout=_timeout(duration_minutes(spec.train.limits.timeout)),
            depends_on=[after(find, "Succeeded", "Failed"), after(submit, "Succeeded", "Skipped")],
            description="Holds no Spark pool. A look that fails is only a look: the loop goes on.",
        ),
        web(
            cancel,
            "POST",
            _job_url(spec, environment, "/cancel"),
            audience,
            body="{}",
            depends_on=[after(watch, "Failed")],
        ),
        if_condition(
            "Job completed",
            f"@equals(variables({quote_string(_STATUS)}), 'Completed')",
            if_false=[
                fail(
                    "Job did not complete",
                    f"@concat('The training job ', {_job_name(spec)}, ' ended as ', variables({quote_string(_STATUS)}),"
                    " '. Its log is in Azure Machine Learning studio, under Jobs.')",
                    "TrainingJobFailed",
                )
            ],
            depends_on=[after(watch)],
        ),
    ]


def _watch(spec: AutoMlSpec, environment: Environment) -> list[Activity]:
    pause, look, note = "Pause", "Look at job", "Note status"
    return [
        wait(pause, environment.azure_ml.poll_seconds),
        web(
            look,
            "GET",
            _job_url(spec, environment),
            environment.hosts.resource_manager_audience,
            depends_on=[after(pause)],
        ),
        set_variable(note, _STATUS, f"@activity('{look}').output.properties.status", depends_on=[after(look)]),
        # The only leaf of the loop: it succeeds whether the look did or not.
        wait("Go on", 1, depends_on=[after(look, "Succeeded", "Failed"), after(note, "Succeeded", "Skipped")]),
    ]


def _timeout(minutes: int) -> str:
    # The job ends by itself at its own timeout; two hours more for its queue and its set-up.
    hours, rest = divmod(minutes + 120, 60)
    days, hours = divmod(hours, 24)
    return f"{days}.{hours:02}:{rest:02}:00"


def _body(spec: AutoMlSpec, environment: Environment, names: Names) -> dict[str, str]:
    """Return the job's document as an expression: JSON text in which only the run's folder is interpolated."""
    run = "\x00run\x00"
    uri = datastore_uri(environment, f"{names.training_path}/{run}/")
    text = json.dumps({"properties": job_properties(spec, environment, uri)}, indent=4, ensure_ascii=False)
    escaped = text.replace("@{", "@@{")
    return expression(escaped.replace(json.dumps(run)[1:-1], f"@{{{_PREPARED}.run_id}}"))


def _load_model(environment: Environment, statements: Statements, depends_on: list[dict[str, Any]]) -> Activity:
    empty, copy, insert = (text for _, text in statements.load_model)
    texts = ("run_id", "child_run", "algorithm", "metric", "inputs")
    parameters = (
        *(ScriptParameter(t, "String", expression(f"@{_DEPLOYED}.{t}")) for t in texts),
        ScriptParameter("score", "Double", expression(f"@{_DEPLOYED}.score")),
        ScriptParameter("parts", "Int32", expression(f"@{_DEPLOYED}.parts")),
        ScriptParameter("bytes", "Int64", expression(f"@{_DEPLOYED}.bytes")),
    )
    blocks = [ScriptBlock(empty), ScriptBlock(copy), ScriptBlock(insert, parameters=parameters)]
    return script("Load model", sql_linked_service(environment), blocks, depends_on=depends_on)


def _returned() -> dict[str, str]:
    rows = {key: f"@{_PREPARED}.{key}" for key in ("prepared", "trained", "test")}
    model = {key: f"@{_DEPLOYED}.{key}" for key in ("child_run", "algorithm", "metric", "score", "rank", "children")}
    return rows | model
