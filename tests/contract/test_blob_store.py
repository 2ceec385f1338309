"""What only blobs can do or suffer as a store of objects, against Azurite: leases, rights, tokens over TLS."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import trustme
from azure.core.credentials import AccessToken, AccessTokenInfo

from generator.spec.state import StatePlace
from generator.workspace.blobs import BlobStore
from generator.workspace.leases import LeaseTimes
from generator.workspace.objects import StoreError
from tests.contract.azurite import KEY, Azurite, at_once, break_lease, container, running_azurite
from tests.contract.stores import ANA, BOB, Turns, refusals_of

# One process of the tests starts Azurite, not each of them.
pytestmark = pytest.mark.xdist_group("azurite")


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
        with pytest.raises(StoreError, match=r"the lock was lost: .*LeaseIsBrokenAndCannotBeRenewed"):
            lock.check()
    store.close()


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
    with pytest.raises(StoreError, match=r"cannot be reached: .*certificate verify failed"):
        store.read("state.json")
    store.close()
