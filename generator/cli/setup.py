"""Which setup pipelines are to be run after a publish: tables and procedures are made by them, never by a publish."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKind
from generator.build.automl.names import Names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.cli.project import Rendering
    from generator.publish import Plan


def setup_line(plan: Plan, rendering: Rendering) -> str | None:
    """Return how many T-SQL files changed and what is to be run for them; None where none did."""
    if not plan.sql:
        return None
    files = f"{len(plan.sql)} T-SQL file{'' if len(plan.sql) == 1 else 's'} changed"
    pipelines = setup_pipelines(plan, rendering)
    if not pipelines:
        return f"{files}; no table or procedure with them"
    return f"{files}; run {', '.join(pipelines)}: `synapse-gen run {pipelines[0]} --env {plan.environment}`"


def setup_pipelines(plan: Plan, rendering: Rendering) -> list[str]:
    """Return the setup pipelines that run a file which changed; what other pipelines run needs nothing before it."""
    name = plan.environment
    changed = {change.file for change in plan.sql if change.action != "delete"}
    texts = {rendering.files[name][file].content.decode() for file in changed if file in rendering.files[name]}
    environment = rendering.project.project.environments[name]
    names = [Names.of(loaded.spec, environment).setup for loaded in rendering.project.specs]
    bodies = {d.key.name: d.body for d in rendering.built[name].documents if d.key.kind is ArtifactKind.PIPELINE}
    return [setup for setup in names if texts & set(_scripts(bodies.get(setup)))]


def _scripts(value: Any) -> Iterator[str]:
    """Yield the texts of all Script activities in a document."""
    if isinstance(value, dict):
        scripts = value.get("scripts")
        for script in scripts if isinstance(scripts, list) else ():
            yield str(script.get("text"))
        for inner in value.values():
            yield from _scripts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _scripts(inner)
