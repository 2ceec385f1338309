"""A lease on a blob, renewed in the background for as long as it is held.

"Lease Blob": a lease lasts 15 to 60 seconds and ends by itself. Its holder may renew it also after its end, as long as the
blob was neither written nor leased by another; to acquire it again under the same id renews it, so that both may be
repeated after an answer was lost.
"""

from __future__ import annotations

import threading
import time
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobLeaseClient

from generator.workspace.blob_errors import code_of, store_errors
from generator.workspace.objects import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.storage.blob import BlobClient

# One attempt, quickly: the next one is at hand, and whoever leaves the block waits for it.
_ONCE: dict[str, Any] = {"retry_total": 0, "connection_timeout": 5, "read_timeout": 10}
_TAKEN = frozenset({"LeaseAlreadyPresent", "LeaseIdMissing", "LeaseIsBreakingAndCannotBeAcquired"})
_LOST = frozenset(
    {
        "LeaseIdMismatchWithLeaseOperation",
        "LeaseIsBrokenAndCannotBeRenewed",
        "LeaseNotPresentWithLeaseOperation",
        "LeaseAlreadyPresent",
        "LeaseLost",
        "BlobNotFound",
        "ContainerNotFound",
    }
)


def awake_or_asleep() -> float:
    """Return seconds that go on while the machine sleeps, as a lease does; ``time.monotonic`` stands still meanwhile."""
    boot_time: int | None = getattr(time, "CLOCK_BOOTTIME", None)  # Linux has it
    return time.time() if boot_time is None else time.clock_gettime(boot_time)


@dataclass(frozen=True, slots=True)
class LeaseTimes:
    """The times of a lease, in seconds."""

    lasts: int = 60
    """15 to 60."""
    renewed_every: float = 15.0
    now: Callable[[], float] = awake_or_asleep

    @property
    def trusted(self) -> float:
        """How long after a renewal was sent the lease is taken for ours: what is written next has to arrive."""
        return self.lasts * 0.9


class HeldLease:
    """A lease that is ours from ``acquire`` until ``release``, and is renewed once ``keep`` was called."""

    def __init__(self, blob: BlobClient, location: str, times: LeaseTimes) -> None:
        """``location`` says to people where the blob is."""
        self._blob = blob
        self._lease = BlobLeaseClient(blob, lease_id=str(uuid.uuid4()))
        self._location = location
        self._times = times
        self._may_be_ours = False
        self._renewed_at = 0.0
        self._failure = ""
        self._released = threading.Event()
        self.lost = threading.Event()
        """Set when the service says that the lease is not ours any more."""
        # A daemon: a process that ends does not wait for it, and the lease ends soon after.
        self._thread = threading.Thread(target=self._renew_for_long, name="lease", daemon=True)

    def acquire(self, note: bytes) -> bool:
        """Write a note into the blob and lease it; False where another has the lease. Raises what the SDK raises.

        The note comes first, so that a blob that is leased never says what a former holder wrote.
        """
        try:
            written = self._blob.upload_blob(note, overwrite=True)
            self._renewed_at, self._may_be_ours = self._times.now(), True
            self._lease.acquire(lease_duration=self._times.lasts)
            if self._lease.etag != written["etag"]:
                # Somebody who came at the same moment wrote over it, but gets no lease.
                self._blob.upload_blob(note, overwrite=True, lease=self._lease)
        except HttpResponseError as error:
            if code_of(error) not in _TAKEN:
                raise
            self._may_be_ours = False
            return False
        return True

    def keep(self) -> None:
        """Begin to renew."""
        self._thread.start()

    def check(self) -> None:
        """Raise StoreError where the lease was lost, or was not renewed for so long that another may have it."""
        reason = f": {self._failure}" if self._failure else ""
        if self.lost.is_set():
            raise StoreError(f"the lock was lost{reason}")
        silence = self._times.now() - self._renewed_at
        if silence >= self._times.trusted:
            raise StoreError(f"the lock of {self._location} may be lost: not renewed for {silence:.0f} seconds{reason}")

    def release(self) -> None:
        """Give the lease up. Where that fails it ends by itself: what was done under it is done."""
        self._released.set()
        if self._may_be_ours:
            with suppress(StoreError), store_errors(self._location):
                self._lease.release(**_ONCE)
        if self._thread.ident is not None:
            self._thread.join()

    def _renew_for_long(self) -> None:
        pause = self._times.renewed_every
        while not self._released.wait(pause) and not self.lost.is_set():
            pause = self._times.renewed_every if self._renew() else self._times.renewed_every / 3

    def _renew(self) -> bool:
        sent_at = self._times.now()
        try:
            with store_errors(self._location):
                self._lease.renew(**_ONCE)
        except StoreError as error:
            self._failure = error.message
            if _is_lost(error.__cause__):
                self.lost.set()
            return False
        self._renewed_at, self._failure = sent_at, ""
        return True


def _is_lost(error: BaseException | None) -> bool:
    return isinstance(error, HttpResponseError) and code_of(error) in _LOST
