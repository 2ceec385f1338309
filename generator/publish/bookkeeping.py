"""What is written down before and after a publish: pure functions from plan and outcomes to state and record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from generator.artifact import ArtifactKey, ArtifactKind
from generator.publish.history import Before, Entry
from generator.publish.secrets import holds_secret
from generator.publish.state import Owned, Pending, State
from generator.publish.steps import Verb
from generator.publish.triggers import STARTED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from generator.publish.live import Live
    from generator.publish.outcome import Outcome, Report
    from generator.publish.plan import Change, Plan
    from generator.publish.planning import Wanted
    from generator.publish.steps import Identity


def entries_of(plan: Plan, live: Mapping[Identity, Live], state: State) -> Iterator[tuple[str, Entry]]:
    """Yield what a publish is about to replace or delete, for the history."""
    for change in plan.changes:
        if change.action != "unchanged":
            there = live.get(change.key.identity)
            before = _before(there, state.owned.get(change.artifact)) if there else None
            yield change.artifact, Entry(action=change.action, before=before)


def _before(there: Live, owned: Owned | None) -> Before:
    has_secret = holds_secret(there.properties)
    return Before(text=None if has_secret else there.text, owned=owned)


def trigger_states(plan: Plan, live: Mapping[Identity, Live]) -> dict[str, Literal["Started", "Stopped"]]:
    """Return the states that the triggers of a plan had before."""
    found: dict[str, Literal["Started", "Stopped"]] = {}
    for step in plan.triggers:
        there = live.get((ArtifactKind.TRIGGER, step.trigger.casefold()))
        ran = (there is not None and there.state == STARTED) or step.is_restored
        found[step.trigger] = "Started" if ran else "Stopped"
    return found


def pending_of(plan: Plan, publish_id: str, wanted: Mapping[Identity, Wanted], state: State) -> Pending:
    """Return what is to be remembered should this publish not come to its end, with what is remembered already."""
    old = state.pending
    writes = dict(old.writes) if old else {}
    for change in plan.changes:
        if change.action == "delete":
            writes[change.artifact] = _with(writes.get(change.artifact), None)
        elif change.action != "unchanged":
            mine = wanted[change.key.identity].content.fingerprint
            writes[change.artifact] = _with(writes.get(change.artifact), mine)
    running = {t.trigger for t in plan.triggers if t.action == "stop" or t.is_restored}
    running |= set(old.running) if old else set()
    return Pending(publish_id=publish_id, writes=writes, running=tuple(sorted(running)))


def state_after(
    state: State,
    plan: Plan,
    report: Report,
    wanted: Mapping[Identity, Wanted],
    live: Mapping[Identity, Live],
    *,
    disowned: frozenset[Identity] = frozenset(),
    sql: Mapping[str, str],
) -> State:
    """Return the state that follows a publish; what may still be under way stays pending."""
    owned = _owned_after(state, plan, report.outcomes, wanted, live)
    owned = {text: o for text, o in owned.items() if ArtifactKey.parse(text).identity not in disowned}
    pending = _still_pending(state, report)
    is_whole = not report.failed and not report.is_interrupted
    return state.model_copy(
        update={"owned": owned, "pending": pending, "sql": dict(sql) if is_whole else dict(state.sql)}
    )


def _owned_after(
    state: State,
    plan: Plan,
    outcomes: Iterable[Outcome],
    wanted: Mapping[Identity, Wanted],
    live: Mapping[Identity, Live],
) -> dict[str, Owned]:
    owned = dict(state.owned)
    for change in plan.changes:
        if change.action == "unchanged":
            owned[change.artifact] = _unchanged(change, wanted, live)
    for outcome in outcomes:
        key = outcome.step.key
        if not outcome.is_done:
            continue
        if outcome.step.verb is Verb.DELETE:
            owned.pop(str(key), None)
        elif outcome.step.verb is Verb.PUT and outcome.live:
            owned[str(key)] = _as_published(wanted[key.identity], outcome.live)
    # What nobody has any more, here or there, is nobody's.
    known = {**live, **wanted}
    return {text: o for text, o in owned.items() if ArtifactKey.parse(text).identity in known}


def _unchanged(change: Change, wanted: Mapping[Identity, Wanted], live: Mapping[Identity, Live]) -> Owned:
    there = live[change.key.identity]
    return Owned(
        wanted=_published_as(wanted[change.key.identity]),
        live=change.live or there.content.fingerprint,
        etag=there.etag,
    )


def _as_published(wanted: Wanted, there: Live) -> Owned:
    return Owned(wanted=_published_as(wanted), live=there.content.fingerprint, etag=there.etag)


def _published_as(wanted: Wanted) -> str:
    return wanted.published_as or wanted.content.fingerprint


def _still_pending(state: State, report: Report) -> Pending | None:
    if state.pending is None:
        return None
    unsure = {str(o.step.key) for o in report.outcomes if o.is_unknown} | {str(s.key) for s in report.in_flight}
    # A trigger that was to be started again, or may have to be, and is not known to run.
    starts = {o.step.key.name for o in report.outcomes if o.step.verb is Verb.START and not (o.is_done or o.is_skipped)}
    starts |= {s.key.name for s in (*report.unsent, *report.in_flight) if s.verb is Verb.START}
    running = tuple(name for name in state.pending.running if name in starts)
    writes = {text: prints for text, prints in state.pending.writes.items() if text in unsure}
    if not writes and not running:
        return None
    return Pending(publish_id=state.pending.publish_id, writes=writes, running=running)


def _with(prints: tuple[str | None, ...] | None, new: str | None) -> tuple[str | None, ...]:
    return tuple(dict.fromkeys((*(prints or ()), new)))
