"""Walks the activities of a pipeline, through every container."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.documents.activity_types import ACTIVITY_TYPES
from generator.documents.model import as_array, as_object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.documents.model import Document, JsonPath


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
    def type_properties(self) -> dict[str, Any]:
        """``typeProperties``; empty where it is missing or no object."""
        return as_object(self.activity.get("typeProperties"))

    @property
    def scope(self) -> JsonPath:
        """The list that holds the activity: its siblings are in the same one."""
        return self.path[:-1]

    @property
    def containers(self) -> Iterator[ActivityPlace]:
        """The containers around the activity, innermost first."""
        place = self.parent
        while place is not None:
            yield place
            place = place.parent


def walk_activities(document: Document) -> Iterator[ActivityPlace]:
    """Yield every activity of a pipeline, containers before what they contain."""
    yield from _walk(document.properties.get("activities"), ("properties", "activities"), None)


def activity_lists(place: ActivityPlace) -> Iterator[JsonPath]:
    """Yield the path of each list of activities that a container may have; nothing for other activities."""
    at = (*place.path, "typeProperties")
    known = ACTIVITY_TYPES.get(place.type)
    for key in known.containers if known else ():
        yield (*at, key)
    if place.type == "Switch":
        for index, _ in enumerate(as_array(place.type_properties.get("cases"))):
            yield (*at, "cases", index, "activities")


def _walk(activities: Any, path: JsonPath, parent: ActivityPlace | None) -> Iterator[ActivityPlace]:
    for index, activity in enumerate(as_array(activities)):
        if not isinstance(activity, dict):
            continue
        place = ActivityPlace(activity, (*path, index), parent)
        yield place
        for inner in activity_lists(place):
            yield from _walk(_below(place, inner), inner, place)


def _below(place: ActivityPlace, path: JsonPath) -> Any:
    value: Any = place.activity
    for step in path[len(place.path) :]:
        value = as_object(value).get(step) if isinstance(step, str) else as_array(value)[step]
    return value
