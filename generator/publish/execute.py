"""Puts artifacts into a workspace: each the moment that those before it are there."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

from generator.publish.order import dependencies
from generator.publish.report import ArtifactOutcome, PublishReport, interruption
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from generator.artifact import ArtifactKey
    from generator.documents import Document
    from generator.workspace.port import Workspace

CONCURRENCY = 8
"""Requests under way at once; other tools run into the service's limit at 25."""
_GRACE = 15.0
"""Seconds that an interrupted publish waits for what is under way; recorded operations take 3 to 6 s."""


def publish(
    artifacts: Sequence[tuple[Document, bytes]],
    workspace: Workspace,
    *,
    on_outcome: Callable[[ArtifactOutcome], None],
    concurrency: int = CONCURRENCY,
) -> PublishReport:
    """Publish artifacts in the order of their references.

    A failure stops only what depends on it. Ctrl-C starts nothing new, waits a moment for what is under way, and
    raises SynapseGenError with exit code 130 that says what is where; a second one does not wait.
    """
    started = time.monotonic()
    execution = _Execution(artifacts, workspace, on_outcome, concurrency)
    try:
        execution.run()
    except KeyboardInterrupt:
        execution.drain(_GRACE)
        raise interruption([d.key for d, _ in artifacts], execution.outcomes.values(), execution.in_flight) from None
    return PublishReport(tuple(execution.outcomes.values()), time.monotonic() - started)


class _Execution:
    """One publish. Threads send, each one artifact; the caller's thread decides and tells."""

    def __init__(
        self,
        artifacts: Sequence[tuple[Document, bytes]],
        workspace: Workspace,
        on_outcome: Callable[[ArtifactOutcome], None],
        concurrency: int,
    ) -> None:
        self.outcomes: dict[ArtifactKey, ArtifactOutcome] = {}
        self.in_flight: set[ArtifactKey] = set()
        self._needed = dependencies([document for document, _ in artifacts])
        self._contents = {document.key: content for document, content in artifacts}
        self._workspace = workspace
        self._on_outcome = on_outcome
        self._concurrency = concurrency
        # What the threads found stays here until it is told: Ctrl-C may come between any two steps of this thread.
        self._found: dict[ArtifactKey, ArtifactOutcome | Exception] = {}
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._order = TopologicalSorter(self._needed)
        self._order.prepare()

    def run(self) -> None:
        """Send everything, or find out why not."""
        ready: deque[ArtifactKey] = deque()
        while self._order.is_active():
            ready.extend(self._order.get_ready())
            while ready and len(self.in_flight) < self._concurrency:
                key = ready.popleft()
                failed = [k for k in self._needed[key] if not self.outcomes[k].is_published]
                if failed:
                    first = min(failed, key=lambda k: k.sort_key)
                    self._settle(ArtifactOutcome(key, 0.0, blocked_by=self.outcomes[first].blocked_by or first))
                    ready.extend(self._order.get_ready())
                else:
                    self._start(key)
            if self.in_flight:
                self._wake.get()
                for outcome in self._arrived():
                    self._settle(outcome)

    def drain(self, seconds: float) -> None:
        """Wait for what is under way, until the time is over or the user has enough."""
        deadline = time.monotonic() + seconds
        try:
            while True:
                for outcome in self._arrived():
                    self._tell(outcome)
                if not self.in_flight:
                    return
                self._wake.get(timeout=max(0.0, deadline - time.monotonic()))
        except (queue.Empty, KeyboardInterrupt):
            return

    def _start(self, key: ArtifactKey) -> None:
        self.in_flight.add(key)
        # A daemon: one that waits for a service that hangs does not keep an interrupted command alive.
        threading.Thread(target=self._put, args=(key,), name=f"publish {key}", daemon=True).start()

    def _put(self, key: ArtifactKey) -> None:
        started = time.monotonic()
        found: ArtifactOutcome | Exception
        try:
            self._workspace.put(key, self._contents[key])
        except WorkspaceError as error:
            found = ArtifactOutcome(key, time.monotonic() - started, error=error.message)
        except Exception as error:  # noqa: BLE001 - a fault of ours is raised where the caller is
            found = error
        else:
            found = ArtifactOutcome(key, time.monotonic() - started)
        self._found[key] = found
        self._wake.put(None)

    def _arrived(self) -> list[ArtifactOutcome]:
        """Return what was found and is not told yet; raises a fault of ours."""
        outcomes = []
        for key in sorted(self.in_flight & self._found.keys(), key=lambda k: k.sort_key):
            found = self._found[key]
            if isinstance(found, Exception):
                raise found
            outcomes.append(found)
        return outcomes

    def _settle(self, outcome: ArtifactOutcome) -> None:
        self._order.done(outcome.key)
        self._tell(outcome)

    def _tell(self, outcome: ArtifactOutcome) -> None:
        self.outcomes[outcome.key] = outcome
        self.in_flight.discard(outcome.key)
        self._on_outcome(outcome)
