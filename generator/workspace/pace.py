"""How long to wait: between the looks at an operation, and before a request is sent again."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure.core.pipeline.policies import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.core.pipeline import PipelineResponse

_TOO_MANY = 429
_WRITES = ("PUT", "DELETE")


@dataclass(frozen=True, slots=True)
class Pace:
    """The looks at one long-running operation, in seconds. Recorded: operations take 3 to 6 s.

    The answers ask for 10 s between looks; whoever obeys makes every publish three times as long.
    """

    first: float = 0.1
    slowest: float = 3.0
    longest: float = 600.0
    """After which the operation is given up."""

    def delays(self, expected: Expected | None = None) -> Iterator[float]:
        """Yield the pause before each look.

        ``expected`` is what such operations took of late: the first look is just before, the next follow closely.
        Without it the first look is at once, and the pauses grow with the time that has passed.
        """
        waited = 0.0 if expected is None else expected.earliest
        yield waited
        delay = self.first if expected is None else min(max(self.first / 2, expected.spread), self.slowest)
        while True:
            yield delay
            waited += delay
            delay = min(max(delay, waited / 3 if expected is None else delay * 1.25), self.slowest)


@dataclass(frozen=True, slots=True)
class Expected:
    """What operations of a kind take: a mean and how far they are from it, in seconds (as TCP knows round trips)."""

    mean: float
    deviation: float

    @property
    def earliest(self) -> float:
        """When to look first: nearly none is done before."""
        return max(0.0, self.mean - 2 * self.deviation)

    @property
    def spread(self) -> float:
        """How long to wait for the next look."""
        return max(self.mean / 40, self.deviation)

    def after(self, seconds: float) -> Expected:
        """Return what is expected after one more; Jacobson and Karels, "Congestion Avoidance and Control" (1988)."""
        error = seconds - self.mean
        return Expected(self.mean + error / 4, self.deviation + (abs(error) - self.deviation) / 4)


class Durations:
    """What operations of each kind took of late, learnt as they end; used by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._expected: dict[str, Expected] = {}
        self._any: Expected | None = None

    def learn(self, what: str, earliest: float, latest: float) -> None:
        """Note an operation that ended between two looks; the first look, at 0, may be the last as well."""
        seconds = (max(earliest, 0.9 * latest) + latest) / 2
        with self._lock:
            known = self._expected.get(what)
            self._expected[what] = self._any = known.after(seconds) if known else Expected(seconds, seconds / 8)

    def expected(self, what: str) -> Expected | None:
        """Return what such operations take; of a kind that was not seen yet, what others take. None where none was."""
        with self._lock:
            return self._expected.get(what, self._any)


class PatientRetryPolicy(RetryPolicy[Any, Any]):
    """The SDK's own retries, with an end to what a Retry-After may ask for.

    azure-core 1.41 sleeps as long as the header says, be it hours, and raises ValueError for one that is neither
    seconds nor an HTTP date. One that asks for more than ``longest`` ends the retries: the user is told at once.

    A write that was too much (429) is not sent again from here: who sends many at once has to send fewer.
    """

    def __init__(self, longest: float = 120.0, **options: Any) -> None:
        super().__init__(**options)
        self._longest = longest

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        """Return the seconds that the service asks for; None where it asks for nothing that can be read."""
        try:
            return super().get_retry_after(response)
        except (ValueError, TypeError, OverflowError):
            return None

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Return whether to send the request again."""
        if response.http_response.status_code == _TOO_MANY and response.http_request.method in _WRITES:
            return False
        return (self.get_retry_after(response) or 0.0) <= self._longest and bool(super().is_retry(settings, response))
