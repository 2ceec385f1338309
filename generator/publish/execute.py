"""Puts artifacts into a workspace: each the moment that those before it are there."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.publish.order import dependencies
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from generator.artifact import ArtifactKey
    from generator.documents import Document
    from generator.workspace.port import Workspace

CONCURRENCY = 8
"""Requests under way at once; other tools run into the service's limit at 25."""


@dataclass(frozen=True, slots=True)
class ArtifactOutcome:
    """What became of one artifact."""

    key: ArtifactKey
    seconds: float
    error: str | None = None
    """The service's own words."""
    blocked_by: ArtifactKey | None = None
    """The artifact before it that failed, so that this one was not sent."""

    @property
    def is_published(self) -> bool:
        """Whether the artifact is in the workspace now."""
        return self.error is None and self.blocked_by is None


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What became of all of them."""

    outcomes: tuple[ArtifactOutcome, ...]
    seconds: float

    @property
    def failed(self) -> tuple[ArtifactOutcome, ...]:
        """Those that are not published."""
        return tuple(o for o in self.outcomes if not o.is_published)


def publish(
    artifacts: Sequence[tuple[Document, bytes]],
    workspace: Workspace,
    *,
    on_outcome: Callable[[ArtifactOutcome], None],
    concurrency: int = CONCURRENCY,
) -> PublishReport:
    """Publish artifacts in the order of their references.

    A failure stops only what depends on it. Ctrl-C starts nothing new and waits for what is under way.
    """
    started = time.monotonic()
    needed = {key: set(before) for key, before in dependencies([d for d, _ in artifacts]).items()}
    contents = {document.key: content for document, content in artifacts}
    outcomes: dict[ArtifactKey, ArtifactOutcome] = {}
    running: dict[Future[ArtifactOutcome], ArtifactKey] = {}

    def settle(outcome: ArtifactOutcome) -> None:
        outcomes[outcome.key] = outcome
        on_outcome(outcome)

    with ThreadPoolExecutor(concurrency, thread_name_prefix="publish") as pool:
        while len(outcomes) < len(contents):
            for key in list(contents):
                if key in outcomes or key in running.values():
                    continue
                failed = next((k for k in needed[key] if k in outcomes and not outcomes[k].is_published), None)
                if failed:
                    settle(ArtifactOutcome(key, 0.0, blocked_by=outcomes[failed].blocked_by or failed))
                elif all(k in outcomes for k in needed[key]):
                    running[pool.submit(_put, workspace, key, contents[key])] = key
            done, _ = wait(running, return_when=FIRST_COMPLETED) if running else (set(), None)
            for future in done:
                running.pop(future)
                settle(future.result())
    return PublishReport(tuple(outcomes.values()), time.monotonic() - started)


def _put(workspace: Workspace, key: ArtifactKey, content: bytes) -> ArtifactOutcome:
    started = time.monotonic()
    try:
        workspace.put(key, content)
    except WorkspaceError as error:
        return ArtifactOutcome(key, time.monotonic() - started, error=error.message)
    return ArtifactOutcome(key, time.monotonic() - started)
