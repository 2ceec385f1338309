"""The goldens and the committed trees beside workspaces that Studio kept: the order of keys, object by object."""

from __future__ import annotations

import json
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
KINDS = ("pipeline", "notebook", "linkedService", "sqlscript", "trigger")
BRANCHES = ("activities", "ifTrueActivities", "ifFalseActivities")

Pair = tuple[str, str, str]
"""A kind of object, and two keys in the order in which they stand in it."""


def pairs(value: Any, where: str) -> Iterator[Pair]:
    """Walk a document; objects in the same place of a document, or activities of one type, are of one kind."""
    if isinstance(value, dict):
        yield from ((where, first, second) for first, second in combinations(value, 2))
        for key, inner in value.items():
            yield from pairs(inner, f"{where}.{key}")
    elif isinstance(value, list):
        is_branch = where.rsplit(".", 1)[-1] in BRANCHES
        for inner in value:
            yield from pairs(inner, f"activity {inner.get('type')}" if is_branch else where)


def document_pairs(path: Path) -> Iterator[Pair]:
    document = json.loads(path.read_bytes())
    properties = document.get("properties") or {}
    typed = path.parent.name in ("linkedService", "trigger")
    yield from pairs(document, f"{path.parent.name} {properties.get('type')}" if typed else path.parent.name)


def documents(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.rglob("*.json")) if path.parent.name in KINDS]


def test_no_two_keys_stand_the_other_way_round_in_real_workspaces(corpus: Path, repository: Path) -> None:
    real = Counter(pair for path in documents(corpus) for pair in document_pairs(path))
    ours = {
        pair
        for folder in (HERE / "artifacts", repository / "artifacts")
        for path in documents(folder)
        for pair in document_pairs(path)
    }
    wrong = {(where, a, b) for where, a, b in ours if real[where, b, a] > real[where, a, b]}
    assert wrong == set()
    assert sum(pair in real for pair in ours) > 300, "there must be something to compare with"
