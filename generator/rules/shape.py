"""Rules on the outer form of a document, on which the others rely."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKind
from generator.documents import ACTIVITY_TYPES, activity_lists
from generator.rules.rule import Finding, Rule, label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.documents import Document, JsonPath
    from generator.rules.rule import Workspace


class DocumentShape(Rule):
    """A document does not have the form of its kind."""

    code = "SYN100"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look at ``properties``, and at the activities, parameters and variables of a pipeline."""
        for document in workspace.documents:
            for path, message in _problems(document, workspace):
                yield Finding(document.key, path, message)


def _problems(document: Document, workspace: Workspace) -> Iterator[tuple[JsonPath, str]]:
    if document.key.kind is ArtifactKind.MANAGED_VIRTUAL_NETWORK and "properties" not in document.body:
        return  # as Studio writes it
    if not isinstance(document.body.get("properties"), dict):
        yield (), 'the document has no object "properties"'
        return
    for key in ("parameters", "variables"):
        value = document.properties.get(key)
        if value is not None and not isinstance(value, dict):
            yield ("properties", key), f'"{key}" is no object'
    if document.key.kind is not ArtifactKind.PIPELINE:
        return
    yield from _activities(document.properties.get("activities", []), ("properties", "activities"))
    for place in workspace.activities(document):
        for inner, path in activity_lists(place):
            if inner is not None:
                yield from _activities(inner, path)


def _activities(value: Any, path: JsonPath) -> Iterator[tuple[JsonPath, str]]:
    if not isinstance(value, list):
        yield path, f'"{path[-1]}" is no list of activities'
        return
    for index, activity in enumerate(value):
        if not isinstance(activity, dict):
            yield (*path, index), "an activity is an object"
            continue
        for member in ("name", "type"):
            if not isinstance(activity.get(member), str) or not activity[member]:
                yield (*path, index), f'an activity has no "{member}"'


class MissingMember(Rule):
    """An activity lacks a member of typeProperties without which the service refuses it."""

    code = "SYN118"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Compare with what the activity's type requires."""
        for document, place in workspace.all_activities():
            known = ACTIVITY_TYPES.get(place.type)
            for member in known.required if known else ():
                if place.type_properties.get(member) is None:
                    message = f'{label(place)}{place.type} needs "{member}" in typeProperties'
                    yield Finding(document.key, place.path, message)


RULES: tuple[type[Rule], ...] = (DocumentShape, MissingMember)
