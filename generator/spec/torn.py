"""A value that its own commas tear apart: ``{type: decimal(9, 3)}`` is to YAML the key ``type`` and a key ``3)``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.spec.wording import last_name

if TYPE_CHECKING:
    from generator.diagnostics import Diagnostic
    from generator.source import KeyPath, SourceDocument


@dataclass(frozen=True, slots=True)
class TornValue:
    """A value with a parenthesis that only a later key closes."""

    path: KeyPath
    written: str
    """The whole value, as it was meant."""
    is_first: bool
    """Whether the key that was asked for is the first piece behind the value."""

    def diagnostic(self, source: SourceDocument) -> Diagnostic:
        """Return the finding at the value."""
        message = f"{last_name(self.path)}: the comma ends the value here"
        return source.diagnostic("SYN019", message, self.path, hint=f'put it in quotes: "{self.written}"')


def torn_value(path: KeyPath, source: SourceDocument) -> TornValue | None:
    """Return the value of which an unknown key is a piece; None where it is none."""
    parent = source.at(path[:-1])
    if not isinstance(parent, dict):
        return None
    keys = list(parent)
    number = keys.index(path[-1])
    head = _last_with_value(parent, keys[: number + 1])
    if head is None or head == number or not isinstance(parent[keys[head]], str):
        return None
    start = source.positions[*path[:-1], keys[head]].start
    for key in keys[head + 1 :]:
        begin = source.positions[*path[:-1], key].key_start
        if parent[key] is not None or begin is None:
            return None
        written = source.text[start : begin + len(key)]
        if written.count("(") == written.count(")"):
            closes = keys.index(key)
            return TornValue((*path[:-1], keys[head]), written, number == head + 1) if closes >= number else None
    return None


def _last_with_value(parent: dict[str, Any], keys: list[str]) -> int | None:
    return next((number for number in reversed(range(len(keys))) if parent[keys[number]] is not None), None)
