"""How many operations may be under way: what the limit makes of services that it does not know."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.publish.limit import FIRST, MOST, AdaptiveLimit
from tests.unit.publish.service import Simulation


def bound(operations: int, capacity: Callable[[float], int], duration: float = 3.0) -> float:
    """Return the seconds that nobody could do it faster in, with so many at once."""
    work, seconds = 0.0, 0.0
    while work < operations * duration:
        work += min(capacity(seconds), MOST) * 0.1
        seconds += 0.1
    return seconds


@pytest.mark.parametrize("retry_after", [None, 1.0, 10.0])
@pytest.mark.parametrize(("capacity", "most_refused"), [(1, 60), (4, 30), (25, 20), (56, 10), (100, 0)])
def test_a_service_of_any_size_is_kept_busy_and_seldom_asked_too_much(
    capacity: int, most_refused: int, retry_after: float | None
) -> None:
    run = Simulation(500, lambda _: capacity, retry_after=retry_after).run()
    # A round and a half is learning; a latency between two operations is nobody's fault.
    assert run.seconds <= 1.06 * bound(500, lambda _: capacity) + 2 * 3.0
    assert run.refused <= most_refused
    assert run.most <= MOST


@pytest.mark.parametrize("retry_after", [None, 1.0, 10.0])
def test_a_service_that_takes_less_than_before_is_followed(retry_after: float | None) -> None:
    def capacity(now: float) -> int:
        return 25 if now < 30 else 8

    run = Simulation(500, capacity, retry_after=retry_after).run()
    assert run.seconds <= 1.15 * bound(500, capacity)
    assert run.refused <= 45


@pytest.mark.parametrize("retry_after", [None, 10.0])
def test_a_service_that_takes_more_than_before_is_followed(retry_after: float | None) -> None:
    def capacity(now: float) -> int:
        return 8 if now < 30 else 25

    run = Simulation(500, capacity, retry_after=retry_after).run()
    assert run.seconds <= 1.4 * bound(500, capacity)
    assert run.refused <= 45


def test_a_service_that_takes_nothing_for_a_while_is_not_pestered() -> None:
    def capacity(now: float) -> int:
        return 0 if 10 <= now < 40 else 25

    run = Simulation(300, capacity, retry_after=5.0).run()
    assert run.seconds <= bound(300, capacity) + 30
    assert run.refused <= 90


def test_it_grows_while_nothing_is_refused_to_what_connections_there_are() -> None:
    limit = AdaptiveLimit()
    for _ in range(200):
        limit.succeeded()
    assert (FIRST, limit.limit) == (16, MOST)
    assert limit.may_start(MOST - 1)
    assert not limit.may_start(MOST)


def test_what_the_service_took_is_remembered_and_one_more_is_tried_later() -> None:
    limit = AdaptiveLimit()
    assert limit.refused(10) is False
    assert limit.limit == 10
    for _ in range(19):
        limit.succeeded()
    assert limit.limit == 10
    limit.succeeded()
    assert limit.limit == 11
    assert limit.refused(10) is False
    # It is patient for twice as long now.
    for _ in range(39):
        limit.succeeded()
    assert limit.limit == 10
    limit.succeeded()
    assert limit.limit == 11


def test_refusals_of_requests_that_were_sent_at_once_stop_nothing() -> None:
    limit = AdaptiveLimit(limit=32)
    assert [limit.refused(accepted) for accepted in range(31, 24, -1)] == [False] * 7
    assert limit.limit == 25


def test_only_where_nothing_is_taken_nothing_is_begun() -> None:
    limit = AdaptiveLimit()
    assert limit.refused(0) is True
    assert limit.limit == 1


@settings(derandomize=True, deadline=None)
@given(st.lists(st.none() | st.integers(0, 60), max_size=200))
def test_the_limit_never_leaves_its_bounds(events: list[int | None]) -> None:
    limit = AdaptiveLimit()
    for accepted in events:
        before = limit.limit
        if accepted is None:
            limit.succeeded()
            assert limit.limit >= before
        else:
            limit.refused(accepted)
            assert limit.limit < before or before == 1
        assert 1 <= limit.limit <= MOST


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.integers(1, 60), st.sampled_from([0.0, 0.1, 1.0]), st.sampled_from([None, 0.5, 20.0]), st.integers(0, 120))
def test_everything_is_done_whatever_the_service_is_like(
    capacity: int, latency: float, retry_after: float | None, operations: int
) -> None:
    run = Simulation(operations, lambda _: capacity, latency=latency, retry_after=retry_after).run()
    assert run.seconds < 10 + operations * (3.0 + latency) * 2 + (retry_after or 1.0) * 4
