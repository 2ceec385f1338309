"""What is to happen to each request, by the fault file: decided once, when it arrives."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.local.faults.luck import draw, seconds
from generator.local.faults.model import OPERATION_FAULTS, Fault, FaultFile

if TYPE_CHECKING:
    from starlette.types import Scope

    from generator.local.faults.model import Duration

_KEY = "synapse_gen.plan"


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """What a request meets."""

    seed: int
    method: str
    path: str
    turn: int
    """How often this method and path were asked before."""
    latency: float
    fault: Fault | None

    @property
    def operation_fault(self) -> Fault | None:
        """The fault of the operation that the request starts."""
        return self.fault if self.fault and self.fault.kind in OPERATION_FAULTS else None

    def draw(self, what: str, duration: Duration) -> float:
        """Return the seconds that something takes that the request starts."""
        return seconds(duration, self.seed, what, self.method, self.path, self.turn)


class Planner:
    """Plans requests in the order of their arrival.

    Luck depends on the seed, the fault, the request's method and path, and how often these came before; so it is the
    same however requests of different paths interleave. ``after`` and ``times`` count all requests that match.
    """

    def __init__(self, faults: FaultFile) -> None:
        self._file = faults
        self._patterns = [re.compile(fault.path) for fault in faults.faults]
        self._turns: Counter[tuple[str, str]] = Counter()
        self._matched: Counter[int] = Counter()
        self._happened: Counter[int] = Counter()

    def plan(self, method: str, path: str) -> RequestPlan:
        """Return what a request meets."""
        turn = self._turns[method, path]
        self._turns[method, path] += 1
        seed = self._file.seed
        latency = seconds(self._file.latency, seed, "latency", method, path, turn)
        return RequestPlan(seed, method, path, turn, latency, self._fault(method, path, turn))

    def _fault(self, method: str, path: str, turn: int) -> Fault | None:
        chosen = None
        for index, fault in enumerate(self._file.faults):
            if method not in fault.affected_methods or not self._patterns[index].search(path):
                continue
            self._matched[index] += 1
            # A fault behind the one that happens counts the request too: its turn does not depend on others' luck.
            if chosen is None and self._happens(index, fault, method, path, turn):
                self._happened[index] += 1
                chosen = fault
        return chosen

    def _happens(self, index: int, fault: Fault, method: str, path: str, turn: int) -> bool:
        if self._matched[index] <= fault.after:
            return False
        if fault.times is not None and self._happened[index] >= fault.times:
            return False
        return draw(self._file.seed, "fault", index, method, path, turn) < fault.rate


def attach(scope: Scope, plan: RequestPlan) -> None:
    """Give a request its plan on the way to the one who answers it."""
    scope[_KEY] = plan


def plan_of(scope: Scope) -> RequestPlan:
    """Return the plan of a request; one without faults where it has none."""
    plan: Any = scope.get(_KEY)
    return plan if isinstance(plan, RequestPlan) else RequestPlan(0, scope["method"], scope["path"], 0, 0.0, None)
