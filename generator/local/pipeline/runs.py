"""Keeps pipeline runs and their activity runs on disk: one file a run, written whole at each change."""

from __future__ import annotations

import json
import sys
import threading
import uuid
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from generator.local.files import write_atomic
from generator.local.pipeline.failure import error_json
from generator.local.pipeline.records import ActivityRun, PipelineRun
from generator.local.ports import ActivityError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from generator.local.clock import Clock

_LOST = "The embedded workspace ended while this run was in progress."


@dataclass(slots=True)
class _Record:
    run: PipelineRun
    activities: dict[str, ActivityRun] = field(default_factory=dict)
    """By activity run id, in the order in which they started."""

    def to_bytes(self) -> bytes:
        record = {"run": self.run.to_json(), "activities": [a.to_json() for a in self.activities.values()]}
        return json.dumps(record, ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> _Record:
        record = json.loads(content)
        activities = [ActivityRun.from_json(a) for a in record["activities"]]
        return cls(PipelineRun.from_json(record["run"]), {a.activity_run_id: a for a in activities})


class RunStore:
    """Runs by id. What a method changes can be read at once; OSError says that it could not be written."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Load the runs of ``folder``; those that were in progress have failed with the process that ran them."""
        self._folder = folder
        self._clock = clock
        self._lock = threading.RLock()
        self._records: dict[str, _Record] = {}
        for path in sorted(folder.glob("*.json")):
            try:
                record = _Record.from_bytes(path.read_bytes())
            except (ValueError, KeyError, TypeError) as error:
                # Files are written whole: somebody else changed it. The others can still be read.
                print(f"{path.name} is no run, and is left alone: {error!r}", file=sys.stderr)  # noqa: T201 - a log
                continue
            self._records[record.run.run_id] = record
            if record.run.is_running:
                self._end_lost(record)

    def _end_lost(self, record: _Record) -> None:
        self._end_activities(record, "Failed", _LOST)
        record.run = record.run.ended("Failed", _LOST, self._clock.now())
        self._save(record)

    def _end_activities(self, record: _Record, status: str, message: str) -> None:
        now, error = self._clock.now(), ActivityError("RunEnded", message, "SystemError")
        for key, activity in record.activities.items():
            if activity.end is None:
                shown = error_json(error, activity.activity_name)
                record.activities[key] = replace(activity, status=status, end=now, error=shown)

    def create(
        self,
        pipeline_name: str,
        run_id: str,
        *,
        parameters: Mapping[str, str],
        group_id: str,
        invoked_by: Mapping[str, str],
    ) -> PipelineRun | None:
        """Add a queued run; None where one of this id exists already."""
        now = self._clock.now()
        with self._lock:
            if run_id in self._records:
                return None
            record = _Record(PipelineRun(run_id, group_id, pipeline_name, parameters, invoked_by, now, now))
            self._save(record)
            self._records[run_id] = record
            return record.run

    def begin(self, run_id: str) -> None:
        """Say that a run is no longer queued."""
        self._change_status(run_id, "InProgress", "Queued")

    def mark_cancelling(self, run_id: str) -> None:
        """Say that a run is being cancelled; one that has ended stays as it is."""
        self._change_status(run_id, "Canceling", "Queued", "InProgress")

    def _change_status(self, run_id: str, status: str, *allowed: str) -> None:
        with self._lock:
            record = self._records[run_id]
            if record.run.status in allowed:
                record.run = record.run.with_status(status, self._clock.now())
                self._save(record)

    def end(self, run_id: str, status: str, message: str = "") -> None:
        """End a run; an activity that is still in progress, because it could not be written down, ends with it."""
        with self._lock:
            record = self._records[run_id]
            self._end_activities(record, "Cancelled" if status == "Cancelled" else "Failed", message)
            record.run = record.run.ended(status, message, self._clock.now())
            self._save(record)

    def start_activity(self, run_id: str, activity: Mapping[str, Any]) -> str:
        """Add an activity run that is in progress; returns its id."""
        linked = activity.get("linkedServiceName")
        with self._lock:
            record = self._records[run_id]
            started = ActivityRun(
                activity_run_id=str(uuid.uuid4()),
                activity_name=activity["name"],
                activity_type=activity["type"],
                pipeline_name=record.run.pipeline_name,
                pipeline_run_id=run_id,
                linked_service_name=linked.get("referenceName") if isinstance(linked, dict) else None,
                start=self._clock.now(),
            )
            record.activities[started.activity_run_id] = started
            self._save(record)
            return started.activity_run_id

    def show_activity(self, run_id: str, activity_run_id: str, *, inputs: Any, output: Any) -> None:
        """Let input and output be seen before the activity has ended, as ExecutePipeline does with its child's id."""
        self._change_activity(run_id, activity_run_id, input=inputs, output=output)

    def end_activity(
        self, run_id: str, activity_run_id: str, status: str, *, inputs: Any, output: Any, error: Mapping[str, Any]
    ) -> None:
        """End an activity run; ``error`` as :func:`error_json` makes it."""
        now = self._clock.now()
        self._change_activity(run_id, activity_run_id, status=status, end=now, input=inputs, output=output, error=error)

    def _change_activity(self, run_id: str, activity_run_id: str, **changes: Any) -> None:
        with self._lock:
            record = self._records[run_id]
            record.activities[activity_run_id] = replace(record.activities[activity_run_id], **changes)
            self._save(record)

    def run(self, run_id: str) -> dict[str, Any] | None:
        """Return a run as the REST interface shows it."""
        with self._lock:
            record = self._records.get(run_id)
            return record.run.to_json() if record else None

    def activities(self, run_id: str) -> list[dict[str, Any]]:
        """Return a run's activity runs in the order in which they started."""
        with self._lock:
            record = self._records.get(run_id)
            return [a.to_json() for a in record.activities.values()] if record else []

    def runs(self) -> Iterator[dict[str, Any]]:
        """Yield every run, the newest first."""
        with self._lock:
            runs = [record.run for record in self._records.values()]
        yield from (run.to_json() for run in sorted(runs, key=lambda r: r.start, reverse=True))

    def is_running(self) -> bool:
        """Whether any run has not ended."""
        with self._lock:
            return any(record.run.is_running for record in self._records.values())

    def _save(self, record: _Record) -> None:
        write_atomic(self._folder / f"{record.run.run_id}.json", record.to_bytes())
