"""Long-running operations: accepted now, carried out when they are due, looked at until they are done.

Nothing runs in the background: whoever answers a request first lets :meth:`Operations.settle` carry out what is due,
in the order in which it is due. So it works on any clock.
"""

from __future__ import annotations

import heapq
import itertools
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from generator.local.synapse.answers import storage_refused

if TYPE_CHECKING:
    from collections.abc import Callable

_KEPT = 1000
"""Results that are kept to be asked for, the newest."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the last look at an operation is answered."""

    status: int
    body: bytes
    """JSON, or nothing."""


@dataclass(slots=True, order=True)
class _Due:
    at: float
    number: int
    work: Callable[[], None] = field(compare=False)


@dataclass(slots=True)
class _Operation:
    shown_from: float
    result: Result | None = None
    problem: OSError | None = None


class Operations:
    """The operations of one data plane; used by one thread."""

    def __init__(self, now: Callable[[], float]) -> None:
        """``now`` tells seconds that only grow."""
        self._now = now
        self._numbers = itertools.count()
        self._due: list[_Due] = []
        self._operations: OrderedDict[str, _Operation] = OrderedDict()
        self._under_way = 0

    @property
    def under_way(self) -> int:
        """How many are accepted and not carried out yet."""
        return self._under_way

    def accept(self, identity: str, work: Callable[[], Result], duration: float, shown_after: float = 0.0) -> None:
        """Let an operation be carried out in ``duration`` seconds; its result is shown ``shown_after`` seconds later.

        Raises OSError where it is carried out at once and the disk refuses.
        """
        due = self._now() + duration
        operation = _Operation(due + shown_after)
        self._operations[identity] = operation
        self._under_way += 1

        def carry_out() -> None:
            self._under_way -= 1
            try:
                operation.result = work()
            except OSError as problem:
                # Told to whoever looks at it, not to whose request happened to come when it was due.
                operation.problem = problem
                operation.result = Result(*storage_refused(problem))

        self._schedule(due, carry_out)
        self.settle()
        if operation.problem:
            del self._operations[identity]
            raise operation.problem
        self._forget()

    def later(self, duration: float, work: Callable[[], None]) -> None:
        """Let something happen in ``duration`` seconds that nobody looks at, and that no limit counts."""
        self._schedule(self._now() + duration, work)

    def settle(self) -> None:
        """Carry out everything that is due."""
        now = self._now()
        while self._due and self._due[0].at <= now:
            heapq.heappop(self._due).work()

    def is_known(self, identity: str) -> bool:
        """Whether there is such an operation, or was of late."""
        return identity in self._operations

    def result(self, identity: str) -> Result | None:
        """Return what became of an operation; None while it is in progress."""
        operation = self._operations[identity]
        return operation.result if self._now() >= operation.shown_from else None

    def _schedule(self, at: float, work: Callable[[], None]) -> None:
        heapq.heappush(self._due, _Due(at, next(self._numbers), work))

    def _forget(self) -> None:
        """Forget the oldest results; what is in progress is kept."""
        for identity in list(itertools.islice(self._operations, max(0, len(self._operations) - _KEPT))):
            if self.result(identity) is not None:
                del self._operations[identity]
