"""Every expression of five real workspaces parses, and Synapse has every function that they call."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from generator.expressions import check, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = os.environ.get("SYNAPSE_GEN_CORPUS")
pytestmark = pytest.mark.skipif(not CORPUS, reason="SYNAPSE_GEN_CORPUS does not name the folder of real workspaces")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def test_all_parse_and_all_functions_are_known() -> None:
    folders = ("pipeline", "dataset", "linkedService", "trigger")
    files = [f for f in Path(CORPUS or "").rglob("*.json") if f.parent.name in folders]
    texts = {t for f in files for t in _texts(json.loads(f.read_bytes())) if "@" in t}
    assert len(texts) > 1000
    problems = [(problem, text) for text in texts for problem in check(parse(text))]
    assert problems == []
