"""One set of tests for every store of objects, through the port; then what only one of the stores can do or suffer.

The blobs are those of a real Blob service: Azurite, over the unmodified SDK. Where the service or the network has to
misbehave, a server on the loopback answers as scripted, or stands before Azurite and loses its answers.
"""

from __future__ import annotations

import base64
import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
import trustme
from azure.core.credentials import AccessToken, AccessTokenInfo
from azure.core.exceptions import ClientAuthenticationError
from azure.storage.blob import BlobLeaseClient

from generator.spec.state import StatePlace
from generator.workspace.blobs import BlobStore
from generator.workspace.folder import FolderStore
from generator.workspace.leases import LeaseTimes
from generator.workspace.objects import ChangedError, Holder, LockedError, ObjectStore, StoreError
from tests.contract.azurite import KEY, Azurite, at_once, container, running_azurite
from tests.contract.faulty import Answer, FaultyServer, Seen

# One process of the tests starts Azurite, not each of them.
pytestmark = pytest.mark.xdist_group("azurite")

ANA = Holder("ana@build-3", "2026-11-25T08:00:00Z", "publish 7")
BOB = Holder("bob@laptop", "2026-11-25T08:00:05Z", "rollback 6")
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


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture
def place(azurite: Azurite) -> StatePlace:
    return azurite.new_place()


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


def break_lease(place: StatePlace) -> None:
    """End the lock's lease, as its end would."""
    with container(place) as client:
        BlobLeaseClient(client.get_blob_client(f"{place.folder}/lock")).break_lease(lease_break_period=0)


# Every store


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


# A folder


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
    assert store.names("") == []


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


# Blobs, against Azurite


@pytest.fixture
def blobs(place: StatePlace) -> Iterator[BlobStore]:
    store = BlobStore(place, KEY)
    yield store
    store.close()


def test_directories_of_a_hierarchical_namespace_are_no_objects(blobs: BlobStore, place: StatePlace) -> None:
    blobs.write("history/1", b"", replaces=None)
    with container(place) as client:
        for name in ("history", "history/deep"):
            client.upload_blob(f"{place.folder}/{name}", b"", metadata={"hdi_isfolder": "true"})
    assert blobs.names("") == ["history/1"]
    assert blobs.names("history") == ["history/1"]


def test_objects_of_other_folders_are_not_ours(blobs: BlobStore, place: StatePlace) -> None:
    other = BlobStore(StatePlace(place.account_url, place.container, f"{place.folder}-2"), KEY)
    other.write("state.json", b"", replaces=None)
    assert blobs.names("") == []
    assert blobs.location == f"{place.account_url}/{place.container}/synapse-gen/taxi/dev"
    with blobs.lock(ANA), other.lock(BOB):
        pass
    other.close()


def test_a_lease_that_somebody_breaks_is_lost(place: StatePlace) -> None:
    store = BlobStore(place, KEY, LeaseTimes(renewed_every=0.01))
    with store.lock(ANA) as lock:
        break_lease(place)
        assert lock.lost.wait(30)
        with pytest.raises(StoreError, match="the lock was lost: .*LeaseIsBrokenAndCannotBeRenewed"):
            lock.check()
    store.close()


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


def test_a_lock_is_renewed_for_as_long_as_it_is_held(place: StatePlace) -> None:
    clock = Turns()
    store = BlobStore(place, KEY, LeaseTimes(renewed_every=0.01, now=clock))
    with store.lock(ANA) as lock:
        for _ in range(3):
            clock.time += 3600
            clock.wait_for_a_renewal()
            lock.check()
    store.close()


def test_a_lock_that_was_not_renewed_for_its_time_is_not_trusted(place: StatePlace) -> None:
    clock = Turns()
    store = BlobStore(place, KEY, LeaseTimes(renewed_every=3600, now=clock))
    with store.lock(ANA) as lock:
        clock.time += 53.9
        lock.check()
        clock.time += 0.2
        with pytest.raises(StoreError, match="may be lost: not renewed for 54 seconds"):
            lock.check()
    store.close()


