"""The pipeline ``<name>_setup``: the objects in the SQL pool, on demand after a publish.

Only this pipeline needs DDL rights; the nightly ones do not create anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.build.activities import (
    Activity,
    ScriptBlock,
    after,
    fail,
    if_condition,
    return_values,
    script,
    set_variable,
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

_TABLES = "Create tables"
_PROCEDURE = "Create procedure"
_NOTE = "Note why"
_NO_PREDICT = "Only PREDICT may be missing"
_VARIABLE = "predict_problem"


def setup_pipeline(spec: AutoMlSpec, environment: Environment, names: Names, statements: Statements) -> Document:
    """Return the pipeline that creates tables and procedure where they are missing."""
    linked_service = sql_linked_service(environment)
    activities = resume_activities(environment)
    tables = [ScriptBlock(text) for _, text in statements.setup]
    activities.append(script(_TABLES, linked_service, tables, depends_on=[after(RESUMED)] if activities else []))
    variables: dict[str, Any] = {}
    if statements.procedure:
        blocks = [ScriptBlock(text) for _, text in statements.procedure]
        activities.append(script(_PROCEDURE, linked_service, blocks, depends_on=[after(_TABLES)]))
    if spec.score.engine == "auto":
        activities += _without_predict()
        variables[_VARIABLE] = {"type": "String", "defaultValue": ""}
    return pipeline(
        names.setup,
        activities,
        description=f"Creates what {spec.name} needs in the SQL pool. Needs DDL rights; run it after a publish.",
        variables=variables | pool_variables(environment),
        folder=spec.folder or spec.name,
    )


def _without_predict() -> list[Activity]:
    """Let the run go on where the pool refuses the procedure's syntax: where PREDICT is switched off, Spark scores.

    A pool without PREDICT says ``Incorrect syntax near '='`` or ``near 'MODEL'`` (MicrosoftDocs/sql-docs, pull request
    9795; microsoft/MCW-Azure-Synapse-Analytics-and-AI, issue 8); anything else is a failure.
    """
    problem = f"variables('{_VARIABLE}')"
    other = fail("The procedure was refused", f"@{problem}", "ProcedureRefused")
    return [
        set_variable(
            _NOTE, _VARIABLE, f"@activity('{_PROCEDURE}').error.message", depends_on=[after(_PROCEDURE, "Failed")]
        ),
        if_condition(
            _NO_PREDICT, f"@contains({problem}, 'Incorrect syntax')", if_false=[other], depends_on=[after(_NOTE)]
        ),
        return_values(
            "Return",
            {"predict_problem": f"@{problem}"},
            depends_on=[after(_TABLES), after(_PROCEDURE, "Completed"), after(_NO_PREDICT, "Succeeded", "Skipped")],
        ),
    ]
