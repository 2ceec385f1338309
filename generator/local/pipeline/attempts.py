"""Runs one activity: as often as its policy allows, with its activity run from start to end."""

from __future__ import annotations

import json
import math
import traceback
from typing import TYPE_CHECKING, Any

from generator.local.pipeline.activities import HANDLERS
from generator.local.pipeline.call import ActivityCall, Engines, Frame, RunContext, Runner, evaluated, scope_of
from generator.local.pipeline.cancellation import AttemptCancel
from generator.local.pipeline.failure import ActivityFailure, error_json, fail
from generator.local.pipeline.policy import Policy, PolicyError
from generator.local.pipeline.redaction import redacted
from generator.local.ports import ActivityError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.local.pipeline.runs import RunStore

_TIMED = ("Script", "SqlPoolStoredProcedure", "SynapseNotebook", "WebActivity")
"""The types whose policy has a timeout; control activities have none, or their own (Until)."""
_LARGEST_OUTPUT = 4 * 1024 * 1024
_TOO_LARGE = "The length of execution output is over limit (around 4MB currently)."
"""Error 2001 of "Troubleshoot Azure Data Factory and Synapse pipelines"."""


class ActivityRunner:
    """Runs activities one at a time and keeps their activity runs."""

    def __init__(self, engines: Engines, runs: RunStore, runner: Runner) -> None:
        self._engines = engines
        self._runs = runs
        self._runner = runner

    def run(self, context: RunContext, activity: Mapping[str, Any], frame: Frame) -> str:
        """Run an activity; returns the status by which those after it decide.

        Every attempt has an activity run of its own.
        """
        if activity.get("state") == "Inactive":
            return self._inactive(context, activity, frame)
        attempt = 0
        while True:
            status, policy = self._attempt(context, activity, frame)
            attempt += 1
            if status != "Failed" or attempt > policy.retry:
                return status
            if self._engines.clock.wait(context.cancel, policy.interval_seconds):
                return "Cancelled"

    def _inactive(self, context: RunContext, activity: Mapping[str, Any], frame: Frame) -> str:
        # "Deactivate an activity": a placeholder with the reserved status Inactive; what comes after goes by the mark.
        mark = str(activity.get("onInactiveMarkAs") or "Succeeded")
        run = self._runs.start_activity(context.run_id, activity)
        self._runs.end_activity(
            context.run_id, run, "Inactive", output={}, inputs={}, error=error_json(None, activity["name"])
        )
        frame.results.put(activity["name"], {"Status": mark})
        return mark

    def _attempt(self, context: RunContext, activity: Mapping[str, Any], frame: Frame) -> tuple[str, Policy]:
        name = activity["name"]
        run = self._runs.start_activity(context.run_id, activity)
        policy, call, output, error = Policy(), None, None, None
        try:
            policy = self._policy(context, activity, frame)
            seconds = policy.timeout_seconds if activity["type"] in _TIMED else math.inf
            cancel = AttemptCancel(context.cancel, self._engines.clock, seconds)
            call = ActivityCall(self._runner, self._engines, context, activity, frame, policy, cancel, run)
            status, output, error = self._handled(call)
        except ActivityFailure as failure:
            status, output, error = failure.status, failure.output, failure.error
        except Exception as fault:  # noqa: BLE001 - a fault of ours fails the activity, with its name
            traceback.print_exc()
            message = f"a fault in the embedded workspace: {type(fault).__name__}: {fault}"
            status, error = "Failed", ActivityError("InternalError", message, "SystemError")
        shown_error = error_json(error, name)
        result = {"output": output if output is not None else {}, "Status": status}
        frame.results.put(name, result | ({"error": shown_error} if error else {}))
        self._runs.end_activity(
            context.run_id,
            run,
            status,
            output=None if policy.secure_output else output,
            inputs=shown_inputs(call) if call else None,
            error=shown_error,
        )
        return status, policy

    def _policy(self, context: RunContext, activity: Mapping[str, Any], frame: Frame) -> Policy:
        raw = activity.get("policy") or {}
        try:
            return Policy.of(evaluated(raw, scope_of(self._engines, context, frame)) if raw else {})
        except PolicyError as error:
            raise fail("BadRequest", str(error)) from error

    def _handled(self, call: ActivityCall) -> tuple[str, Any, ActivityError | None]:
        try:
            output = HANDLERS[call.activity["type"]](call)
        except ActivityFailure as failure:
            if failure.status == "Cancelled" and call.cancel.is_overdue:
                raise _overdue(call) from failure
            raise
        if call.cancel.is_overdue:
            # What cannot be interrupted is judged when it has ended; the service would have stopped it.
            raise _overdue(call)
        if len(json.dumps(output, ensure_ascii=False).encode()) > _LARGEST_OUTPUT:
            raise fail("2001", _TOO_LARGE)
        return "Succeeded", output, None


def shown_inputs(call: ActivityCall) -> Any:
    """Return an activity's input as anybody may see it; nothing of it under ``secureInput``."""
    return None if call.policy.secure_input else redacted(call.inputs)


def _overdue(call: ActivityCall) -> ActivityFailure:
    timeout = (call.activity.get("policy") or {}).get("timeout") or "0.12:00:00, the default"
    # The code: MicrosoftDocs/azure-docs issue 61509.
    return fail("ActionTimedOut", f"The activity did not end within its timeout ({timeout}).")
