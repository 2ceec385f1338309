"""What is written down before and after a publish: pure functions from plan and outcomes to state and record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from generator.artifact import ArtifactKey, ArtifactKind
from generator.publish.history import Before, Entry
from generator.publish.planning import has_moved
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
    owned = {ArtifactKey.parse(text).identity: known for text, known in state.owned.items()}
    for change in plan.changes:
        if change.action != "unchanged":
            there = live.get(change.key.identity)
            before = _before(there, owned.get(change.key.identity)) if there else None
            yield change.artifact, Entry(action=change.action, before=before)


def _before(there: Live, owned: Owned | None) -> Before:
    has_secret = holds_secret(there.properties)
    moved = owned is not None and has_moved(there, owned)
    return Before(text=None if has_secret else there.text, owned=owned, has_moved=moved)


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
    """Return the state that follows a publish; what may still be under way stays pending.

    ``disowned`` are artifacts that are somebody else's again once they are brought back.
    """
    owned = _owned_after(state, plan, report.outcomes, wanted, live, disowned)
    is_whole = not report.failed and not report.is_interrupted
    return state.model_copy(
        update={
            "owned": owned,
            "pending": _still_pending(state, report),
            "sql": dict(sql) if is_whole else dict(state.sql),
        }
    )


def _owned_after(
    state: State,
    plan: Plan,
    outcomes: Iterable[Outcome],
    wanted: Mapping[Identity, Wanted],
    live: Mapping[Identity, Live],
    disowned: frozenset[Identity],
) -> dict[str, Owned]:
    # By identity: an artifact whose spelling changed is still one.
    owned = {ArtifactKey.parse(text).identity: (text, known) for text, known in state.owned.items()}
    done: dict[Identity, tuple[str, Owned]] = {}
    for change in plan.having("unchanged"):
        identity = change.key.identity
        done[identity] = (change.artifact, _unchanged(change, wanted[identity], live[identity]))
    for outcome in outcomes:
        key = outcome.step.key
        if not outcome.is_done:
            continue
        if outcome.step.verb is Verb.DELETE:
            owned.pop(key.identity, None)
        elif outcome.step.verb is Verb.PUT:
            done[key.identity] = (str(key), _as_published(wanted[key.identity], outcome.live))
    owned |= {identity: entry for identity, entry in done.items() if identity not in disowned}
    gone = disowned & done.keys()
    if plan.purpose == "publish":
        # What nobody has any more, here or there, is nobody's; a rollback reads only the kinds that it touches.
        gone |= owned.keys() - live.keys() - wanted.keys()
    return {text: known for identity, (text, known) in owned.items() if identity not in gone}


def _unchanged(change: Change, wanted: Wanted, there: Live) -> Owned:
    if wanted.was:
        return _moved(wanted.was)
    return Owned(wanted=_published_as(wanted), live=change.live or there.content.fingerprint, etag=there.etag)


def _as_published(wanted: Wanted, there: Live | None) -> Owned:
    if wanted.was:
        return _moved(wanted.was)
    # Where the service did not show it afterwards, it is taken to be as it was sent.
    fingerprint = there.content.fingerprint if there else wanted.content.fingerprint
    return Owned(wanted=_published_as(wanted), live=fingerprint, etag=there.etag if there else "")


def _moved(was: Owned) -> Owned:
    # Without its etag, which may be current: what somebody else wrote is a conflict again, as it was then.
    return was.model_copy(update={"etag": ""})


def _published_as(wanted: Wanted) -> str:
    return wanted.published_as or wanted.content.fingerprint


def _still_pending(state: State, report: Report) -> Pending | None:
    if state.pending is None:
        return None
    unsure = {o.step for o in report.outcomes if o.was_sent and not o.is_done} | set(report.in_flight)
    undone = {o.step for o in report.outcomes if not o.is_done} | {*report.in_flight, *report.unsent}
    asked = {step.key.identity for step in unsure}
    writes = {t: prints for t, prints in state.pending.writes.items() if ArtifactKey.parse(t).identity in asked}
    # A trigger that was to be started again, or that was to go and is still there, and is not known to run.
    stopped = {ArtifactKey(ArtifactKind.TRIGGER, name).identity: name for name in state.pending.running}
    waiting = {s.key.identity for s in undone if s.verb in (Verb.START, Verb.DELETE)}
    waiting -= {
        o.step.key.identity for o in report.outcomes if o.step.verb is Verb.START and o.is_done and not o.is_skipped
    }
    running = tuple(name for identity, name in stopped.items() if identity in waiting)
    if not writes and not running:
        return None
    return Pending(publish_id=state.pending.publish_id, writes=writes, running=running)


def _with(prints: tuple[str | None, ...] | None, new: str | None) -> tuple[str | None, ...]:
    return tuple(dict.fromkeys((*(prints or ()), new)))
