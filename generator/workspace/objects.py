"""The port of a store of objects: where a project keeps what it published, the lock, and the history.

Two stores speak it: a container of Azure Blob Storage (``blobs.py``) and a folder (``folder.py``), which an embedded
workspace has for its own. What the objects say is decided above, in ``publish``; a store knows bytes only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


@dataclass(frozen=True, slots=True)
class StoredObject:
    """An object and the version of it that was read."""

    content: bytes
    version: str
    """Changes with every write; names this content to a conditional write."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock, for the one who waits for it."""

    who: str
    """A person and machine, or a run of a pipeline: ``ana@build-3``."""
    since: str
    """When the lock was taken: ISO 8601, UTC."""
    purpose: str
    """``publish`` or ``rollback``, and its id."""


class StoreError(Exception):
    """The store refused or cannot be reached; ``message`` says what and where, and holds no secret."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class LockedError(StoreError):
    """Somebody else holds the lock."""

    def __init__(self, message: str, holder: Holder | None) -> None:
        super().__init__(message)
        self.holder = holder
        """None where the lock is held, but by whom cannot be read."""


class ChangedError(StoreError):
    """An object is not the version that a conditional write was to replace."""


class Lock(Protocol):
    """A lock that is held; one that is not renewed expires, so that a dead process holds nothing for long."""

    def check(self) -> None:
        """Raise StoreError where the lock was lost: nothing may be written any more."""


class ObjectStore(Protocol):
    """Objects by name. Names are ``/``-separated; every call may raise StoreError."""

    @property
    def location(self) -> str:
        """Where the objects are, for people."""

    def read(self, name: str) -> StoredObject | None:
        """Return an object; None where there is none."""

    def write(self, name: str, content: bytes, *, replaces: str | None) -> str:
        """Write an object whole and return its new version.

        ``replaces`` is the version that it must have now; None where it must not exist. ChangedError where it is not so.
        """

    def delete(self, name: str) -> None:
        """Remove an object; nothing where there is none."""

    def names(self, folder: str) -> list[str]:
        """Return the names of all objects below a folder, sorted."""

    def lock(self, holder: Holder) -> AbstractContextManager[Lock]:
        """Take the one lock of the store for the length of a ``with`` block; LockedError where another has it."""