def test_a_container_that_is_not_there_is_named_and_not_created(azurite: Azurite) -> None:
    place = StatePlace(azurite.url, "nowhere", "f")
    store = BlobStore(place, KEY)
    for message in refusals_of(store):
        assert message.startswith(f"{azurite.url}/nowhere/f: ContainerNotFound: ")
        assert "create it, or name another one under state" in message
    with container(place) as client:
        assert not client.exists()


def test_a_key_that_is_wrong_is_refused_in_one_line(place: StatePlace) -> None:
    key = base64.b64encode(b"hunter2").decode()
    for message in refusals_of(BlobStore(place, KEY | {"account_key": key})):
        assert "AuthorizationFailure: Server failed to authenticate the request" in message
        assert key not in message


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


# Blobs, with a token over TLS


@dataclass(frozen=True)
class Token:
    """A credential that has one token, which says what Azurite looks at."""

    expires_on: int
    audience: str = "https://storage.azure.com"

    @property
    def text(self) -> str:
        claims = {
            "aud": self.audience,
            "iss": "https://sts.windows.net/11111111-1111-4111-8111-111111111111/",
            "nbf": 0,
            "iat": 0,
            "exp": self.expires_on,
        }
        parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode() for part in ({"alg": "none"}, claims)]
        return ".".join(part.rstrip("=") for part in parts) + ".c2lnbmF0dXJl"

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        assert scopes == ("https://storage.azure.com/.default",)
        return AccessToken(self.text, 9_999_999_999)

    def get_token_info(self, *scopes: str, **_: Any) -> AccessTokenInfo:
        return AccessTokenInfo(self.get_token(*scopes).token, 9_999_999_999)


VALID = Token(9_999_999_999)


@dataclass(frozen=True)
class Secured:
    azurite: Azurite
    authority: str
    """The file of the certificate authority that it is to be trusted by."""

    def place(self) -> StatePlace:
        return self.azurite.new_place(VALID, connection_verify=self.authority)


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("azurite-tls")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "cert.pem")
    options = ["--oauth", "basic", "--cert", "cert.pem", "--key", "key.pem"]
    with running_azurite(folder, *options) as running:
        yield Secured(running, str(folder / "ca.pem"))


def test_a_token_opens_the_container_over_tls(secured: Secured) -> None:
    store = BlobStore(secured.place(), VALID, connection_verify=secured.authority)
    assert store.location.startswith("https://")
    version = store.write("state.json", b"1", replaces=None)
    with store.lock(ANA) as lock:
        store.write("state.json", b"2", replaces=version)
        lock.check()
    assert store.names("") == ["state.json"]
    store.close()


@pytest.mark.parametrize(
    "token", [Token(1), Token(9_999_999_999, "https://vault.azure.net")], ids=["expired", "for another service"]
)
def test_a_token_that_is_refused_is_never_shown(secured: Secured, token: Token) -> None:
    for message in refusals_of(BlobStore(secured.place(), token, connection_verify=secured.authority)):
        assert "Server failed to authenticate the request" in message
        assert "is the account in the tenant that the identity signed in to?" in message
        assert token.text not in message


def test_a_certificate_of_nobody_we_trust_ends_it(secured: Secured) -> None:
    store = BlobStore(secured.place(), VALID, retry_policy=at_once())
    with pytest.raises(StoreError, match="cannot be reached: .*certificate verify failed"):
        store.read("state.json")
    store.close()


# Blobs, where service and network misbehave


def faulty_store(faulty: FaultyServer, times: LeaseTimes | None = None, account: str = "account") -> BlobStore:
    place = StatePlace(f"{faulty.url}/{account}", "c", "f")
    return BlobStore(place, KEY | {"account_name": account}, times, retry_policy=at_once())


def error(status: int, code: str, message: str) -> Answer:
    """An answer as the service words its refusals."""
    text = f"{message}\nRequestId:e0a2\nTime:2026-11-25T08:00:00.0000000Z"
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{text}</Message></Error>'
    return Answer(status, body.encode(), {"x-ms-error-code": code, "Content-Type": "application/xml"})


