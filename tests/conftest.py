"""Fixtures that many tests share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from generator import cli

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


class CommandLine:
    """Runs the command line in this process and keeps what it printed."""

    def __init__(self, capfd: pytest.CaptureFixture[str]) -> None:
        self._capfd = capfd

    def __call__(self, *arguments: object) -> tuple[int, str, str]:
        self._capfd.readouterr()
        code = cli.run([str(a) for a in arguments])
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
