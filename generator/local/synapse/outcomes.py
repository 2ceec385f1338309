"""What a fault makes of an operation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.local.synapse.answers import to_json
from generator.local.synapse.operations import Result

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.local.faults.model import Fault

_CODE = "InternalServerError"
_MESSAGE = "The operation failed by a fault of the fault file."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is done when an operation is due, and for how many seconds more it is in progress."""

    work: Callable[[], Result]
    shown_after: float = 0.0


def failed(code: str, message: str) -> Result:
    """Return the result of an operation that failed: a 200 that says so (Azure/Synapse-workspace-deployment, issue 56)."""
    return Result(200, to_json({"status": "Failed", "error": {"code": code, "message": message}}))


def under_fault(fault: Fault | None, carry_out: Callable[[], Result]) -> Outcome:
    """Return what becomes of an operation under a fault of an operation."""
    if fault is None:
        return Outcome(carry_out)
    code, message = fault.code or _CODE, fault.message or _MESSAGE
    match fault.kind:
        case "operation_fails":
            refusal = Result(fault.status or 500, to_json({"code": code, "message": message}))
            return Outcome(lambda: refusal)
        case "operation_hangs":
            longer = math.inf if fault.seconds is None else fault.seconds
            return Outcome(carry_out if fault.applied else _nothing_came_of_it, longer)
        case "failed_body":
            return Outcome(lambda: failed(code, message))
        case _:
            return Outcome(lambda: (carry_out(), failed(code, message))[1])


def _nothing_came_of_it() -> Result:
    return failed("OperationTimedOut", "The operation was in progress for too long and was given up.")
