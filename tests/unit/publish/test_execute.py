"""How the steps of a plan are carried out, whatever the workspace."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from generator.publish.execute import execute
from generator.publish.outcome import Outcome, Report
from generator.publish.steps import Graph, Step, Verb, Work, graph_of
from generator.workspace.clock import SystemClock
from tests.unit.publish.building import by_identity, key, pipeline, trigger, wanted_of


class Memory:
    """Keeps the steps that it is given, and does something first."""

    def __init__(self, first: Callable[[Step], Outcome | None] = lambda _: None) -> None:
        self.done: list[Step] = []
        self.first = first

    def look(self, step: Step) -> Outcome | None:
        return None

    def carry_out(self, step: Step) -> Outcome:
        failed = self.first(step)
        if failed:
            return failed
        self.done.append(step)
        return Outcome(step)


def chain(count: int, *, is_chain: bool = True) -> Graph:
    tree = {f"pipeline/p{n}": pipeline(*([f"pipeline/p{n - 1}"] if is_chain and n else [])) for n in range(count)}
    return graph(tree)


def graph(tree: dict[str, object], *, stops: frozenset[str] = frozenset()) -> Graph:
    desired = by_identity(wanted_of(text, body) for text, body in tree.items())
    triggers = frozenset(map(key, stops))
    puts = frozenset(map(key, tree))
    return graph_of(Work(puts, frozenset(), triggers, triggers, triggers, desired, {}))


def run(steps: Graph, worker: Memory, told: list[Outcome] | None = None) -> Report:
    outcomes: list[Outcome] = [] if told is None else told
    return execute(steps, worker, clock=SystemClock(), on_outcome=outcomes.append)


@pytest.mark.parametrize("is_chain", [False, True])
def test_a_large_workspace_is_published_whole_and_in_order(is_chain: bool) -> None:
    memory, steps = Memory(), chain(1000, is_chain=is_chain)
    report = run(steps, memory)
    assert not report.failed
    assert set(memory.done) == set(steps.needs)
    if is_chain:
        assert [step.key.name for step in memory.done] == [f"p{n}" for n in range(1000)]


def test_nothing_to_publish() -> None:
    assert run(chain(0), Memory()).outcomes == ()


def test_a_fault_of_ours_is_raised_where_the_caller_is() -> None:
    def fail(_: Step) -> Outcome | None:
        raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError, match="ours"):
        run(chain(3), Memory(fail))


def test_outcomes_are_told_in_the_callers_thread() -> None:
    told: list[threading.Thread] = []
    execute(
        chain(3, is_chain=False),
        Memory(),
        clock=SystemClock(),
        on_outcome=lambda _: told.append(threading.current_thread()),
    )
    assert told == [threading.current_thread()] * 3


def test_a_failure_stops_what_needs_it_and_nothing_else_and_triggers_that_ran_run_again() -> None:
    def fail(step: Step) -> Outcome | None:
        return Outcome(step, error="no") if str(step) == "put pipeline/a" else None

    tree: dict[str, object] = {
        "pipeline/a": pipeline(),
        "pipeline/b": pipeline("pipeline/a"),
        "pipeline/c": pipeline("pipeline/b"),
        "pipeline/alone": pipeline(),
        "trigger/t": trigger("pipeline/c"),
    }
    memory = Memory(fail)
    report = run(graph(tree, stops=frozenset({"trigger/t"})), memory)
    assert {str(step) for step in memory.done} == {"stop trigger/t", "put pipeline/alone", "start trigger/t"}
    assert {str(o.step): str(o.blocked_by) for o in report.failed if o.blocked_by} == {
        "put pipeline/b": "put pipeline/a",
        "put pipeline/c": "put pipeline/a",
        "put trigger/t": "put pipeline/a",
    }
    assert [step.verb for step in memory.done if step.key.name == "t"] == [Verb.STOP, Verb.START]