REFUSALS = {
    "AuthorizationPermissionMismatch": (403, "This request is not authorized to perform this operation using this "
                                        "permission.", "needs the role Storage Blob Data Contributor on the container"),
    "AuthorizationFailure": (403, "This request is not authorized to perform this operation.", "the account's firewall"),
    "InvalidAuthenticationInfo": (401, "Issuer validation failed.", "in the tenant that the identity signed in to?"),
    "AccountIsDisabled": (403, "The specified account is disabled.", "the storage account is disabled"),
    "ServerBusy": (503, "The server is busy.", "ServerBusy: The server is busy."),
}  # fmt: skip


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_is_one_line_that_says_what_to_do(faulty: FaultyServer, code: str) -> None:
    status, said, advice = REFUSALS[code]
    for method in ("GET", "PUT", "DELETE"):
        faulty.on(method, "/account/*", error(status, code, said))
    for message in refusals_of(faulty_store(faulty)):
        assert message.startswith(f"{faulty.url}/account/c/f: {code}: {said}")
        assert advice in message
        assert "RequestId" not in message
    assert faulty.seen[0].headers["user-agent"].startswith("synapse-gen/")


def test_an_answer_of_somebody_else_is_its_status(faulty: FaultyServer) -> None:
    page = Answer(502, b"<html><script>x</script><h1>Bad Gateway</h1></html>", {"Content-Type": "text/html"})
    for method in ("GET", "PUT", "DELETE"):
        faulty.on(method, "/account/*", page)
    for message in refusals_of(faulty_store(faulty)):
        assert message == f"{faulty.url}/account/c/f: HTTP 502 Bad Gateway"


def test_a_redirection_is_not_followed(faulty: FaultyServer) -> None:
    faulty.on("GET", "/account/*", Answer(302, b"", {"Location": f"{faulty.url}/elsewhere"}))
    with pytest.raises(StoreError, match="HTTP 302"):
        faulty_store(faulty).read("state.json")
    assert faulty.requests("GET", "/elsewhere") == []


def test_an_account_that_cannot_be_reached_is_named() -> None:
    place = StatePlace("http://127.0.0.1:9/account", "c", "f")
    for message in refusals_of(BlobStore(place, KEY, retry_policy=at_once())):
        assert message.startswith("http://127.0.0.1:9/account/c/f cannot be reached: ")
        assert "Connection refused" in message


@pytest.mark.parametrize("url", ["http://account.blob.core.windows.net", "http://127.0.0.1.nip.example", "ftp://x"])
def test_only_https_is_spoken_to_an_account(url: str) -> None:
    with pytest.raises(StoreError, match="only https is spoken to a storage account"):
        BlobStore(StatePlace(url, "c", "f"), KEY)


class NoToken:
    """A credential whose sign-in has ended."""

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        raise ClientAuthenticationError("AADSTS70043: The refresh token has expired.\nTrace ID: 1")


def test_a_credential_without_a_token_is_reported_before_anything_is_sent() -> None:
    for message in refusals_of(BlobStore(StatePlace("https://127.0.0.1:9/account", "c", "f"), NoToken())):
        assert message == (
            "https://127.0.0.1:9/account/c/f: no token: AADSTS70043: The refresh token has expired."
        )  # fmt: skip


def test_names_come_from_every_page(faulty: FaultyServer) -> None:
    faulty.on("GET", "/account/c", lambda seen: page(seen.query.get("marker", [""])[0]))
    assert faulty_store(faulty).names("history") == ["history/1", "history/2", "history/3"]


def page(marker: str) -> Answer:
    number, following = {"": (3, "a"), "a": (1, "b"), "b": (2, "")}[marker]
    blob = f"<Blob><Name>f/history/{number}</Name><Properties><Etag>0x8</Etag></Properties></Blob>"
    body = f"<EnumerationResults><Blobs>{blob}</Blobs><NextMarker>{following}</NextMarker></EnumerationResults>"
    return Answer(200, f'<?xml version="1.0"?>{body}'.encode(), {"Content-Type": "application/xml"})


def test_renewals_that_fail_are_repeated_and_are_why_a_lock_is_not_trusted(faulty: FaultyServer) -> None:
    def answer(seen: Seen) -> Answer:
        if seen.headers.get("x-ms-lease-action") == "renew":
            return error(503, "ServerBusy", "The server is busy.")
        lease = {"x-ms-lease-id": seen.headers.get("x-ms-proposed-lease-id", "")}
        return Answer(201, b"", {"ETag": '"0x8"', **lease})

    clock = Turns()
    faulty.on("PUT", "/account/c/f/lock", answer)
    store = faulty_store(faulty, LeaseTimes(renewed_every=0.01, now=clock))
    with store.lock(ANA) as lock:
        clock.wait_for_a_renewal()
        lock.check()
        clock.time += 60
        with pytest.raises(StoreError, match="not renewed for 60 seconds: .*ServerBusy: The server is busy"):
            lock.check()
    assert faulty.seen[-1].headers["x-ms-lease-action"] in ("release", "renew")
    store.close()


