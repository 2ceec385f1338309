"""The virtual clock: it stands still while anybody works, wakes in order, and never leaves anybody asleep."""

from __future__ import annotations

import asyncio
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.local.faults.virtual import VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def at_work(clock: VirtualClock, jobs: Iterable[Callable[[], None]]) -> None:
    """Do jobs in threads of their own, all of them counted before the first begins; raises what one of them raised."""
    problems: list[BaseException] = []

    def run(job: Callable[[], None], working: ExitStack) -> None:
        with working:
            try:
                job()
            except BaseException as problem:  # noqa: BLE001 - raised below, where the test sees it
                problems.append(problem)

    threads = []
    for job in jobs:
        working = ExitStack()
        working.enter_context(clock.worker())
        threads.append(threading.Thread(target=run, args=(job, working)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "somebody sleeps for ever"
    if problems:
        raise problems[0]


def test_a_sleep_takes_its_seconds_and_no_more() -> None:
    clock = VirtualClock(100.0)
    clock.sleep(3)
    clock.sleep(0)
    clock.sleep(-1)
    assert clock.now() == 103.0


def test_time_stands_still_while_a_worker_works() -> None:
    clock = VirtualClock()
    sleeping, may_end = threading.Event(), threading.Event()
    seen: list[float] = []

    def sleeper() -> None:
        sleeping.set()
        clock.sleep(5)
        seen.append(clock.now())

    def busy() -> None:
        assert may_end.wait(30)
        seen.append(clock.now())

    thread = threading.Thread(target=at_work, args=(clock, (sleeper, busy)))
    thread.start()
    assert sleeping.wait(30)
    assert not seen
    may_end.set()
    thread.join(30)
    assert seen == [0.0, 5.0]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.floats(0, 100), max_size=6), min_size=1, max_size=8))
def test_everybody_wakes_in_order_at_their_moment(plans: list[list[float]]) -> None:
    clock = VirtualClock()
    woken: list[float] = []

    def job(plan: list[float]) -> Callable[[], None]:
        def sleep_all() -> None:
            expected = 0.0
            for seconds in plan:
                clock.sleep(seconds)
                expected += seconds
                # One is awake at a time: nobody appends in between, and time has not moved since.
                assert clock.now() == pytest.approx(expected)
                woken.append(clock.now())

        return sleep_all

    at_work(clock, map(job, plans))
    assert clock.now() == pytest.approx(max(sum(plan) for plan in plans))
    assert len(woken) == sum(map(len, plans))


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.floats(0.1, 10), st.booleans()), min_size=1, max_size=20))
def test_workers_that_die_or_end_leave_nobody_asleep(plans: list[tuple[float, bool]]) -> None:
    clock = VirtualClock()

    def job(seconds: float, dies: bool) -> Callable[[], None]:
        def run() -> None:
            clock.sleep(seconds)
            if dies:
                raise SystemExit
            clock.sleep(seconds)

        return run

    try:
        at_work(clock, [job(*plan) for plan in plans])
    except SystemExit:
        assert any(dies for _, dies in plans)
    clock.sleep(1)
    assert clock.now() >= 1 + max(seconds * (1 if dies else 2) for seconds, dies in plans)


def test_sleepers_of_one_moment_wake_one_by_one() -> None:
    clock = VirtualClock()
    awake = 0
    most = 0

    def job() -> None:
        nonlocal awake, most
        for _ in range(20):
            clock.sleep(1)
            awake += 1
            most = max(most, awake)
            awake -= 1

    at_work(clock, [job] * 10)
    assert (clock.now(), most) == (20.0, 1)


def test_a_request_that_waits_is_its_client_asleep() -> None:
    clock = VirtualClock()
    loop = asyncio.new_event_loop()
    server = threading.Thread(target=loop.run_forever)
    server.start()
    seen: list[float] = []

    def ask(seconds: float) -> Callable[[], None]:
        def run() -> None:
            asyncio.run_coroutine_threadsafe(clock.wait(seconds), loop).result(30)
            seen.append(clock.now())

        return run

    try:
        at_work(clock, [ask(3), ask(1), ask(2), ask(0)])
    finally:
        loop.call_soon_threadsafe(loop.stop)
        server.join(30)
        loop.close()
    assert seen == [0.0, 1.0, 2.0, 3.0]


def test_a_wait_that_is_given_up_is_forgotten() -> None:
    clock = VirtualClock()

    async def give_up() -> None:
        waiting = asyncio.create_task(clock.wait(1000))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    with clock.worker(), clock.worker():
        asyncio.run(give_up())
    clock.sleep(1)
    assert clock.now() == 1.0


def test_a_worker_that_waits_for_something_else_is_told_of() -> None:
    clock = VirtualClock(patience=0.05)
    with clock.worker(), clock.worker(), pytest.raises(RuntimeError, match="of 2 workers 1 sleep"):
        clock.sleep(1)
    clock.sleep(2)
    assert clock.now() == 2.0
