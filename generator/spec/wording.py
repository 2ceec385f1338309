"""How findings name things: values as they were written, lists, and the nearest legal word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.diagnostics import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generator.source import KeyPath

_LONGEST = 60


def meant_or_known(word: str, options: Iterable[str], known: str) -> str:
    """Return ``; did you mean "x"?``, or what there is to choose from, introduced by ``known``."""
    options = list(options)
    return did_you_mean(word, options) or f"; {known} {listed(options)}"


def listed(words: Iterable[str]) -> str:
    """Return ``a, b, c``."""
    return ", ".join(words)


def shown(value: Any) -> str:
    """Return a value on one line, short, without control characters, which a terminal would obey."""
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in str(value))
    text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return f'"{text}"' if isinstance(value, str) else text


def dotted(path: KeyPath) -> str:
    """Return ``score.schedule.on[1]``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def last_name(path: KeyPath) -> str:
    """Return the last key of a path, with the index in its list where it has one; "the file" for the root."""
    for length in range(len(path) - 1, -1, -1):
        if isinstance(path[length], str):
            return dotted(path[length:])
    return "the file"
