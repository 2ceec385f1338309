"""Fixtures that many tests share."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from generator import cli
from generator.local.ports import LocalSettings

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def repository() -> Path:
    """The repository, whose committed trees are witnesses."""
    return ROOT


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of its own: the taxi scenario's spec and environments."""
    return copy_project(tmp_path / "project")


def copy_project(target: Path) -> Path:
    target.mkdir(parents=True)
    shutil.copy(ROOT / "synapse.yaml", target)
    shutil.copytree(ROOT / "specs", target / "specs")
    return target


def local_settings(root: Path, **changes: Any) -> LocalSettings:
    """Return the settings of an embedded workspace whose state is in ``root``."""
    settings = LocalSettings(
        root=root,
        workspace="w",
        tenant_id="tenant",
        subscription_id="s",
        resource_group="g",
        region="r",
        spark_pool="spark",
        sql_pool="sqllocal",
        storage_account="account",
        container="lake",
        key_vault="kv-x",
        secret_names=("deploy",),
        client_id="client",
        azure_ml_resource_group="g",
        azure_ml_workspace="ml",
        datastore="store",
    )
    return replace(settings, **changes)


@pytest.fixture
def settings(tmp_path: Path) -> LocalSettings:
    return local_settings(tmp_path)


class CommandLine:
    """Runs the command line in this process and keeps what it printed."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        self._capfd.readouterr()
        code = cli.execute([str(a) for a in arguments])
        out, err = self._capfd.readouterr()
        assert "Traceback" not in err
        return code, out, err


@pytest.fixture
def synapse_gen(capfd: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(capfd)


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Real workspaces to test against, where they are."""
    folder = os.environ.get("SYNAPSE_GEN_CORPUS")
    if not folder:
        pytest.skip("SYNAPSE_GEN_CORPUS names no folder of real workspaces")
    return Path(folder)
