"""Pipeline runs and their activity runs as values.

Their JSON forms are those of PipelineRun and ActivityRun of azure-synapse-artifacts 0.22.0.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from generator.local.clock import iso

if TYPE_CHECKING:
    from collections.abc import Mapping

RUNNING = ("Queued", "InProgress", "Canceling")


@dataclass(frozen=True, slots=True)
class PipelineRun:
    """One run of a pipeline."""

    run_id: str
    group_id: str
    """The run that started the first of these runs: children have their parent's."""
    pipeline_name: str
    parameters: Mapping[str, str]
    invoked_by: Mapping[str, str]
    start: datetime
    last_updated: datetime
    end: datetime | None = None
    status: str = "Queued"
    message: str = ""

    @property
    def is_running(self) -> bool:
        """Whether the run has not ended."""
        return self.status in RUNNING

    def with_status(self, status: str, now: datetime) -> PipelineRun:
        """Return the run with another status, still running."""
        return replace(self, status=status, last_updated=now)

    def ended(self, status: str, message: str, now: datetime) -> PipelineRun:
        """Return the run as it has ended."""
        return replace(self, status=status, message=message, end=now, last_updated=now)

    def to_json(self) -> dict[str, Any]:
        """Return the run as the REST interface shows it; times in ISO 8601, UTC."""
        return {
            "runId": self.run_id,
            "runGroupId": self.group_id,
            "isLatest": True,  # there are no reruns of a run here
            "pipelineName": self.pipeline_name,
            "parameters": dict(self.parameters),
            "invokedBy": dict(self.invoked_by),
            "lastUpdated": iso(self.last_updated),
            "runStart": iso(self.start),
            "runEnd": iso(self.end) if self.end else None,
            "durationInMs": _milliseconds(self.start, self.end),
            "status": self.status,
            "message": self.message,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> PipelineRun:
        """Read what :meth:`to_json` returned; KeyError or ValueError where it is something else."""
        return cls(
            run_id=record["runId"],
            group_id=record["runGroupId"],
            pipeline_name=record["pipelineName"],
            parameters=record["parameters"],
            invoked_by=record["invokedBy"],
            start=_moment(record["runStart"]),
            last_updated=_moment(record["lastUpdated"]),
            end=_moment(record["runEnd"]) if record["runEnd"] else None,
            status=record["status"],
            message=record["message"],
        )


@dataclass(frozen=True, slots=True)
class ActivityRun:
    """One attempt at an activity, or one iteration's."""

    activity_run_id: str
    activity_name: str
    activity_type: str
    pipeline_name: str
    pipeline_run_id: str
    linked_service_name: str | None
    start: datetime
    end: datetime | None = None
    status: str = "InProgress"
    input: Any = None
    output: Any = None
    error: Mapping[str, Any] | None = field(default=None)

    def to_json(self) -> dict[str, Any]:
        """Return the activity run as the REST interface shows it."""
        return {
            "pipelineName": self.pipeline_name,
            "pipelineRunId": self.pipeline_run_id,
            "activityName": self.activity_name,
            "activityType": self.activity_type,
            "activityRunId": self.activity_run_id,
            "linkedServiceName": self.linked_service_name,
            "status": self.status,
            "activityRunStart": iso(self.start),
            "activityRunEnd": iso(self.end) if self.end else None,
            "durationInMs": _milliseconds(self.start, self.end),
            "input": self.input,
            "output": self.output,
            "error": self.error,
        }

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> ActivityRun:
        """Read what :meth:`to_json` returned; KeyError or ValueError where it is something else."""
        return cls(
            activity_run_id=record["activityRunId"],
            activity_name=record["activityName"],
            activity_type=record["activityType"],
            pipeline_name=record["pipelineName"],
            pipeline_run_id=record["pipelineRunId"],
            linked_service_name=record["linkedServiceName"],
            start=_moment(record["activityRunStart"]),
            end=_moment(record["activityRunEnd"]) if record["activityRunEnd"] else None,
            status=record["status"],
            input=record["input"],
            output=record["output"],
            error=record["error"],
        )


def _milliseconds(start: datetime, end: datetime | None) -> int | None:
    return None if end is None else max(0, round((end - start).total_seconds() * 1000))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
