"""How an activity ends without success."""

from __future__ import annotations

from typing import Any

from generator.local.ports import ActivityError


class ActivityFailure(Exception):  # noqa: N818 - it also carries a cancellation
    """An activity failed or was cancelled, with the output that it has all the same."""

    def __init__(self, error: ActivityError | None, status: str = "Failed", output: Any = None) -> None:
        super().__init__(error.message if error else status)
        self.error = error
        self.status = status
        self.output = output


def fail(code: str, message: str) -> ActivityFailure:
    """Return a failure for a reason that the user can mend."""
    return ActivityFailure(ActivityError(code, message))
