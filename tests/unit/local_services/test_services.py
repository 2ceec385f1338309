"""Hosts, sign-in, vault, storage, tokens: the applications that stand for Azure's own."""

from __future__ import annotations

import asyncio
import base64
import ssl
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from generator.local import identity, storage
from generator.local.hosts import Hosts
from generator.local.http_client import LocalHttpClient
from generator.local.lake import LakePathError, LakePaths
from generator.local.ports import LocalSettings, UnroutedHostError
from generator.local.proxy import ConnectProxy
from generator.local.tls import make_certificates
from generator.local.tokens import Keyring, load_keyring, without_tokens

if TYPE_CHECKING:
    from starlette.types import ASGIApp

ARM = "https://management.azure.com"


@pytest.fixture
def keyring(settings: LocalSettings) -> Keyring:
    return load_keyring(settings)


def call(app: ASGIApp, method: str, url: str, **options: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
            return await client.request(method, url, **options)

    return asyncio.run(send())


def sign_in(settings: LocalSettings, keyring: Keyring, **wrong: str) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": "client",
        "client_secret": keyring.secrets["deploy"],
        "scope": f"{ARM}/.default",
    }
    tenant = wrong.pop("tenant", "tenant")
    url = f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token"
    return call(identity.create_login_app(settings, keyring), "POST", url, data=form | wrong)


def test_a_service_principal_signs_in_for_one_audience(settings: LocalSettings, keyring: Keyring) -> None:
    answer = sign_in(settings, keyring)
    assert answer.status_code == 200
    header = f"Bearer {answer.json()['access_token']}"
    assert keyring.accepts(header, ARM)
    assert not keyring.accepts(header, identity.VAULT_AUDIENCE)
    assert not keyring.accepts(header[:-1] + ("0" if header[-1] != "0" else "1"), ARM)


