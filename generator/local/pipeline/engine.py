"""Starts, schedules and cancels pipeline runs."""

from __future__ import annotations

import threading
import traceback
import uuid
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.expressions import Scope
from generator.local.pipeline.activities import HANDLERS
from generator.local.pipeline.failure import ActivityFailure
from generator.local.pipeline.outcome import Decision, decide, failed_leaves, outcome
from generator.local.pipeline.parameters import bind_parameters
from generator.local.pipeline.policy import Policy
from generator.local.ports import ActivityError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from generator.local.clock import Clock
    from generator.local.pipeline.runs import RunStore
    from generator.local.ports import HttpClient, NotebookEngine, SqlEngine

NO_ITEM = object()
"""Stands for item() outside of loops; inside one it may well be null."""
_INNER = ("activities", "ifTrueActivities", "ifFalseActivities")


class PipelineNotFoundError(LookupError):
    """No pipeline of this name is published."""


@dataclass(frozen=True, slots=True)
class Engines:
    """What activities run on, and the documents that they refer to."""

    pipelines: Callable[[str], Mapping[str, Any] | None]
    notebooks: Callable[[str], Mapping[str, Any] | None]
    notebook_engine: NotebookEngine
    sql_engine: SqlEngine
    http: HttpClient
    clock: Clock
    workspace: str


@dataclass(slots=True)
class RunContext:
    """One pipeline run while it runs: its variables and what its activities returned."""

    run_id: str
    group_id: str
    pipeline_name: str
    document: Mapping[str, Any]
    parameters: Mapping[str, Any]
    invoked_by: Mapping[str, str]
    cancel: threading.Event
    started: str
    variables: dict[str, Any] = field(default_factory=dict)
    activities: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    return_value: dict[str, Any] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)


class PipelineEngine:
    """Runs published pipelines. Each run has a thread of its own; parallel branches run in parallel."""

    def __init__(self, engines: Engines, runs: RunStore) -> None:
        self.engines = engines
        self.runs = runs
        self._lock = threading.Lock()
        self._active: dict[str, tuple[threading.Thread, RunContext]] = {}
        self._returned: dict[str, dict[str, Any]] = {}

    def start(
        self,
        pipeline_name: str,
        parameters: Mapping[str, Any],
        *,
        run_id: str,
        group_id: str | None = None,
        invoked_by: Mapping[str, str],
    ) -> None:
        """Start a run of the pipeline as it is published now; a second start of the same id does nothing.

        Raises PipelineNotFoundError and ParameterError.
        """
        document = self.engines.pipelines(pipeline_name)
        if document is None:
            raise PipelineNotFoundError(pipeline_name)
        bound = bind_parameters(document, parameters)
        group = group_id or run_id
        if not self.runs.create(pipeline_name, run_id, parameters=bound, group_id=group, invoked_by=invoked_by):
            return
        run = self.runs.run(run_id) or {}
        context = RunContext(
            run_id, group, pipeline_name, document, bound, invoked_by, threading.Event(), run["runStart"]
        )
        for name, variable in (document["properties"].get("variables") or {}).items():
            context.variables[name] = variable.get("defaultValue", [] if variable.get("type") == "Array" else "")
        thread = threading.Thread(target=self._run, args=(context,), name=f"run-{run_id}", daemon=True)
        with self._lock:
            self._active[run_id] = (thread, context)
        thread.start()

    def cancel(self, run_id: str, *, recursive: bool) -> bool:
        """Cancel a run, with the runs that it started where ``recursive``; False where it is not running."""
        with self._lock:
            active = self._active.get(run_id)
        if active is None:
            return False
        context = active[1]
        self.runs.mark_cancelling(run_id)
        context.cancel.set()
        if recursive:
            for child in list(context.children):
                self.cancel(child, recursive=True)
        return True

    def join(self, run_id: str, timeout: float | None = None) -> bool:
        """Wait for a run to end; False where the time ran out first."""
        with self._lock:
            active = self._active.get(run_id)
        if active:
            active[0].join(timeout)
            return not active[0].is_alive()
        return True

    def return_value(self, run_id: str) -> dict[str, Any]:
        """Return what a run that has ended handed to its caller."""
        return self._returned.pop(run_id, {})

    def shutdown(self, timeout: float = 10.0) -> None:
        """Cancel every run and wait for them to end."""
        with self._lock:
            active = list(self._active)
        for run_id in active:
            self.cancel(run_id, recursive=False)
        for run_id in active:
            self.join(run_id, timeout)

    def _run(self, context: RunContext) -> None:
        status, message = "Failed", ""
        try:
            unsupported = sorted(set(_unsupported(context.document["properties"].get("activities") or [])))
            if unsupported:
                message = f"not supported in a local run: activities of type {', '.join(unsupported)}"
            else:
                activities = context.document["properties"].get("activities") or []
                statuses = self.run_activities(context, activities, NO_ITEM)
                status = outcome(activities, statuses)
                message = self._message(context, failed_leaves(activities, statuses)) if status == "Failed" else ""
        except Exception as error:  # noqa: BLE001 - a fault of ours must end the run, not leave it running
            traceback.print_exc()
            message = f"a fault in the embedded workspace: {type(error).__name__}: {error}"
        finally:
            if context.invoked_by.get("pipelineRunId"):
                self._returned[context.run_id] = context.return_value
            self.runs.end(context.run_id, status, message)
            with self._lock:
                self._active.pop(context.run_id, None)

    def _message(self, context: RunContext, failed: Sequence[str]) -> str:
        errors = {name: context.activities.get(name, {}).get("error") or {} for name in failed}
        return "; ".join(f"Operation on target {n} failed: {e.get('message', '')}" for n, e in errors.items())

    def run_activities(self, context: RunContext, activities: Sequence[Mapping[str, Any]], item: Any) -> dict[str, str]:
        """Run a list of activities, each the moment that those before it have ended; returns their statuses."""
        statuses: dict[str, str] = {}
        running: dict[Future[str], str] = {}
        with ThreadPoolExecutor(max_workers=max(1, len(activities)), thread_name_prefix="activity") as pool:
            while len(statuses) < len(activities):
                started = self._start_ready(context, activities, item, statuses, running, pool)
                if not running:
                    if not started and len(statuses) < len(activities):
                        # What waits for an activity that does not exist, or for itself, never runs.
                        return statuses | {a["name"]: "Failed" for a in activities if a["name"] not in statuses}
                    continue
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    statuses[running.pop(future)] = future.result()
        return statuses

    def _start_ready(
        self,
        context: RunContext,
        activities: Sequence[Mapping[str, Any]],
        item: Any,
        statuses: dict[str, str],
        running: dict[Future[str], str],
        pool: ThreadPoolExecutor,
    ) -> bool:
        started = False
        for activity in activities:
            name = activity["name"]
            if name in statuses or name in running.values():
                continue
            decision = decide(activity, statuses)
            if context.cancel.is_set() and decision is not Decision.WAIT:
                statuses[name], started = "Cancelled", True
            elif decision is Decision.SKIP:
                statuses[name], started = "Skipped", True
            elif decision is Decision.RUN:
                running[pool.submit(self._run_activity, context, activity, item)] = name
                started = True
        return started

    def _run_activity(self, context: RunContext, activity: Mapping[str, Any], item: Any) -> str:
        if activity.get("state") == "Inactive":
            return str(activity.get("onInactiveMarkAs") or "Succeeded")
        policy = Policy.of(activity)
        attempt = 0
        while True:
            status = self._attempt(context, activity, item, policy)
            attempt += 1
            if status != "Failed" or attempt > policy.retry:
                return status
            if self.engines.clock.wait(context.cancel, policy.interval_seconds):
                return "Cancelled"

    def _attempt(self, context: RunContext, activity: Mapping[str, Any], item: Any, policy: Policy) -> str:
        name = activity["name"]
        call = ActivityCall(self, context, activity, item, policy)
        call.activity_run_id = self.runs.start_activity(context.run_id, activity, None)
        status, output, error = "Failed", None, None
        try:
            output = HANDLERS[activity["type"]](call)
            status = "Cancelled" if context.cancel.is_set() and output is None else "Succeeded"
        except ActivityFailure as failure:
            status, output, error = failure.status, failure.output, failure.error
        except Exception as fault:  # noqa: BLE001 - a fault of ours fails the activity, with its name
            traceback.print_exc()
            error = ActivityError("InternalError", f"a fault in the embedded workspace: {fault!r}", "SystemError")
        result: dict[str, Any] = {"output": output if output is not None else {}, "Status": status}
        if error:
            result["error"] = {"errorCode": error.code, "message": error.message, "failureType": error.failure_type}
        with context.lock:
            context.activities[name] = result
        shown = {"secure": True} if policy.secure_output else output
        self.runs.end_activity(context.run_id, call.activity_run_id, status, shown, error)
        return status


