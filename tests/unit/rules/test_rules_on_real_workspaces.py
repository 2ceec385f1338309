"""The rules on five real workspaces: what they find was looked at one by one, and is right."""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import Severity
from generator.documents import Document
from generator.rules import RuleContext, run_rules

if TYPE_CHECKING:
    from collections.abc import Iterator

CORPUS = os.environ.get("SYNAPSE_GEN_CORPUS")
pytestmark = pytest.mark.skipif(not CORPUS, reason="SYNAPSE_GEN_CORPUS does not name the folder of real workspaces")

# Errors: files left out of this collection (SYN101), a dependency on an activity that is gone (SYN112), a parameter
# that the called pipeline does not declare (SYN130). Warnings: see the rules' docstrings.
EXPECTED = {
    "az-courses": ({"SYN101": 2}, {}),
    "azure-test-drive": ({}, {"SYN131": 3}),
    "planning-inspectorate-odw": (
        {"SYN101": 135, "SYN112": 1, "SYN130": 1},
        {"SYN117": 1, "SYN125": 3, "SYN131": 363, "SYN132": 103},
    ),
    "serengeti": ({}, {}),
    "synapse-e2e": ({"SYN101": 3}, {"SYN131": 4}),
}


def _documents(folder: Path) -> Iterator[Document]:
    for kind in ArtifactKind:
        for file in sorted((folder / kind.folder).glob("*.json")):
            yield Document(ArtifactKey(kind, file.stem), json.loads(file.read_bytes()))


@pytest.mark.parametrize("workspace", EXPECTED)
def test_what_is_found_is_what_is_wrong(workspace: str) -> None:
    documents = list(_documents(Path(CORPUS or "") / workspace))
    assert len(documents) > 10
    diagnostics = run_rules(documents, RuleContext())
    errors = Counter(d.code for d in diagnostics if d.severity is Severity.ERROR)
    warnings = Counter(d.code for d in diagnostics if d.severity is Severity.WARNING)
    assert (errors, warnings) == EXPECTED[workspace]
