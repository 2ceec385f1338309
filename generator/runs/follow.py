"""Follows a pipeline run and those that it starts, read from REST responses and nothing else."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from generator.workspace.port import Workspace

_ENDED = ("Succeeded", "Failed", "Cancelled")
_FIRST, _SLOWEST = 0.3, 5.0
_WINDOW = timedelta(hours=1)
_UNSEEN = 60.0
"""Seconds after which a run that the workspace does not know is none."""
_TROUBLE = 300.0
"""Seconds of waiting after which a workspace that does not answer is given up; a night's run outlives a bad network."""


@dataclass(frozen=True, slots=True)
class ActivityRun:
    """One attempt at an activity."""

    pipeline: str
    name: str
    type: str
    status: str
    seconds: float | None
    output: Any
    error: str | None
    child: RunReport | None = None
    """The run that an ExecutePipeline activity started."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """A pipeline run with its activities, in the order in which they started."""

    pipeline: str
    run_id: str
    status: str
    seconds: float | None
    message: str
    activities: tuple[ActivityRun, ...]

    def walk(self) -> Iterator[ActivityRun]:
        """Yield every activity run, those of child runs after the activity that started them."""
        for activity in self.activities:
            yield activity
            if activity.child:
                yield from activity.child.walk()

    def failures(self) -> Iterator[ActivityRun]:
        """Yield the activities that failed by themselves, not because of one inside them."""
        for activity in self.walk():
            if activity.status == "Failed" and not (activity.child and list(activity.child.failures())):
                yield activity


@dataclass(frozen=True, slots=True)
class RunEvent:
    """An activity that started or ended."""

    depth: int
    activity: ActivityRun


@dataclass(slots=True)
class _Follower:
    workspace: Workspace
    on_event: Callable[[RunEvent], None]
    seen: dict[str, str] = field(default_factory=dict)
    done: dict[str, RunReport] = field(default_factory=dict)

    def report(self, run: dict[str, Any], depth: int) -> RunReport:
        """Read a run's activities, and tell what is new."""
        run_id, pipeline = run["runId"], run["pipelineName"]
        if run_id in self.done:
            return self.done[run_id]
        # A run that waits for its turn has no start yet.
        started = datetime.fromisoformat(run["runStart"]) if run.get("runStart") else datetime.now(UTC)
        records = self.workspace.activity_runs(pipeline, run_id, started - _WINDOW)
        records.sort(key=lambda r: r.get("activityRunStart") or "")
        activities = tuple(self._activity(r, depth) for r in records)
        report = RunReport(
            pipeline, run_id, run["status"], _seconds(run.get("durationInMs")), run.get("message") or "", activities
        )
        if run["status"] in _ENDED:
            self.done[run_id] = report
        return report

    def _activity(self, record: dict[str, Any], depth: int) -> ActivityRun:
        activity = self._read(record, None)
        if self.seen.get(record["activityRunId"]) is None:
            self._tell(record, depth, activity)
        child_id = (
            (record.get("output") or {}).get("pipelineRunId") if record["activityType"] == "ExecutePipeline" else None
        )
        child = self.workspace.pipeline_run(child_id) if child_id and child_id not in self.done else None
        report = self.done.get(child_id) if child_id else None
        if child:
            report = self.report(child, depth + 1)
        activity = self._read(record, report)
        if self.seen.get(record["activityRunId"]) != activity.status:
            self._tell(record, depth, activity)
        return activity

    def _tell(self, record: dict[str, Any], depth: int, activity: ActivityRun) -> None:
        self.seen[record["activityRunId"]] = activity.status
        self.on_event(RunEvent(depth, activity))

    def _read(self, record: dict[str, Any], child: RunReport | None) -> ActivityRun:
        error = record.get("error") or {}
        return ActivityRun(
            record["pipelineName"],
            record["activityName"],
            record["activityType"],
            record["status"],
            _seconds(record.get("durationInMs")),
            record.get("output"),
            error.get("message") or None,
            child,
        )


def follow_run(
    workspace: Workspace,
    run_id: str,
    *,
    on_event: Callable[[RunEvent], None],
    on_look: Callable[[RunReport], None] = lambda _: None,
    on_trouble: Callable[[WorkspaceError], None] = lambda _: None,
    wait: Callable[[float], None] = time.sleep,
) -> RunReport:
    """Follow a run to its end; looks often at first, then every five seconds. ``on_look`` is told of every look.

    A look that fails in a way that passes (no connection, 429, 5xx) is told to ``on_trouble`` and tried again, for five
    minutes. Raises WorkspaceError where it does not pass, or where there is no such run after a minute.
    """
    follower = _Follower(workspace, on_event)
    delay, unseen, trouble = _FIRST, 0.0, 0.0
    while True:
        told = len(follower.seen)
        try:
            # The service may not show a run in the moment after it was started.
            run = workspace.pipeline_run(run_id)
            report = follower.report(run, 0) if run else None
        except WorkspaceError as error:
            if not error.is_passing or trouble >= _TROUBLE:
                raise _given_up(error, run_id) from error
            on_trouble(error)
            trouble += delay
        else:
            trouble = 0.0
            if report and report.status in _ENDED:
                return report
            if report:
                on_look(report)
            elif unseen >= _UNSEEN:
                raise WorkspaceError(f"there is no run {run_id}", status=404)
            else:
                unseen += delay
        wait(delay)
        delay = _FIRST if len(follower.seen) > told else min(delay * 1.2, _SLOWEST)


def _given_up(error: WorkspaceError, run_id: str) -> WorkspaceError:
    text = f"{error.message}; run {run_id} may still be going on, nobody follows it"
    return WorkspaceError(text, status=error.status, code=error.code, is_unreachable=error.is_unreachable)


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else milliseconds / 1000
