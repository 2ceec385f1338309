"""Resuming a paused SQL pool from a pipeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.build.activities import Activity, after, set_variable, until, wait, web

if TYPE_CHECKING:
    from generator.spec.project import Environment

RESUMED = "Wait for the SQL pool"
STATUS_VARIABLE = "sql_pool_status"

# "SQL Pools - Get / Resume" of Microsoft.Synapse, stable version 2021-06-01: status is Online, Paused,
# Pausing, Resuming, Scaling, ...
_API_VERSION = "2021-06-01"


def resume_activities(environment: Environment) -> list[Activity]:
    """Return the activities that bring the pool online; none where the environment does not ask for it.

    Resuming a pool that is online answers with an error, which does not matter: the loop looks at the pool itself.
    """
    if not environment.sql_pool.resume:
        return []
    pool = (
        f"https://management.azure.com/subscriptions/{environment.subscription_id}"
        f"/resourceGroups/{environment.resource_group}/providers/Microsoft.Synapse"
        f"/workspaces/{environment.workspace}/sqlPools/{environment.sql_pool.name}"
    )
    look, note, pause = "Look at the SQL pool", "Note the pool status", "Pause before the next look"
    loop = [
        web(look, "GET", f"{pool}?api-version={_API_VERSION}", retry=2),
        set_variable(note, STATUS_VARIABLE, f"@activity('{look}').output.properties.status", depends_on=[after(look)]),
        wait(pause, 15, depends_on=[after(look, "Succeeded", "Failed"), after(note, "Succeeded", "Skipped")]),
    ]
    resume = "Resume the SQL pool"
    return [
        web(resume, "POST", f"{pool}/resume?api-version={_API_VERSION}", body="{}"),
        until(
            RESUMED,
            f"@equals(variables('{STATUS_VARIABLE}'), 'Online')",
            loop,
            timeout="0.00:30:00",
            depends_on=[after(resume, "Completed")],
        ),
    ]


def pool_variables(environment: Environment) -> dict[str, Any]:
    """Return the variables that :func:`resume_activities` sets."""
    return {STATUS_VARIABLE: {"type": "String", "defaultValue": ""}} if environment.sql_pool.resume else {}
