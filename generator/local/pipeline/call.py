"""What activities work with: the engines, the run that they belong to, and one attempt at one of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from generator.expressions import EvaluationError, Scope, evaluate
from generator.local import ports
from generator.local.pipeline.cancellation import AttemptCancel, Signal
from generator.local.pipeline.failure import fail

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from generator.local.clock import Clock
    from generator.local.pipeline.policy import Policy

NO_ITEM = object()
"""Stands for item() outside of loops; inside one it may well be null."""


class SqlEngine(ports.SqlEngine, Protocol):
    """The SQL engine's port, with the event that tells a statement to stop."""

    def execute(
        self,
        pool: str,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        cancel: threading.Event | None = None,
    ) -> ports.SqlResult:
        """Run one batch, unless ``cancel`` is set before it ends."""

    def execute_procedure(
        self, pool: str, name: str, parameters: Mapping[str, Any], *, cancel: threading.Event | None = None
    ) -> ports.SqlResult:
        """Run a stored procedure, unless ``cancel`` is set before it ends."""


@dataclass(frozen=True, slots=True)
class Engines:
    """What activities run on, and the documents that they refer to."""

    pipelines: Callable[[str], Mapping[str, Any] | None]
    notebooks: Callable[[str], Mapping[str, Any] | None]
    notebook_engine: ports.NotebookEngine
    sql_engine: SqlEngine
    http: ports.HttpClient
    managed_identity: Callable[[str], str]
    """Returns a token of the workspace's managed identity for a resource."""
    clock: Clock
    workspace: str


class Results:
    """What ``activity('X')`` returns; an iteration of a ForEach has results of its own before those outside."""

    def __init__(self, outer: Results | None = None) -> None:
        self._outer = outer
        self._own: dict[str, Mapping[str, Any]] = {}
        self._guard = threading.Lock()

    def put(self, name: str, result: Mapping[str, Any]) -> None:
        """Keep what an activity returned last."""
        with self._guard:
            self._own[name] = result

    def forget(self, names: Sequence[str]) -> None:
        """Drop results, so that an iteration of a loop does not take those of the one before for its own."""
        with self._guard:
            for name in names:
                self._own.pop(name, None)

    def visible(self) -> dict[str, Mapping[str, Any]]:
        """Return every result that can be seen from here."""
        outer = self._outer.visible() if self._outer else {}
        with self._guard:
            return outer | self._own


@dataclass(frozen=True, slots=True)
class Frame:
    """What the activities of one list see beyond their run."""

    results: Results
    item: Any = NO_ITEM

    def for_item(self, item: Any) -> Frame:
        """Return the frame of one iteration of a ForEach."""
        return Frame(Results(self.results), item)


@dataclass(slots=True)
class RunContext:
    """One pipeline run while it runs: its variables, and what it hands to its caller."""

    run_id: str
    group_id: str
    pipeline_name: str
    document: Mapping[str, Any]
    """The pipeline as it was published when the run started."""
    parameters: Mapping[str, Any]
    invoked_by: Mapping[str, str]
    started: str
    cancel: Signal = field(default_factory=Signal)
    done: Signal = field(default_factory=Signal)
    variables: dict[str, Any] = field(default_factory=dict)
    return_value: dict[str, Any] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)
    cancel_children: bool = False
    """Whether a cancel went to the children as well."""
    status: str = "Queued"
    """How the run ended, once ``done`` is set."""
    message: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def activities(self) -> Sequence[Mapping[str, Any]]:
        """The pipeline's activities."""
        activities: Sequence[Mapping[str, Any]] = self.document["properties"].get("activities") or []
        return activities

    def variable_name(self, name: str) -> str | None:
        """Return a variable's name as it is declared: names do not tell case apart ("Naming rules" of Data Factory)."""
        return next((declared for declared in self.variables if declared.casefold() == name.casefold()), None)


class Runner(Protocol):
    """What activities ask of the engine."""

    def run_activities(
        self, context: RunContext, activities: Sequence[Mapping[str, Any]], frame: Frame
    ) -> dict[str, str]:
        """Run a list of activities to its end; returns their statuses."""

    def start_child(self, call: ActivityCall, pipeline_name: str, parameters: Mapping[str, Any]) -> RunContext:
        """Start a run of another pipeline. Raises PipelineNotFoundError and ParameterError."""

    def cancel(self, run_id: str, *, recursive: bool) -> bool:
        """Cancel a run."""

    def show(self, call: ActivityCall, output: Any) -> None:
        """Let the input and output of an activity be seen before it has ended."""


@dataclass(slots=True)
class ActivityCall:
    """One attempt at one activity: what its handler works with."""

    runner: Runner
    engines: Engines
    context: RunContext
    activity: Mapping[str, Any]
    frame: Frame
    policy: Policy
    cancel: AttemptCancel
    activity_run_id: str
    inputs: Any = None
    """What queryActivityruns shows as the activity's input."""

    @property
    def properties(self) -> Mapping[str, Any]:
        """The activity's typeProperties, unevaluated."""
        properties: Mapping[str, Any] = self.activity.get("typeProperties") or {}
        return properties

    def evaluated(self, value: Any) -> Any:
        """Return a value of the document with its expressions evaluated; a failure fails the activity."""
        return evaluated(value, scope_of(self.engines, self.context, self.frame))

    def evaluated_inputs(self) -> dict[str, Any]:
        """Evaluate the typeProperties, and let them be seen as the activity's input."""
        self.inputs = self.evaluated(dict(self.properties))
        return dict(self.inputs)


def evaluated(value: Any, scope: Scope) -> Any:
    """Evaluate a value of the document; raises ActivityFailure where it has no value."""
    try:
        return evaluate(value, scope)
    except EvaluationError as error:
        raise fail("InvalidTemplate", str(error)) from error


def scope_of(engines: Engines, context: RunContext, frame: Frame) -> Scope:
    """Return what expressions see at this moment ("System variables" of Data Factory)."""
    with context.lock:
        variables = dict(context.variables)
    caller = context.invoked_by
    known: dict[str, Any] = {
        "utc_now": engines.clock.now,
        "parameters": context.parameters,
        "variables": variables,
        "activities": frame.results.visible(),
        "system": {
            "RunId": context.run_id,
            "GroupId": context.group_id,
            "Pipeline": context.pipeline_name,
            "DataFactory": engines.workspace,
            "TriggerId": caller.get("id", ""),
            "TriggerName": caller.get("name", ""),
            "TriggerType": caller.get("invokedByType", "Manual"),
            "TriggerTime": context.started,
            "TriggeredByPipelineRunId": caller.get("pipelineRunId"),
            "TriggeredByPipelineName": caller.get("pipelineName"),
        },
    }
    return Scope(**known) if frame.item is NO_ITEM else Scope(**known, item=frame.item)
