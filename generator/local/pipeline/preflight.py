"""What keeps a pipeline from running here, found before anything of it has run: pure checks over documents."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from generator.artifact import canonical_name
from generator.documents.activity_types import ACTIVITY_TYPES
from generator.local.pipeline.activities import HANDLERS
from generator.local.pipeline.structure import inner_lists

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Activity = Mapping[str, Any]
    Pipelines = Callable[[str], Mapping[str, Any] | None]

_UNSUPPORTED = "not supported in a local run"


def problems(document: Mapping[str, Any], pipelines: Pipelines) -> list[str]:
    """Return why a pipeline, or one that it calls by name, cannot run; empty where it can.

    Activities that are inactive are not looked at, as the service does not ("Deactivate an activity").
    """
    found: list[str] = []
    _check_pipeline(document, pipelines, (), set(), found)
    return list(dict.fromkeys(found))


def _check_pipeline(
    document: Mapping[str, Any], pipelines: Pipelines, trail: tuple[str, ...], seen: set[str], found: list[str]
) -> None:
    name = str(document["name"])
    key = canonical_name(name)
    if key in {canonical_name(n) for n in trail}:
        found.append(f"pipelines call each other in a circle: {' -> '.join([*trail, name])}")
        return
    if key in seen:
        return
    seen.add(key)
    where = f' in the pipeline "{name}" that it calls' if trail else ""
    activities = document["properties"].get("activities") or []
    found += [problem + where for problem in _list_problems(activities)]
    for called in _called(activities):
        if (other := pipelines(called)) is not None:
            _check_pipeline(other, pipelines, (*trail, name), seen, found)


def _list_problems(activities: Sequence[Activity]) -> Iterator[str]:
    """Yield what is wrong with a list of activities, and with those inside them."""
    names = [str(a.get("name")) for a in activities]
    for name, count in Counter(names).items():
        if count > 1:
            yield f'{count} activities have the name "{name}"'
    yield from _dependency_problems(activities)
    for activity in activities:
        if not activity.get("name") or not activity.get("type"):
            yield "an activity has no name or no type"
            continue
        if activity.get("state") == "Inactive":
            continue
        yield from _activity_problems(activity)
        for inner in inner_lists(activity):
            yield from _list_problems(inner)


def _dependency_problems(activities: Sequence[Activity]) -> Iterator[str]:
    before = {str(a.get("name")): [str(d.get("activity")) for d in a.get("dependsOn") or []] for a in activities}
    for name, others in before.items():
        for other in others:
            if other not in before:
                yield f'the activity "{name}" depends on "{other}", which is not beside it'
    waiting = {name: set(others) & set(before) for name, others in before.items()}
    while ready := [name for name, others in waiting.items() if not others & set(waiting)]:
        for name in ready:
            del waiting[name]
    if waiting:
        yield f"activities wait for each other in a circle: {', '.join(waiting)}"


def _activity_problems(activity: Activity) -> Iterator[str]:
    name, kind = activity.get("name"), str(activity.get("type"))
    if kind not in HANDLERS:
        yield f'{_UNSUPPORTED}: the activity "{name}" of type {kind}'
        return
    properties = activity.get("typeProperties") or {}
    known = ACTIVITY_TYPES.get(kind)
    missing = [member for member in (known.required if known else ()) if properties.get(member) is None]
    if missing and kind != "Fail":  # the service has an error of its own for what a Fail leaves out
        yield f'the activity "{name}" of type {kind} has no {", ".join(missing)}'
    for feature in _unsupported_features(kind, properties):
        yield f'{_UNSUPPORTED}: {feature} (activity "{name}")'


def _unsupported_features(kind: str, properties: Mapping[str, Any]) -> Iterator[str]:
    if kind == "WebActivity":
        authentication = properties.get("authentication") or {}
        if authentication.get("type", "MSI") != "MSI":
            yield f"authentication of type {authentication['type']}; use the managed identity"
    if kind == "Script":
        if properties.get("scriptReference"):
            yield "a script in a file; write it into the activity"
        if (properties.get("logSettings") or {}).get("logDestination") == "ExternalStore":
            yield "logs in an external store; use ActivityOutput"
        directions = {
            p.get("direction", "Input") for s in properties.get("scripts") or [] for p in s.get("parameters") or []
        }
        if directions - {"Input"}:
            yield "output parameters of a script; return rows instead"


def _called(activities: Sequence[Activity]) -> Iterator[str]:
    """Yield the names of pipelines that are called; those that an expression names are not known yet."""
    for activity in activities:
        if activity.get("state") == "Inactive":
            continue
        if activity.get("type") == "ExecutePipeline":
            name = ((activity.get("typeProperties") or {}).get("pipeline") or {}).get("referenceName")
            if isinstance(name, str) and "@" not in name:
                yield name
        for inner in inner_lists(activity):
            yield from _called(inner)
