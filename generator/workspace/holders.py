"""The holder of a lock as bytes beside it, for whoever finds it taken."""

from __future__ import annotations

import json

from generator.workspace.errors import readable
from generator.workspace.objects import Holder, LockedError

_FIELDS = ("who", "since", "purpose")


def to_bytes(holder: Holder, **more: str) -> bytes:
    """Return a holder as a line of JSON."""
    return (json.dumps({field: getattr(holder, field) for field in _FIELDS} | more) + "\n").encode()


def from_bytes(content: bytes) -> Holder | None:
    """Return the holder; None where it cannot be read, be it because it is just being written."""
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return None
    values = [found.get(field) for field in _FIELDS] if isinstance(found, dict) else []
    # Others wrote it: nothing in it may move a terminal's cursor.
    texts = [readable(value) for value in values if isinstance(value, str)]
    return Holder(*texts) if len(texts) == len(_FIELDS) else None


def locked(location: str, holder: Holder | None) -> LockedError:
    """Return that a lock is held, and by whom."""
    if holder is None:
        return LockedError(f"{location} is locked; by whom cannot be read", None)
    return LockedError(f"{location} is locked by {holder.who} since {holder.since} ({holder.purpose})", holder)
