"""The form in which artifacts are compared, and its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from generator.diff.table import DEFAULTS, IGNORED, MOMENTS

if TYPE_CHECKING:
    from generator.artifact import ArtifactKind

_MISSING = object()


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
    return _walked(properties, _with_any_depth((_tree(kind),)))


def fingerprint(kind: ArtifactKind, properties: Any) -> str:
    """Return a hash that two artifacts share where they mean the same, in whatever order their members stand."""
    text = json.dumps(normalised(kind, properties), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache
def _tree(kind: ArtifactKind) -> _Node:
    """Return a kind's rows as one tree, so that a document is walked once and only where a row leads."""
    root = _Node()
    for ignored in IGNORED:
        if ignored.kind is kind:
            _node(root, ignored.path).always = True
    for row in DEFAULTS:
        if row.kind is kind:
            _node(root, row.path).default = row.value
    for moment in MOMENTS:
        if moment.kind is kind:
            _node(root, moment.path).is_moment = True
    return root


def _node(root: _Node, path: str) -> _Node:
    for step in path.split("."):
        root = root.next.setdefault(step, _Node())
    return root


def _with_any_depth(nodes: tuple[_Node, ...]) -> tuple[_Node, ...]:
    """Return nodes and what their ``**`` lead to: at this depth, and again at every one below."""
    found = list(nodes)
    for node in found:
        if "**" in node.next and node.next["**"] not in found:
            found.append(node.next["**"])
    return tuple(found)


def _moment(value: Any) -> Any:
    """Return a time with a zone as the moment that it is, in UTC; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return value
    return value if moment.tzinfo is None else moment.astimezone(UTC).isoformat()


def _walked(value: Any, nodes: tuple[_Node, ...]) -> Any:
    """Return a value without the members that the nodes lead to; what does not change is the same object."""
    lasting = [node for node in nodes if "**" in node.next]
    items = [node.next["*"] for node in nodes if "*" in node.next]
    if value.__class__ is dict:
        changed: dict[str, Any] = {}
        for key, inner in value.items():
            found = [*(node.next[key] for node in nodes if key in node.next), *items]
            if any(node.leaves_out(inner) for node in found):
                changed[key] = _MISSING
            elif (found or lasting) and inner.__class__ in (dict, list):
                new = _walked(inner, _with_any_depth((*found, *lasting)))
                if new is not inner:
                    changed[key] = new
            elif any(node.is_moment for node in found):
                changed[key] = _moment(inner)
        return {k: changed.get(k, v) for k, v in value.items() if changed.get(k) is not _MISSING} if changed else value
    if value.__class__ is list and (items or lasting):
        below = _with_any_depth((*items, *lasting))
        walked = [_walked(v, below) if v.__class__ in (dict, list) else v for v in value]
        return walked if any(new is not old for new, old in zip(walked, value, strict=True)) else value
    return value
