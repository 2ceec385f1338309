"""Runs the activities inside a container; their outcome is the container's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.local.pipeline.failure import cancelled, fail
from generator.local.pipeline.outcome import failed_leaves, outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.local.pipeline.call import ActivityCall, Frame


def run_inner(call: ActivityCall, activities: Sequence[Mapping[str, Any]] | None, frame: Frame) -> None:
    """Run a container's activities; raises ActivityFailure where they failed or were cancelled.

    Code and words of the failure are the service's, as public logs of failed runs show them.
    """
    inner = activities or []
    statuses = call.runner.run_activities(call.context, inner, frame)
    status = outcome(inner, statuses)
    if status == "Cancelled":
        raise cancelled()
    if status == "Failed":
        results = frame.results.visible()
        errors = {n: (results.get(n, {}).get("error") or {}).get("message", "") for n in failed_leaves(inner, statuses)}
        named = "; ".join(f"Inner activity name: {name}, Error: {message}" for name, message in errors.items())
        raise fail("ActionFailed", f"Activity failed because an inner activity failed; {named}")


def boolean(value: Any) -> bool:
    """Return a condition's value; raises ActivityFailure where it is neither true nor false."""
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        raise fail("BadRequest", f"the condition is {value!r}, which is neither true nor false")
    return value
