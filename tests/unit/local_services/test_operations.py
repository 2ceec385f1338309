"""Operations: carried out in the order in which they are due, looked at until they are done, never lost."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.local.synapse.operations import Operations, Result

DONE = Result(200, b"")


class Now:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> Now:
    return Now()


def noted(notes: list[str], name: str) -> Result:
    notes.append(name)
    return DONE


def test_without_a_duration_it_is_carried_out_at_once(now: Now) -> None:
    operations, notes = Operations(now), list[str]()
    operations.accept("a", lambda: noted(notes, "a"), 0)
    assert (notes, operations.result("a"), operations.under_way) == (["a"], DONE, 0)


@given(st.lists(st.floats(0.001, 100), max_size=30), st.lists(st.floats(0.1, 30), max_size=12))
def test_they_are_carried_out_in_the_order_in_which_they_are_due(durations: list[float], steps: list[float]) -> None:
    now = Now()
    operations, notes = Operations(now), list[str]()
    for number, duration in enumerate(durations):
        operations.accept(str(number), lambda n=number: noted(notes, str(n)), duration)  # type: ignore[misc] # of mypy: a default
    order = sorted(range(len(durations)), key=lambda n: durations[n])
    for step in steps:
        now.seconds += step
        operations.settle()
        due = [str(n) for n in order if durations[n] <= now.seconds]
        assert notes == due
        assert operations.under_way == len(durations) - len(due)
        assert {n for n in range(len(durations)) if operations.result(str(n))} == {int(n) for n in due}


def test_a_result_may_be_shown_later_or_never(now: Now) -> None:
    operations, notes = Operations(now), list[str]()
    operations.accept("late", lambda: noted(notes, "late"), 2, 5)
    operations.accept("never", lambda: noted(notes, "never"), 2, math.inf)
    now.seconds = 2
    operations.settle()
    assert (notes, operations.under_way, operations.result("late")) == (["late", "never"], 0, None)
    now.seconds = 1e9
    assert (operations.result("late"), operations.result("never")) == (DONE, None)


def test_the_oldest_results_are_forgotten_and_what_is_in_progress_is_not(now: Now) -> None:
    operations = Operations(now)
    operations.accept("slow", lambda: DONE, 10)
    for number in range(1500):
        operations.accept(str(number), lambda: DONE, 0)
    assert operations.is_known("slow")
    assert not operations.is_known("0")
    assert operations.is_known("1499")
    now.seconds = 10
    operations.settle()
    assert operations.result("slow") == DONE


def test_a_disk_that_refuses_is_told_to_the_one_whose_operation_it_was(now: Now) -> None:
    def refuse() -> Result:
        raise OSError(28, "No space left on device")

    operations = Operations(now)
    with pytest.raises(OSError, match="No space"):
        operations.accept("at once", refuse, 0)
    assert not operations.is_known("at once")
    operations.accept("later", refuse, 3)
    now.seconds = 3
    operations.settle()
    result = operations.result("later")
    assert result is not None
    assert (result.status, b"No space left" in result.body) == (507, True)


def test_what_nobody_looks_at_is_done_in_turn_and_not_counted(now: Now) -> None:
    operations, notes = Operations(now), list[str]()
    operations.later(2, lambda: notes.append("later"))
    assert operations.under_way == 0
    operations.accept("a", lambda: noted(notes, "a"), 1)
    now.seconds = 2
    operations.settle()
    assert notes == ["a", "later"]
