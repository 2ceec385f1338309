"""What only a folder can do or suffer as a store of objects; what every store does is in tests/contract."""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.workspace.folder import FolderStore
from generator.workspace.objects import LockedError, StoreError
from tests.contract.stores import ANA, BOB


def test_a_folder_that_cannot_be_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    store = FolderStore(tmp_path / "file" / "state")
    assert store.read("state.json") is None
    calls: list[Callable[[], object]] = [
        lambda: store.write("state.json", b"", replaces=None),
        lambda: store.lock(ANA).__enter__(),
    ]
    for call in calls:
        with pytest.raises(StoreError, match=r"file.*: Not a directory"):
            call()


def test_a_link_leads_no_write_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "history").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="leads out of"):
        FolderStore(tmp_path / "state").write("history/1", b"", replaces=None)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_files_are_private_and_nothing_is_left_beside_them(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "state")
    store.write("state.json", b"1", replaces=None)
    with store.lock(ANA):
        pass
    files = {path.name: path for path in (tmp_path / "state").iterdir()}
    assert sorted(files) == [".writers", "lock", "state.json"]
    assert {path.stat().st_mode & 0o077 for path in files.values()} == {0}
    assert files["lock"].read_bytes() == b""


def test_a_half_written_file_of_a_killed_process_is_no_object(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    (tmp_path / ".tmp-x").write_bytes(b"half")
    # Some file systems keep theirs in such folders.
    (tmp_path / ".snapshot").mkdir()
    (tmp_path / ".snapshot" / "state.json").write_bytes(b"old")
    assert store.names("") == []


def test_a_lock_is_never_on_a_file_that_was_deleted_just_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock
    deleted: list[int] = []

    def delete_first(handle: int, operation: int) -> None:
        if not deleted:
            (tmp_path / "lock").unlink()
            deleted.append(handle)
        flock(handle, operation)

    monkeypatch.setattr(fcntl, "flock", delete_first)
    store = FolderStore(tmp_path)
    with store.lock(ANA) as lock:
        assert deleted
        lock.check()
        with pytest.raises(LockedError):
            store.lock(BOB).__enter__()


def test_a_lock_whose_file_was_deleted_is_lost(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    with store.lock(ANA) as lock:
        (tmp_path / "lock").unlink()
        with pytest.raises(StoreError, match="the lock was lost"):
            lock.check()
        with store.lock(BOB) as other:
            other.check()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"who": 1, "since": "x", "purpose": "y"}'])
def test_a_holder_that_cannot_be_read_is_unknown(tmp_path: Path, content: bytes) -> None:
    store = FolderStore(tmp_path)
    with store.lock(ANA):
        (tmp_path / "lock").write_bytes(content)
        with pytest.raises(LockedError, match="by whom cannot be read") as caught:
            store.lock(BOB).__enter__()
    assert caught.value.holder is None


def test_a_file_in_the_place_of_the_store_is_no_empty_store(tmp_path: Path) -> None:
    (tmp_path / "published").write_text("mine")
    with pytest.raises(StoreError, match="Not a directory"):
        FolderStore(tmp_path / "published").read("state.json")
