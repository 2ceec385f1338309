"""Pipeline runs and their activity runs: as the REST interface shows them, on disk, surviving a killed process.

Shapes: PipelineRun and ActivityRun of azure-synapse-artifacts 0.22.0.
"""

from __future__ import annotations

import json
import threading
import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any

from generator.local.clock import Clock, iso
from generator.local.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from generator.local.ports import ActivityError

RUNNING = ("Queued", "InProgress", "Canceling")
_LOST = "The embedded workspace ended while this run was in progress."


class RunStore:
    """Keeps runs under a folder, one file a pipeline run, written whole at each change."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.RLock()
        self._runs: dict[str, dict[str, Any]] = {}
        for path in sorted(folder.glob("*.json")):
            record = json.loads(path.read_bytes())
            self._runs[record["run"]["runId"]] = record
            self._end_lost(record)

    def _end_lost(self, record: dict[str, Any]) -> None:
        if record["run"]["status"] not in RUNNING:
            return
        for activity in record["activities"]:
            if activity["status"] in RUNNING:
                self._end(activity, "activityRun", "Failed")
                activity["error"] = _error_json("WorkspaceEnded", _LOST, "SystemError", activity["activityName"])
        self._end(record["run"], "run", "Failed")
        record["run"]["message"] = _LOST
        self._save(record)

    def create(
        self,
        pipeline_name: str,
        run_id: str,
        *,
        parameters: Mapping[str, Any],
        group_id: str,
        invoked_by: Mapping[str, str],
    ) -> bool:
        """Add a run; False where one of this id exists already."""
        now = iso(self._clock.now())
        with self._lock:
            if run_id in self._runs:
                return False
            run = {
                "runId": run_id,
                "runGroupId": group_id,
                "isLatest": True,
                "pipelineName": pipeline_name,
                "parameters": {k: v if isinstance(v, str) else json.dumps(v) for k, v in parameters.items()},
                "invokedBy": dict(invoked_by),
                "lastUpdated": now,
                "runStart": now,
                "runEnd": None,
                "durationInMs": None,
                "status": "InProgress",
                "message": "",
            }
            self._runs[run_id] = {"run": run, "activities": []}
            self._save(self._runs[run_id])
            return True

    def end(self, run_id: str, status: str, message: str = "") -> None:
        """End a run."""
        with self._lock:
            record = self._runs[run_id]
            record["run"]["message"] = message
            self._end(record["run"], "run", status)
            self._save(record)

    def mark_cancelling(self, run_id: str) -> None:
        """Say that a run is being cancelled."""
        with self._lock:
            record = self._runs[run_id]
            record["run"] |= {"status": "Canceling", "lastUpdated": iso(self._clock.now())}
            self._save(record)

    def start_activity(self, run_id: str, activity: Mapping[str, Any], inputs: Any) -> str:
        """Add an activity run that is in progress; returns its id."""
        activity_run_id = str(uuid.uuid4())
        with self._lock:
            record = self._runs[run_id]
            linked = activity.get("linkedServiceName")
            record["activities"].append(
                {
                    "pipelineName": record["run"]["pipelineName"],
                    "pipelineRunId": run_id,
                    "activityName": activity["name"],
                    "activityType": activity["type"],
                    "activityRunId": activity_run_id,
                    "linkedServiceName": linked.get("referenceName") if isinstance(linked, dict) else None,
                    "status": "InProgress",
                    "activityRunStart": iso(self._clock.now()),
                    "activityRunEnd": None,
                    "durationInMs": None,
                    "input": inputs,
                    "output": None,
                    "error": None,
                }
            )
            self._save(record)
        return activity_run_id

    def update_activity(self, run_id: str, activity_run_id: str, output: Any) -> None:
        """Show an output before the activity has ended, as ExecutePipeline does with its child's id."""
        with self._lock:
            record = self._runs[run_id]
            next(a for a in record["activities"] if a["activityRunId"] == activity_run_id)["output"] = output
            self._save(record)

    def end_activity(
        self, run_id: str, activity_run_id: str, status: str, output: Any, error: ActivityError | None
    ) -> None:
        """End an activity run."""
        with self._lock:
            record = self._runs[run_id]
            activity = next(a for a in record["activities"] if a["activityRunId"] == activity_run_id)
            activity["output"] = output
            if error:
                activity["error"] = _error_json(error.code, error.message, error.failure_type, activity["activityName"])
            self._end(activity, "activityRun", status)
            self._save(record)

    def run(self, run_id: str) -> dict[str, Any] | None:
        """Return a run as the REST interface shows it."""
        with self._lock:
            record = self._runs.get(run_id)
            return json.loads(json.dumps(record["run"])) if record else None

    def activities(self, run_id: str) -> list[dict[str, Any]]:
        """Return a run's activity runs in the order in which they started."""
        with self._lock:
            record = self._runs.get(run_id)
            copied: list[dict[str, Any]] = json.loads(json.dumps(record["activities"])) if record else []
            return copied

    def runs(self) -> Iterator[dict[str, Any]]:
        """Yield every run, the newest first."""
        with self._lock:
            newest = sorted(self._runs, key=lambda i: self._runs[i]["run"]["runStart"], reverse=True)
        for run_id in newest:
            run = self.run(run_id)
            if run:
                yield run

    def is_running(self) -> bool:
        """Whether any run has not ended."""
        with self._lock:
            return any(r["run"]["status"] in RUNNING for r in self._runs.values())

    def _end(self, record: dict[str, Any], prefix: str, status: str) -> None:
        now = self._clock.now()
        start = _moment(record[f"{prefix}Start"])
        record |= {
            "status": status,
            f"{prefix}End": iso(now),
            "durationInMs": max(0, round((now - start).total_seconds() * 1000)),
        }
        if prefix == "run":
            record["lastUpdated"] = iso(now)

    def _save(self, record: dict[str, Any]) -> None:
        name = record["run"]["runId"]
        write_atomic(self._folder / f"{name}.json", json.dumps(record, ensure_ascii=False).encode())


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _error_json(code: str, message: str, failure_type: str, target: str) -> dict[str, Any]:
    return {"errorCode": code, "message": message, "failureType": failure_type, "target": target, "details": []}
