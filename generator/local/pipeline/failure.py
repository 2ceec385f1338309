"""How an activity ends without success."""

from __future__ import annotations

from typing import Any

from generator.local.ports import ActivityError


class PipelineNotFoundError(LookupError):
    """No pipeline of this name is published."""


class ActivityFailure(Exception):  # noqa: N818 - it also carries a cancellation
    """An activity failed or was cancelled, with the output that it has all the same."""

    def __init__(self, error: ActivityError | None, status: str = "Failed", output: Any = None) -> None:
        super().__init__(error.message if error else status)
        self.error = error
        self.status = status
        self.output = output


def fail(code: str, message: str, output: Any = None) -> ActivityFailure:
    """Return a failure for a reason that the user can mend."""
    return ActivityFailure(ActivityError(code, message), "Failed", output)


def cancelled(output: Any = None) -> ActivityFailure:
    """Return the end of an activity that was told to stop."""
    return ActivityFailure(None, "Cancelled", output)


def error_json(error: ActivityError | None, activity_name: str) -> dict[str, Any]:
    """Return an error as queryActivityruns shows it: with empty members where there is none ("Activity Runs", REST)."""
    return {
        "errorCode": error.code if error else "",
        "message": error.message if error else "",
        "failureType": error.failure_type if error else "",
        "target": activity_name,
        "details": [],
    }