@dataclass(slots=True)
class ActivityCall:
    """One attempt at one activity: what its handler works with."""

    engine: PipelineEngine
    context: RunContext
    activity: Mapping[str, Any]
    item: Any
    policy: Policy
    activity_run_id: str = ""

    @property
    def properties(self) -> Mapping[str, Any]:
        """The activity's typeProperties, unevaluated."""
        properties: Mapping[str, Any] = self.activity.get("typeProperties") or {}
        return properties

    def scope(self) -> Scope:
        """Return what expressions see at this moment."""
        context = self.context
        with context.lock:
            values: dict[str, Any] = {
                "utc_now": self.engine.engines.clock.now,
                "parameters": context.parameters,
                "variables": dict(context.variables),
                "activities": dict(context.activities),
                "system": {
                    "RunId": context.run_id,
                    "GroupId": context.group_id,
                    "Pipeline": context.pipeline_name,
                    "DataFactory": self.engine.engines.workspace,
                    "TriggerId": context.invoked_by.get("id", ""),
                    "TriggerName": context.invoked_by.get("name", ""),
                    "TriggerType": context.invoked_by.get("invokedByType", "Manual"),
                    "TriggerTime": context.started,
                    "TriggeredByPipelineRunId": context.invoked_by.get("pipelineRunId"),
                    "TriggeredByPipelineName": context.invoked_by.get("pipelineName"),
                },
            }
        return Scope(**values) if self.item is NO_ITEM else Scope(**values, item=self.item)

    def new_run_id(self) -> str:
        """Return an id for a run that this activity starts."""
        return str(uuid.uuid4())


def _unsupported(activities: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for activity in activities:
        if activity["type"] not in HANDLERS:
            yield str(activity["type"])
        properties = activity.get("typeProperties") or {}
        for key in _INNER:
            yield from _unsupported(properties.get(key) or [])
