"""Tokens that are kept: for whom, how long, and when a new one is asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

import pytest
from azure.core.credentials import AccessTokenInfo
from azure.core.exceptions import ClientAuthenticationError

from generator.workspace.credentials import CachedCredential

if TYPE_CHECKING:
    from azure.core.credentials import TokenRequestOptions


@dataclass
class Issuer:
    """Makes credentials that number their tokens, on a clock that stands still until it is moved."""

    now: float = 1000.0
    lifetime: float = 3600.0
    refresh_in: float | None = None
    is_down: bool = False
    made: int = 0
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    closed: int = 0

    def make(self) -> Issuer:
        self.made += 1
        return self

    def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        self.asked.append((*scopes, dict(options or {})))
        if self.is_down:
            raise ClientAuthenticationError("down")
        refresh_on = None if self.refresh_in is None else int(self.now + self.refresh_in)
        return AccessTokenInfo(str(len(self.asked)), int(self.now + self.lifetime), refresh_on=refresh_on)

    def close(self) -> None:
        self.closed += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def credential(issuer: Issuer) -> CachedCredential:
    return CachedCredential(issuer.make, lambda: issuer.now)


def token(credential: CachedCredential, scope: str = "a") -> str:
    return credential.get_token_info(scope, options={}).token


def test_a_token_is_kept_by_scope_and_tenant(credential: CachedCredential) -> None:
    assert [token(credential, scope) for scope in "abab"] == ["1", "2", "1", "2"]
    assert credential.get_token("a").token == "1"
    assert credential.get_token("a", tenant_id="t").token == "3"
    assert credential.get_token("a", enable_cae=True).token == "4"
    assert token(credential) == "1"


def test_a_token_is_renewed_five_minutes_before_its_end(credential: CachedCredential, issuer: Issuer) -> None:
    token(credential)
    issuer.now += 3300
    assert token(credential) == "1"
    issuer.now += 1
    assert token(credential) == "2"
    assert token(credential) == "2"


def test_a_token_is_renewed_when_its_issuer_wants_it(credential: CachedCredential, issuer: Issuer) -> None:
    issuer.refresh_in = 600
    token(credential)
    issuer.now += 599
    assert token(credential) == "1"
    issuer.now += 1
    assert token(credential) == "2"


def test_a_token_of_a_short_life_is_not_asked_for_with_every_request(
    credential: CachedCredential, issuer: Issuer
) -> None:
    issuer.lifetime = 60
    assert [token(credential), token(credential)] == ["1", "1"]
    issuer.now += 30
    assert token(credential) == "2"
    issuer.now += 60
    assert token(credential) == "3"


def test_a_token_is_used_to_its_end_where_no_new_one_is_to_be_had(credential: CachedCredential, issuer: Issuer) -> None:
    token(credential)
    issuer.is_down, issuer.now = True, issuer.now + 3400
    assert [token(credential), token(credential)] == ["1", "1"]
    assert len(issuer.asked) == 2
    issuer.now += 30
    assert token(credential) == "1"
    assert len(issuer.asked) == 3
    issuer.now += 170
    with pytest.raises(ClientAuthenticationError):
        token(credential)
    issuer.is_down = False
    assert token(credential) == "5"


def test_a_token_that_is_refused_is_had_anew_from_a_new_credential(
    credential: CachedCredential, issuer: Issuer
) -> None:
    """A credential of the SDK keeps its tokens too: only a new one asks again."""
    token(credential)
    issuer.now += 30
    credential.invalidate()
    assert token(credential) == "2"
    assert issuer.made == 2


def test_the_refusals_of_many_requests_cost_one_token(credential: CachedCredential, issuer: Issuer) -> None:
    token(credential)
    issuer.now += 3000
    for _ in range(5):
        credential.invalidate()
        assert token(credential) == "2"
    assert (issuer.made, len(issuer.asked)) == (2, 2)


def test_claims_that_a_service_wants_are_asked_for(credential: CachedCredential, issuer: Issuer) -> None:
    token(credential)
    assert credential.get_token("a", claims="c").token == "2"
    assert issuer.asked[-1] == ("a", {"claims": "c", "enable_cae": False})
    assert token(credential) == "2"


def test_claims_are_not_answered_by_an_older_token(credential: CachedCredential, issuer: Issuer) -> None:
    token(credential)
    issuer.is_down = True
    with pytest.raises(ClientAuthenticationError):
        credential.get_token("a", claims="c")
    assert token(credential) == "1"


def test_a_credential_is_closed_once(credential: CachedCredential, issuer: Issuer) -> None:
    with credential:
        token(credential)
    credential.close()
    assert issuer.closed == 1
