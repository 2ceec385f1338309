"""What became of the steps of a publish, and what to say of one that was interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from generator.publish.live import Live
    from generator.publish.plan import FieldDifference
    from generator.publish.steps import Step


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one step."""

    step: Step
    seconds: float = 0.0
    error: str | None = None
    """The service's own words, or ours."""
    was_sent: bool = False
    """Of a failure: whether a request was sent. It may have been carried out all the same, even where the last answer is
    a refusal: an answer before it may have been lost.
    """
    blocked_by: Step | None = None
    """The step before it that failed, so that this one was not begun."""
    changed: tuple[FieldDifference, ...] = ()
    """Where somebody changed the artifact meanwhile: what the workspace has now, and what was to be written."""
    is_skipped: bool = False
    """Whether there was no need for it."""
    live: Live | None = None
    """The artifact as it is now, where it was written."""

    @property
    def is_done(self) -> bool:
        """Whether the workspace is as the step wanted it."""
        return self.error is None and self.blocked_by is None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of all steps, in the order in which they ended."""

    outcomes: tuple[Outcome, ...]
    seconds: float
    in_flight: tuple[Step, ...] = ()
    """Steps that were begun and not awaited, after an interruption."""
    unsent: tuple[Step, ...] = ()
    """Steps that were not begun, after an interruption."""
    most_under_way: int = 0
    """Operations that were under way at one time."""
    refused_as_too_many: int = 0

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C ended it."""
        return bool(self.in_flight or self.unsent)

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Those that are not done."""
        return tuple(o for o in self.outcomes if not o.is_done)
