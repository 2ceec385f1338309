"""Which fields of two artifacts differ: the places that a reviewer looks at, not whole documents."""

from __future__ import annotations

import json
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum
from typing import TYPE_CHECKING, Any, Literal

from generator.diff.normal import comparable, normalised

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.artifact import ArtifactKind

_LONGEST_LIST = 500
"""Items; longer lists are compared item by item, because finding moved items takes the square of their number."""
_LINES = ("source", "scriptLines")
"""Members that hold lines, also where there is only one."""


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
    ``source``, a data flow's ``scriptLines``) is one text, and a secure string one value.
    """
    return tuple(_compare(normalised(kind, old), normalised(kind, new), ""))


def _compare(old: Any, new: Any, path: str) -> Iterator[FieldChange]:
    if _same(old, new):
        return
    lines = path.endswith(_LINES) or _are_lines(old) or _are_lines(new)
    if isinstance(old, dict) and isinstance(new, dict) and not (is_secure(old) or is_secure(new)):
        for key in [*old, *(k for k in new if k not in old)]:
            yield from _compare(old.get(key, ABSENT), new.get(key, ABSENT), _member(path, key))
    elif isinstance(old, list) and isinstance(new, list) and not (lines and _are_texts(old) and _are_texts(new)):
        yield from _compare_lists(old, new, path)
    else:
        before, after = (_text(old), _text(new)) if lines else (old, new)
        # Two lists of one text: the lines are cut in other places.
        yield FieldChange(path or "properties", *((old, new) if _same(before, after) else (before, after)))


def _compare_lists(old: list[Any], new: list[Any], path: str) -> Iterator[FieldChange]:
    old_names, new_names = _names(old), _names(new)
    if old_names is not None and new_names is not None:
        for name in [*old_names, *(n for n in new_names if n not in old_names)]:
            yield from _compare(
                old_names.get(name, ABSENT),
                new_names.get(name, ABSENT),
                f"{path}[{json.dumps(name, ensure_ascii=False)}]",
            )
        before, after = [n for n in old_names if n in new_names], [n for n in new_names if n in old_names]
        if before != after:
            yield FieldChange(f"{path} (order)", before, after)
        return
    for place, before, after in _aligned(old, new):
        yield from _compare(before, after, f"{path}[{place}]")


def _aligned(old: list[Any], new: list[Any]) -> Iterator[tuple[int, Any, Any]]:
    """Yield pairs of items that differ, with the index in the new list (in the old one for what is gone)."""
    if max(len(old), len(new)) > _LONGEST_LIST:
        blocks = [("replace", 0, len(old), 0, len(new))]
    else:
        texts = [[comparable(item) for item in items] for items in (old, new)]
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
    # 1 == 1.0 == True in Python, not in JSON.
    if old is ABSENT or new is ABSENT:
        return old is new
    return old is new or comparable(old) == comparable(new)


def _names(items: list[Any]) -> dict[str, Any] | None:
    """Return items by their names; None where one has none, or two have the same."""
    found = {item["name"]: item for item in items if isinstance(item, dict) and isinstance(item.get("name"), str)}
    return found if len(found) == len(items) else None


def is_secure(value: Any) -> bool:
    """Whether it is a secure string, which is one value: whoever shows it must see that it is one."""
    return isinstance(value, dict) and str(value.get("type")).lower() == "securestring"


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _are_lines(value: Any) -> bool:
    return _are_texts(value) and any(item.endswith("\n") for item in value)


def _text(value: Any) -> Any:
    """Return the text that lines are; a data flow's have no ends of line."""
    if not _are_texts(value):
        return value
    return "".join(value) if any(item.endswith("\n") for item in value) else "\n".join(value)


def _member(path: str, key: str) -> str:
    step = key if key.replace("_", "a").isalnum() else json.dumps(key, ensure_ascii=False)
    return f"{path}.{step}" if path else step
