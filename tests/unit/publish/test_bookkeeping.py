"""What is written down before and after a publish, and that no crash makes it wrong."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.publish.bookkeeping import entries_of, pending_of, state_after, trigger_states
from generator.publish.live import Live, LiveWorkspace
from generator.publish.outcome import Outcome, Report
from generator.publish.planning import Target, Terms, Wanted, make_plan, settled
from generator.publish.state import Owned, Pending, State
from generator.publish.steps import Graph, Identity, Step, Verb, Work, graph_of
from tests.unit.publish.building import (
    TRIGGER,
    ArtifactKey,
    by_identity,
    key,
    live_of,
    owned_of,
    pipeline,
    plan_of,
    state_of,
    trigger,
    wanted_of,
)

if TYPE_CHECKING:
    from generator.publish.plan import Plan

P, Q, T = "pipeline/p", "pipeline/q", "trigger/t"
ONE, TWO = pipeline(description="one"), pipeline(description="two")


def done(verb: Verb, text: str, live: Live | None = None) -> Outcome:
    return Outcome(Step(verb, key(text)), live=live)


def failed(verb: Verb, text: str, *, was_sent: bool = True) -> Outcome:
    return Outcome(Step(verb, key(text)), error="no", was_sent=was_sent)


def after(
    plan: Plan,
    *outcomes: Outcome,
    state: State | None = None,
    wanted: Iterable[Wanted] = (),
    live: Iterable[Live] = (),
    in_flight: tuple[Step, ...] = (),
    unsent: tuple[Step, ...] = (),
    **members: Any,
) -> State:
    known, there = by_identity(wanted), by_identity(live)
    state = state or state_of()
    begun = state.model_copy(update={"pending": pending_of(plan, "id", known, state)})
    report = Report(outcomes, 1.0, in_flight, unsent)
    return state_after(begun, plan, report, known, there, **{"sql": {}} | members)


def test_what_was_written_is_ours_as_the_workspace_has_it() -> None:
    plan = plan_of({P: ONE})
    there = live_of(P, TWO, "e5")
    state = after(plan, done(Verb.PUT, P, there), wanted=[wanted_of(P, ONE)])
    assert state.owned == {P: owned_of(P, ONE, "e5", live=TWO)}
    assert state.pending is None


def test_what_was_written_is_ours_also_where_the_workspace_did_not_show_it() -> None:
    state = after(plan_of({P: ONE}), done(Verb.PUT, P), wanted=[wanted_of(P, ONE)])
    assert state.owned == {P: owned_of(P, ONE, "")}


def test_what_is_unchanged_is_ours_with_its_new_etag() -> None:
    there = live_of(P, ONE, "e7")
    known = state_of({P: owned_of(P, ONE)})
    state = after(plan_of({P: ONE}, [there], known.owned), state=known, wanted=[wanted_of(P, ONE)], live=[there])
    assert state.owned == {P: owned_of(P, ONE, "e7")}


def test_what_was_deleted_is_nobodys() -> None:
    there, known = live_of(P, ONE), state_of({P: owned_of(P, ONE)})
    plan = plan_of({}, [there], known.owned, prune=True)
    assert after(plan, done(Verb.DELETE, P), state=known, live=[there]).owned == {}
    assert after(plan, failed(Verb.DELETE, P), state=known, live=[there]).owned == known.owned


def test_a_new_spelling_takes_the_place_of_the_old_one() -> None:
    there, known = live_of("pipeline/a", ONE), state_of({"pipeline/a": owned_of("pipeline/a", ONE)})
    for body, outcomes in ((TWO, (done(Verb.PUT, "pipeline/A", live_of("pipeline/A", TWO, "e2")),)), (ONE, ())):
        plan = plan_of({"pipeline/A": body}, [there], known.owned)
        state = after(plan, *outcomes, state=known, wanted=[wanted_of("pipeline/A", body)], live=[there])
        assert list(state.owned) == ["pipeline/A"]


def test_the_history_knows_what_was_owned_under_another_spelling() -> None:
    there, known = live_of("pipeline/a", ONE), state_of({"pipeline/a": owned_of("pipeline/a", ONE)})
    plan = plan_of({"pipeline/A": TWO}, [there], known.owned)
    ((text, entry),) = entries_of(plan, by_identity([there]), known)
    assert text == "pipeline/A"
    assert entry.before
    assert (entry.before.text, entry.before.owned) == (there.text, known.owned["pipeline/a"])


def test_the_history_keeps_no_secret_and_nothing_of_what_stays() -> None:
    secret = {"typeProperties": {"password": {"type": "SecureString", "value": "hunter22"}}}
    there = [live_of("linkedService/l", secret), live_of(P, ONE)]
    owned = {"linkedService/l": owned_of("linkedService/l", secret), P: owned_of(P, ONE)}
    plan = plan_of({"linkedService/l": {}, P: ONE, Q: ONE}, there, owned)
    entries = dict(entries_of(plan, by_identity(there), state_of(owned)))
    assert sorted(entries) == ["linkedService/l", Q]
    before = entries["linkedService/l"].before
    assert before
    assert before.text is None
    assert entries[Q].before is None


def test_what_has_gone_from_tree_and_workspace_is_nobodys_after_a_publish() -> None:
    known = state_of({P: owned_of(P, ONE)})
    assert after(plan_of({}, [], known.owned), state=known).owned == {}


def test_a_rollback_loses_nothing_of_the_kinds_that_it_does_not_read() -> None:
    known = state_of({"notebook/n": owned_of("notebook/n", {}), P: owned_of(P, TWO)})
    there = live_of(P, TWO)
    plan = plan_of({P: ONE}, [there], known.owned, purpose="rollback")
    state = after(plan, done(Verb.PUT, P, live_of(P, ONE, "e2")), state=known, wanted=[wanted_of(P, ONE)], live=[there])
    assert sorted(state.owned) == ["notebook/n", P]


def test_what_was_somebody_elses_is_again_only_once_it_is_brought_back() -> None:
    known, there = state_of({P: owned_of(P, TWO)}), live_of(P, TWO)
    plan = plan_of({P: ONE}, [there], known.owned, purpose="rollback")
    disowned = frozenset({key(P).identity})
    arguments: dict[str, Any] = {"state": known, "wanted": [wanted_of(P, ONE)], "live": [there], "disowned": disowned}
    assert after(plan, done(Verb.PUT, P, live_of(P, ONE)), **arguments).owned == {}
    assert after(plan, failed(Verb.PUT, P), **arguments).owned == known.owned
    same = plan_of({P: TWO}, [there], known.owned, purpose="rollback")
    assert after(same, **{**arguments, "wanted": [wanted_of(P, TWO)]}).owned == {}


@pytest.mark.parametrize("was_sent", [True, False])
def test_what_may_be_under_way_stays_pending(was_sent: bool) -> None:
    plan = plan_of({P: ONE, Q: ONE})
    wanted = [wanted_of(P, ONE), wanted_of(Q, ONE)]
    state = after(plan, failed(Verb.PUT, P, was_sent=was_sent), done(Verb.PUT, Q), wanted=wanted)
    assert (list(state.pending.writes) if state.pending else []) == ([P] if was_sent else [])
    state = after(plan, in_flight=(Step(Verb.PUT, key(P)),), unsent=(Step(Verb.PUT, key(Q)),), wanted=wanted)
    assert state.pending
    assert list(state.pending.writes) == [P]


def test_pending_adds_to_what_an_earlier_publish_left() -> None:
    known = state_of(pending=Pending(publish_id="a", writes={P: ("1",), "dataset/d": (None,)}, running=("x",)))
    found = pending_of(plan_of({P: ONE}), "b", by_identity([wanted_of(P, ONE)]), known)
    assert found.writes == {P: ("1", wanted_of(P, ONE).content.fingerprint), "dataset/d": (None,)}
    assert (found.publish_id, found.running) == ("b", ("x",))


def running(plan: Plan, *outcomes: Outcome, wanted: Any = (), live: Any = (), **members: Any) -> tuple[str, ...]:
    state = after(plan, *outcomes, wanted=wanted, live=live, **members)
    return state.pending.running if state.pending else ()


def test_a_trigger_stays_to_be_started_until_it_is_known_to_run() -> None:
    there = [live_of(T, trigger(P, state="Started")), live_of(P, ONE)]
    owned = {T: owned_of(T, trigger(P)), P: owned_of(P, ONE)}
    tree = {T: trigger(P), P: TWO}
    plan = plan_of(tree, there, owned)
    arguments: dict[str, Any] = {"wanted": [wanted_of(t, b) for t, b in tree.items()], "live": there}
    stop, put = done(Verb.STOP, T), done(Verb.PUT, P, live_of(P, TWO))
    assert running(plan, stop, put, done(Verb.START, T), **arguments) == ()
    assert running(plan, stop, put, failed(Verb.START, T), **arguments) == ("t",)
    assert running(plan, stop, put, unsent=(Step(Verb.START, key(T)),), **arguments) == ("t",)
    assert running(plan, stop, put, in_flight=(Step(Verb.START, key(T)),), **arguments) == ("t",)


def test_a_trigger_that_was_to_go_and_did_not_is_to_be_started_unless_it_was() -> None:
    there = [live_of(T, trigger(P, state="Started"))]
    plan = plan_of({}, there, {T: owned_of(T, trigger(P))}, prune=True)
    stop, start = done(Verb.STOP, T), Step(Verb.START, key(T))
    assert running(plan, stop, done(Verb.DELETE, T), Outcome(start, is_skipped=True), live=there) == ()
    assert running(plan, stop, failed(Verb.DELETE, T), failed(Verb.START, T), live=there) == ("t",)
    assert running(plan, stop, failed(Verb.DELETE, T), done(Verb.START, T), live=there) == ()
    assert running(plan, stop, unsent=(Step(Verb.DELETE, key(T)), start), live=there) == ("t",)


def test_a_trigger_that_an_earlier_publish_stopped_and_that_cannot_go_is_not_forgotten() -> None:
    there = [live_of(T, trigger(P, state="Stopped"))]
    known = state_of({T: owned_of(T, trigger(P))}, pending=Pending(publish_id="a", writes={}, running=("t",)))
    plan = plan_of({}, there, state=known, prune=True)
    assert running(plan, failed(Verb.DELETE, T), live=there, state=known) == ("t",)


def test_the_hashes_of_the_sql_are_those_of_the_last_whole_publish() -> None:
    plan, sql = plan_of({P: ONE}), {"a.sql": "2"}
    known = state_of(sql={"a.sql": "1"})
    arguments: dict[str, Any] = {"state": known, "wanted": [wanted_of(P, ONE)], "sql": sql}
    assert after(plan, done(Verb.PUT, P), **arguments).sql == sql
    assert after(plan, failed(Verb.PUT, P), **arguments).sql == known.sql
    assert after(plan, unsent=(Step(Verb.PUT, key(P)),), **arguments).sql == known.sql


def test_the_states_of_triggers_before_are_kept() -> None:
    there = [live_of("trigger/T", trigger(P, state="Started")), live_of("trigger/u", trigger(P, state="Stopped"))]
    tree = {
        T: trigger(P, state="Stopped"),
        "trigger/u": trigger(P, state="Started"),
        "trigger/v": trigger(state="Started"),
    }
    owned = {T: owned_of(T, trigger(P)), "trigger/u": owned_of("trigger/u", trigger(P))}
    assert trigger_states(plan_of(tree, there, owned), by_identity(there)) == {
        "t": "Started",
        "u": "Stopped",
        "v": "Stopped",
    }


@dataclass
class World:
    """A workspace and a state, and publishes that end at any moment."""

    artifacts: dict[Identity, tuple[str, Any]] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    state: State = field(default_factory=state_of)
    etags: int = 0

    def live(self) -> dict[Identity, Live]:
        found = []
        for text, body in self.artifacts.values():
            is_trigger = key(text).kind is TRIGGER
            state = {"runtimeState": "Started" if key(text).name in self.running else "Stopped"} if is_trigger else {}
            found.append(live_of(text, body | state, f"{text} {body}"))
        return by_identity(found)

    def publish(self, tree: dict[str, Any], *, prune: bool, dice: random.Random, crash: float) -> bool:
        """Plan and carry out a random part in a right order; return whether it came to its end."""
        live, loaded = self.live(), self.state
        artifacts = by_identity(wanted_of(text, body) for text, body in tree.items())
        known = {*loaded.owned, *(loaded.pending.writes if loaded.pending else ())}
        gone = frozenset(k for k in map(key, known) if k.identity not in artifacts)
        target = Target(artifacts, gone if prune else frozenset(), frozenset() if prune else gone)
        state = settled(loaded, live)
        plan = make_plan(target, LiveWorkspace(live), state, Terms(prune=prune), lambda k: tree[str(k)])
        assert not plan.conflicts, "nobody else writes here"
        begun = state.model_copy(update={"pending": pending_of(plan, "x", artifacts, state)})
        self.state = begun
        outcomes: list[Outcome] = []
        waiting = dict(graph_for(plan, artifacts, live).needs)
        while waiting:
            step = dice.choice(
                sorted((s for s, n in waiting.items() if not n & waiting.keys()), key=lambda s: s.sort_key)
            )
            if dice.random() < crash:
                # What was sent may arrive after the process is dead.
                if dice.random() < 0.5:
                    self.carry_out(step, tree)
                return False
            del waiting[step]
            if dice.random() < crash:
                if dice.random() < 0.5:
                    self.carry_out(step, tree)
                outcomes.append(Outcome(step, error="a connection broke", was_sent=True))
                continue
            self.carry_out(step, tree)
            there = self.live().get(step.key.identity) if step.verb is Verb.PUT else None
            outcomes.append(Outcome(step, live=there))
        if dice.random() < crash:
            return False
        report = Report(tuple(outcomes), 1.0)
        self.state = state_after(begun, plan, report, artifacts, live, sql={})
        return not report.failed

    def carry_out(self, step: Step, tree: dict[str, Any]) -> None:
        identity, name = step.key.identity, step.key.name
        match step.verb:
            case Verb.PUT:
                body = {k: v for k, v in tree[str(step.key)].items() if k != "runtimeState"}
                self.artifacts[identity] = (str(step.key), body)
            case Verb.DELETE:
                self.artifacts.pop(identity, None)
                self.running.discard(name)
            case Verb.STOP:
                self.running.discard(name)
            case Verb.START:
                if identity in self.artifacts:
                    self.running.add(name)


def graph_for(plan: Plan, desired: dict[Identity, Wanted], live: dict[Identity, Live]) -> Graph:
    starts = [t for t in plan.triggers if t.action == "start"]

    def keys(steps: Iterable[Any]) -> frozenset[ArtifactKey]:
        return frozenset(ArtifactKey(TRIGGER, step.trigger) for step in steps)

    found = graph_of(
        Work(
            puts=frozenset(c.key for c in plan.having("create", "update")),
            deletes=frozenset(c.key for c in plan.having("delete")),
            stops=keys(t for t in plan.triggers if t.action == "stop"),
            starts=keys(starts),
            restores=keys(t for t in starts if t.is_restored),
            desired=desired,
            live=live,
        )
    )
    return Graph({s: n - found.if_failed for s, n in found.needs.items() if s not in found.if_failed})


@settings(derandomize=True, deadline=None, max_examples=200)
@given(st.integers(0, 2**32), st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=5))
def test_after_any_crashes_one_clean_publish_converges_and_nothing_is_lost_or_stolen(
    seed: int, publishes: list[tuple[int, bool]]
) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret is made of it
    foreign = {"pipeline/foreign": pipeline(), "trigger/foreign": trigger("pipeline/foreign")}
    world = World({key(t).identity: (t, body) for t, body in foreign.items()}, {"foreign"})

    def tree(version: int) -> dict[str, Any]:
        found = {P: pipeline(Q, v=version), Q: pipeline(v=version // 2), T: trigger(P), "trigger/keep": trigger(Q)}
        return {t: b for t, b in found.items() if not (t == Q and version == 3)} if version else {}

    for version, prune in publishes:
        world.publish(tree(version), prune=prune, dice=dice, crash=0.15)
        if key("trigger/keep").identity in world.artifacts and dice.random() < 0.5:
            # Somebody started it: from then on it runs.
            world.running.add("keep")
    ran = set(world.running) | set(world.state.pending.running if world.state.pending else ())
    ran = {name for name in ran if key(f"trigger/{name}").identity in world.artifacts}
    last = tree(2)
    assert world.publish(last, prune=True, dice=dice, crash=0.0)
    there = dict(world.artifacts.values())
    assert there == {**last, **foreign}
    assert sorted(world.state.owned) == sorted(last)
    assert world.state.pending is None
    assert "foreign" in world.running
    assert {name for name in ran if f"trigger/{name}" in there} <= world.running
    assert not any(isinstance(o, Owned) and t in foreign for t, o in world.state.owned.items())
    # And then there is nothing to do.
    state = world.state
    assert plan_of(last, world.live().values(), state=state).is_empty


def test_what_two_publishes_spelt_in_another_case_stays_pending_as_one() -> None:
    upper = "pipeline/P"
    pending = Pending(publish_id="i", writes={upper: ("one",), P: ("two",), Q: ("three",)}, running=())
    state = after(plan_of({P: TWO}), failed(Verb.PUT, P), state=state_of(pending=pending), wanted=[wanted_of(P, TWO)])
    assert state.pending
    assert state.pending.writes.keys() == {upper, P}
