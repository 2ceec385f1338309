"""The form in which artifacts are compared, and its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from generator.artifact import ArtifactKind
from generator.diff.table import ACTIVITY, DEFAULTS, IGNORED, MOMENTS
from generator.documents import ACTIVITY_TYPES

_MISSING = object()
_ACTIVITY_LISTS = frozenset({"activities"}.union(*(known.containers for known in ACTIVITY_TYPES.values())))


@dataclass(slots=True)
class _Node:
    """A step of the table's paths: what may follow, and when the member that it leads to does not count."""

    next: dict[str, _Node] = field(default_factory=dict)
    always: bool = False
    default: Any = _MISSING
    is_moment: bool = False

    def leaves_out(self, value: Any) -> bool:
        # False == 0 in Python, not in JSON.
        return self.always or (self.default == value and type(self.default) is type(value))


def normalised(kind: ArtifactKind, properties: Any) -> Any:
    """Return ``properties`` without what does not count; the value given is not changed."""
    return _walked(properties, _tree(kind))


def fingerprint(kind: ArtifactKind, properties: Any) -> str:
    """Return a hash that two artifacts share where they mean the same, in whatever order their members stand."""
    return hashlib.sha256(comparable(normalised(kind, properties)).encode()).hexdigest()


def comparable(value: Any) -> str:
    """Return the text that two JSON values share where they are the same: ``1``, ``1.0`` and ``true`` are three."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


@lru_cache
def _tree(kind: ArtifactKind) -> _Node:
    """Return a kind's rows as one tree, so that a document is walked once and only where a row leads."""
    root, activity = _Node(), _activities()
    for ignored in IGNORED:
        if ignored.kind is kind:
            _node(root, activity, ignored.path).always = True
    for row in DEFAULTS:
        if row.kind is kind:
            _node(root, activity, row.path).default = row.value
    for moment in MOMENTS:
        if moment.kind is kind:
            _node(root, activity, moment.path).is_moment = True
    if kind is ArtifactKind.PIPELINE:
        root.next.setdefault("activities", _Node()).next["*"] = activity
    return root


def _activities() -> _Node:
    """Return the node of an activity, which leads to itself through the lists of every container."""
    activity = _Node()
    inside = activity.next.setdefault("typeProperties", _Node()).next
    for name in _ACTIVITY_LISTS:
        inside.setdefault(name, _Node()).next["*"] = activity
    cases = inside.setdefault("cases", _Node()).next.setdefault("*", _Node())
    cases.next.setdefault("activities", _Node()).next["*"] = activity
    return activity


def _node(root: _Node, activity: _Node, path: str) -> _Node:
    steps = path.split(".")
    node = root
    if steps[0] == ACTIVITY:
        node, steps = activity, steps[1:]
    for step in steps:
        node = node.next.setdefault(step, _Node())
    return node


def _moment(value: Any) -> Any:
    """Return a time with a zone as the moment that it is, in UTC; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
        return value if moment.tzinfo is None else moment.astimezone(UTC).isoformat()
    except (ValueError, OverflowError):  # no time; or one whose moment is before the year 1
        return value


def _walked(value: Any, node: _Node) -> Any:
    """Return a value without the members that a node leads to; what does not change is the same object.

    From the inside out: what is empty once its own members are left out may be a default itself.
    """
    if value.__class__ is dict:
        return _members(value, node)
    below = node.next.get("*")
    if value.__class__ is list and below:
        walked = [_walked(v, below) for v in value]
        return walked if any(new is not old for new, old in zip(walked, value, strict=True)) else value
    return _moment(value) if node.is_moment else value


def _members(value: dict[str, Any], node: _Node) -> dict[str, Any]:
    changed: dict[str, Any] = {}
    others = node.next.get("*")
    for key, inner in value.items():
        found = node.next.get(key, others)
        if found is None:
            continue
        new = _walked(inner, found)
        if found.leaves_out(new):
            changed[key] = _MISSING
        elif new is not inner:
            changed[key] = new
    return {k: changed.get(k, v) for k, v in value.items() if changed.get(k) is not _MISSING} if changed else value
