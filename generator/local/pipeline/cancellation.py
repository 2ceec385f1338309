"""Events that tell a run, or one attempt at an activity, to stop."""

from __future__ import annotations

import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.local.clock import Clock

_SLICE = 0.1  # seconds between two looks at the clock
_LONGEST_SECONDS = 90 * 24 * 3600.0  # no timeout of an activity is longer than 90 days ("Until activity")


class Signal(threading.Event):
    """An event that calls back once it is set, so that a thread can wait for one of several."""

    def __init__(self) -> None:
        super().__init__()
        self._callbacks: list[Callable[[], None]] = []
        self._guard = threading.Lock()

    def set(self) -> None:
        """Set the event, and call those who asked for it."""
        super().set()
        with self._guard:
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def when_set(self, callback: Callable[[], None]) -> None:
        """Call back when the event is set; at once where it is set already."""
        with self._guard:
            if not self.is_set():
                self._callbacks.append(callback)
                return
        callback()


class AttemptCancel(threading.Event):
    """Set when the run is cancelled, and when an attempt at an activity has used up its time.

    The engines look at it as at any event; no thread watches the time, so that a virtual clock suffices.
    """

    def __init__(self, run: threading.Event, clock: Clock, seconds: float) -> None:
        super().__init__()
        self._run = run
        self._clock = clock
        self._deadline = clock.now() + timedelta(seconds=min(seconds, _LONGEST_SECONDS))

    @property
    def is_overdue(self) -> bool:
        """Whether the attempt's time has passed, and nobody cancelled the run."""
        return not self._run.is_set() and self._clock.now() >= self._deadline

    @property
    def seconds_left(self) -> float:
        """Return the seconds until the attempt's time has passed; 0 where it has."""
        return max(0.0, (self._deadline - self._clock.now()).total_seconds())

    def is_set(self) -> bool:
        """Whether the attempt has to stop."""
        return super().is_set() or self._run.is_set() or self._clock.now() >= self._deadline

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until the attempt has to stop; False where ``timeout`` real seconds passed first."""
        end = None if timeout is None else time.monotonic() + timeout
        while not self.is_set():
            left = _SLICE if end is None else min(_SLICE, end - time.monotonic())
            if left <= 0:
                return False
            self._run.wait(left)
        return True
