"""Looks past misspelt keys and words, so that one of them does not hide what else is wrong with a file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generator.source import KeyPath, SourceDocument
    from generator.spec.findings import ShapeFindings


def as_meant(source: SourceDocument, found: ShapeFindings) -> SourceDocument:
    """Return the document as it was meant: misspelt keys and words put right, other unknown keys left out.

    Positions still are those of the text, so that findings point at what people wrote.
    """
    value = _unshared(source.value)
    positions = dict(source.positions)
    for correction in found.corrections:
        _at(value, correction.path[:-1])[correction.path[-1]] = correction.meant
    # The deepest first: a path is still right when its turn comes.
    for misspelling in sorted(found.misspellings, key=lambda m: -len(m.path)):
        path, meant = misspelling.path, misspelling.meant
        parent = _at(value, path[:-1])
        items = list(parent.items())
        keep = meant is not None and meant not in parent
        parent.clear()
        parent.update((meant if k == path[-1] else k, v) for k, v in items if k != path[-1] or keep)
        moved = (*path[:-1], meant) if keep and meant is not None else None
        positions = _moved(positions, path, moved)
    return replace(source, value=value, positions=positions)


def _moved(positions: dict[KeyPath, Any], path: KeyPath, target: KeyPath | None) -> dict[KeyPath, Any]:
    moved = {}
    for at, position in positions.items():
        if at[: len(path)] != path:
            moved[at] = position
        elif target is not None:
            moved[(*target, *at[len(path) :])] = position
    return moved


def _at(value: Any, path: KeyPath) -> Any:
    for step in path:
        value = value[step]
    return value


def _unshared(value: Any) -> Any:
    """Copy a value; what an alias uses twice becomes two, each with its own path."""
    if isinstance(value, dict):
        return {key: _unshared(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unshared(item) for item in value]
    return value
