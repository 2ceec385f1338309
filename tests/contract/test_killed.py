"""A publish that is killed (kill -9) before or after any of its requests: the next one makes the workspace as the tree."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from generator.local.clock import SystemClock
from generator.local.faults.model import FaultFile
from generator.local.store import ArtifactStore
from generator.publish import Source, Terms, apply, prepare_publish
from tests.contract import soak
from tests.contract.places import place_for

STEP = 1 if os.environ.get("SYNAPSE_GEN_SOAK") else 19
"""Every request in the soak; some in every test run."""
MOST = 190
"""More than a publish of thirty artifacts has: requests, and writes to the store."""
SEED = 7


class Counter:
    """Kills its own process at a call."""

    def __init__(self, at: int, *, is_before: bool) -> None:
        self._at = at
        self._is_before = is_before
        self._lock = threading.Lock()
        self._calls = 0

    def around(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            with self._lock:
                self._calls += 1
                is_it = self._calls == self._at
            if is_it and self._is_before:
                os.kill(os.getpid(), signal.SIGKILL)
            answer = call(*arguments, **options)
            if is_it:
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        return counted


def publish_and_die(url_and_token: tuple[str, str], source: Source, root: Path, counter: Counter) -> NoReturn:
    """What the child does; it ends without what a process does at its end."""
    from generator.workspace.azure import AzureWorkspace

    code = 1
    try:
        workspace = AzureWorkspace.connect_local(*url_and_token)
        # Our own objects, not the SDK's: each request, and each write to the store.
        workspace._connection._sender = counter.around(workspace._connection._sender)
        place = place_for(workspace, root)
        store: Any = place.store
        store.write = counter.around(store.write)
        prepared = prepare_publish(place, source, Terms(prune=True))
        published = apply(place, prepared, on_outcome=lambda _: None)
        code = 3 if published.report.failed else 0
    finally:
        os._exit(code)


@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("at", range(1, MOST, STEP))
def test_a_publish_killed_at_a_request_is_finished_by_the_next(tmp_path: Path, at: int, is_before: bool) -> None:
    rng = random.Random(SEED)  # noqa: S311 - no secret is made of it
    world = soak.World(tmp_path, ArtifactStore(None, SystemClock()), rng)
    first = soak.prepare_world(world)
    foreign = soak.state_of(world.store, soak.FOREIGN)
    second = soak.changed_version(rng, first)
    source = world.tree(second)
    with world.server(FaultFile()) as server:
        child = os.fork()
        if child == 0:
            publish_and_die((server.url, server.token), source, tmp_path, Counter(at, is_before=is_before))
        _, status = os.waitpid(child, 0)
    # Either it was killed, or it had no more requests to be killed at.
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    soak.converge(world, second)
    assert soak.state_of(world.store, soak.FOREIGN) == foreign