@pytest.mark.parametrize(
    ("wrong", "status", "error", "code"),
    [
        ({"client_secret": "guess"}, 401, "invalid_client", "AADSTS7000215"),
        ({"client_secret": "Grüße"}, 401, "invalid_client", "AADSTS7000215"),
        ({"client_id": "other"}, 400, "unauthorized_client", "AADSTS700016"),
        ({"tenant": "other"}, 400, "invalid_request", "AADSTS90002"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", "AADSTS70003"),
        ({"scope": ARM}, 400, "invalid_scope", "AADSTS1002012"),
        ({"scope": "https://example.org/.default"}, 400, "invalid_resource", "AADSTS500011"),
        # A session's own identity takes a token as proof, never a secret of the vault.
        ({"client_id": "w"}, 401, "invalid_client", "AADSTS7000215"),
    ],
)
def test_a_wrong_sign_in_is_refused(
    settings: LocalSettings, keyring: Keyring, wrong: dict[str, str], status: int, error: str, code: str
) -> None:
    answer = sign_in(settings, keyring, **wrong)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"].startswith(f"{code}: ")
    assert keyring.secrets["deploy"] not in answer.text


def test_nobody_is_let_in_by_a_name_alone(settings: LocalSettings, keyring: Keyring) -> None:
    claims = base64.urlsafe_b64encode(b'{"aud": "https://vault.azure.net", "exp": 9e9}').decode()
    unsigned = f"local.{claims}.{'0' * 64}"
    for token in ("local-managed-identity:https://vault.azure.net", unsigned, "", "Bearer"):
        assert not keyring.accepts(f"Bearer {token}", identity.VAULT_AUDIENCE)
        assert vault(settings, keyring, "deploy", token).status_code == 401


def test_a_session_signs_in_with_the_token_of_the_workspace_identity(settings: LocalSettings, keyring: Keyring) -> None:
    proof = {"client_id": "w", "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}
    identity_token = keyring.issue("w", identity.WORKSPACE_IDENTITY)
    answer = sign_in(settings, keyring, **proof, client_assertion=identity_token)
    assert answer.status_code == 200
    assert keyring.accepts(f"Bearer {answer.json()['access_token']}", ARM)
    for other in (keyring.issue("w", ARM), keyring.issue("w", identity.WORKSPACE_IDENTITY, lifetime=-1), "x.y.z"):
        assert sign_in(settings, keyring, **proof, client_assertion=other).status_code == 401


def test_secrets_are_kept_for_their_owner_alone_and_stay(settings: LocalSettings, keyring: Keyring) -> None:
    path = settings.root / "secrets.json"
    assert path.stat().st_mode & 0o077 == 0
    assert load_keyring(settings) == keyring


def vault(settings: LocalSettings, keyring: Keyring, name: str, token: str, host: str = "kv-x") -> httpx.Response:
    url = f"https://{host}.vault.azure.net/secrets/{name}?api-version=7.4"
    return call(identity.create_vault_app(settings, keyring), "GET", url, headers={"Authorization": f"Bearer {token}"})


def test_the_vault_gives_a_secret_to_who_may_have_it(settings: LocalSettings, keyring: Keyring) -> None:
    token = keyring.issue("workspace", identity.VAULT_AUDIENCE)
    assert vault(settings, keyring, "deploy", token).json()["value"] == keyring.secrets["deploy"]
    missing = vault(settings, keyring, "nothing", token)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "SecretNotFound")
    refused = vault(settings, keyring, "deploy", keyring.issue("x", ARM))
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith('Bearer authorization="https://login.microsoftonline.com/')
    assert vault(settings, keyring, "deploy", token, host="other").status_code == 404


def test_a_download_needs_its_own_signature(settings: LocalSettings, keyring: Keyring) -> None:
    app = storage.create_app(settings, keyring)
    for name in ("a b.txt", "other.txt"):
        path = settings.root / "lake/account.dfs.core.windows.net/azureml/run" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    url = storage.signed_url(settings, keyring, "azureml", "run/a b.txt")
    assert call(app, "GET", url).text == "a b.txt"
    assert call(app, "GET", url.replace("a%20b", "other")).status_code == 403
    assert call(app, "GET", url.split("?")[0]).status_code == 403
    assert call(app, "GET", url.replace("se=", "se=9")).status_code == 403
    assert call(app, "GET", url.replace("se=", "se=x")).status_code == 403
    gone = call(app, "GET", storage.signed_url(settings, keyring, "azureml", "run/none"))
    assert (gone.status_code, gone.headers["x-ms-error-code"]) == (404, "BlobNotFound")


def test_a_download_takes_a_token_for_storage_and_the_public_account_takes_none(
    settings: LocalSettings, keyring: Keyring
) -> None:
    app = storage.create_app(settings, keyring)
    file = settings.root / "lake/account.dfs.core.windows.net/lake/a.txt"
    file.parent.mkdir(parents=True)
    file.write_text("a")
    url = "https://account.blob.core.windows.net/lake/a.txt"

    def status(audience: str) -> int:
        header = {"Authorization": f"Bearer {keyring.issue('x', audience)}"}
        return call(app, "GET", url, headers=header).status_code

    assert (status(storage.STORAGE_AUDIENCE), status(ARM)) == (200, 403)
    month = "https://azureopendatastorage.blob.core.windows.net/nyctlc/yellow/puYear=2018/puMonth=5"
    assert call(app, "HEAD", f"{month}/part-00000.snappy.parquet").status_code == 200
    assert call(app, "HEAD", f"{month}/part-00009.snappy.parquet").status_code == 404


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("abfss://lake@account.dfs.core.windows.net/a/b", "account.dfs.core.windows.net/lake/a/b"),
        ("https://account.blob.core.windows.net/lake/a%20b", "account.dfs.core.windows.net/lake/a b"),
        (
            "wasbs://nyctlc@azureopendatastorage.blob.core.windows.net/y/",
            "azureopendatastorage.blob.core.windows.net/nyctlc/y",
        ),
    ],
)
def test_urls_lead_into_the_lake(settings: LocalSettings, url: str, expected: str) -> None:
    assert LakePaths(settings).local_path(url) == settings.root / "lake" / expected


