from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from generator.cli.connect import local_settings
from generator.local import process
from generator.spec.project import Environment, Project
from generator.workspace.azure import AzureWorkspace
from generator.workspace.blobs import BlobStore
from generator.workspace.pace import Pace
from tests.contract.azurite import KEY, Azurite, running_azurite
from tests.contract.faulty import TOKEN, FaultyServer, faulty_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.local.ports import LocalSettings
    from generator.local.process import LocalServer
    from generator.spec.state import StatePlace


def settings_of(repository: Path, root: Path, name: str = "local") -> LocalSettings:
    """The settings of an environment as if it were embedded."""
    project = Project.model_validate(yaml.safe_load((repository / "synapse.yaml").read_text()))
    environment = project.environments[name].model_copy(update={"kind": "embedded"})
    return local_settings(root, name, environment)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[LocalServer]:
    settings = settings_of(repository, tmp_path_factory.mktemp("workspace"))
    yield process.ensure_running(settings)
    process.stop(settings.root)


@pytest.fixture
def faulty() -> Iterator[FaultyServer]:
    """A workspace that misbehaves as a test says."""
    with faulty_server() as server:
        yield server


@pytest.fixture
def workspace(faulty: FaultyServer) -> Iterator[AzureWorkspace]:
    """Our client, over the SDK's own, connected to it; operations are looked at every few milliseconds."""
    connected = AzureWorkspace.connect_local(faulty.url, TOKEN, pace=Pace(first=0.005, slowest=0.02, longest=5.0))
    yield connected
    connected.close()


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """A real Blob service, where Node is present."""
    with running_azurite(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture
def place(azurite: Azurite) -> StatePlace:
    """A folder of a new container there."""
    return azurite.new_place()


@pytest.fixture
def blobs(place: StatePlace) -> Iterator[BlobStore]:
    """A store there."""
    store = BlobStore(place, KEY)
    yield store
    store.close()


@pytest.fixture
def dev(repository: Path) -> Environment:
    """An environment in Azure."""
    return Project.model_validate(yaml.safe_load((repository / "synapse.yaml").read_text())).environments["dev"]
