"""How many operations may be under way: learnt from what the service takes, never told.

It grows by one with each operation that ends well, which doubles it in the time that an operation takes, until the
service refuses one (429). What it had under way then is its capacity, and that is remembered: more are tried one at a
time, and less and less often. Whoever waits for a Retry-After of many seconds with every operation would stand still,
so only the operation that was refused waits, unless the service refuses what it took before.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST = 16
"""Other tools run into the service's limit at 25 and above (facts on deployment tools)."""
MOST = 56
"""Connections are kept for these, and for what is read ahead."""
_PATIENCE = 2
"""Rounds of operations after which one more is tried, at first."""


@dataclass(slots=True)
class AdaptiveLimit:
    """The number of operations that may be under way."""

    limit: int = FIRST
    most: int = MOST
    _capacity: int | None = None
    _patience: int = _PATIENCE
    _successes: int = 0

    def may_start(self, under_way: int) -> bool:
        """Whether one more may be started."""
        return under_way < self.limit

    def succeeded(self) -> None:
        """Note an operation that ended, well or not, without being too many."""
        if self._capacity is None:
            self.limit = min(self.most, self.limit + 1)
            return
        self._successes += 1
        if self.limit > self._capacity:
            # The one more was taken for a whole round: this is what the service can do.
            if self._successes >= self.limit:
                self._capacity, self._patience, self._successes = self.limit, 1, 0
        elif self._successes >= self._patience * self.limit and self.limit < self.most:
            self.limit, self._successes = self.limit + 1, 0

    def refused(self, accepted: int) -> bool:
        """Note that one was too many while ``accepted`` others were under way; whether even what it took before is.

        The caller then starts nothing until the service has had time.
        """
        known = self._capacity
        self._successes = 0
        if known is not None and accepted >= known:
            # The one more that was tried.
            self.limit = known
            self._patience = min(self._patience * 2, 64)
            return False
        self.limit = self._capacity = max(1, min(accepted, self.limit - 1))
        return known is not None or accepted == 0
