"""How long to wait: between the looks at an operation, and before a request is sent again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure.core.pipeline.policies import RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.core.pipeline import PipelineResponse


@dataclass(frozen=True, slots=True)
class Pace:
    """The looks at one long-running operation, in seconds. Recorded: operations take 3 to 6 s."""

    first: float = 0.1
    slowest: float = 3.0
    longest: float = 600.0
    """After which the operation is given up."""

    def delays(self) -> Iterator[float]:
        """Yield the pause after each look; the first look is at once."""
        delay = self.first
        while True:
            yield delay
            delay = min(delay * 1.6, self.slowest)


class PatientRetryPolicy(RetryPolicy[Any, Any]):
    """The SDK's own retries, with an end to what a Retry-After may ask for.

    azure-core 1.41 sleeps as long as the header says, be it hours, and raises ValueError for one that is neither
    seconds nor an HTTP date. One that asks for more than ``longest`` ends the retries: the user is told at once.
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
        return (self.get_retry_after(response) or 0.0) <= self._longest and bool(super().is_retry(settings, response))
