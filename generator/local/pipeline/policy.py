"""An activity's policy, and durations as Synapse writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_DURATION = re.compile(r"(?:(\d+)\.)?(\d{1,2}):(\d{2}):(\d{2})")
_DEFAULT_SECONDS = 12 * 3600.0  # "Pipelines and activities": 12 hours unless the policy says otherwise


def duration_seconds(text: Any, default: float = _DEFAULT_SECONDS) -> float:
    """Return the seconds of ``d.hh:mm:ss``; the default where the text is none."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return default
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


@dataclass(frozen=True, slots=True)
class Policy:
    """How often an activity is tried, how long, and what of it may be seen."""

    timeout_seconds: float
    retry: int
    interval_seconds: float
    secure_output: bool

    @classmethod
    def of(cls, activity: Mapping[str, Any]) -> Policy:
        """Read an activity's policy; control activities have none."""
        policy = activity.get("policy") or {}
        return cls(
            duration_seconds(policy.get("timeout")),
            int(policy.get("retry") or 0),
            float(policy.get("retryIntervalInSeconds") or 30),
            bool(policy.get("secureOutput")),
        )
