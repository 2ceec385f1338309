"""The loops: Until and ForEach."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from generator.local.pipeline.failure import ActivityFailure, cancelled, fail
from generator.local.pipeline.inner import boolean, run_inner
from generator.local.pipeline.policy import PolicyError, duration_seconds
from generator.local.pipeline.structure import inner_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.local.pipeline.call import ActivityCall

_UNTIL_DEFAULT = 7 * 24 * 3600.0  # "Until activity": seven days where nothing is said,
_UNTIL_LONGEST = 90 * 24 * 3600.0  # and at most 90 days
_BATCH_DEFAULT, _BATCH_LARGEST = 20, 50  # "ForEach activity": batchCount


def until(call: ActivityCall) -> dict[str, Any]:
    """Run the activities until the expression holds, which is evaluated after each iteration.

    "If an inner activity fails, the Until activity doesn't stop" ("Until activity" of Azure Data Factory). A loop
    that has run out of time fails; the time is looked at between iterations.
    """
    clock, text = call.engines.clock, call.evaluated(call.properties.get("timeout"))
    call.inputs = {"timeout": text}
    try:
        seconds = min(duration_seconds(text, _UNTIL_DEFAULT), _UNTIL_LONGEST)
    except PolicyError as error:
        raise fail("BadRequest", str(error)) from error
    deadline = clock.now() + timedelta(seconds=seconds)
    activities = call.properties.get("activities") or []
    while True:
        call.frame.results.forget(inner_names(activities))
        try:
            run_inner(call, activities, call.frame)
        except ActivityFailure as failure:
            if failure.status == "Cancelled":
                raise
        if boolean(call.evaluated(call.properties["expression"])):
            return {}
        if call.context.cancel.is_set():
            raise cancelled()
        if clock.now() >= deadline:
            # The code: MicrosoftDocs/azure-docs issue 61509.
            raise fail("ActionTimedOut", f"The loop timed out after {text or '7.00:00:00'}.")


def for_each(call: ActivityCall) -> dict[str, Any]:
    """Run the activities for each item, ``batchCount`` of them at once unless ``isSequential``.

    An iteration that fails does not stop the others; the activity fails when all have ended.
    """
    items = call.evaluated(call.properties["items"])
    call.inputs = {"items": items}
    if not isinstance(items, list):
        raise fail("BadRequest", f"the items of a ForEach activity are an array, not {items!r}")
    width = 1 if call.properties.get("isSequential") else _batch(call.evaluated(call.properties.get("batchCount")))
    with ThreadPoolExecutor(max(1, min(width, len(items))), thread_name_prefix="iteration") as pool:
        failures = [f for f in pool.map(lambda item: _iterate(call, item), items) if f]
    return _joined(failures)


def _batch(value: Any) -> int:
    if value is None:
        return _BATCH_DEFAULT
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _BATCH_LARGEST:
        raise fail("BadRequest", f"batchCount is a whole number from 1 to {_BATCH_LARGEST}, not {value!r}")
    return value


def _iterate(call: ActivityCall, item: Any) -> ActivityFailure | None:
    if call.context.cancel.is_set():
        return cancelled()
    try:
        run_inner(call, call.properties.get("activities"), call.frame.for_item(item))
    except ActivityFailure as failure:
        return failure
    return None


def _joined(failures: Sequence[ActivityFailure]) -> dict[str, Any]:
    """Return the output of a loop that succeeded; raises the failure that stands for those of its iterations."""
    for failure in failures:
        if failure.status == "Cancelled":
            raise failure
    if failures:
        raise failures[0]
    return {}
