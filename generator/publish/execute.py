"""Carries out the steps of a plan: each the moment that what it waits for is done, as many at once as the service takes.

The caller's thread decides and tells; threads of their own send, each for one step. A step has two parts: a look at
what the workspace has, ahead of its turn, and the write itself, which counts against the limit.
"""

from __future__ import annotations

import heapq
import queue
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from generator.publish.limit import AdaptiveLimit
from generator.publish.outcome import Outcome, Report
from generator.publish.steps import Step, Verb

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generator.publish.steps import Graph
    from generator.workspace.clock import Clock

_AHEAD = 6
"""Steps that are looked at before their turn; more would look too early."""
_FRESH = 10.0
"""Seconds after which a step that still waits, for its turn or because it was too many, is looked at again."""
_GRACE = 15.0
"""Seconds that an interrupted publish waits for what is under way; recorded operations take 3 to 6 s."""
_SHORTEST_PAUSE = 0.5
"""Seconds before a start is tried again that was too many after an interruption, when no limit holds it back."""
_LONGEST_PAUSE = 10.0
"""Seconds after which a service that takes nothing, and does not say until when, is asked again."""
_LONGEST_RETRY_AFTER = 300.0
"""Seconds that a Retry-After is honoured for; one of hours, or of days, is a mistake of somebody."""
_LONGEST_REFUSAL = 900.0
"""Seconds after which an operation that is too many again and again is given up."""


class TooManyError(Exception):
    """The service has too much under way; nothing was done."""

    def __init__(self, message: str, retry_after: float | None) -> None:
        super().__init__(message)
        self.message = message
        self.retry_after = retry_after


class Worker(Protocol):
    """Does what steps say. Both are called from threads, many at once, and return failures of the service as outcomes."""

    def look(self, step: Step) -> Outcome | None:
        """Look at what the workspace has; an outcome where the step is done or fails already."""

    def carry_out(self, step: Step) -> Outcome:
        """Do it; TooManyError where the service has too much under way."""


@dataclass(slots=True)
class _Event:
    """What a thread found. It counts as working until its event is handled and what follows is begun."""

    step: Step
    outcome: Outcome | None = None
    too_many: TooManyError | None = None
    fault: Exception | None = None
    is_rested: bool = False
    working: ExitStack = field(default_factory=ExitStack)


def execute(
    graph: Graph,
    worker: Worker,
    *,
    clock: Clock,
    on_outcome: Callable[[Outcome], None],
    limit: AdaptiveLimit | None = None,
) -> Report:
    """Carry out every step; a failure stops only what waits for it.

    The graph's restoring steps are taken whatever became of those before them: triggers that ran. Ctrl-C begins
    nothing new but these, waits a moment for what is under way, and is told in the report; a second one does not wait.
    """
    started = clock.now()
    execution = _Execution(graph, worker, clock, on_outcome, limit or AdaptiveLimit())
    try:
        execution.run()
    except KeyboardInterrupt:
        execution.wind_up()
    except BaseException:
        # A fault of ours, or of whoever is told. Triggers that ran are started all the same.
        execution.wind_up(tells=False)
        raise
    return execution.report(clock.now() - started)


