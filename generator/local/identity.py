"""Signing in and Key Vault, as the deploy notebook and the Azure SDKs use them.

Sources: "Microsoft identity platform and the OAuth 2.0 client credentials flow" and "Microsoft Entra authentication and
authorization error codes"; "OpenID Connect discovery"; "Get Secret" of Key Vault 7.4 and "Authentication, requests and
responses" (the challenge of a 401).
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from generator.local.tokens import LIFETIME

if TYPE_CHECKING:
    from starlette.requests import Request

    from generator.local.ports import LocalSettings
    from generator.local.tokens import Keyring

VAULT_AUDIENCE = "https://vault.azure.net"
WORKSPACE_IDENTITY = "local-workspace-identity"
"""The audience of the token by which a notebook's session shows that it runs as the workspace's managed identity."""
_LOGIN = "https://login.microsoftonline.com"
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_RESOURCES = frozenset({
    "https://management.azure.com", "https://management.core.windows.net", VAULT_AUDIENCE, "https://storage.azure.com",
    "https://dev.azuresynapse.net", "https://database.windows.net", "https://datalake.azure.net", "https://ml.azure.com",
    "https://ossrdbms-aad.database.windows.net", "https://kusto.kusto.windows.net", "https://graph.microsoft.com",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why nobody is signed in: status, OAuth error, the platform's error code and what it says."""

    status: int
    error: str
    code: int
    message: str

    def response(self) -> JSONResponse:
        now = datetime.now(UTC)
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        stamps = f"Trace ID: {trace} Correlation ID: {correlation} Timestamp: {now:%Y-%m-%d %H:%M:%SZ}"
        body = {
            "error": self.error,
            "error_description": f"AADSTS{self.code}: {self.message} {stamps}",
            "error_codes": [self.code],
            "timestamp": f"{now:%Y-%m-%d %H:%M:%SZ}",
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"{_LOGIN}/error?code={self.code}",
        }
        return JSONResponse(body, status_code=self.status)


def create_login_app(settings: LocalSettings, keyring: Keyring) -> Starlette:
    """Return the application that answers for login.microsoftonline.com."""

    async def token(request: Request) -> JSONResponse:
        text = (await request.body()).decode(errors="replace")
        form = {k: v[0] for k, v in parse_qs(text).items()}
        refusal = _refusal(settings, keyring, request.path_params["tenant"], form)
        if refusal:
            return refusal.response()
        value = keyring.issue(form["client_id"], form["scope"])
        lifetime = {"expires_in": LIFETIME - 1, "ext_expires_in": LIFETIME - 1}
        return JSONResponse({"token_type": "Bearer", **lifetime, "access_token": value})

    async def configuration(request: Request) -> JSONResponse:
        return JSONResponse(_openid(request.path_params["tenant"]))

    async def discovery(_: Request) -> JSONResponse:
        return JSONResponse(_instances(settings.tenant_id))

    return Starlette(
        routes=[
            Route("/{tenant}/oauth2/v2.0/token", token, methods=["POST"]),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", configuration),
            Route("/common/discovery/instance", discovery),
        ]
    )


