"""A store of blobs where the service refuses and the network loses answers.

A server on the loopback answers as scripted, or stands before Azurite and loses what it answers.
"""

from __future__ import annotations

import http.client
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import pytest
from azure.core import PipelineClient
from azure.core.exceptions import ClientAuthenticationError
from azure.core.rest import HttpRequest, HttpResponse
from azure.storage.blob import BlobLeaseClient

from generator.spec.state import StatePlace
from generator.workspace import holders
from generator.workspace.blobs import BlobStore
from generator.workspace.leases import LeaseTimes
from generator.workspace.objects import ChangedError, LockedError, StoreError
from tests.contract.azurite import KEY, Azurite, at_once, container
from tests.contract.faulty import Answer, FaultyServer, Seen
from tests.contract.stores import ANA, BOB, Turns, refusals_of

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken

# One process of the tests starts Azurite, not each of them.
pytestmark = pytest.mark.xdist_group("azurite")


def faulty_store(faulty: FaultyServer, times: LeaseTimes | None = None, account: str = "account") -> BlobStore:
    place = StatePlace(f"{faulty.url}/{account}", "c", "f")
    return BlobStore(place, KEY | {"account_name": account}, times, retry_policy=at_once())


def error(status: int, code: str, message: str) -> Answer:
    """An answer as the service words its refusals."""
    text = f"{message}\nRequestId:e0a2\nTime:2026-11-25T08:00:00.0000000Z"
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{text}</Message></Error>'
    return Answer(status, body.encode(), {"x-ms-error-code": code, "Content-Type": "application/xml"})


REFUSALS = {
    "AuthorizationPermissionMismatch": (403, "This request is not authorized to perform this operation using this permission.",
                                        "needs the role Storage Blob Data Contributor on the container"),
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
    with closing(faulty_store(faulty)) as store, pytest.raises(StoreError, match="HTTP 302"):
        store.read("state.json")
    assert faulty.requests("GET", "/elsewhere") == []


def test_the_loopback_is_not_reached_through_a_proxy(blobs: BlobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert blobs.read("state.json") is None


def test_an_account_that_cannot_be_reached_is_named() -> None:
    place = StatePlace("http://127.0.0.1:9/account", "c", "f")
    for message in refusals_of(BlobStore(place, KEY, retry_policy=at_once())):
        assert message.startswith("http://127.0.0.1:9/account/c/f cannot be reached: ")
        assert "Connection refused" in message


@pytest.mark.parametrize("url", ["http://account.blob.core.windows.net", "http://127.0.0.1.nip.example", "ftp://x"])
def test_only_https_is_spoken_to_an_account(url: str) -> None:
    with pytest.raises(StoreError, match="only https is spoken to a storage account"):
        BlobStore(StatePlace(url, "c", "f"), KEY)


@dataclass(frozen=True)
class NoToken:
    """A credential whose sign-in has ended; the SDK's own say it with or without the answer that they got."""

    response: HttpResponse | None = None
    asked: list[str] = field(default_factory=list)

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        self.asked.extend(scopes)
        message = "AADSTS70043: The refresh token has expired.\nTrace ID: 1"
        raise ClientAuthenticationError(message, response=self.response)


def test_a_credential_without_a_token_is_reported_before_anything_is_sent(faulty: FaultyServer) -> None:
    faulty.on("POST", "/token", Answer(401, {"error": "invalid_grant", "error_description": "AADSTS70043: ..."}))
    client: PipelineClient[HttpRequest, HttpResponse] = PipelineClient(faulty.url)
    with client:
        signed_out = client.send_request(HttpRequest("POST", f"{faulty.url}/token"))
        signed_out.read()
    place = StatePlace("https://127.0.0.1:9/account", "c", "f")
    for credential in (NoToken(), NoToken(signed_out)):
        messages = refusals_of(BlobStore(place, credential))
        # Asked once for each call, not again and again.
        assert len(credential.asked) == len(messages)
        for message in messages:
            assert message == f"{place.account_url}/c/f: no token: AADSTS70043: The refresh token has expired."


def test_names_come_from_every_page(faulty: FaultyServer) -> None:
    faulty.on("GET", "/account/c", lambda seen: page(seen.query.get("marker", [""])[0]))
    with closing(faulty_store(faulty)) as store:
        assert store.names("history") == ["history/1", "history/2", "history/3"]


def page(marker: str) -> Answer:
    number, following = {"": (3, "a"), "a": (1, "b"), "b": (2, "")}[marker]
    blob = f"<Blob><Name>f/history/{number}</Name><Properties><Etag>0x8</Etag><BlobType>BlockBlob</BlobType></Properties></Blob>"
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
        with pytest.raises(StoreError, match=r"not renewed for 60 seconds: .*ServerBusy: The server is busy"):
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
        headers = {k: v for k, v in seen.headers.items() if k != "content-length"}
        connection.request(seen.method, path, seen.body, headers)
        answer = connection.getresponse()
        body, hop = answer.read(), ("connection", "transfer-encoding", "content-length", "content-type")
        kept = {k: v for k, v in answer.getheaders() if k.lower() not in hop}
        connection.close()
        return Answer(answer.status, body, kept | {"Content-Type": answer.getheader("Content-Type") or ""})

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


def test_who_gets_the_lease_says_so_though_another_wrote_in_between(
    lossy: LossyWay, place: StatePlace, blobs: BlobStore
) -> None:
    def overtaken(seen: Seen) -> Answer:
        with container(place) as client:
            client.upload_blob(f"{place.folder}/lock", holders.to_bytes(BOB), overwrite=True)
        return lossy.on_the_way(seen)

    store = through(lossy, place)
    lossy.faulty.on("PUT", "/*", lossy.on_the_way, overtaken, lossy.on_the_way)
    with store.lock(ANA):
        with pytest.raises(LockedError) as caught:
            blobs.lock(BOB).__enter__()
        assert caught.value.holder == ANA
    store.close()


def test_who_gets_no_lease_does_not_take_its_own_note_for_the_holder(lossy: LossyWay, place: StatePlace) -> None:
    def overtaken(seen: Seen) -> Answer:
        with container(place) as client:
            BlobLeaseClient(client.get_blob_client(f"{place.folder}/lock")).acquire(lease_duration=15)
        return lossy.on_the_way(seen)

    store = through(lossy, place)
    lossy.faulty.on("PUT", "/*", lossy.on_the_way, overtaken)
    with pytest.raises(LockedError, match="by whom cannot be read") as caught:
        store.lock(ANA).__enter__()
    assert caught.value.holder is None
    # Nothing that is not ours is given back.
    assert len(lossy.faulty.requests("PUT")) == 2
    store.close()


def through(lossy: LossyWay, place: StatePlace) -> BlobStore:
    account = f"{lossy.faulty.url}/{KEY['account_name']}"
    for method in ("GET", "PUT", "DELETE"):
        lossy.faulty.on(method, "/*", lossy.on_the_way)
    return BlobStore(StatePlace(account, place.container, place.folder), KEY, retry_policy=at_once())
