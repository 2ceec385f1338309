"""Decisions that look random and are not: hashes of a seed and of what is decided."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from generator.local.faults.model import Range

if TYPE_CHECKING:
    from generator.local.faults.model import Duration


def draw(seed: int, *what: object) -> float:
    """Return a number from 0 up to, not including, 1; the same for the same seed and subject, on every machine."""
    text = "\n".join(map(str, (seed, *what)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest()) / 2**48


def seconds(duration: Duration, seed: int, *what: object) -> float:
    """Return the seconds that something takes."""
    if isinstance(duration, Range):
        return duration.min + (duration.max - duration.min) * draw(seed, *what)
    return duration
