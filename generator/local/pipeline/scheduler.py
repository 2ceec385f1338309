"""Runs the activities of one list, each the moment that those before it have ended; parallel branches in parallel."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.local.pipeline.outcome import Decision, decide

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping, Sequence


@dataclass(slots=True)
class Schedule:
    """One pass over a list of activities."""

    activities: Sequence[Mapping[str, Any]]
    cancel: threading.Event
    run: Callable[[Mapping[str, Any]], str]
    """Runs an activity in a thread of its own; returns its status."""
    skip: Callable[[str], None]
    """Is told of an activity that does not run."""
    statuses: dict[str, str] = field(default_factory=dict)
    _running: dict[Future[str], str] = field(default_factory=dict)

    def to_end(self) -> dict[str, str]:
        """Run everything that may run; returns the status of each activity.

        A cancelled run starts nothing more and waits for what is running. The list has been checked before: no
        activity waits for itself or for one that is not there.
        """
        with ThreadPoolExecutor(max(1, len(self.activities)), thread_name_prefix="activity") as pool:
            while len(self.statuses) < len(self.activities):
                while self._settle(pool):
                    pass
                if not self._running:
                    break
                done, _ = wait(self._running, return_when=FIRST_COMPLETED)
                for future in done:
                    self.statuses[self._running.pop(future)] = future.result()
        return self.statuses

    def _settle(self, pool: ThreadPoolExecutor) -> bool:
        """Start or skip what can be decided; True where a skip may have decided more."""
        changed = False
        for activity in self.activities:
            name = activity["name"]
            if name in self.statuses or name in self._running.values():
                continue
            decision = decide(activity, self.statuses)
            if self.cancel.is_set():
                self.statuses[name], changed = "Cancelled", True
            elif decision is Decision.SKIP:
                self.statuses[name], changed = "Skipped", True
                self.skip(name)
            elif decision is Decision.RUN:
                self._running[pool.submit(self.run, activity)] = name
        return changed
