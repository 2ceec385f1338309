"""Time as the client sees it: given from outside, so that tests wait on a clock of their own."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Clock(Protocol):
    """Seconds that only grow, and waiting for them to pass."""

    def now(self) -> float:
        """Return seconds from some moment in the past."""

    def sleep(self, seconds: float) -> None:
        """Wait."""

    def worker(self) -> AbstractContextManager[object]:
        """Say that somebody works until the block ends: a clock of a test stands still while anybody does.

        The block may be left in another thread than the one that entered it.
        """


class SystemClock:
    """The machine's own."""

    def now(self) -> float:
        """Return seconds from some moment in the past."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)

    def worker(self) -> AbstractContextManager[object]:
        """Say that somebody works; the machine's time goes on."""
        return nullcontext()
