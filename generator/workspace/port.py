"""The port: what publishing and running need of a workspace, in raw JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from generator.artifact import ArtifactKey, ArtifactKind

_TOO_MANY = 429
_CHANGED = 412
_PASSING = (408, _TOO_MANY)


@dataclass(frozen=True, slots=True)
class LiveArtifact:
    """An artifact as the workspace has it."""

    key: ArtifactKey
    etag: str
    """Empty where the service gives none."""
    properties: Any
    text: str
    """``properties`` as the service wrote them."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool of a workspace."""

    type: str
    """The ``type`` of a reference to it: ``SqlPoolReference``, ``BigDataPoolReference``."""
    name: str
    state: str
    """``Online``, ``Paused``, ``Succeeded``, ...: the service's own word; empty where it says none."""


class WorkspaceError(Exception):
    """The workspace refused, or could not be reached; ``message`` holds its own words."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        code: str | None = None,
        is_unreachable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        """HTTP status; None where no answer came."""
        self.code = code
        self.is_unreachable = is_unreachable
        """Whether the connection failed, before or after the request was sent."""
        self.retry_after = retry_after
        """Seconds after which the service wants to be asked again; None where it does not say."""

    @property
    def is_too_many(self) -> bool:
        """Whether the request was refused because too many are under way; nothing was done."""
        return self.status == _TOO_MANY

    @property
    def is_changed(self) -> bool:
        """Whether a write was refused because the artifact is not the version that was to be replaced."""
        return self.status == _CHANGED

    @property
    def is_passing(self) -> bool:
        """Whether the same request may succeed in a while: no connection, too many requests, a fault of the service."""
        return self.is_unreachable or self.status in _PASSING or (self.status or 0) >= 500

    @property
    def is_refusal(self) -> bool:
        """Whether the request certainly did nothing: the workspace answered that it will not carry it out."""
        return self.status is not None and 400 <= self.status < 500 and self.status != 408


class Workspace(Protocol):
    """A live workspace. Every call may raise WorkspaceError."""

    def artifacts(self, kind: ArtifactKind) -> Iterator[LiveArtifact]:
        """Yield every artifact of a kind, page by page."""

    def read(self, key: ArtifactKey) -> LiveArtifact | None:
        """Return an artifact as the service has it; None where there is none."""

    def put(self, key: ArtifactKey, content: bytes, *, etag: str | None = None) -> LiveArtifact | None:
        """Create or replace an artifact with exactly these bytes; returns when the operation is done.

        ``etag`` names the version that is replaced; whether it is looked at is up to the service. Returns the artifact
        as it is now, where the service says it. Too many requests (429) are not sent again from here.
        """

    def delete(self, key: ArtifactKey, *, etag: str | None = None) -> None:
        """Delete an artifact, or find none; returns when the operation is done."""

    def start_trigger(self, name: str) -> None:
        """Start a trigger; one that runs already may be started."""

    def stop_trigger(self, name: str) -> None:
        """Stop a trigger; one that is stopped already may be stopped."""

    def subscribe_trigger(self, name: str) -> None:
        """Subscribe an event trigger to its events; returns when the subscription is there."""

    def unsubscribe_trigger(self, name: str) -> None:
        """End the subscription of an event trigger; returns when it is gone."""

    def pools(self) -> tuple[Pool, ...]:
        """Return the workspace's Spark and SQL pools."""

    def description(self) -> dict[str, Any]:
        """Return what the workspace says of itself."""

    def create_run(self, pipeline: str, parameters: Mapping[str, Any], request_id: str) -> str:
        """Start a run; returns its id. Never tried twice: the request may have been carried out."""

    def pipeline_run(self, run_id: str) -> dict[str, Any] | None:
        """Return a run; None where there is none."""

    def pipeline_runs(self, pipeline: str, since: datetime) -> list[dict[str, Any]]:
        """Return the runs of a pipeline that changed since a moment."""

    def activity_runs(self, pipeline: str, run_id: str, since: datetime) -> list[dict[str, Any]]:
        """Return a run's activity runs."""

    def cancel_run(self, run_id: str) -> None:
        """Cancel a run and those that it started."""
