"""No credential: one clear word, before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from azure.core.exceptions import ClientAuthenticationError
from azure.synapse.artifacts import ArtifactsClient

from generator.artifact import ArtifactKey, ArtifactKind
from generator.spec.project import Environment, Project
from generator.workspace.azure import AzureWorkspace, client_options
from generator.workspace.port import WorkspaceError


def environment(repository: Path, **changes: Any) -> Environment:
    project = Project.model_validate(yaml.safe_load((repository / "synapse.yaml").read_text()))
    return project.environments["dev"].model_copy(update=changes)


@pytest.fixture(autouse=True)
def _nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLIENT_ID", "TENANT_ID", "CLIENT_SECRET", "FEDERATED_TOKEN_FILE", "AUTHORITY_HOST"):
        monkeypatch.delenv(f"AZURE_{name}", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")


@pytest.mark.parametrize("authentication", ["cli", "environment", "workload_identity"])
def test_a_machine_without_credentials(repository: Path, authentication: str) -> None:
    with pytest.raises(WorkspaceError, match=f"^no credential \\({authentication}\\): ") as caught:
        AzureWorkspace.connect(environment(repository, authentication=authentication))
    assert caught.value.message.isprintable()
    assert caught.value.message.count("no credential") == 1


def test_a_sign_in_that_cannot_be_reached_names_no_secret(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"CLIENT_ID": "client", "TENANT_ID": "tenant", "CLIENT_SECRET": "hunter2"}.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://127.0.0.1:9")
    with pytest.raises(WorkspaceError, match=r"^no credential \(environment\): ") as caught:
        AzureWorkspace.connect(environment(repository, authentication="environment"))
    assert "hunter2" not in caught.value.message


def test_a_token_file_that_is_missing(repository: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    values = {"CLIENT_ID": "client", "TENANT_ID": "tenant", "FEDERATED_TOKEN_FILE": str(tmp_path / "none")}
    for name, value in values.items():
        monkeypatch.setenv(f"AZURE_{name}", value)
    monkeypatch.setenv("AZURE_AUTHORITY_HOST", "https://127.0.0.1:9")
    with pytest.raises(WorkspaceError, match=r"^no credential \(workload_identity\): "):
        AzureWorkspace.connect(environment(repository, authentication="workload_identity"))


class Expired:
    """A credential that has no token any more."""

    def get_token(self, *_: str, **__: Any) -> Any:
        raise ClientAuthenticationError("Several were tried\nAzureCliCredential: run az login\n\tmore")


def test_a_credential_that_ends_in_the_middle() -> None:
    endpoint = "https://127.0.0.1:9"
    workspace = AzureWorkspace(ArtifactsClient(Expired(), endpoint, **client_options()), endpoint)
    with pytest.raises(WorkspaceError, match=r"^no token: AzureCliCredential: run az login$") as caught:
        workspace.put(ArtifactKey(ArtifactKind.PIPELINE, "p"), b"{}")
    workspace.close()
    assert not caught.value.is_passing