def _openid(tenant: str) -> dict[str, Any]:
    """Return what MSAL reads before it asks for a token."""
    return {
        "issuer": f"{_LOGIN}/{tenant}/v2.0",
        "authorization_endpoint": f"{_LOGIN}/{tenant}/oauth2/v2.0/authorize",
        "token_endpoint": f"{_LOGIN}/{tenant}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    }


def _instances(tenant: str) -> dict[str, Any]:
    host = _LOGIN.removeprefix("https://")
    clouds = [
        {"preferred_network": host, "preferred_cache": "login.windows.net", "aliases": [host, "login.windows.net"]}
    ]
    endpoint = f"{_LOGIN}/{tenant}/v2.0/.well-known/openid-configuration"
    return {"tenant_discovery_endpoint": endpoint, "api-version": "1.1", "metadata": clouds}


def _refusal(settings: LocalSettings, keyring: Keyring, tenant: str, form: dict[str, str]) -> _Refusal | None:
    client, scope = form.get("client_id", ""), form.get("scope", "")
    if tenant != settings.tenant_id:
        return _Refusal(400, "invalid_request", 90002, f"Tenant '{tenant}' not found.")
    if form.get("grant_type") != "client_credentials":
        message = f"The app requested an unsupported grant type '{form.get('grant_type', '')}'."
        return _Refusal(400, "unsupported_grant_type", 70003, message)
    if client not in (settings.client_id, settings.workspace):
        message = f"Application with identifier '{client}' was not found in the directory '{tenant}'."
        return _Refusal(400, "unauthorized_client", 700016, message)
    if not _has_shown_who(settings, keyring, client, form):
        message = (
            "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, "
            f"not the client secret ID, for a secret added to app '{client}'."
        )
        return _Refusal(401, "invalid_client", 7000215, message)
    if not scope.endswith("/.default"):
        message = (
            f"The provided value for scope {scope} is not valid. Client credential flows must have a scope value with "
            "/.default suffixed to the resource identifier (application ID URI)."
        )
        return _Refusal(400, "invalid_scope", 1002012, message)
    resource = scope.removesuffix("/.default")
    if resource.rstrip("/") not in _RESOURCES:
        message = f"The resource principal named {resource} was not found in the tenant named {tenant}."
        return _Refusal(400, "invalid_resource", 500011, message)
    return None


def _has_shown_who(settings: LocalSettings, keyring: Keyring, client: str, form: dict[str, str]) -> bool:
    """Whether the service principal gave its secret, or a session the token of the workspace's identity."""
    if client == settings.client_id:
        return keyring.is_secret(form.get("client_secret", ""))
    claims = keyring.claims(form.get("client_assertion", ""))
    return (
        form.get("client_assertion_type") == _ASSERTION and claims is not None and claims["aud"] == WORKSPACE_IDENTITY
    )


def create_vault_app(settings: LocalSettings, keyring: Keyring) -> Starlette:
    """Return the application that answers for the workspace's vault."""

    async def secret(request: Request) -> JSONResponse:
        name, version = request.path_params["name"], request.path_params.get("version")
        host = f"{settings.key_vault}.vault.azure.net"
        if not keyring.accepts(request.headers.get("authorization", ""), VAULT_AUDIENCE):
            message = "AKV10000: Request is missing a Bearer or PoP token."
            challenge = f'Bearer authorization="{_LOGIN}/{settings.tenant_id}", resource="{VAULT_AUDIENCE}"'
            return _vault_error(401, "Unauthorized", message, {"WWW-Authenticate": challenge})
        if request.url.hostname != host:
            message = f"there is no vault {request.url.hostname} in the local workspace, which has {host}"
            return _vault_error(404, "VaultNotFound", message)
        if "api-version" not in request.query_params:
            return _vault_error(400, "BadParameter", "api-version must be specified")
        value = keyring.secrets.get(name)
        if value is None or version not in (None, "", _version(value)):
            message = (
                f"A secret with (name/id) {name} was not found in this key vault. If you recently deleted this secret "
                "you may be able to recover it using the correct recovery command."
            )
            return _vault_error(404, "SecretNotFound", message)
        identifier = f"https://{host}/secrets/{name}/{_version(value)}"
        return JSONResponse({"value": value, "id": identifier, "attributes": {"enabled": True}})

    routes = [Route("/secrets/{name}", secret), Route("/secrets/{name}/{version}", secret)]
    return Starlette(routes=[*routes, Route("/secrets/{name}/", secret)])


def _version(value: str) -> str:
    # 32 hexadecimal digits that do not tell the value.
    return hashlib.sha256(b"version" + value.encode()).hexdigest()[:32]


def _vault_error(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status, headers=headers)
