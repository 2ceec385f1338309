"""Which activities run, and whether what holds them has succeeded: pure decisions.

Source: "Errors and conditional execution" of Azure Data Factory ("pipeline failure and error handling"): the leaves
decide; a leaf that was skipped stands for the activities before it; all must have succeeded.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Decision(Enum):
    """What becomes of an activity that has not run."""

    WAIT = "wait"
    RUN = "run"
    SKIP = "skip"


def decide(activity: Mapping[str, Any], statuses: Mapping[str, str]) -> Decision:
    """Decide by the activities before it; several conditions on one mean any of them, all must be met."""
    dependencies = activity.get("dependsOn") or []
    if any(d["activity"] not in statuses for d in dependencies):
        return Decision.WAIT
    met = all(_is_met(d.get("dependencyConditions") or ["Succeeded"], statuses[d["activity"]]) for d in dependencies)
    return Decision.RUN if met else Decision.SKIP


def _is_met(conditions: Sequence[str], status: str) -> bool:
    wanted = set(conditions)
    if "Completed" in wanted:
        wanted |= {"Succeeded", "Failed"}
    return status in wanted


def outcome(activities: Sequence[Mapping[str, Any]], statuses: Mapping[str, str]) -> str:
    """Return ``Succeeded`` or ``Failed`` for a list of activities that have all ended; ``Cancelled`` where one was."""
    if "Cancelled" in statuses.values():
        return "Cancelled"
    return "Failed" if failed_leaves(activities, statuses) else "Succeeded"


def failed_leaves(activities: Sequence[Mapping[str, Any]], statuses: Mapping[str, str]) -> list[str]:
    """Return the names of the activities that make the whole fail."""
    before = {a["name"]: [d["activity"] for d in a.get("dependsOn") or []] for a in activities}
    followed = {name for names in before.values() for name in names}
    failed: list[str] = []
    seen: set[str] = set()
    open_names = [name for name in before if name not in followed]
    while open_names:
        name = open_names.pop()
        if name in seen:
            continue
        seen.add(name)
        if statuses.get(name) == "Skipped":
            open_names += before[name]
        elif statuses.get(name) != "Succeeded":
            failed.append(name)
    return [a["name"] for a in activities if a["name"] in failed]
