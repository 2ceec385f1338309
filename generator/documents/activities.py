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
    def is_inactive(self) -> bool:
        """Whether the activity or a container of it is switched off (``"state": "Inactive"``), and so never runs.

        Public workspaces hold inactive activities that could not run, so that nobody checks them.
        """
        return any(place.activity.get("state") == "Inactive" for place in (self, *self.containers))

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


def activity_lists(place: ActivityPlace) -> Iterator[tuple[Any, JsonPath]]:
    """Yield each list of activities of a container with its path; a list that is left out is None."""
    at = (*place.path, "typeProperties")
    known = ACTIVITY_TYPES.get(place.type)
    for key in known.containers if known else ():
        yield place.type_properties.get(key), (*at, key)
    if place.type == "Switch":
        for index, case in enumerate(as_array(place.type_properties.get("cases"))):
            yield as_object(case).get("activities"), (*at, "cases", index, "activities")


def _walk(activities: Any, path: JsonPath, parent: ActivityPlace | None) -> Iterator[ActivityPlace]:
    for index, activity in enumerate(as_array(activities)):
        if not isinstance(activity, dict):
            continue
        place = ActivityPlace(activity, (*path, index), parent)
        yield place
        for inner, inner_path in activity_lists(place):
            yield from _walk(inner, inner_path, place)
