"""Which triggers are stopped and started: those that change or that run what changes, and no other.

The service refuses to change a trigger that runs ("Cannot update enabled Trigger"); a trigger that starts a pipeline of
which half is new would run neither the old nor the new one. Afterwards each is in the state of its document, or in the
one that it had where the document names none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKind
from generator.publish.plan import TriggerStep
from generator.publish.steps import closure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from generator.artifact import ArtifactKey
    from generator.publish.content import Content
    from generator.publish.live import Live
    from generator.publish.steps import HasContent, Identity

STARTED = "Started"


@dataclass(frozen=True, slots=True)
class TriggerCase:
    """What is known of one trigger of the project."""

    key: ArtifactKey
    wanted: Content | None
    """As it is to be; None where it goes, or is no longer in the tree."""
    live: Live | None
    goes: bool
    ran: bool
    """Whether an interrupted publish stopped it."""


def trigger_steps(
    cases: Iterable[TriggerCase],
    changed: AbstractSet[Identity],
    artifacts: tuple[Mapping[Identity, HasContent], Mapping[Identity, HasContent]],
) -> Iterator[TriggerStep]:
    """Yield what is done to triggers, each trigger's stop before its start.

    ``changed`` are the artifacts that are written or deleted; ``artifacts`` what is wanted, and what there is.
    """
    for case in sorted(cases, key=lambda c: c.key.sort_key):
        yield from _steps(case, changed, artifacts)


def _steps(
    case: TriggerCase,
    changed: AbstractSet[Identity],
    artifacts: tuple[Mapping[Identity, HasContent], Mapping[Identity, HasContent]],
) -> Iterator[TriggerStep]:
    name = case.key.name
    runs_now = case.live is not None and case.live.state == STARTED
    was_running = runs_now or (case.ran and case.live is not None)
    if case.goes:
        if runs_now:
            yield TriggerStep(trigger=name, action="stop", reason="it is deleted")
        return
    wanted = was_running if case.wanted is None or case.wanted.state is None else case.wanted.state == STARTED
    touched = changed & closure([case.key], artifacts) if changed else set()
    stops = runs_now and (bool(touched) or not wanted)
    if stops:
        yield TriggerStep(trigger=name, action="stop", reason=_why_stopped(case.key, touched))
    if wanted and (stops or not runs_now):
        yield TriggerStep(
            trigger=name, action="start", reason=_why_started(case, runs_now=runs_now), is_restored=was_running
        )


def _why_stopped(key: ArtifactKey, touched: AbstractSet[Identity]) -> str:
    if key.identity in touched:
        return "it changes"
    if touched:
        kind, name = min(touched, key=lambda i: (i[0] is not ArtifactKind.PIPELINE, i[0].folder, i[1]))
        return f"{kind.folder} {name} changes, which it runs"
    return "its document says Stopped"


def _why_started(case: TriggerCase, *, runs_now: bool) -> str:
    if runs_now:
        return "it ran before"
    if case.ran:
        return "an interrupted publish stopped it"
    return "its document says Started"
