"""A short soak: seeded runs of everything that may go wrong. ``make soak`` makes five hundred of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from generator.local.clock import SystemClock
from generator.local.store import ArtifactStore
from tests.contract import soak

RUNS = int(os.environ.get("SYNAPSE_GEN_SOAK", "12"))


@pytest.mark.parametrize("seed", range(RUNS))
def test_whatever_happened_the_next_publish_makes_the_workspace_as_the_tree(seed: int, tmp_path: Path) -> None:
    soak.run(seed, tmp_path, ArtifactStore(None, SystemClock()))
