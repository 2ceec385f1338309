"""One set of tests for every store of objects, through the port.

The blobs are those of a real Blob service: Azurite, over the unmodified SDK.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from generator.workspace.blobs import BlobStore
from generator.workspace.folder import FolderStore
from generator.workspace.objects import ChangedError, Holder, LockedError, ObjectStore, StoreError
from tests.contract.azurite import KEY, break_lease
from tests.contract.stores import ANA, BOB

# One process of the tests starts Azurite, not each of them.
pytestmark = pytest.mark.xdist_group("azurite")

HOLD = """\
import sys
from pathlib import Path
from generator.spec.state import StatePlace
from generator.workspace.blobs import BlobStore
from generator.workspace.folder import FolderStore
from generator.workspace.leases import LeaseTimes
from generator.workspace.objects import Holder
from tests.contract.azurite import KEY

kind, *place = sys.argv[1:]
store = FolderStore(Path(*place)) if kind == "folder" else BlobStore(StatePlace(*place), KEY, LeaseTimes(lasts=15))
with store.lock(Holder("ana@build-3", "2026-11-25T08:00:00Z", "publish 7")):
    print("held", flush=True)
    sys.stdin.read()
store.close()
"""


@dataclass(frozen=True)
class Stores:
    """A place, and ways to it."""

    open: Callable[[], ObjectStore]
    arguments: list[str]
    """The place for another process."""
    expire: Callable[[], None]
    """Let time pass until a lock that nobody renews has ended."""


@pytest.fixture(params=["folder", "blobs"])
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stores]:
    opened: list[FolderStore | BlobStore] = []

    def keep(store: FolderStore | BlobStore) -> ObjectStore:
        opened.append(store)
        return store

    if request.param == "folder":
        root = tmp_path / "state"
        # The system takes the lock from a process that ends: nothing expires.
        yield Stores(lambda: keep(FolderStore(root)), ["folder", str(root)], lambda: None)
    else:
        place = request.getfixturevalue("place")
        arguments = ["blobs", place.account_url, place.container, place.folder]
        yield Stores(lambda: keep(BlobStore(place, KEY)), arguments, lambda: break_lease(place))
    for store in opened:
        store.close()


@pytest.fixture
def store(stores: Stores) -> ObjectStore:
    return stores.open()


def test_an_object_that_is_not_there_is_none(store: ObjectStore) -> None:
    assert store.read("state.json") is None
    assert store.read("history/1.json.gz") is None
    assert store.names("history") == []
    assert store.names("") == []


@pytest.mark.parametrize("content", [b"", b"{}\r\n", bytes(range(256)) * 20_000], ids=["empty", "text", "5 MB"])
def test_what_is_written_is_read_byte_for_byte(stores: Stores, content: bytes) -> None:
    version = stores.open().write("history/1.json.gz", content, replaces=None)
    found = stores.open().read("history/1.json.gz")
    assert found is not None
    assert (found.content, found.version) == (content, version)


def test_a_write_replaces_the_version_it_names(store: ObjectStore) -> None:
    first = store.write("state.json", b"1", replaces=None)
    second = store.write("state.json", b"2", replaces=first)
    assert second != first
    found = store.read("state.json")
    assert found is not None
    assert (found.content, found.version) == (b"2", second)


def test_an_object_that_exists_is_not_created_again(store: ObjectStore) -> None:
    store.write("state.json", b"1", replaces=None)
    with pytest.raises(ChangedError, match=r"state\.json was changed by somebody else"):
        store.write("state.json", b"2", replaces=None)
    found = store.read("state.json")
    assert found is not None
    assert found.content == b"1"


def test_a_version_that_is_gone_is_not_replaced(store: ObjectStore) -> None:
    first = store.write("state.json", b"1", replaces=None)
    store.write("state.json", b"2", replaces=first)
    with pytest.raises(ChangedError):
        store.write("state.json", b"3", replaces=first)
    store.delete("state.json")
    with pytest.raises(ChangedError):
        store.write("state.json", b"3", replaces=first)
    assert store.read("state.json") is None


def test_deleting_what_is_not_there_is_done(store: ObjectStore) -> None:
    store.write("history/1.json.gz", b"1", replaces=None)
    store.delete("history/1.json.gz")
    store.delete("history/1.json.gz")
    store.delete("never/there")
    assert store.names("") == []


def test_names_are_those_below_the_folder_sorted(store: ObjectStore) -> None:
    for name in ("history/b", "history/a.json.gz", "history/deep/er", "history-old/c", "state.json"):
        store.write(name, b"", replaces=None)
    assert store.names("history") == ["history/a.json.gz", "history/b", "history/deep/er"]
    with store.lock(ANA):
        assert store.names("") == [
            "history-old/c", "history/a.json.gz", "history/b", "history/deep/er", "state.json"
        ]  # fmt: skip


@pytest.mark.parametrize(
    "name", ["", "lock", "../state.json", "a/../b", "/etc/passwd", "a//b", "a/", ".hidden", "a\\b", "a?b", "a\n", "a."]
)
def test_a_name_that_leads_elsewhere_is_no_name(store: ObjectStore, name: str) -> None:
    calls: list[Callable[[], object]] = [
        lambda: store.read(name),
        lambda: store.write(name, b"", replaces=None),
        lambda: store.delete(name),
    ]
    for call in calls:
        with pytest.raises(StoreError, match="no object can be called"):
            call()


def test_a_folder_that_leads_elsewhere_is_no_folder(store: ObjectStore) -> None:
    with pytest.raises(StoreError, match="no folder can be called"):
        store.names("..")


def test_of_writers_at_once_none_loses_a_write(stores: Stores) -> None:
    stores.open().write("count", b"0", replaces=None)

    def count_to(times: int) -> None:
        store = stores.open()
        done = 0
        while done < times:
            found = store.read("count")
            assert found is not None
            try:
                store.write("count", str(int(found.content) + 1).encode(), replaces=found.version)
            except ChangedError:
                continue
            done += 1

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(count_to, [5] * 6))
    found = stores.open().read("count")
    assert found is not None
    assert found.content == b"30"


def test_the_lock_says_who_has_it(stores: Stores) -> None:
    store = stores.open()
    with store.lock(ANA) as lock:
        lock.check()
        with pytest.raises(LockedError, match=r"by ana@build-3 since 2026-11-25T08:00:00Z \(publish 7\)") as caught:
            stores.open().lock(BOB).__enter__()
        assert caught.value.holder == ANA
        assert store.location in caught.value.message
        # It locks out publishers, not the one who has it.
        store.write("state.json", b"1", replaces=None)
        lock.check()


def test_the_lock_is_free_after_the_block_however_it_ends(stores: Stores) -> None:
    with stores.open().lock(ANA):
        pass
    with pytest.raises(ZeroDivisionError), stores.open().lock(ANA):
        raise ZeroDivisionError
    with pytest.raises(OSError, match="not the store's"), stores.open().lock(ANA):
        raise OSError("not the store's")
    with stores.open().lock(BOB) as lock:
        lock.check()


def test_of_takers_at_once_one_gets_the_lock(stores: Stores) -> None:
    count = 8
    ready, decided = threading.Barrier(count), threading.Barrier(count)

    def take(number: int) -> str:
        store = stores.open()
        ready.wait(30)
        try:
            with store.lock(Holder(f"taker {number}", "now", "publish")) as lock:
                decided.wait(30)
                lock.check()
                return "took it"
        except LockedError as error:
            decided.wait(30)
            # Those who come at the same moment may not read who won; what they read is true.
            return error.holder.who if error.holder else "somebody"

    with ThreadPoolExecutor(count) as pool:
        outcomes = list(pool.map(take, range(count)))
    assert outcomes.count("took it") == 1
    # A name that was read may be that of another who came at the same moment and lost, but never the reader's own.
    assert all(outcome != f"taker {number}" for number, outcome in enumerate(outcomes))


def test_a_process_excludes_another_until_it_is_done(stores: Stores, repository: Path) -> None:
    store = stores.open()
    with holding(stores, repository) as process:
        with pytest.raises(LockedError) as caught:
            store.lock(BOB).__enter__()
        assert caught.value.holder == ANA
        process.communicate()
    with store.lock(BOB) as lock:
        lock.check()


def test_a_killed_process_does_not_keep_the_lock(stores: Stores, repository: Path) -> None:
    store = stores.open()
    with holding(stores, repository) as process:
        process.kill()
        process.wait()
    stores.expire()
    with store.lock(BOB) as lock:
        lock.check()


class holding(subprocess.Popen[str]):  # noqa: N801 - used as a block
    """Another process that holds the lock until its input ends."""

    def __init__(self, stores: Stores, repository: Path) -> None:
        command = [sys.executable, "-c", HOLD, *stores.arguments]
        super().__init__(command, cwd=repository, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.stdout
        assert self.stdout.readline() == "held\n"
