"""How many operations may be under way: learnt from what the service takes, never told.

It grows by one with each operation that ends well, which doubles it in the time that an operation takes, until the
service refuses one (429). What it had under way then is its capacity, and that is remembered: one more is tried less and
less often, and where it is taken, more in larger and larger steps. Where the service takes less than before, each refusal
tells how many it has. Only the operation that was refused waits: whoever waited for a Retry-After of many seconds with
every operation would stand still.
"""

from __future__ import annotations

from dataclasses import dataclass

FIRST = 16
"""Other tools run into the service's limit at 25 and above (facts on deployment tools)."""
MOST = 56
"""Connections are kept for these, and for what is read ahead."""
_PATIENCE = 2
"""Rounds of operations after which one more is tried, at first."""
_MOST_PATIENCE = 16


@dataclass(slots=True)
class AdaptiveLimit:
    """The number of operations that may be under way."""

    limit: int = FIRST
    most: int = MOST
    _capacity: int | None = None
    """What the service took for a whole round; None until it refused something."""
    _patience: int = _PATIENCE
    _step: int = 1
    """How many more are tried next."""
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
            if self._successes >= self.limit:
                self._capacity, self._patience, self._step = self.limit, _PATIENCE, self._step * 2
                self._try_more()
        elif self._successes >= self._patience * self.limit:
            self._try_more()

    def refused(self, accepted: int) -> bool:
        """Note that one was too many while ``accepted`` others were under way; whether nothing is taken at all.

        The caller then starts nothing until the service has had time.
        """
        if self._capacity is not None and self.limit > self._capacity:
            self._patience = min(self._patience * 2, _MOST_PATIENCE)
        self._step, self._successes = 1, 0
        if accepted == 0:
            # Nothing is taken at the moment, by whatever cause; that says nothing of how many will be.
            self.limit, self._capacity = 1, None
            return True
        self.limit = self._capacity = max(1, min(accepted, self.limit - 1))
        return False

    def _try_more(self) -> None:
        self.limit, self._successes = min(self.most, self.limit + self._step), 0
