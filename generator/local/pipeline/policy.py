"""An activity's policy, and durations as Synapse writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# "Until activity": d.hh:mm:ss or hh:mm:ss; fractions of a second as .NET's TimeSpan takes them.
_DURATION = re.compile(r"(?:(\d{1,5})\.)?([01]?\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.\d{1,7})?")
_DEFAULT_TIMEOUT = 12 * 3600.0  # "Pipelines and activities", activity policy: 12 hours
_DEFAULT_INTERVAL = 30.0  # the same: 30 seconds


class PolicyError(ValueError):
    """A policy holds a value that it cannot."""


def duration_seconds(value: Any, default: float) -> float:
    """Return the seconds of ``d.hh:mm:ss``; the default where there is no value. PolicyError for other texts."""
    if value is None:
        return default
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PolicyError(f"{value!r} is no duration; it is written d.hh:mm:ss, for example 0.12:00:00")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return float(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


@dataclass(frozen=True, slots=True)
class Policy:
    """How often an activity is tried, how long, and what of it may be seen."""

    timeout_seconds: float = _DEFAULT_TIMEOUT
    retry: int = 0
    interval_seconds: float = _DEFAULT_INTERVAL
    secure_input: bool = False
    secure_output: bool = False

    @classmethod
    def of(cls, policy: Mapping[str, Any]) -> Policy:
        """Read an activity's evaluated policy; control activities have an empty one. Raises PolicyError."""
        return cls(
            duration_seconds(policy.get("timeout"), _DEFAULT_TIMEOUT),
            _count(policy, "retry", 0),
            float(_count(policy, "retryIntervalInSeconds", int(_DEFAULT_INTERVAL))),
            policy.get("secureInput") is True,
            policy.get("secureOutput") is True,
        )


def _count(policy: Mapping[str, Any], name: str, default: int) -> int:
    value = policy.get(name)
    if value is None:
        return default
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = -1
    if number < 0 or isinstance(value, bool):
        raise PolicyError(f"the policy's {name} is {value!r}; it is a whole number, 0 or more")
    return number
