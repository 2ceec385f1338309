"""``synapse-gen publish``: the committed tree of an environment into its workspace."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from generator.cli.options import (
    adopt_option,
    environment_option,
    live_option,
    project_option,
    prune_option,
    saved_plan_option,
    yes_option,
)
from generator.cli.outcomes import conclusion, taken_over, teller
from generator.cli.past import tell_of_unfinished
from generator.cli.place import place_of, told
from generator.cli.plan_text import counts_of, text_of
from generator.cli.project import open_project, render
from generator.cli.publishing import require_live, require_no_objection, some, source_of, warn_of_git
from generator.cli.setup import setup_line
from generator.cli.spec_lines import spec_lines
from generator.cli.terminal import agree, progress
from generator.diagnostics import ExitCode, SynapseGenError
from generator.spec.load import environment_of

if TYPE_CHECKING:
    from pathlib import Path

    from generator.cli.connect import Connection
    from generator.publish import Plan
    from generator.spec.load import LoadedProject


@dataclass(frozen=True, slots=True)
class Consent:
    """What the user allows."""

    prune: bool = False
    adopt: bool = False
    live: bool = False
    """Publishing to a workspace whose Studio shows a branch."""
    yes: bool = False
    """Deleting and taking over without a question."""


@click.command("publish")
@environment_option
@saved_plan_option
@prune_option
@adopt_option
@live_option
@yes_option
@project_option
def command(
    environment: str | None,
    saved: Path | None,
    prune: bool,
    adopt: bool,
    live: bool,
    yes: bool,
    project: Path | None,
) -> int:
    """Publish an environment's committed tree to its workspace: what changed, and nothing else.

    Refused where the tree is not what the specs render to, or where the rules find an error in it.
    """
    if saved and (prune or adopt):
        raise click.UsageError(
            "a saved plan says itself what it deletes and takes over; give --prune and --adopt to `plan`"
        )
    loaded = open_project(project)
    name, _ = environment_of(loaded, environment)
    return int(publish_environment(loaded, name, Consent(prune, adopt, live, yes), saved)[1])


def publish_environment(
    project: LoadedProject, name: str, consent: Consent, saved: Path | None = None
) -> tuple[Connection, ExitCode]:
    """Plan, ask where something is deleted or taken over, publish, and say what became of each artifact."""
    from generator.publish import Terms, apply, prepare_publish

    environment = project.project.environments[name]
    plan = _read(saved)
    if plan:
        _require_ours(plan, project, name, saved)
    rendering = render(project, name)
    source = source_of(rendering, name)
    require_live(environment, is_said=consent.live)
    terms = Terms(prune=plan.prune if plan else consent.prune, adopt=plan.adopt if plan else consent.adopt)
    with told():
        place, connection = place_of(project, name, environment)
        prepared = prepare_publish(place, source, terms)
        tell_of_unfinished(place, prepared.loaded.state)
        warn_of_git(environment, prepared.live.description)
        if plan:
            _require_unmoved(plan, prepared.plan, saved)
        require_no_objection(prepared.plan, project)
        _show(prepared.plan)
        if not _agreed(prepared.plan, consent, is_reviewed=plan is not None):
            progress("nothing was published")
            return connection, ExitCode.FINDINGS
        published = apply(place, prepared, on_outcome=teller("publish"))
    specs = spec_lines(project, rendering.built[name].spec_of) if published.report.failed else {}
    code = conclusion(prepared.plan, published, environment.workspace, specs)
    if code is ExitCode.DONE and (line := setup_line(prepared.plan, rendering)):
        progress(line)
    return connection, code


def _read(saved: Path | None) -> Plan | None:
    if saved is None:
        return None
    from generator.publish.saved import read_plan

    return read_plan(saved, str(saved))


def _require_ours(saved: Plan, project: LoadedProject, name: str, path: Path | None) -> None:
    """Raise SYN340, exit code 2, for a plan of another place, before anybody signs in to this one."""
    from generator.publish.saved import moved

    workspace = project.project.environments[name].workspace
    here = saved.model_copy(update={"project": project.project.name, "environment": name, "workspace": workspace})
    if found := list(moved(saved, here, str(path))):
        raise SynapseGenError(*found, exit_code=ExitCode.USAGE)


def _require_unmoved(saved: Plan, now: Plan, path: Path | None) -> None:
    from generator.publish.saved import is_carried_out, moved

    if is_carried_out(saved, now):
        progress("this plan was carried out already")
    elif found := list(moved(saved, now, str(path))):
        raise SynapseGenError(*found, exit_code=ExitCode.WORKSPACE)


def _show(plan: Plan) -> None:
    # What is created and updated was reviewed in git; what goes, or was somebody else's, is shown before it happens.
    if plan.having("delete") or plan.adopt:
        for line in text_of(plan.model_copy(update={"sql": ()})):
            progress(line)
        for artifact in taken_over(plan):
            progress(f"  = {artifact}: taken over as it is")
        return
    if not plan.is_empty:
        progress(counts_of(plan))
    kept: dict[str, list[str]] = {}
    for left in plan.left:
        kept.setdefault(left.reason, []).append(left.artifact)
    for reason, artifacts in kept.items():
        progress(f"  kept: {some(artifacts)}: {reason}")


def _agreed(plan: Plan, consent: Consent, *, is_reviewed: bool) -> bool:
    deletes = len(plan.having("delete"))
    takes = sum(change.reason.startswith("taken over") for change in plan.changes)
    if consent.yes or is_reviewed or not (deletes or takes):
        return True
    what = " and ".join(
        f"{verb} {count} artifact{'' if count == 1 else 's'}"
        for verb, count in (("delete", deletes), ("take over", takes))
        if count
    )
    return agree(f"{what} in {plan.workspace}")
