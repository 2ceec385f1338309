"""The credential that an environment names, one token for the whole process, and a clear word where there is none.

No chain of guesses: what ``authentication`` names is asked, and nothing else. ``cli`` is the Azure CLI, or else the Azure
Developer CLI: for people, and for pipelines whose step signs it in (``azure/login`` of GitHub, ``AzureCLI@2`` of Azure
Pipelines).
"""

from __future__ import annotations

import functools
import logging
import os
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken
from azure.core.exceptions import AzureError
from azure.identity import (
    AzureCliCredential,
    AzureDeveloperCliCredential,
    AzurePipelinesCredential,
    ChainedTokenCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from generator.spec.clouds import CLOUDS
from generator.workspace.errors import credential_reason
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.core.credentials import AccessTokenInfo, SupportsTokenInfo, TokenRequestOptions

    from generator.spec.clouds import Cloud, CloudName
    from generator.spec.project import Environment

# What the SDK logs of failed credentials is in our own message; without a handler it would go to stderr as well.
logging.getLogger("azure").addHandler(logging.NullHandler())

STORAGE_SCOPE = "https://storage.azure.com/.default"
"""What a token for storage is asked for, in every cloud (azure-storage-blob's ``STORAGE_OAUTH_SCOPE``)."""
# Without these a managed identity's endpoint that never answers is waited for over minutes (azure-identity 1.27).
_QUICK: dict[str, Any] = {"connection_timeout": 1, "read_timeout": 1, "retry_total": 0}
# Sign-in is further away, but there: 300 s is what the SDK waits for it.
_ANSWERED: dict[str, Any] = {"connection_timeout": 5, "read_timeout": 20, "retry_total": 0}
_EARLY = 300.0
_APART = 30.0
# AzureError: refused, or nobody reached; ValueError: settings that make no sense; OSError: a token file is missing.
_NO_TOKEN = (AzureError, ValueError, OSError)


@dataclass(frozen=True, slots=True)
class _Kept:
    token: AccessTokenInfo
    asked_at: float
    """When the credential was last asked for it, in seconds since 1970."""

    def is_due(self, now: float) -> bool:
        """Whether a new one is to be had: it ends within five minutes, and was not asked for just now."""
        if self.token.expires_on <= now:
            return True
        ends_soon = self.token.expires_on - now < _EARLY
        return now - self.asked_at >= _APART and (ends_soon or (self.token.refresh_on or now + 1) <= now)


class CachedCredential:
    """A credential whose tokens are kept, by scope; for many threads.

    AzureCliCredential keeps none: each of its tokens is a process of half a second and more. Those who ask at once wait
    for one answer. A token is renewed five minutes before its end; where that fails, it is used until then.
    """

    def __init__(self, make: Callable[[], SupportsTokenInfo], now: Callable[[], float] = time.time) -> None:
        """``make`` returns the credential that is asked; it may raise ValueError, as asking may raise AzureError."""
        self._make = make
        self._now = now
        self._lock = threading.Lock()
        self._credential: SupportsTokenInfo | None = None
        self._kept: dict[tuple[Any, ...], _Kept] = {}

    def get_token(
        self,
        *scopes: str,
        claims: str | None = None,
        tenant_id: str | None = None,
        enable_cae: bool = False,
        **_: Any,
    ) -> AccessToken:
        """Return a token (azure-core's ``TokenCredential``)."""
        options: TokenRequestOptions = {"enable_cae": enable_cae}
        if claims:
            options["claims"] = claims
        if tenant_id:
            options["tenant_id"] = tenant_id
        token = self.get_token_info(*scopes, options=options)
        return AccessToken(token.token, token.expires_on)

    def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """Return a token (azure-core's ``SupportsTokenInfo``); claims, which a service challenges with, need a new one."""
        wanted = options or {}
        key = (*scopes, wanted.get("tenant_id"), wanted.get("enable_cae", False))
        with self._lock:
            now, kept = self._now(), self._kept.get(key)
            if wanted.get("claims"):
                kept = None
            if kept is None or kept.is_due(now):
                kept = _Kept(self._asked(scopes, options, kept, now), now)
                self._kept[key] = kept
            return kept.token

    def _asked(
        self, scopes: tuple[str, ...], options: TokenRequestOptions | None, kept: _Kept | None, now: float
    ) -> AccessTokenInfo:
        try:
            if self._credential is None:
                self._credential = self._make()
            return self._credential.get_token_info(*scopes, options=options)
        except _NO_TOKEN:
            self._credential = None
            if kept is None or kept.token.expires_on <= now:
                raise
            return kept.token

    def invalidate(self) -> None:
        """Forget tokens that the service takes no more, and the credential, which keeps them too.

        Tokens of the last half minute stay: where many requests are refused at once, the first gets a new token, and the
        refusals of the others are of the old one.
        """
        with self._lock:
            now = self._now()
            young = {key: kept for key, kept in self._kept.items() if now - kept.asked_at < _APART}
            if len(young) < len(self._kept):
                self._kept, self._credential = young, None

    def close(self) -> None:
        """Close the credential's connections."""
        with self._lock:
            credential, self._credential = self._credential, None
        if credential is not None:
            credential.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def credential_for(environment: Environment) -> CachedCredential:
    """Return the credential of ``authentication``, with a token for Synapse already had; the same one each time.

    Raises WorkspaceError, before anything is sent to the workspace.
    """
    return _with_token(environment, environment.hosts.synapse_scope)


def storage_credential(environment: Environment) -> CachedCredential:
    """Return the same credential, with a token for storage already had; WorkspaceError where there is none."""
    return _with_token(environment, STORAGE_SCOPE)


def _with_token(environment: Environment, scope: str) -> CachedCredential:
    credential = _shared(environment.authentication, environment.cloud, environment.tenant_id)
    try:
        credential.get_token_info(scope)
    except _NO_TOKEN as error:
        reason = credential_reason(error).rstrip(".")
        if environment.authentication == "cli" and environment.cloud != "public":
            # The CLIs sign in to the cloud that is set in them; for another one's services they say little of it.
            reason += f"; the Azure CLI must be in the cloud: az cloud set --name {environment.hosts.cli_name}"
        raise WorkspaceError(f"no credential ({environment.authentication}): {reason}") from error
    return credential


@functools.cache
def _shared(authentication: str, cloud: CloudName, tenant_id: str | None) -> CachedCredential:
    return CachedCredential(lambda: _credential(authentication, CLOUDS[cloud], tenant_id))


def _credential(authentication: str, cloud: Cloud, tenant_id: str | None) -> SupportsTokenInfo:
    match authentication:
        case "cli":
            tenant = tenant_id or ""
            return ChainedTokenCredential(
                AzureCliCredential(tenant_id=tenant), AzureDeveloperCliCredential(tenant_id=tenant)
            )
        case "environment":
            return EnvironmentCredential(**_sign_in(cloud))
        case "workload_identity":
            return WorkloadIdentityCredential(**_sign_in(cloud))
        case "managed_identity":
            return ManagedIdentityCredential(**_QUICK)
        case "azure_pipelines":
            return _azure_pipelines(cloud)
        case _:
            raise ValueError("only the embedded workspace signs in this way")


def _sign_in(cloud: Cloud) -> dict[str, Any]:
    """Return the options of a credential that signs in."""
    authority = authority_of(cloud)
    if authority == cloud.authority:
        return {"authority": authority, **_ANSWERED}
    # MSAL would ask login.microsoftonline.com whether it knows the host, also from where that cannot be reached.
    return {"authority": authority, "disable_instance_discovery": True, **_ANSWERED}


def authority_of(cloud: Cloud) -> str:
    """Return where to sign in: ``AZURE_AUTHORITY_HOST``, as azure-identity reads it, or else the cloud's own.

    The variable is set where the cloud's own cannot be reached, and by the webhook of workload identities on AKS.
    ValueError where it is that of another cloud: a secret would be sent there, for a token that is of no use.
    """
    given = os.environ.get("AZURE_AUTHORITY_HOST")
    if not given:
        return cloud.authority
    host = urlsplit(given if "://" in given else f"https://{given}").hostname
    other = next((name for name, c in CLOUDS.items() if c.authority == host and c is not cloud), None)
    if other:
        raise ValueError(f"AZURE_AUTHORITY_HOST is the sign-in of the cloud {other}, not {cloud.authority}")
    return given


# Set for the script of AzureCLI@2 and AzurePowerShell@5 where their service connection is federated (the tasks' change
# 19818), and the last by the agent; SYSTEM_ACCESSTOKEN must be mapped by the step itself ("Predefined variables").
_PIPELINES = {
    "tenant_id": "AZURESUBSCRIPTION_TENANT_ID",
    "client_id": "AZURESUBSCRIPTION_CLIENT_ID",
    "service_connection_id": "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID",
    "system_access_token": "SYSTEM_ACCESSTOKEN",
}
_OIDC = "SYSTEM_OIDCREQUESTURI"


def _azure_pipelines(cloud: Cloud) -> AzurePipelinesCredential:
    missing = [name for name in (*_PIPELINES.values(), _OIDC) if not os.environ.get(name)]
    if missing:
        raise ValueError(
            f"not set: {', '.join(missing)}; run in a step of AzureCLI@2 with a service connection of workload identity"
            " federation, and map SYSTEM_ACCESSTOKEN: $(System.AccessToken) in its env"
        )
    url = urlsplit(os.environ[_OIDC])
    # The pipeline's own token is sent there.
    if url.scheme != "https" and url.hostname != "127.0.0.1":
        raise ValueError(f"{_OIDC} is no https address")
    values = {key: os.environ[name] for key, name in _PIPELINES.items()}
    return AzurePipelinesCredential(**values, **_sign_in(cloud))
