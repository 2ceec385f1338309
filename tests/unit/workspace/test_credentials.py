"""Which credential is asked, where and for what; and one clear word where there is none, before anything is sent."""

from __future__ import annotations

import json
import ssl
import sys
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
import trustme
import yaml
from azure.core.exceptions import ClientAuthenticationError
from azure.synapse.artifacts import ArtifactsClient

from generator.spec.clouds import CLOUDS
from generator.spec.project import Environment, Project
from generator.workspace import credentials
from generator.workspace.azure import AzureWorkspace
from generator.workspace.connection import BearerToken, Connection, policies, sender_of
from generator.workspace.credentials import CachedCredential, authority_of, credential_for, storage_credential
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOWHERE = "https://127.0.0.1:9"
PIPELINES = {
    "AZURESUBSCRIPTION_TENANT_ID": "11111111-1111-4111-8111-11111111111a",
    "AZURESUBSCRIPTION_CLIENT_ID": "11111111-1111-4111-8111-11111111111b",
    "AZURESUBSCRIPTION_SERVICE_CONNECTION_ID": "11111111-1111-4111-8111-11111111111c",
    "SYSTEM_ACCESSTOKEN": "hunter2",
    "SYSTEM_OIDCREQUESTURI": "https://127.0.0.1:9/oidctoken",
}
AZ = """\
#!{python}
import json, pathlib, sys
arguments = sys.argv[1:]
with (pathlib.Path(__file__).parent / "calls").open("a") as calls:
    print(arguments[arguments.index("--resource") + 1], file=calls)
print(json.dumps({{"accessToken": "token for " + arguments[arguments.index("--resource") + 1], "expires_on": 9999999999}}))
"""


def environment(repository: Path, **changes: Any) -> Environment:
    project = Project.model_validate(yaml.safe_load((repository / "synapse.yaml").read_text()))
    return project.environments["dev"].model_copy(update=changes)


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("CLIENT_ID", "TENANT_ID", "CLIENT_SECRET", "FEDERATED_TOKEN_FILE", "AUTHORITY_HOST"):
        monkeypatch.delenv(f"AZURE_{name}", raising=False)
    for name in PIPELINES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    # A process has one credential of each kind; each test is a process of its own in that.
    credentials._shared.cache_clear()
    yield
    credentials._shared.cache_clear()


