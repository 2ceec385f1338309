"""Resuming a paused SQL pool from a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.build.activities import Activity, after, if_condition, set_variable, until, wait, web

if TYPE_CHECKING:
    from generator.spec.project import Environment

RESUMED = "Wait for the SQL pool"
STATUS_VARIABLE = "sql_pool_status"

# "SQL Pools - Get / Resume" of Microsoft.Synapse, stable version 2021-06-01: status is Online, Paused,
# Pausing, Resuming, Scaling, ...
_API_VERSION = "2021-06-01"


def resume_activities(environment: Environment) -> list[Activity]:
    """Return the activities that bring the pool online; none where the environment does not ask for it.

    A pool that is pausing cannot be resumed yet, so the loop resumes it where it has become paused. An Until may hold an
    IfCondition ("Nested activities in Azure Data Factory and Azure Synapse Analytics").
    """
    if not environment.sql_pool.resume:
        return []
    pool = (
        f"{environment.hosts.resource_manager_url}/subscriptions/{environment.subscription_id}"
        f"/resourceGroups/{environment.resource_group}/providers/Microsoft.Synapse"
        f"/workspaces/{environment.workspace}/sqlPools/{environment.sql_pool.name}"
    )
    look, note, pause = "Look at the SQL pool", "Note the pool status", "Pause before the next look"
    paused = "Resume it where it is paused"
    status = f"variables('{STATUS_VARIABLE}')"
    audience = environment.hosts.resource_manager_audience
    resume = web("Resume the SQL pool", "POST", f"{pool}/resume?api-version={_API_VERSION}", audience, body="{}")
    loop = [
        web(look, "GET", f"{pool}?api-version={_API_VERSION}", audience, retry=2),
        set_variable(note, STATUS_VARIABLE, f"@activity('{look}').output.properties.status", depends_on=[after(look)]),
        if_condition(paused, f"@equals({status}, 'Paused')", if_true=[resume], depends_on=[after(note)]),
        # The only leaf of the loop: a look or a call that failed is only one of many.
        wait(
            pause,
            15,
            depends_on=[
                after(look, "Succeeded", "Failed"),
                after(note, "Succeeded", "Skipped"),
                after(paused, "Completed", "Skipped"),
            ],
        ),
    ]
    return [until(RESUMED, f"@equals({status}, 'Online')", loop, timeout="0.00:30:00")]


def pool_variables(environment: Environment) -> dict[str, Any]:
    """Return the variables that :func:`resume_activities` sets."""
    return {STATUS_VARIABLE: {"type": "String", "defaultValue": ""}} if environment.sql_pool.resume else {}
