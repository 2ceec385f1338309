"""A service with a limit of operations, and a client that obeys the adaptive limit: in simulated time, step by step."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

from generator.publish.limit import AdaptiveLimit


@dataclass
class Run:
    """What became of a simulated publish."""

    seconds: float
    refused: int
    most: int


@dataclass
class Simulation:
    """Operations of one length, all ready at once; the client decides as ``publish/execute.py`` does."""

    operations: int
    capacity: Callable[[float], int]
    duration: float = 3.0
    latency: float = 0.1
    retry_after: float | None = None
    limit: AdaptiveLimit = field(default_factory=AdaptiveLimit)

    def run(self) -> Run:
        numbers = itertools.count()
        events: list[tuple[float, int, str]] = []
        waiting, under_way, at_service = self.operations, 0, 0
        now, refused, most, done = 0.0, 0, 0, 0
        held = False

        def at(moment: float, what: str) -> None:
            heapq.heappush(events, (moment, next(numbers), what))

        while done < self.operations:
            while waiting and not held and self.limit.may_start(under_way):
                waiting, under_way = waiting - 1, under_way + 1
                most = max(most, under_way)
                at(now + self.latency / 2, "arrives")
            now, _, what = heapq.heappop(events)
            if what == "arrives":
                if at_service < self.capacity(now):
                    at_service += 1
                    at(now + self.duration, "ends")
                else:
                    at(now + self.latency / 2, "is refused")
            elif what == "ends":
                at_service -= 1
                at(now + self.latency / 2, "is known")
            elif what == "is known":
                under_way, done = under_way - 1, done + 1
                self.limit.succeeded()
            elif what == "is refused":
                under_way, refused = under_way - 1, refused + 1
                is_overloaded = self.limit.refused(under_way)
                pause = self.retry_after
                if pause is None:
                    pause = 0.0 if under_way and not is_overloaded else 1.0
                held = held or is_overloaded
                at(now + pause, "is rested")
            else:
                waiting, held = waiting + 1, False
        return Run(now, refused, most)