@pytest.fixture
def azure_cli(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in for an Azure CLI that is signed in; return the file that lists the resources it was asked for."""
    script = tmp_path / "az"
    script.write_text(AZ.format(python=sys.executable), encoding="utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path / "calls"


@pytest.mark.parametrize("authentication", ["cli", "environment", "workload_identity", "azure_pipelines"])
def test_a_machine_without_credentials(repository: Path, authentication: str) -> None:
    with pytest.raises(WorkspaceError, match=f"^no credential \\({authentication}\\): ") as caught:
        AzureWorkspace.connect(environment(repository, authentication=authentication))
    assert caught.value.message.isprintable()
    assert caught.value.message.count("no credential") == 1


def test_a_sign_in_that_cannot_be_reached_names_no_secret(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"CLIENT_ID": "client", "TENANT_ID": "tenant", "CLIENT_SECRET": "hunter2"}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", NOWHERE)
    with pytest.raises(WorkspaceError, match=r"^no credential \(environment\): ") as caught:
        AzureWorkspace.connect(environment(repository, authentication="environment"))
    assert "hunter2" not in caught.value.message


def test_a_token_file_that_is_missing(repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = {"CLIENT_ID": "client", "TENANT_ID": "tenant", "FEDERATED_TOKEN_FILE": str(tmp_path / "none")}
    for name, value in values.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", NOWHERE)
    with pytest.raises(WorkspaceError, match=r"^no credential \(workload_identity\): "):
        AzureWorkspace.connect(environment(repository, authentication="workload_identity"))


class Expired:
    """A credential that has no token any more."""

    def get_token(self, *_: str, **__: Any) -> Any:
        raise ClientAuthenticationError("Several were tried\nAzureCliCredential: run az login\n\tmore")


def test_a_credential_that_ends_in_the_middle() -> None:
    credential: Any = Expired()
    client = ArtifactsClient(credential, NOWHERE, **policies(BearerToken(credential, "https://dev/.default")))
    with pytest.raises(WorkspaceError, match=r"^no token: AzureCliCredential: run az login$") as caught:
        Connection(sender_of(client), NOWHERE).send("GET", "/pipelines")
    client.close()
    assert not caught.value.is_passing


def test_a_token_is_not_sent_without_tls() -> None:
    credential: Any = Expired()
    client = ArtifactsClient(credential, "http://example.org", **policies(BearerToken(credential, "s")))
    with pytest.raises(WorkspaceError, match="a token is sent over TLS only"):
        Connection(sender_of(client), "http://example.org").send("GET", "/pipelines")
    client.close()


@pytest.mark.parametrize("cloud", CLOUDS)
def test_a_token_is_asked_for_once_and_for_the_cloud_s_own_service(
    repository: Path, azure_cli: Path, cloud: str
) -> None:
    here = environment(repository, cloud=cloud)
    scope = here.hosts.synapse_scope
    barrier = threading.Barrier(8)
    tokens: list[str] = []

    def ask() -> None:
        barrier.wait()
        tokens.append(credential_for(here).get_token_info(scope).token)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    resource = scope.removesuffix("/.default")
    assert tokens == [f"token for {resource}"] * 8
    assert azure_cli.read_text(encoding="utf-8").splitlines() == [resource]


def test_storage_has_a_token_of_its_own_from_the_same_credential(repository: Path, azure_cli: Path) -> None:
    here = environment(repository, cloud="china")
    credential = credential_for(here)
    assert storage_credential(here) is credential
    assert credential.get_token(credentials.STORAGE_SCOPE).token == "token for https://storage.azure.com"
    resources = ["https://dev.azuresynapse.azure.cn", "https://storage.azure.com"]
    assert azure_cli.read_text(encoding="utf-8").splitlines() == resources


def test_who_signs_in_later_is_signed_in(repository: Path, azure_cli: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = environment(repository)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(WorkspaceError):
        storage_credential(here)
    monkeypatch.setenv("PATH", str(azure_cli.parent))
    assert storage_credential(here).get_token_info(credentials.STORAGE_SCOPE).token


@pytest.mark.parametrize(
    ("cloud", "name"), [("public", None), ("china", "AzureChinaCloud"), ("usgovernment", "AzureUSGovernment")]
)
def test_who_signs_in_by_the_cli_is_told_of_the_cloud_that_is_set_in_it(
    repository: Path, cloud: str, name: str | None
) -> None:
    with pytest.raises(WorkspaceError) as caught:
        credential_for(environment(repository, cloud=cloud))
    assert ("az cloud set" in caught.value.message) == bool(name)
    assert caught.value.message.endswith(f"az cloud set --name {name}") == bool(name)


def test_identities_sign_in_to_their_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [authority_of(cloud) for cloud in CLOUDS.values()] == [cloud.authority for cloud in CLOUDS.values()]
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://login.of-our-own.example/")
    assert authority_of(CLOUDS["china"]) == "https://login.of-our-own.example/"


@pytest.mark.parametrize("given", ["login.microsoftonline.com", "https://login.microsoftonline.com/"])
@pytest.mark.parametrize("authentication", ["environment", "workload_identity", "azure_pipelines"])
def test_a_secret_goes_to_no_other_cloud(
    repository: Path, monkeypatch: pytest.MonkeyPatch, authentication: str, given: str
) -> None:
    for name, value in PIPELINES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", given)
    expected = "AZURE_AUTHORITY_HOST is the sign-in of the cloud public, not login.chinacloudapi.cn"
    with pytest.raises(WorkspaceError) as caught:
        credential_for(environment(repository, authentication=authentication, cloud="china"))
    assert caught.value.message == f"no credential ({authentication}): {expected}"


def test_what_a_step_of_azure_pipelines_lacks_is_said_at_once(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = environment(repository, authentication="azure_pipelines")
    monkeypatch.setenv("SYSTEM_OIDCREQUESTURI", PIPELINES["SYSTEM_OIDCREQUESTURI"])
    with pytest.raises(WorkspaceError) as caught:
        credential_for(here)
    named = [name for name in PIPELINES if f"{name}," in caught.value.message or f"{name};" in caught.value.message]
    assert named == [name for name in PIPELINES if name != "SYSTEM_OIDCREQUESTURI"]
    assert "not set: AZURESUBSCRIPTION_TENANT_ID, " in caught.value.message


Asked = list[tuple[str, str | None, dict[str, list[str]]]]
"""What came in: the path, who it is from, and the form in it."""


class SignIn(BaseHTTPRequestHandler):
    """Azure Pipelines' agent, over http, and a sign-in of Microsoft Entra, over https, as far as credentials ask them."""

    asked: Asked

    def do_GET(self) -> None:
        """Say where tokens are had."""
        base = f"https://{self.headers['Host']}/{self.path.split('/')[1]}"
        self._answer({"authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token", "issuer": base})

    def do_POST(self) -> None:
        """Give a token."""
        form = parse_qs(self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode())
        self.asked.append((self.path, self.headers["Authorization"], form))
        if "scope" not in form:
            self._answer({"oidcToken": "an identity token"})
        else:
            self._answer({"access_token": f"for {form['scope'][0]}", "expires_in": 3600, "token_type": "Bearer"})

    def _answer(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving(asked: Asked, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Recording", (SignIn,), {"asked": asked})) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def sign_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asked]:
    """Serve a sign-in that the machine trusts, and name it as an administrator of a private cloud does."""
    issuer, tls, asked = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), Asked()
    issuer.issue_cert("127.0.0.1").configure_cert(tls)
    issuer.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(asked, tls) as port:
        monkeypatch.setenv("AZURE_AUTHORITY_HOST", f"https://127.0.0.1:{port}")
        yield asked


def test_a_service_connection_signs_in_by_the_token_of_its_step(
    repository: Path, monkeypatch: pytest.MonkeyPatch, sign_in: Asked
) -> None:
    at_agent = Asked()
    here = environment(repository, authentication="azure_pipelines", cloud="usgovernment")
    with serving(at_agent) as port:
        for name, value in {**PIPELINES, "SYSTEM_OIDCREQUESTURI": f"http://127.0.0.1:{port}/oidctoken"}.items():
            monkeypatch.setenv(name, value)
        token = credential_for(here).get_token_info(here.hosts.synapse_scope).token
    assert token == f"for {here.hosts.synapse_scope}"
    connection = PIPELINES["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"]
    expected = f"/oidctoken?api-version=7.1&serviceConnectionId={connection}"
    assert [(path, signed) for path, signed, _ in at_agent] == [(expected, "Bearer hunter2")]
    ((path, _, form),) = sign_in
    assert path == f"/{PIPELINES['AZURESUBSCRIPTION_TENANT_ID']}/oauth2/v2.0/token"
    assert form["client_assertion"] == ["an identity token"]
    assert form["client_id"] == [PIPELINES["AZURESUBSCRIPTION_CLIENT_ID"]]


def test_a_refused_token_is_had_anew_from_sign_in(
    repository: Path, monkeypatch: pytest.MonkeyPatch, sign_in: Asked
) -> None:
    """The SDK's own credential keeps its token for the hour that it lasts: forgetting ours alone would not do."""
    for name, value in {"CLIENT_ID": "client", "TENANT_ID": "tenant", "CLIENT_SECRET": "hunter2"}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    here = environment(repository, authentication="environment")
    moment = iter((0.0, 100.0, 100.0))
    credential = CachedCredential(
        lambda: credentials._credential("environment", here.hosts, None), lambda: next(moment)
    )
    credential.get_token_info(here.hosts.synapse_scope)
    credential.invalidate()
    credential.get_token_info(here.hosts.synapse_scope)
    assert [form["client_secret"] for _, _, form in sign_in] == [["hunter2"], ["hunter2"]]


def test_the_token_of_a_step_is_sent_over_https_only(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**PIPELINES, "SYSTEM_OIDCREQUESTURI": "http://example.org/oidctoken"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(WorkspaceError) as caught:
        credential_for(environment(repository, authentication="azure_pipelines"))
    assert caught.value.message == "no credential (azure_pipelines): SYSTEM_OIDCREQUESTURI is no https address"
