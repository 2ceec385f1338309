"""Which fields of two artifacts differ: the places that a reviewer looks at, not whole documents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

from generator.diff.normal import normalised

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.artifact import ArtifactKind

_LONGEST_LIST = 500
"""Items; longer lists are compared item by item, because finding moved items takes the square of their number."""


class _Absent(Enum):
    ABSENT = "absent"

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent.ABSENT
"""Stands where one of the two artifacts has no such field."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that differs."""

    path: str
    """From ``properties``: ``activities["Copy"].policy.timeout``, ``cells[3].source``."""
    old: Any | Literal[_Absent.ABSENT]
    new: Any | Literal[_Absent.ABSENT]


def field_changes(kind: ArtifactKind, old: Any, new: Any) -> tuple[FieldChange, ...]:
    """Return the fields in which two ``properties`` differ, in the order of the documents; what does not count is left out.

    Items that have names are compared by name, other lists by their longest common parts. A list of lines (a cell's
    ``source``) is one text.
    """
    return tuple(_compare(normalised(kind, old), normalised(kind, new), ""))


def _compare(old: Any, new: Any, path: str) -> Iterator[FieldChange]:
    if _same(old, new):
        return
    if isinstance(old, dict) and isinstance(new, dict) and not (_is_secure(old) or _is_secure(new)):
        for key in [*old, *(k for k in new if k not in old)]:
            yield from _compare(old.get(key, ABSENT), new.get(key, ABSENT), _member(path, key))
    elif isinstance(old, list) and isinstance(new, list) and not (_is_text(old) or _is_text(new)):
        yield from _compare_lists(old, new, path)
    else:
        yield FieldChange(path or "properties", _text(old), _text(new))


def _compare_lists(old: list[Any], new: list[Any], path: str) -> Iterator[FieldChange]:
    old_names, new_names = _names(old), _names(new)
    if old_names is not None and new_names is not None:
        for name in [*old_names, *(n for n in new_names if n not in old_names)]:
            yield from _compare(
                old_names.get(name, ABSENT), new_names.get(name, ABSENT), f"{path}[{json.dumps(name, ensure_ascii=False)}]"
            )
        if list(old_names) != list(new_names) and set(old_names) == set(new_names):
            yield FieldChange(f"{path} (order)", list(old_names), list(new_names))
        return
    for place, before, after in _aligned(old, new):
        yield from _compare(before, after, f"{path}[{place}]")


def _aligned(old: list[Any], new: list[Any]) -> Iterator[tuple[int, Any, Any]]:
    """Yield pairs of items that differ, with the index in the new list (in the old one for what is gone)."""
    if max(len(old), len(new)) > _LONGEST_LIST:
        blocks = [("replace", 0, len(old), 0, len(new))]
    else:
        texts = [[json.dumps(item, sort_keys=True) for item in items] for items in (old, new)]
        blocks = [b for b in SequenceMatcher(None, texts[0], texts[1], autojunk=False).get_opcodes() if b[0] != "equal"]
    for _, old_start, old_end, new_start, new_end in blocks:
        before, after = old[old_start:old_end], new[new_start:new_end]
        for offset in range(max(len(before), len(after))):
            place = new_start + offset if offset < len(after) else old_start + offset
            yield (
                place,
                before[offset] if offset < len(before) else ABSENT,
                after[offset] if offset < len(after) else ABSENT,
            )


def _same(old: Any, new: Any) -> bool:
    # True == 1 in Python, not in JSON; containers are looked into by whoever descends.
    if isinstance(old, dict | list) or isinstance(new, dict | list):
        return type(old) is type(new) and json.dumps(old, sort_keys=True) == json.dumps(new, sort_keys=True)
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def _names(items: list[Any]) -> dict[str, Any] | None:
    """Return items by their names; None where one has none, or two have the same."""
    found = {item["name"]: item for item in items if isinstance(item, dict) and isinstance(item.get("name"), str)}
    return found if len(found) == len(items) else None


def _is_secure(value: dict[str, Any]) -> bool:
    """Whether it is a secure string, which is one value: whoever shows it must see that it is one."""
    return str(value.get("type")).lower() == "securestring"


def _is_text(items: list[Any]) -> bool:
    return any(isinstance(i, str) and i.endswith("\n") for i in items) and all(isinstance(i, str) for i in items)


def _text(value: Any) -> Any:
    return "".join(value) if isinstance(value, list) and value and _is_text(value) else value


def _member(path: str, key: str) -> str:
    step = key if key.replace("_", "a").isalnum() else json.dumps(key, ensure_ascii=False)
    return f"{path}.{step}" if path else step
