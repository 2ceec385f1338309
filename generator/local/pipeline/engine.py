"""Starts and cancels pipeline runs."""

from __future__ import annotations

import sys
import threading
import traceback
import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from generator.artifact import canonical_name
from generator.local.pipeline.attempts import ActivityRunner, shown_inputs
from generator.local.pipeline.call import ActivityCall, Engines, Frame, Results, RunContext
from generator.local.pipeline.failure import PipelineNotFoundError
from generator.local.pipeline.outcome import failed_leaves, outcome
from generator.local.pipeline.parameters import bind_parameters, shown_parameters
from generator.local.pipeline.preflight import problems
from generator.local.pipeline.scheduler import Schedule
from generator.local.pipeline.variables import initial_variables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.local.pipeline.runs import RunStore

__all__ = ["Engines", "PipelineEngine", "PipelineNotFoundError"]


class PipelineEngine:
    """Runs published pipelines. Each run has a thread of its own; parallel branches run in parallel."""

    def __init__(self, engines: Engines, runs: RunStore) -> None:
        self.engines = engines
        self.runs = runs
        self._activities = ActivityRunner(engines, runs, self)
        self._lock = threading.Lock()
        self._active: dict[str, tuple[threading.Thread, RunContext]] = {}
        self._turns = threading.Condition()
        self._queues: dict[str, list[str]] = defaultdict(list)
        """Runs of a pipeline with a limit that have not ended, in the order in which they were started."""

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

        Raises PipelineNotFoundError and ParameterError; OSError where the run cannot be written down.
        """
        self._start(pipeline_name, parameters, run_id, group_id or run_id, invoked_by)

    def start_child(self, call: ActivityCall, pipeline_name: str, parameters: Mapping[str, Any]) -> RunContext:
        """Start the run of an ExecutePipeline activity. Raises PipelineNotFoundError and ParameterError."""
        parent = call.context
        invoked_by = {
            "id": call.activity_run_id,
            "name": call.activity["name"],
            "invokedByType": "PipelineActivity",
            "pipelineName": parent.pipeline_name,
            "pipelineRunId": parent.run_id,
        }
        child = self._start(pipeline_name, parameters, str(uuid.uuid4()), parent.group_id, invoked_by)
        if child is None:
            raise RuntimeError("an id was drawn twice")
        with parent.lock:
            parent.children.append(child.run_id)
            # A cancel that came in between did not see the child.
            is_late = parent.cancel_children
        if is_late:
            self.cancel(child.run_id, recursive=True)
        return child

    def _start(
        self,
        pipeline_name: str,
        parameters: Mapping[str, Any],
        run_id: str,
        group_id: str,
        invoked_by: Mapping[str, str],
    ) -> RunContext | None:
        document = self.engines.pipelines(pipeline_name)
        if document is None:
            raise PipelineNotFoundError(pipeline_name)
        name = str(document["name"])
        bound = bind_parameters(document, parameters)
        shown = shown_parameters(document, bound)
        with self._lock:
            run = self.runs.create(name, run_id, parameters=shown, group_id=group_id, invoked_by=invoked_by)
            if run is None:
                return None
            started = run.to_json()["runStart"]
            context = RunContext(run_id, group_id, name, document, bound, invoked_by, started)
            context.variables.update(initial_variables(document))
            thread = threading.Thread(target=self._run, args=(context,), name=f"run-{run_id}", daemon=True)
            self._active[run_id] = (thread, context)
            if _limit(document):
                with self._turns:
                    self._queues[canonical_name(name)].append(run_id)
            thread.start()
        return context

    def cancel(self, run_id: str, *, recursive: bool) -> bool:
        """Cancel a run, with the runs that it started where ``recursive``; False where it is not running."""
        with self._lock:
            active = self._active.get(run_id)
        if active is None:
            return False
        context = active[1]
        with context.lock:
            context.cancel_children |= recursive
            children = list(context.children) if recursive else []
        try:
            self.runs.mark_cancelling(run_id)
        except OSError as error:
            _log(f"run {run_id}: cancelled, not written: {error}")
        context.cancel.set()
        with self._turns:
            self._turns.notify_all()
        for child in children:
            self.cancel(child, recursive=True)
        return True

    def join(self, run_id: str, timeout: float | None = None) -> bool:
        """Wait for a run to end; False where the time ran out first."""
        with self._lock:
            active = self._active.get(run_id)
        if active is None:
            return True
        active[0].join(timeout)
        return not active[0].is_alive()

    def wait_idle(self, timeout: float | None = None) -> bool:
        """Wait until no run is in progress, ``timeout`` seconds for each; False where one still is."""
        while True:
            with self._lock:
                active = list(self._active)
            if not active:
                return True
            for run_id in active:
                if not self.join(run_id, timeout):
                    return False

    def shutdown(self, timeout: float = 10.0) -> None:
        """Cancel every run and wait for them to end."""
        with self._lock:
            active = list(self._active)
        for run_id in active:
            self.cancel(run_id, recursive=False)
        for run_id in active:
            self.join(run_id, timeout)

    def run_activities(
        self, context: RunContext, activities: Sequence[Mapping[str, Any]], frame: Frame
    ) -> dict[str, str]:
        """Run a list of activities to its end; returns their statuses."""
        return Schedule(
            activities,
            context.cancel,
            run=lambda activity: self._activities.run(context, activity, frame),
            # An activity that was skipped has a status, but neither output nor error.
            skip=lambda name: frame.results.put(name, {"Status": "Skipped"}),
        ).to_end()

    def show(self, call: ActivityCall, output: Any) -> None:
        """Let the input and output of an activity be seen before it has ended."""
        shown = None if call.policy.secure_output else output
        self.runs.show_activity(call.context.run_id, call.activity_run_id, inputs=shown_inputs(call), output=shown)

    def _run(self, context: RunContext) -> None:
        try:
            context.status, context.message = self._outcome(context)
        except OSError as error:
            context.status = "Failed"
            context.message = f"the state of the run cannot be written: {error.strerror or error}"
        except Exception as error:  # noqa: BLE001 - a fault of ours must end the run, not leave it running
            traceback.print_exc()
            context.status = "Failed"
            context.message = f"a fault in the embedded workspace: {type(error).__name__}: {error}"
        if context.cancel.is_set():
            context.status, context.message = "Cancelled", ""
        try:
            self.runs.end(context.run_id, context.status, context.message)
        except OSError as error:
            # The run has ended for whoever asks this process; the next one finds it in progress, and fails it.
            _log(f"run {context.run_id}: {context.status}, not written: {error}")
        finally:
            self._leave(context)
            with self._lock:
                self._active.pop(context.run_id, None)
            context.done.set()

    def _outcome(self, context: RunContext) -> tuple[str, str]:
        """Run the pipeline to its end; returns its status, and the message where it failed."""
        found = problems(context.document, self.engines.pipelines)
        if found:
            return "Failed", "; ".join(found)
        if not self._await_turn(context):
            return "Cancelled", ""
        self.runs.begin(context.run_id)
        frame = Frame(Results())
        statuses = self.run_activities(context, context.activities, frame)
        status = outcome(context.activities, statuses)
        if status != "Failed":
            return status, ""
        results = frame.results.visible()
        errors = {n: results.get(n, {}).get("error") or {} for n in failed_leaves(context.activities, statuses)}
        return status, "; ".join(f"Operation on target {n} failed: {e.get('message', '')}" for n, e in errors.items())

    def _await_turn(self, context: RunContext) -> bool:
        """Wait until the pipeline's ``concurrency`` lets the run begin; False where it was cancelled before.

        "The maximum number of concurrent runs the pipeline can have": those beyond are queued until earlier ones end.
        """
        limit = _limit(context.document)
        with self._turns:
            queue = self._queues[canonical_name(context.pipeline_name)]
            self._turns.wait_for(lambda: context.cancel.is_set() or not limit or queue.index(context.run_id) < limit)
        return not context.cancel.is_set()

    def _leave(self, context: RunContext) -> None:
        with self._turns:
            queue = self._queues[canonical_name(context.pipeline_name)]
            if context.run_id in queue:
                queue.remove(context.run_id)
            self._turns.notify_all()


def _limit(document: Mapping[str, Any]) -> int:
    """Return how many runs of a pipeline may be in progress; 0 where there is no limit."""
    value = document["properties"].get("concurrency")
    return value if isinstance(value, int) and value > 0 else 0


def _log(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201 - the workspace's log is what it prints
