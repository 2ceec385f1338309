"""Walks the activities of a pipeline, through every container."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.documents.model import Document, JsonPath

# Containers and where their activities are, under typeProperties ("Control flow" pages of Azure Data Factory).
CONTAINERS: dict[str, tuple[str, ...]] = {
    "IfCondition": ("ifTrueActivities", "ifFalseActivities"),
    "ForEach": ("activities",),
    "Until": ("activities",),
    "Switch": ("defaultActivities",),  # and cases[].activities
}


@dataclass(frozen=True, slots=True)
class ActivityPlace:
    """An activity and where it stands."""

    activity: dict[str, Any]
    path: JsonPath
    parent: ActivityPlace | None
    """The container; None at the top of the pipeline."""

    @property
    def name(self) -> str:
        """The activity's name; empty where it has none."""
        return str(self.activity.get("name", ""))

    @property
    def type(self) -> str:
        """The activity's type, verbatim."""
        return str(self.activity.get("type", ""))

    @property
    def scope(self) -> JsonPath:
        """The list that holds the activity: its siblings are in the same one."""
        return self.path[:-1]


def walk_activities(document: Document) -> Iterator[ActivityPlace]:
    """Yield every activity of a pipeline, containers before what they contain."""
    yield from _walk(document.properties.get("activities"), ("properties", "activities"), None)


def _walk(activities: Any, path: JsonPath, parent: ActivityPlace | None) -> Iterator[ActivityPlace]:
    if not isinstance(activities, list):
        return
    for index, activity in enumerate(activities):
        if not isinstance(activity, dict):
            continue
        place = ActivityPlace(activity, (*path, index), parent)
        yield place
        for inner, inner_path in _inner(place):
            yield from _walk(inner, inner_path, place)


def _inner(place: ActivityPlace) -> Iterator[tuple[Any, JsonPath]]:
    properties = place.activity.get("typeProperties")
    if not isinstance(properties, dict):
        return
    at = (*place.path, "typeProperties")
    for key in CONTAINERS.get(place.type, ()):
        yield properties.get(key), (*at, key)
    if place.type == "Switch" and isinstance(properties.get("cases"), list):
        for index, case in enumerate(properties["cases"]):
            if isinstance(case, dict):
                yield case.get("activities"), (*at, "cases", index, "activities")
