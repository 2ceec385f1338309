"""What became of a publish or a rollback: each step while others are under way, every failure, and a last line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from generator.cli.terminal import progress, seconds, show_diagnostics
from generator.diagnostics import Diagnostic, ExitCode, Location

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from generator.publish import Outcome, Plan, Published
    from generator.publish.outcome import Report

_DONE = {"delete": "deleted", "stop": "stopped", "start": "started"}
_WRITTEN = {"publish": "published", "rollback": "brought back"}


def teller(purpose: str) -> Callable[[Outcome], None]:
    """Return what says a line for each step that is done; failures come at the end, all together."""
    done = {**_DONE, "put": _WRITTEN[purpose]}

    def told(outcome: Outcome) -> None:
        if outcome.is_done:
            progress(f"  {done[outcome.step.verb]} {outcome.step.key} ({seconds(outcome.seconds)})")

    return told


def conclusion(
    plan: Plan, published: Published, workspace: str, specs: Mapping[str, Location] | None = None
) -> ExitCode:
    """Show every failure and a last line that counts; return the exit code.

    ``specs`` are the places that artifacts come from, by kind and name.
    """
    report = published.report
    show_diagnostics([*_failures(plan, published, specs or {}), *_interrupted(published), *_unsaved(published)])
    progress(_last_line(plan, report, workspace))
    if published.publish_id:
        progress(f"this is {plan.purpose} {published.publish_id}")
    if report.is_interrupted:
        return ExitCode.INTERRUPTED
    return ExitCode.WORKSPACE if report.failed or published.unsaved else ExitCode.DONE


def _last_line(plan: Plan, report: Report, workspace: str) -> str:
    done = Counter(str(o.step.verb) for o in report.outcomes if o.is_done)
    writes, deletes = len(plan.having("create", "update")), len(plan.having("delete"))
    same = len(plan.having("unchanged"))
    parts = []
    if writes:
        where = {"publish": "to", "rollback": "in"}[plan.purpose]
        parts.append(f"{done['put']} of {writes} artifacts {_WRITTEN[plan.purpose]} {where} {workspace}")
    if deletes:
        parts.append(
            f"{done['delete']} of {deletes}" + (" deleted" if writes else f" artifacts deleted in {workspace}")
        )
    if parts:
        rest = f", {same} unchanged" if same else ""
        return f"{', '.join(parts)} in {seconds(report.seconds)}{rest}"
    if report.outcomes:
        state = "are not all as they should be" if report.failed else "are as they should be"
        return f"triggers of {workspace} {state}; {same} artifacts unchanged"
    if plan.purpose == "rollback":
        return f"nothing to do: {workspace} is already as it is to be"
    if taken := len(taken_over(plan)):
        return f"{taken} artifacts of {workspace} taken over, as they are in the tree already"
    return f"nothing to do: {workspace} has all {same} artifacts as they are in the tree"


def taken_over(plan: Plan) -> list[str]:
    """Return the artifacts that somebody else made or changed, and that become the project's without being written."""
    return [c.artifact for c in plan.having("unchanged") if c.reason.startswith("taken over")]


def _failures(plan: Plan, published: Published, specs: Mapping[str, Location]) -> Iterator[Diagnostic]:
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
            spec = specs.get(str(step.key))
            hint = f"it comes from {spec}" if spec else None
            yield Diagnostic("SYN305", f"{what}: {outcome.error}", where, hint=hint)


def _both(outcome: Outcome) -> str:
    from generator.cli.plan_text import field_lines

    lines = [line for field in outcome.changed for line in field_lines(field)]
    return "\n      ".join(["what the workspace has now -> what was to be written", *lines])


def _unsaved(published: Published) -> Iterator[Diagnostic]:
    if published.unsaved:
        message = f"what was published could not be written down: {published.unsaved}"
        yield Diagnostic("SYN338", message, hint="publish again: it finds out what was done")


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
