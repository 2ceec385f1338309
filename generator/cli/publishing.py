"""What plan, publish and rollback share: the committed tree as a source, what stands in the way, what became of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.cli.terminal import progress, seconds, show_diagnostics
from generator.diagnostics import Diagnostic, ExitCode, Location, Severity, SynapseGenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.cli.project import Rendering
    from generator.publish import Outcome, Plan, Published, Source
    from generator.spec.project import Environment

_MOST_LISTED = 3
_POOL_HINT = "make it, or name another in synapse.yaml"


def source_of(rendering: Rendering, name: str) -> Source:
    """Return the committed tree of an environment, which is what the specs render to.

    Raises SYN304 where it is not, and the errors that the rules find.
    """
    from generator.publish import Source

    changes = [c for c in rendering.changes().changes if c.path.startswith((f"artifacts/{name}/", f"sql/{name}/"))]
    if changes:
        raise SynapseGenError(_not_rendered(name, [c.path for c in changes]))
    findings = rendering.findings()
    if any(f.severity is Severity.ERROR for f in findings):
        raise SynapseGenError(*findings)
    show_diagnostics(findings)
    ours = frozenset(document.key for document in rendering.built[name].documents)
    root = rendering.project.root
    return Source(root, root / "artifacts" / name, root / "sql" / name, lambda key: key in ours)


def _not_rendered(name: str, paths: list[str]) -> Diagnostic:
    first, rest = ", ".join(paths[:_MOST_LISTED]), len(paths) - _MOST_LISTED
    more = f" and {rest} more" if rest > 0 else ""
    return Diagnostic(
        "SYN304",
        f"nothing was published: the committed tree of {name} is not what the specs render to: {first}{more}",
        hint=f"see `synapse-gen render --check --env {name}`; run `synapse-gen render`, review the changes, commit them",
    )


def require_live(environment: Environment, *, is_said: bool) -> None:
    """Raise SYN336, exit code 2, for a workspace that is connected to git, unless the user says ``--live``."""
    if environment.git == "connected" and not is_said:
        raise SynapseGenError(
            Diagnostic(
                "SYN336",
                f"{environment.workspace} is connected to git: what is published here is not what Studio shows,"
                " and Studio's next publish may undo it",
                hint="publish from Studio after merging the tree, or say --live",
            ),
            exit_code=ExitCode.USAGE,
        )


def warn_of_git(environment: Environment, description: Mapping[str, Any]) -> None:
    """Say where a workspace is connected to git, as synapse.yaml or the workspace itself has it."""
    repository = (description.get("properties") or {}).get("workspaceRepositoryConfiguration") or {}
    is_connected = bool(repository.get("type") or repository.get("repositoryName"))
    if environment.git == "connected":
        progress(f"{environment.workspace} is connected to git: Studio shows its branch, not what is published here")
    elif is_connected:
        found = Diagnostic(
            "SYN336",
            f"{environment.workspace} is connected to git ({repository.get('repositoryName') or 'a repository'}),"
            " synapse.yaml says that it is not",
            severity=Severity.WARNING,
            hint="write `git: connected` for the environment",
        )
        show_diagnostics([found])


def objections(plan: Plan) -> list[Diagnostic]:
    """Return why a plan cannot be carried out: conflicts, and pools that there are not."""
    files = {c.artifact: c.file for c in plan.changes}
    found = [
        Diagnostic(
            "SYN335",
            f"{missing.artifact}: {missing.reason}",
            Location(file) if (file := files.get(missing.artifact)) else None,
            hint=_POOL_HINT,
        )
        for missing in plan.missing_pools
    ]
    hint = (
        "bring the change into the specs, or take the artifact over with `--adopt`: the history keeps what it replaces"
    )
    found += [Diagnostic("SYN334", f"{conflict.artifact}: {conflict.reason}", hint=hint) for conflict in plan.conflicts]
    return found


def require_no_objection(plan: Plan) -> None:
    """Raise what stands in a plan's way, with what both sides have; nothing is written then."""
    found = objections(plan)
    if not found:
        return
    from generator.cli.plan_text import text_of

    if plan.conflicts:
        for line in text_of(
            plan.model_copy(update={"changes": (), "triggers": (), "left": (), "pools": (), "sql": ()})
        ):
            progress(line)
    raise SynapseGenError(*found, exit_code=ExitCode.WORKSPACE)


def told_outcome(outcome: Outcome) -> None:
    """Say what became of a step, while others are under way."""
    if outcome.is_done and outcome.step.verb != "put":
        done = {"delete": "deleted", "stop": "stopped", "start": "started"}[outcome.step.verb]
        progress(f"  {done} {outcome.step.key} ({seconds(outcome.seconds)})")
    elif outcome.is_done:
        progress(f"  published {outcome.step.key} ({seconds(outcome.seconds)})")


def conclusion(plan: Plan, published: Published, workspace: str) -> ExitCode:
    """Show every failure and a last line that counts; return the exit code."""
    report = published.report
    show_diagnostics([*_failures(plan, published), *_interrupted(published)])
    steps = [o for o in report.outcomes if o.step.verb in ("put", "delete")]
    done = sum(o.is_done for o in steps)
    total = len(plan.having("create", "update", "delete"))
    same = len(plan.having("unchanged"))
    verb = "brought back in" if plan.purpose == "rollback" else "published to"
    if total:
        rest = f", {same} unchanged" if same else ""
        progress(f"{done} of {total} artifacts {verb} {workspace} in {seconds(report.seconds)}{rest}")
    elif report.outcomes:
        progress(f"triggers of {workspace} are as they should be; {same} artifacts unchanged")
    else:
        progress(f"nothing to do: {workspace} has all {same} artifacts as they are in the tree")
    if published.publish_id:
        progress(f"this is {plan.purpose} {published.publish_id}")
    if report.is_interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.WORKSPACE if report.failed else ExitCode.DONE


def _failures(plan: Plan, published: Published) -> Iterator[Diagnostic]:
    files = {c.key.identity: c.file for c in plan.changes}
    for outcome in published.report.failed:
        step = outcome.step
        file = files.get(step.key.identity)
        where = Location(file) if file else None
        what = f"{step.key}" if step.verb == "put" else f"{step.verb} {step.key}"
        if outcome.blocked_by:
            yield Diagnostic("SYN306", f"{what} was not sent: {outcome.blocked_by.key} failed", where)
        elif outcome.changed:
            yield Diagnostic("SYN334", f"{what}: {outcome.error}", where, hint=_both(outcome))
        else:
            yield Diagnostic("SYN305", f"{what}: {outcome.error}", where)


def _both(outcome: Outcome) -> str:
    from generator.cli.plan_text import field_lines

    lines = [line for field in outcome.changed for line in field_lines(field)]
    return "\n      ".join(["what the workspace has now -> what was to be written", *lines])


def _interrupted(published: Published) -> Iterator[Diagnostic]:
    report = published.report
    if not report.is_interrupted:
        return
    for step in report.in_flight:
        yield Diagnostic("SYN305", f"{step.key} was sent; what became of it is not known")
    summary = "interrupted"
    if report.unsent:
        summary += f"; not sent: {', '.join(str(step.key) for step in report.unsent)}"
    yield Diagnostic("SYN306", summary, hint="publish again: it goes on where this ended")
