"""Rules on the activities of a pipeline and the order in which they run."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKind, canonical_name
from generator.diagnostics import Severity, did_you_mean
from generator.documents import ACTIVITY_TYPES, as_array, as_object
from generator.rules.graphs import cycles
from generator.rules.rule import Finding, Rule, label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.documents import ActivityPlace, Document, JsonPath
    from generator.rules.rule import Workspace

# "Pipelines and activities in Azure Data Factory", table of the activity's JSON: at most 55 characters, begins with a
# letter, a number or an underscore, and has none of these.
_LONGEST_NAME = 55
_ILLEGAL = re.compile(r"[.+?/<>*%&:\\]")
_FIRST = re.compile(r"[^\W]")
# "Azure subscription and service limits", Data Factory: 80 by default, 120 on request; inner activities count.
_MOST_ACTIVITIES = 80
_CONDITIONS = ("Succeeded", "Failed", "Skipped", "Completed")


def depends_on(place: ActivityPlace) -> Iterator[tuple[str, Any, JsonPath]]:
    """Yield the name, the conditions and the path of each dependency."""
    for index, dependency in enumerate(as_array(place.activity.get("dependsOn"))):
        path = (*place.path, "dependsOn", index)
        yield str(as_object(dependency).get("activity", "")), as_object(dependency).get("dependencyConditions"), path


def siblings(workspace: Workspace, document: Document) -> dict[JsonPath, dict[str, ActivityPlace]]:
    """Return the activities of each list of a pipeline, by name."""
    lists: defaultdict[JsonPath, dict[str, ActivityPlace]] = defaultdict(dict)
    for place in workspace.activities(document):
        lists[place.scope].setdefault(place.name, place)
    return lists


class ActivityNamesUnique(Rule):
    """Two activities of a pipeline have the same name."""

    code = "SYN110"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Compare all activities, those in containers included: activity() takes a name alone."""
        for document in workspace.of_kind(ArtifactKind.PIPELINE):
            seen: set[str] = set()
            for place in workspace.activities(document):
                if canonical_name(place.name) in seen:
                    message = f'the pipeline has another activity "{place.name}"'
                    yield Finding(document.key, (*place.path, "name"), message)
                seen.add(canonical_name(place.name))


class ActivityName(Rule):
    """Synapse refuses the name of an activity."""

    code = "SYN111"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look at the length, the first character and the others."""
        for document, place in workspace.all_activities():
            problem = None
            if len(place.name) > _LONGEST_NAME:
                problem = f"it has {len(place.name)} characters, {_LONGEST_NAME} are allowed"
            elif bad := _ILLEGAL.search(place.name):
                problem = f"{bad.group()!r} is not allowed"
            elif place.name and not _FIRST.match(place.name):
                problem = "it begins with a letter, a digit or an underscore"
            if problem:
                message = f'the name of the activity "{place.name}" is refused: {problem}'
                yield Finding(document.key, (*place.path, "name"), message)


class UnknownDependency(Rule):
    """An activity depends on one that is not beside it."""

    code = "SYN112"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look up every dependency among the activities of the same list."""
        for document in workspace.of_kind(ArtifactKind.PIPELINE):
            lists = siblings(workspace, document)
            everywhere = {place.name for place in workspace.activities(document)}
            for place in workspace.activities(document):
                beside = lists[place.scope]
                for name, _, path in depends_on(place):
                    if name in beside:
                        continue
                    why = (
                        "stands in another container or outside it"
                        if name in everywhere
                        else f"is not in the pipeline{did_you_mean(name, beside)}"
                    )
                    message = f'{label(place)}it depends on "{name}", which {why}'
                    yield Finding(document.key, (*path, "activity"), message)


class DependencyCycle(Rule):
    """Activities wait for each other in a circle."""

    code = "SYN113"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Follow the dependencies of each list of activities."""
        for document in workspace.of_kind(ArtifactKind.PIPELINE):
            for beside in siblings(workspace, document).values():
                graph = {name: [d for d, _, _ in depends_on(place)] for name, place in beside.items()}
                for circle in cycles(graph):
                    message = f"activities wait for each other: {' -> '.join(circle)}"
                    yield Finding(document.key, (*beside[circle[0]].path, "dependsOn"), message)


class DependencyConditions(Rule):
    """A dependency has no condition, or one that Synapse does not have."""

    code = "SYN114"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Compare with Succeeded, Failed, Skipped and Completed."""
        for document, place in workspace.all_activities():
            for name, conditions, path in depends_on(place):
                given = as_array(conditions)
                wrong = [c for c in given if c not in _CONDITIONS]
                if wrong:
                    near = did_you_mean(str(wrong[0]), _CONDITIONS)
                    message = f'{label(place)}"{wrong[0]}" is no condition of a dependency{near}'
                elif not given:
                    message = f'{label(place)}the dependency on "{name}" has no condition'
                else:
                    continue
                yield Finding(document.key, path, message, hint=f"the conditions are {', '.join(_CONDITIONS)}")


class UnknownActivityType(Rule):
    """An activity has a type that this version does not know."""

    code = "SYN115"
    severity = Severity.WARNING

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look up every type."""
        for document, place in workspace.all_activities():
            if place.type and place.type not in ACTIVITY_TYPES:
                near = did_you_mean(place.type, ACTIVITY_TYPES)
                message = f'{label(place)}the type "{place.type}" is not known{near}'
                yield Finding(document.key, (*place.path, "type"), message)


class Nesting(Rule):
    """A container stands inside another that cannot hold it.

    "Nested activities in Azure Data Factory and Azure Synapse Analytics": If and Switch can stand in ForEach or Until,
    not in If or Switch; ForEach and Until stand in nothing; Validation neither.
    """

    code = "SYN116"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look at every container, and at Validation, inside another."""
        for document, place in workspace.all_activities():
            if place.parent is None or not _fits_only_outside(place):
                continue
            message = f'{label(place)}{place.type} cannot stand inside {place.parent.type} "{place.parent.name}"'
            hint = "move it into a pipeline of its own and call that with ExecutePipeline"
            yield Finding(document.key, (*place.path, "type"), message, hint)


def _fits_only_outside(place: ActivityPlace) -> bool:
    known = ACTIVITY_TYPES.get(place.type)
    if place.type == "Validation" or (known is not None and known.is_loop):
        return True
    is_branch = known is not None and bool(known.containers)
    return is_branch and any(not ACTIVITY_TYPES[c.type].is_loop for c in place.containers)


class ManyActivities(Rule):
    """A pipeline has more activities than a workspace allows by default."""

    code = "SYN117"
    severity = Severity.WARNING

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Count the activities, inner ones included."""
        for document in workspace.of_kind(ArtifactKind.PIPELINE):
            count = len(workspace.activities(document))
            if count > _MOST_ACTIVITIES:
                message = (
                    f"the pipeline has {count} activities; the default limit of Data Factory is {_MOST_ACTIVITIES}"
                )
                yield Finding(
                    document.key, ("properties", "activities"), message, hint="call parts with ExecutePipeline"
                )


RULES: tuple[type[Rule], ...] = (
    ActivityNamesUnique,
    ActivityName,
    UnknownDependency,
    DependencyCycle,
    DependencyConditions,
    UnknownActivityType,
    Nesting,
    ManyActivities,
)