@dataclass(frozen=True)
class LossyWay:
    """A way to Azurite on which answers get lost."""

    faulty: FaultyServer
    azurite: Azurite

    def on_the_way(self, seen: Seen) -> Answer:
        """Pass a request on, and its answer back."""
        connection = http.client.HTTPConnection(urlsplit(self.azurite.url).netloc)
        path = seen.path + (f"?{urlencode(seen.query, doseq=True)}" if seen.query else "")
        connection.request(seen.method, path, seen.body, seen.headers)
        answer = connection.getresponse()
        headers = {k: v for k, v in answer.getheaders() if k.lower() not in ("connection", "transfer-encoding")}
        body = answer.read()
        connection.close()
        return Answer(answer.status, body, headers)

    def lost(self, seen: Seen) -> Answer:
        """Pass a request on, and reset the connection."""
        self.on_the_way(seen)
        return Answer(end="reset")


@pytest.fixture
def lossy(faulty: FaultyServer, azurite: Azurite) -> LossyWay:
    return LossyWay(faulty, azurite)


@pytest.mark.parametrize("is_new", [True, False])
def test_a_write_whose_answer_was_lost_is_no_change_of_somebody_else(
    lossy: LossyWay, place: StatePlace, blobs: BlobStore, is_new: bool
) -> None:
    before = None if is_new else blobs.write("state.json", b"1", replaces=None)
    store = through(lossy, place)
    lossy.faulty.on("PUT", "/*", lossy.lost, lossy.on_the_way)
    version = store.write("state.json", b"2", replaces=before)
    assert len(lossy.faulty.requests("PUT")) == 2
    found = blobs.read("state.json")
    assert found is not None
    assert (found.content, found.version) == (b"2", version)
    store.close()


def test_the_same_bytes_from_somebody_else_are_a_change(blobs: BlobStore) -> None:
    first = blobs.write("state.json", b"1", replaces=None)
    blobs.write("state.json", b"2", replaces=first)
    with pytest.raises(ChangedError):
        blobs.write("state.json", b"2", replaces=first)


def test_a_lock_whose_answer_was_lost_is_ours(lossy: LossyWay, place: StatePlace, blobs: BlobStore) -> None:
    store = through(lossy, place)
    # The note, the lease twice, the release.
    lossy.faulty.on("PUT", "/*", lossy.on_the_way, lossy.lost, lossy.on_the_way)
    with store.lock(ANA) as lock:
        lock.check()
        with pytest.raises(LockedError) as caught:
            blobs.lock(BOB).__enter__()
        assert caught.value.holder == ANA
    assert [seen.headers.get("x-ms-lease-action") for seen in lossy.faulty.requests("PUT")] == [
        None, "acquire", "acquire", "release"
    ]  # fmt: skip
    with blobs.lock(BOB):
        pass
    store.close()


def test_a_lock_of_which_no_answer_came_is_given_back(lossy: LossyWay, place: StatePlace, blobs: BlobStore) -> None:
    store = through(lossy, place)
    lossy.faulty.on("PUT", "/*", lossy.on_the_way, lossy.lost, lossy.lost, lossy.lost, lossy.on_the_way)
    with pytest.raises(StoreError, match="cannot be reached"):
        store.lock(ANA).__enter__()
    assert lossy.faulty.requests("PUT")[-1].headers["x-ms-lease-action"] == "release"
    with blobs.lock(BOB):
        pass
    store.close()


def through(lossy: LossyWay, place: StatePlace) -> BlobStore:
    account = f"{lossy.faulty.url}/{KEY['account_name']}"
    for method in ("GET", "PUT", "DELETE"):
        lossy.faulty.on(method, "/*", lossy.on_the_way)
    return BlobStore(StatePlace(account, place.container, place.folder), KEY, retry_policy=at_once())
