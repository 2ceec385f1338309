"""What is under way, refused or too old when a publish is interrupted, fails by itself, or is made to wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import pytest

from generator.publish import execute as execution
from generator.publish.execute import TooManyError, execute
from generator.publish.outcome import Outcome, Report
from generator.publish.steps import Graph, Step, Verb, Work, graph_of
from generator.workspace.clock import SystemClock
from tests.unit.publish.building import by_identity, key, live_of, pipeline, trigger, wanted_of

P, T, Q = "pipeline/a", "trigger/t", "pipeline/q"
START = Step(Verb.START, key(T))


class Jumps:
    """A clock on which sleeping takes no time."""

    def __init__(self) -> None:
        self._now = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self._now += seconds

    def worker(self) -> AbstractContextManager[object]:
        return nullcontext()


class Doing:
    """Does what a test says for a step, and keeps what was looked at and carried out."""

    def __init__(self, **what: Callable[[], None]) -> None:
        self.what = what
        self.looked: list[str] = []
        self.done: list[str] = []

    def look(self, step: Step) -> Outcome | None:
        self.looked.append(str(step))
        return None

    def carry_out(self, step: Step) -> Outcome:
        self.what.get(step.verb, lambda: None)()
        self.done.append(str(step))
        return Outcome(step)


def with_trigger(*, deletes: bool = False, ran: bool = True) -> Graph:
    """A pipeline that changes, the trigger that runs it, which is stopped, and another pipeline."""
    tree = {P: pipeline(), Q: pipeline()} | ({} if deletes else {T: trigger(P)})
    there = [live_of(text, body) for text, body in ({P: pipeline(), Q: pipeline(), T: trigger(P)}).items()]
    triggers = frozenset({key(T)})
    return graph_of(
        Work(
            puts=frozenset(map(key, tree)),
            deletes=triggers if deletes else frozenset(),
            stops=triggers,
            starts=triggers if ran and not deletes else frozenset(),
            restores=triggers if ran and not deletes else frozenset(),
            desired=by_identity(wanted_of(text, body) for text, body in tree.items()),
            live=by_identity(there),
        )
    )


def interrupt_at(text: str) -> Callable[[Outcome], None]:
    def told(outcome: Outcome) -> None:
        if str(outcome.step) == text:
            raise KeyboardInterrupt

    return told


def run(graph: Graph, worker: Doing, told: Callable[[Outcome], None]) -> Report:
    return execute(graph, worker, clock=SystemClock(), on_outcome=told)


def test_an_operation_that_hangs_does_not_keep_a_trigger_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_GRACE", 0.05)
    hanging = threading.Event()

    def hang() -> None:
        hanging.wait(30)

    worker = Doing(put=hang)
    report = run(with_trigger(), worker, interrupt_at(f"stop {T}"))
    assert f"start {T}" in worker.done
    assert report.is_interrupted
    hanging.set()


def test_a_start_that_is_too_many_after_an_interruption_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_SHORTEST_PAUSE", 0.01)
    refusals = iter([True, True])

    def refuse() -> None:
        if next(refusals, False):
            raise TooManyError("too many", None)

    worker = Doing(start=refuse)
    report = run(with_trigger(), worker, interrupt_at(f"stop {T}"))
    assert worker.done.count(f"start {T}") == 1
    assert [o.is_done for o in report.outcomes if o.step == START] == [True]


def test_a_trigger_that_was_deleted_is_not_started_after_an_interruption() -> None:
    worker = Doing()
    run(with_trigger(deletes=True), worker, interrupt_at(f"delete {T}"))
    assert f"delete {T}" in worker.done
    assert f"start {T}" not in worker.done


def test_a_trigger_that_is_to_stay_stopped_and_was_written_is_not_started_after_an_interruption() -> None:
    worker = Doing()
    run(with_trigger(ran=False), worker, interrupt_at(f"put {T}"))
    assert f"start {T}" not in worker.done


def test_a_fault_of_ours_leaves_no_trigger_stopped() -> None:
    def fail() -> None:
        raise ZeroDivisionError("ours")

    worker = Doing(put=fail)
    with pytest.raises(ZeroDivisionError, match="ours"):
        run(with_trigger(), worker, lambda _: None)
    assert f"start {T}" in worker.done


def test_who_cannot_be_told_leaves_no_trigger_stopped() -> None:
    def told(outcome: Outcome) -> None:
        raise OSError(f"nobody reads of {outcome.step}")

    worker = Doing()
    with pytest.raises(OSError, match="nobody reads"):
        run(with_trigger(), worker, told)
    assert f"start {T}" in worker.done


def test_what_waited_long_is_looked_at_again_before_it_is_written() -> None:
    refusals = iter([True])

    def refuse() -> None:
        if next(refusals, False):
            raise TooManyError("too many", 60.0)

    worker, steps = Doing(put=refuse), graph_of(puts(1))
    report = execute(steps, worker, clock=Jumps(), on_outcome=lambda _: None)
    assert not report.failed
    assert worker.looked == ["put pipeline/p0"] * 2


@pytest.mark.parametrize("after", [None, 1.0, 86_400.0])
def test_a_service_that_takes_nothing_is_given_up_once_and_not_for_each_step(after: float | None) -> None:
    def refuse() -> None:
        raise TooManyError("too many", after)

    clock = Jumps()
    report = execute(graph_of(puts(40)), Doing(put=refuse), clock=clock, on_outcome=lambda _: None)
    assert {o.error for o in report.failed} == {"too many"}
    assert len(report.failed) == 40
    # Sleeps side by side count one after the other on this clock: it can only be early.
    assert clock.now() < 60_000
    assert report.refused_as_too_many < 2500


def test_a_retry_after_of_a_day_is_not_waited_for() -> None:
    refusals = iter([True])

    def refuse() -> None:
        if next(refusals, False):
            raise TooManyError("too many", 86_400.0)

    clock = Jumps()
    report = execute(graph_of(puts(1)), Doing(put=refuse), clock=clock, on_outcome=lambda _: None)
    assert not report.failed
    assert clock.now() <= 300.0


def puts(count: int) -> Work:
    tree = {f"pipeline/p{n}": pipeline() for n in range(count)}
    desired = by_identity(wanted_of(text, body) for text, body in tree.items())
    nothing: frozenset[object] = frozenset()
    return Work(frozenset(map(key, tree)), nothing, nothing, nothing, nothing, desired, {})  # type: ignore[arg-type]
