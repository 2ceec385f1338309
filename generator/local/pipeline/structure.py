"""The lists of activities inside containers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.documents.activity_types import ACTIVITY_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def inner_lists(activity: Mapping[str, Any]) -> Iterator[Sequence[Mapping[str, Any]]]:
    """Yield every list of activities that an activity contains."""
    properties = activity.get("typeProperties") or {}
    known = ACTIVITY_TYPES.get(str(activity.get("type")))
    for key in known.containers if known else ():
        yield properties.get(key) or []
    if activity.get("type") == "Switch":
        for case in properties.get("cases") or []:
            yield case.get("activities") or []


def inner_names(activities: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of activities with those inside them."""
    return [a["name"] for a in walk(activities)]


def walk(activities: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield every activity that can run: inactive ones with what is inside them are left out."""
    for activity in activities:
        if activity.get("state") == "Inactive":
            continue
        yield activity
        for inner in inner_lists(activity):
            yield from walk(inner)
