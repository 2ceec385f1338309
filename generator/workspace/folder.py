"""A store of objects in a folder of this machine, for an embedded workspace.

Not on Windows: locks are those of ``flock``, which belong to an open file. They exclude threads as well as processes, and
end with the process, however it ends (flock(2)).
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from generator.workspace import holders
from generator.workspace.object_names import LOCK, checked_folder, checked_name
from generator.workspace.objects import ChangedError, StoredObject, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.workspace.objects import Holder

# Names with a dot in front are no objects.
_WRITERS = ".writers"
_TEMPORARY = ".tmp-"
_NOTHING_THERE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class FolderStore:
    """Objects as files; private to their owner, written whole or not at all.

    The version of an object is the hash of its content: to write the same bytes again is no change.
    """

    def __init__(self, root: Path) -> None:
        """``root`` need not be there: it is made with the first write or lock."""
        self._root = root

    @property
    def location(self) -> str:
        """The folder."""
        return str(self._root)

    def close(self) -> None:
        """Do nothing: no file is open between two calls."""

    def read(self, name: str) -> StoredObject | None:
        """Return an object; None where there is none."""
        path = self._path(name)
        with _store_errors(path):
            try:
                content = path.read_bytes()
            except _NOTHING_THERE:
                if self._root.exists() and not self._root.is_dir():
                    raise  # somebody's file is where the store is to be
                return None
        return StoredObject(content, _version(content))

    def write(self, name: str, content: bytes, *, replaces: str | None) -> str:
        """Write an object whole; ChangedError where it is not the version that it must be."""
        path = self._path(name)
        with _store_errors(path), self._one_writer():
            found = self.read(name)
            if (found.version if found else None) != replaces:
                raise ChangedError(f"{path} was changed by somebody else")
            _replace(path, content)
        return _version(content)

    def delete(self, name: str) -> None:
        """Remove an object; nothing where there is none."""
        path = self._path(name)
        with _store_errors(path), self._one_writer(), suppress(*_NOTHING_THERE):
            path.unlink()
            _sync_folder(path.parent)

    def names(self, folder: str) -> list[str]:
        """Return the names of all objects below a folder, sorted."""
        top = self._root / checked_folder(folder)
        found = []
        with _store_errors(top):
            for place, folders, files in os.walk(top, onerror=_raise_unless_nothing_there):
                folders[:] = [name for name in folders if not name.startswith(".")]
                paths = [Path(place, name) for name in files if not name.startswith(".")]
                found += [path.relative_to(self._root).as_posix() for path in paths]
        return sorted(name for name in found if name != LOCK)

    @contextmanager
    def lock(self, holder: Holder) -> Iterator[FolderLock]:
        """Take the store's lock; LockedError where another thread or process has it."""
        path = self._root / LOCK
        with _store_errors(path):
            handle = self._taken(path)
        try:
            with _store_errors(path):
                _write_over(handle, holders.to_bytes(holder))
            yield FolderLock(path, handle)
        finally:
            # For people who look at the file; the lock ends with the open file, whatever it says.
            with suppress(OSError):
                os.ftruncate(handle, 0)
            os.close(handle)

    def _taken(self, path: Path) -> int:
        """Return the open file whose lock is ours."""
        self._root.mkdir(parents=True, exist_ok=True)
        while True:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            is_ours = False
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Whoever deleted the file meanwhile left us with one that nobody else will find.
                is_ours = _is_at(handle, path)
            except BlockingIOError:
                raise holders.locked(self.location, holders.from_bytes(_content(handle))) from None
            finally:
                if not is_ours:
                    os.close(handle)
            if is_ours:
                return handle

    @contextmanager
    def _one_writer(self) -> Iterator[None]:
        """Let one thread or process compare and write at a time."""
        self._root.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._root / _WRITERS, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _path(self, name: str) -> Path:
        path = self._root / checked_name(name)
        # A link inside the folder could lead a write out of it.
        if not path.parent.resolve().is_relative_to(self._root.resolve()):
            raise StoreError(f"{path} leads out of {self._root}")
        return path


class FolderLock:
    """The store's lock, held by an open file."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path = path
        self._handle = handle

    def check(self) -> None:
        """Raise StoreError where the file was deleted: another one may be locked by now."""
        with _store_errors(self._path):
            if not _is_at(self._handle, self._path):
                raise StoreError(f"the lock was lost: {self._path} was deleted")


@contextmanager
def _store_errors(path: Path) -> Iterator[None]:
    """Turn what the system says into StoreError."""
    try:
        yield
    except OSError as error:
        raise StoreError(f"{error.filename or path}: {error.strerror or error}") from error


def _version(content: bytes) -> str:
    return sha256(content).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Replace a file's content in one step; a process killed in between leaves the old one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=_TEMPORARY, dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:  # Ctrl-C as well
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the disk know the folder's names: a file that was written before another one is there when that one is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _write_over(handle: int, content: bytes) -> None:
    # Over what was there, in one call: whoever reads meanwhile finds one of the two, or what is no JSON.
    os.pwrite(handle, content, 0)
    os.ftruncate(handle, len(content))


def _content(handle: int) -> bytes:
    return os.pread(handle, 65_536, 0)


def _is_at(handle: int, path: Path) -> bool:
    """Return whether an open file is the one that is at a path now."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def _raise_unless_nothing_there(error: OSError) -> None:
    if not isinstance(error, _NOTHING_THERE):
        raise error