@pytest.mark.parametrize(
    "url",
    [
        "abfss://lake@account.dfs.core.windows.net/../x",
        "https://account.blob.core.windows.net/lake/%2e%2e/x",
        "https://account.blob.core.windows.net/lake/a%2fb",
        "https://elsewhere.blob.core.windows.net/lake/a",
        "file:///etc/passwd",
        "abfss://@account.dfs.core.windows.net/a",
    ],
)
def test_nothing_leads_out_of_the_lake(settings: LocalSettings, url: str) -> None:
    with pytest.raises(LakePathError):
        LakePaths(settings).local_path(url)


def test_a_container_is_found_by_every_way_to_write_its_url(settings: LocalSettings) -> None:
    lake = LakePaths(settings)
    (settings.root / "lake/account.dfs.core.windows.net/other").mkdir(parents=True)
    assert lake.has_container("abfss://lake@account.dfs.core.windows.net")
    assert lake.has_container("abfss://other@Account.dfs.core.windows.net:443/x")
    assert lake.has_container("https://account.blob.core.windows.net/other/x")
    assert not lake.has_container("abfss://nothing@account.dfs.core.windows.net/x")
    with pytest.raises(LakePathError):
        lake.has_container("abfss://lake@elsewhere.dfs.core.windows.net/x")


def test_tokens_are_taken_out_of_texts(keyring: Keyring) -> None:
    text = f"Bearer {keyring.issue('x', ARM)}, local.time, {keyring.issue('y' * 200, ARM)}."
    assert without_tokens(text, "-") == "Bearer -, local.time, -."


def hello(text: str) -> Starlette:
    async def answer(_: object) -> PlainTextResponse:
        return PlainTextResponse(text)

    return Starlette(routes=[Route("/", answer)])


def test_requests_go_to_the_application_of_their_host() -> None:
    hosts = Hosts({"management.azure.com": hello("arm"), "*.vault.azure.net": hello("vault")}, hello("own"))
    client = LocalHttpClient(hosts)
    assert client.request("GET", "https://x.vault.azure.net/", {}, None).body == b"vault"
    assert client.request("GET", "https://management.azure.com/", {}, None).body == b"arm"
    for url in (
        "http://management.azure.com/",
        "https://example.org/",
        "https://127.0.0.1/",
        "https://x.vault.azure.net.evil/",
    ):
        with pytest.raises(UnroutedHostError):
            client.request("GET", url, {}, None)


def test_settings_round_trip(settings: LocalSettings) -> None:
    changed = replace(settings, predict=False)
    assert LocalSettings.from_json(changed.to_json(), settings.root) == changed


def test_the_proxy_leads_known_hosts_to_our_port_with_a_certificate_for_them(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path, ("management.azure.com", "*.vault.azure.net"))
    assert certificates.server.stat().st_mode & 0o077 == 0

    async def check() -> None:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=certificates.server_context())
        proxy = ConnectProxy(lambda host: host.endswith(".vault.azure.net"), server.sockets[0].getsockname()[1])
        address = f"http://127.0.0.1:{await proxy.start()}"
        trusted = ssl.create_default_context(cafile=str(certificates.authority))
        async with httpx.AsyncClient(proxy=address, verify=trusted) as client:
            assert (await client.get("https://a.vault.azure.net/")).text == "ok"
            with pytest.raises(httpx.ProxyError, match="403"):
                await client.get("https://example.org/")
            plain = await client.get("http://169.254.169.254/metadata/identity/oauth2/token")
            assert plain.status_code == 403
            assert "ManagedIdentityCredential does not work" in plain.text
        async with httpx.AsyncClient(proxy=address) as stranger:
            with pytest.raises(httpx.ConnectError, match="certificate verify failed"):
                await stranger.get("https://a.vault.azure.net/")
        await proxy.stop()
        server.close()

    asyncio.run(check())
