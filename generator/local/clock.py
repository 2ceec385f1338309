"""Time as the engines see it: injected, so that tests run on a virtual clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading


class Clock(Protocol):
    """The time, and waiting for it to pass."""

    def now(self) -> datetime:
        """Return the moment, in UTC."""

    def wait(self, cancel: threading.Event, seconds: float) -> bool:
        """Wait; returns True at once when ``cancel`` is set."""


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the moment, in UTC."""
        return datetime.now(UTC)

    def wait(self, cancel: threading.Event, seconds: float) -> bool:
        """Wait; returns True at once when ``cancel`` is set."""
        return cancel.wait(seconds)


def iso(moment: datetime) -> str:
    """Return a moment as the data plane writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
