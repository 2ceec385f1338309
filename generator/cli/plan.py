"""``synapse-gen plan``: what a publish would do, and why; nothing is written to the workspace."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.options import (
    adopt_option,
    environment_option,
    out_option,
    plan_format_option,
    project_option,
    prune_option,
)
from generator.cli.past import tell_of_unfinished
from generator.cli.place import place_of, told
from generator.cli.project import open_project, render
from generator.cli.publishing import objections, source_of, warn_of_git
from generator.cli.terminal import progress, result, show_diagnostics
from generator.diagnostics import Diagnostic, ExitCode, Location, SynapseGenError
from generator.spec.load import environment_of

if TYPE_CHECKING:
    from generator.publish import Plan


@click.command("plan")
@environment_option
@out_option
@click.option("--exit-code", "tells", is_flag=True, help="Exit with 1 where the plan is not empty.")
@prune_option
@adopt_option
@plan_format_option
@project_option
def command(
    environment: str | None,
    out: Path | None,
    tells: bool,
    prune: bool,
    adopt: bool,
    output_format: str,
    project: Path | None,
) -> int:
    """Show what a publish would create, update and delete, and which triggers it would stop and start.

    A plan that is saved is carried out by `publish --plan FILE`, or refused where anything has moved since.
    """
    from generator.publish import Terms, prepare_publish

    loaded = open_project(project)
    name, chosen = environment_of(loaded, environment)
    source = source_of(render(loaded, name), name)
    with told():
        place, _ = place_of(loaded, name, chosen)
        prepared = prepare_publish(place, source, Terms(prune=prune, adopt=adopt))
        tell_of_unfinished(place, prepared.loaded.state)
    plan = prepared.plan
    warn_of_git(chosen, prepared.live.description)
    result(_shown(plan, output_format))
    if out:
        _write(out, plan.to_json())
        progress(f"saved to {out}; carry it out with `synapse-gen publish --env {name} --plan {out}`")
    found = objections(plan, loaded, in_full=False)
    show_diagnostics(found)
    return int(ExitCode.FINDINGS if found or (tells and not plan.is_empty) else ExitCode.DONE)


def _shown(plan: Plan, output_format: str) -> str:
    match output_format:
        case "json":
            return plan.to_json()
        case "markdown":
            from generator.cli.plan_markdown import markdown_of

            return markdown_of(plan)
        case _:
            from generator.cli.plan_text import text_of

            return "\n".join(text_of(plan))


def _write(path: Path, text: str) -> None:
    """Write a file whole; SYN430 where the disk refuses."""
    try:
        if path.exists() and not path.is_file():
            # A pipe or a device: to put a file in its place would be to destroy it.
            path.write_text(f"{text}\n", encoding="utf-8")
        else:
            _replace(path.resolve(), f"{text}\n")
    except OSError as error:
        reason = error.strerror or str(error)
        raise SynapseGenError(
            Diagnostic("SYN430", f"the plan cannot be written: {reason}", Location(str(path))),
            exit_code=ExitCode.MACHINE,
        ) from error


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=".synapse-gen-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
