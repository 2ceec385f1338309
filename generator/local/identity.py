"""Signing in and Key Vault, as the deploy notebook uses them.

Source: "Get access tokens with client credentials" of the Microsoft identity platform; "Get Secret" of Key Vault 7.4.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from generator.local.ports import LocalSettings
    from generator.local.tokens import Keyring

VAULT_AUDIENCE = "https://vault.azure.net"


def create_login_app(settings: LocalSettings, keyring: Keyring) -> Starlette:
    """Return the application that answers for login.microsoftonline.com."""

    async def token(request: Request) -> JSONResponse:
        form = {k: v[0] for k, v in parse_qs((await request.body()).decode()).items()}
        problem = _sign_in_problem(settings, keyring, request.path_params["tenant"], form)
        if problem:
            return JSONResponse({"error": "invalid_client", "error_description": problem}, status_code=401)
        value = keyring.issue(form["client_id"], form.get("scope", ""))
        return JSONResponse({"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": value})

    return Starlette(routes=[Route("/{tenant}/oauth2/v2.0/token", token, methods=["POST"])])


def _sign_in_problem(settings: LocalSettings, keyring: Keyring, tenant: str, form: dict[str, str]) -> str | None:
    if tenant != settings.tenant_id:
        return f"AADSTS90002: Tenant '{tenant}' not found."
    if form.get("client_id") != settings.client_id:
        return f"AADSTS700016: Application with identifier '{form.get('client_id')}' was not found in the directory."
    given = form.get("client_secret", "")
    if form.get("grant_type") != "client_credentials" or not any(
        hmac.compare_digest(given.encode(), s.encode()) for s in keyring.secrets.values()
    ):
        return f"AADSTS7000215: Invalid client secret provided for app '{settings.client_id}'."
    return None


def create_vault_app(settings: LocalSettings, keyring: Keyring) -> Starlette:
    """Return the application that answers for the workspace's vault."""

    async def secret(request: Request) -> JSONResponse:
        name = request.path_params["name"]
        if not keyring.accepts(request.headers.get("authorization", ""), VAULT_AUDIENCE):
            return _vault_error(401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.")
        if request.url.hostname != f"{settings.key_vault}.vault.azure.net":
            return _vault_error(
                404, "VaultNotFound", f"there is no vault {request.url.hostname} in the local workspace"
            )
        value = keyring.secrets.get(name)
        if value is None:
            message = f"A secret with (name/id) {name} was not found in this key vault."
            return _vault_error(404, "SecretNotFound", message)
        return JSONResponse({"value": value, "id": f"https://{request.url.hostname}/secrets/{name}/local"})

    routes = [Route("/secrets/{name}", secret), Route("/secrets/{name}/{version}", secret)]
    return Starlette(routes=routes)


def _vault_error(status: int, code: str, message: str) -> JSONResponse:
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
