"""The seconds that requests and operations take: the machine's own, or those of a test's clock."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Timing(Protocol):
    """Seconds that only grow, and an application's waiting for them to pass."""

    def now(self) -> float:
        """Return seconds from some moment in the past."""

    async def wait(self, seconds: float) -> None:
        """Wait, and let other requests be answered meanwhile."""


class MachineTiming:
    """The machine's own seconds."""

    def now(self) -> float:
        """Return seconds from some moment in the past."""
        return time.monotonic()

    async def wait(self, seconds: float) -> None:
        """Wait, and let other requests be answered meanwhile."""
        if seconds > 0:
            await asyncio.sleep(seconds)
