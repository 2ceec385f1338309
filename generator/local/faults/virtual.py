"""A clock for tests: time stands still while anybody works, and jumps to the next wake-up when all sleep.

Client threads and a server thread share one. A request that the server lets wait counts as its client's sleep: the
client's thread waits for the answer, and is one of the workers.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(order=True, slots=True)
class _Sleeper:
    at: float
    number: int
    wake: Callable[[], None] = field(compare=False)
    is_gone: bool = field(default=False, compare=False)


class VirtualClock:
    """Seconds that pass only when nobody works.

    Sleepers wake one by one, in the order of their moments and then of their going to sleep; the next wakes when all
    sleep again. While there is a worker, only workers and their requests may sleep: the clock counts heads and cannot
    tell a stranger's sleep from a worker's. A worker that waits for another in any other way (a queue, a lock that a
    sleeper holds) is counted as working: who waits so must leave the block.
    """

    def __init__(self, start: float = 0.0, *, patience: float = 60.0) -> None:
        """``patience``: seconds of the machine after which a sleep raises RuntimeError because time stands still."""
        self._now = start
        self._patience = patience
        self._lock = threading.Lock()
        self._workers = 0
        self._sleepers: list[_Sleeper] = []
        self._asleep = 0
        self._number = 0
        self._moves = 0

    def now(self) -> float:
        """Return the seconds that have passed since ``start``, and ``start``."""
        with self._lock:
            return self._now

    @contextlib.contextmanager
    def worker(self) -> Iterator[None]:
        """Say that somebody works until the block ends, in whatever thread it ends."""
        with self._lock:
            self._workers += 1
            self._moves += 1
        try:
            yield
        finally:
            with self._lock:
                self._workers -= 1
                self._moves += 1
                self._advance()

    def sleep(self, seconds: float) -> None:
        """Wait. RuntimeError where time stands still: a worker waits for something that needs time to pass."""
        if seconds <= 0:
            return
        awake = threading.Event()
        sleeper = self._lie_down(seconds, awake.set)
        seen = -1
        try:
            while not awake.wait(self._patience):
                seen = self._require_movement(seen)
        finally:
            self._get_up(sleeper)

    async def wait(self, seconds: float) -> None:
        """Let a request wait; its client is asleep meanwhile."""
        if seconds <= 0:
            return
        loop = asyncio.get_running_loop()
        awake = asyncio.Event()

        def wake() -> None:
            with contextlib.suppress(RuntimeError):  # the server has ended: nobody waits any more
                loop.call_soon_threadsafe(awake.set)

        sleeper = self._lie_down(seconds, wake)
        try:
            await awake.wait()
        finally:
            self._get_up(sleeper)

    def _lie_down(self, seconds: float, wake: Callable[[], None]) -> _Sleeper:
        with self._lock:
            self._number += 1
            self._moves += 1
            sleeper = _Sleeper(self._now + seconds, self._number, wake)
            heapq.heappush(self._sleepers, sleeper)
            self._asleep += 1
            self._advance()
        return sleeper

    def _get_up(self, sleeper: _Sleeper) -> None:
        """Forget a sleeper that was not woken: Ctrl-C, or a server that ends."""
        with self._lock:
            if not sleeper.is_gone:
                sleeper.is_gone = True
                self._asleep -= 1
                self._moves += 1

    def _advance(self) -> None:
        """Wake the next sleeper where nobody works; the lock is held."""
        while self._sleepers and self._workers - self._asleep <= 0:
            sleeper = heapq.heappop(self._sleepers)
            if sleeper.is_gone:
                continue
            # Counted as awake before it knows: between the two nobody else may be woken.
            sleeper.is_gone = True
            self._asleep -= 1
            self._moves += 1
            self._now = max(self._now, sleeper.at)
            sleeper.wake()

    def _require_movement(self, seen: int) -> int:
        """Return how often the clock's state has changed; RuntimeError where that is as often as ``seen``."""
        with self._lock:
            moves, workers, asleep = self._moves, self._workers, self._asleep
        if moves != seen:
            return moves
        raise RuntimeError(
            f"the virtual clock stands still: of {workers} workers {asleep} sleep, and the others wait for something else"
        )
