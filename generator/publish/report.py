"""What became of the artifacts of a publish, and what to say of one that was interrupted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from generator.artifact import ArtifactKey


@dataclass(frozen=True, slots=True)
class ArtifactOutcome:
    """What became of one artifact."""

    key: ArtifactKey
    seconds: float
    error: str | None = None
    """The service's own words."""
    blocked_by: ArtifactKey | None = None
    """The artifact before it that failed, so that this one was not sent."""

    @property
    def is_published(self) -> bool:
        """Whether the artifact is in the workspace now."""
        return self.error is None and self.blocked_by is None


@dataclass(frozen=True, slots=True)
class PublishReport:
    """What became of all of them."""

    outcomes: tuple[ArtifactOutcome, ...]
    seconds: float

    @property
    def failed(self) -> tuple[ArtifactOutcome, ...]:
        """Those that are not published."""
        return tuple(o for o in self.outcomes if not o.is_published)


def interruption(
    keys: Sequence[ArtifactKey], outcomes: Iterable[ArtifactOutcome], in_flight: Iterable[ArtifactKey]
) -> SynapseGenError:
    """Return what to say after Ctrl-C: what failed, what may be there, what was not sent; exit code 130."""
    known = {outcome.key: outcome for outcome in outcomes}
    unknown = set(in_flight)
    found = [Diagnostic("SYN305", f"{o.key}: {o.error}") for o in known.values() if o.error is not None]
    found += [Diagnostic("SYN305", f"{key} was sent; what became of it is not known") for key in keys if key in unknown]
    published = [key for key in keys if key in known and known[key].is_published]
    # One that is blocked was not sent either.
    unsent = [key for key in keys if key not in unknown and (key not in known or known[key].blocked_by is not None)]
    summary = f"interrupted: {len(published)} of {len(keys)} artifacts are published"
    if unsent:
        summary += f"; not sent: {', '.join(str(key) for key in unsent)}"
    hint = "publish again: every artifact is sent, in the same order"
    return SynapseGenError(*found, Diagnostic("SYN306", summary, hint=hint), exit_code=ExitCode.INTERRUPTED)
