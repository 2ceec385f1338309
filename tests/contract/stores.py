"""What the tests of the stores of objects share."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from generator.workspace.objects import ChangedError, Holder, LockedError, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.workspace.blobs import BlobStore

ANA = Holder("ana@build-3", "2026-11-25T08:00:00Z", "publish 7")
BOB = Holder("bob@laptop", "2026-11-25T08:00:05Z", "rollback 6")


class Turns:
    """A clock that a test sets, and on which it waits for the renewals to look at it."""

    def __init__(self) -> None:
        self.time = 1000.0
        self._looks = threading.Semaphore(0)

    def __call__(self) -> float:
        if threading.current_thread().name == "lease":
            self._looks.release()
        return self.time

    def wait_for_a_renewal(self) -> None:
        """Wait until one that began after this call has ended: until the next one begins."""
        while self._looks.acquire(blocking=False):
            pass
        for _ in range(3):
            assert self._looks.acquire(timeout=30)


def refusals_of(store: BlobStore) -> list[str]:
    """What each call raises, which is one line."""
    calls: list[Callable[[], object]] = [
        lambda: store.read("state.json"),
        lambda: store.write("state.json", b"", replaces=None),
        lambda: store.write("state.json", b"", replaces='"0x8DB"'),
        lambda: store.delete("state.json"),
        lambda: store.names("history"),
        lambda: store.lock(ANA).__enter__(),
    ]
    found = []
    for call in calls:
        with pytest.raises(StoreError) as caught:
            call()
        assert not isinstance(caught.value, (ChangedError, LockedError))
        assert "\n" not in caught.value.message
        found.append(caught.value.message)
    store.close()
    return found