class _Execution:
    def __init__(
        self,
        graph: Graph,
        worker: Worker,
        clock: Clock,
        on_outcome: Callable[[Outcome], None],
        limit: AdaptiveLimit,
    ) -> None:
        self._graph = graph
        self._worker = worker
        self._clock = clock
        self._on_outcome = on_outcome
        self._limit = limit
        self._outcomes: dict[Step, Outcome] = {}
        self._waiting = {step: set(before) for step, before in graph.needs.items()}
        self._after = _reversed(graph.needs)
        self._ready: list[tuple[int, tuple[str, str, str], Step]] = []
        self._looked: list[tuple[int, tuple[str, str, str], Step]] = []
        self._looking: set[Step] = set()
        self._writing: set[Step] = set()
        self._resting: set[Step] = set()
        self._looked_at: dict[Step, float] = {}
        self._again: set[Step] = set()
        self._none_since: float | None = None
        self._refused_since: dict[Step, float] = {}
        self._held = False
        # What the threads found stays here until it is told: Ctrl-C may come between any two steps of this thread.
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._most = self._refusals = 0
        self._tells = True
        self._fault: Exception | None = None
        for step, before in self._waiting.items():
            if not before:
                self._push(self._ready, step)

    def run(self) -> None:
        """Carry out everything, or find out why not."""
        while len(self._outcomes) < len(self._graph.needs):
            self._begin()
            if self._looking or self._writing or self._resting:
                self._take()

    def wind_up(self, *, tells: bool = True) -> None:
        """After Ctrl-C: wait for what is under way, restore what must be, until the time is over or the user has enough."""
        self._tells = tells
        try:
            self._drain()
            for step in self._to_restore():
                self._begin_write(step)
            self._drain()
        except KeyboardInterrupt:
            return
        if self._fault and tells:
            raise self._fault

    def _drain(self) -> None:
        deadline = self._clock.now() + _GRACE
        restoring = self._graph.restores | self._graph.if_failed
        while (self._writing or self._resting & restoring) and self._clock.now() < deadline:
            try:
                self._take(max(0.0, deadline - self._clock.now()), is_over=True)
            except queue.Empty:
                # What hangs is not waited for, and keeps nothing from being restored.
                return

    def _take(self, seconds: float | None = None, *, is_over: bool = False) -> None:
        event = self._events.get(timeout=seconds)
        with event.working:
            self._handle(event, is_over=is_over)
            if not is_over:
                self._begin()

    def _to_restore(self) -> list[Step]:
        """Return the starts of triggers that are stopped by now, or may be, and are not meant to be."""
        begun = self._outcomes.keys() | self._writing
        needless = {s for s in self._graph.if_failed if all(self._is_done(n) for n in self._graph.needs[s])}
        restoring = (self._graph.restores | self._graph.if_failed) - begun - needless
        stops = {step: Step(Verb.STOP, step.key) for step in restoring}
        found = [s for s in restoring if stops[s] in begun or stops[s] not in self._graph.needs]
        return sorted(found, key=lambda s: s.sort_key)

    def _is_done(self, step: Step) -> bool:
        return step in self._outcomes and self._outcomes[step].is_done

    def report(self, seconds: float) -> Report:
        """Return what became of the steps."""
        # One that was too many was sent, and only its last answer said so: one before it may have been lost.
        sent = self._writing | {s for s in self._resting if s not in self._outcomes}
        unsent = [s for s in self._graph.needs if s not in self._outcomes and s not in sent]
        return Report(
            tuple(self._outcomes.values()),
            seconds,
            tuple(sorted(sent, key=lambda s: s.sort_key)),
            tuple(sorted(unsent, key=lambda s: s.sort_key)),
            self._most,
            self._refusals,
        )

    def _begin(self) -> None:
        while self._ready and len(self._looking) + len(self._looked) < _AHEAD + self._limit.limit - len(self._writing):
            step = heapq.heappop(self._ready)[2]
            failed = [s for s in self._graph.needs[step] if not self._outcomes[s].is_done]
            if step in self._graph.if_failed and not failed:
                self._settle(Outcome(step, is_skipped=True))
            elif failed and step not in self._graph.restores | self._graph.if_failed:
                first = min(failed, key=lambda s: s.sort_key)
                self._settle(Outcome(step, blocked_by=self._outcomes[first].blocked_by or first))
            elif step.verb in (Verb.PUT, Verb.DELETE):
                self._begin_look(step)
            else:
                self._push(self._looked, step)
        while self._looked and not self._held and self._limit.may_start(len(self._writing) + len(self._again)):
            step = heapq.heappop(self._looked)[2]
            if self._clock.now() - self._looked_at.get(step, self._clock.now()) > _FRESH:
                self._again.add(step)
                self._begin_look(step)
            else:
                self._begin_write(step)

    def _begin_look(self, step: Step) -> None:
        self._looking.add(step)
        self._start(self._look, step)

    def _begin_write(self, step: Step) -> None:
        self._writing.add(step)
        self._most = max(self._most, len(self._writing))
        self._start(self._write, step)

    def _handle(self, event: _Event, *, is_over: bool = False) -> None:
        step = event.step
        was_looking, was_writing = step in self._looking, step in self._writing
        self._looking.discard(step)
        self._again.discard(step)
        if event.fault:
            self._writing.discard(step)
            self._outcomes[step] = Outcome(step, error="synapse-gen failed here", was_sent=was_writing)
            self._fault = event.fault
            if not is_over:
                raise event.fault
        elif event.too_many:
            self._writing.discard(step)
            self._refused(step, event.too_many, is_over=is_over)
        elif event.outcome:
            self._writing.discard(step)
            if was_writing:
                self._limit.succeeded()
                self._refused_since.pop(step, None)
                self._none_since = None
            self._settle(event.outcome)
        else:
            if event.is_rested:
                self._resting.discard(step)
                self._held = False
            if was_looking:
                self._looked_at[step] = self._clock.now()
            if not is_over:
                self._push(self._looked, step)
            elif (
                step in self._graph.restores | self._graph.if_failed and not was_writing and step not in self._outcomes
            ):
                self._begin_write(step)

    def _refused(self, step: Step, refusal: TooManyError, *, is_over: bool) -> None:
        self._refusals += 1
        since = self._refused_since.setdefault(step, self._clock.now())
        if not self._writing:
            # Nothing is taken at all. Whoever waited so long for one does not wait as long for each of the others.
            self._none_since = self._none_since or since
            since = min(since, self._none_since)
        if self._clock.now() - since > _LONGEST_REFUSAL:
            self._settle(Outcome(step, self._clock.now() - since, error=refusal.message))
            return
        is_overloaded = self._limit.refused(len(self._writing))
        pause = None if refusal.retry_after is None else min(refusal.retry_after, _LONGEST_RETRY_AFTER)
        if pause is None:
            # A slot of ours will be free before long; where there is none, the service is busy with others.
            pause = (
                0.0 if self._writing and not is_overloaded else min(_LONGEST_PAUSE, 1.0 + (self._clock.now() - since))
            )
        if is_over:
            pause = min(max(pause, _SHORTEST_PAUSE), _GRACE)
        self._held = self._held or is_overloaded
        self._resting.add(step)
        self._start(lambda s: self._rest(s, pause), step)

    def _settle(self, outcome: Outcome) -> None:
        step = outcome.step
        self._outcomes[step] = outcome
        for later in self._after.get(step, ()):
            self._waiting[later].discard(step)
            if not self._waiting[later]:
                self._push(self._ready, later)
        if self._tells and not outcome.is_skipped:
            self._on_outcome(outcome)

    def _push(self, heap: list[tuple[int, tuple[str, str, str], Step]], step: Step) -> None:
        heapq.heappush(heap, (-self._graph.height[step], step.sort_key, step))

    def _start(self, work: Callable[[Step], _Event], step: Step) -> None:
        # Entered here, left where the event is handled: between the two nobody would be seen to work.
        working = ExitStack()
        working.enter_context(self._clock.worker())
        # A daemon: one that waits for a service that hangs does not keep an interrupted command alive.
        threading.Thread(target=self._run, args=(work, step, working), name=str(step), daemon=True).start()

    def _run(self, work: Callable[[Step], _Event], step: Step, working: ExitStack) -> None:
        try:
            event = work(step)
        except Exception as error:  # noqa: BLE001 - a fault of ours is raised where the caller is
            event = _Event(step, fault=error)
        event.working = working
        self._events.put(event)

    def _look(self, step: Step) -> _Event:
        return _Event(step, self._worker.look(step))

    def _write(self, step: Step) -> _Event:
        try:
            return _Event(step, self._worker.carry_out(step))
        except TooManyError as error:
            return _Event(step, too_many=error)

    def _rest(self, step: Step, seconds: float) -> _Event:
        if seconds:
            self._clock.sleep(seconds)
        return _Event(step, is_rested=True)


def _reversed(needs: Mapping[Step, frozenset[Step]]) -> dict[Step, list[Step]]:
    after: dict[Step, list[Step]] = {}
    for step, before in needs.items():
        for other in before:
            after.setdefault(other, []).append(step)
    return after
