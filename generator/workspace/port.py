"""The port: what publishing and running need of a workspace, in raw JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from generator.artifact import ArtifactKey

_PASSING = (408, 429)


class WorkspaceError(Exception):
    """The workspace refused, or could not be reached; ``message`` holds its own words."""

    def __init__(
        self, message: str, *, status: int | None = None, code: str | None = None, is_unreachable: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        """HTTP status; None where no answer came."""
        self.code = code
        self.is_unreachable = is_unreachable
        """Whether the connection failed, before or after the request was sent."""

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

    def put(self, key: ArtifactKey, content: bytes) -> None:
        """Create or replace an artifact with exactly these bytes; returns when the operation is done."""

    def get(self, key: ArtifactKey) -> dict[str, Any] | None:
        """Return an artifact as the service has it; None where there is none."""

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
