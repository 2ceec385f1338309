"""What the transcripts share: editing a project, comparing trees, the command in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from generator import cli
from generator.artifact import ArtifactKind
from generator.local import process
from generator.publish.given import given_reason
from generator.workspace.azure import AzureWorkspace
from generator.workspace.port import WorkspaceError
from tests.conftest import copy_project
from tests.contract.conftest import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from generator.local.process import LocalServer
    from generator.workspace.port import LiveArtifact

SPEC = "specs/nyc_taxi.yaml"
COMMAND = [sys.executable, "-c", "from generator.cli import main; main()"]
"""The installed command, with the interpreter that runs the tests."""


def edit(project: Path, old: str, new: str, file: str = SPEC) -> None:
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def snapshot(folder: Path) -> dict[str, str]:
    """Return every path below a folder with a hash of what is there: folders and links count too."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            content = f"link {path.readlink()}"
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "not a file"
        found[path.relative_to(folder).as_posix()] = content
    return found


def shell(script: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, in which ``"${@}"`` is the command."""
    return subprocess.run(
        ["/bin/bash", "-c", script, "bash", *COMMAND],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """A rendered project and its embedded workspace, for all tests of a process; take `site` instead."""
    project = copy_project(tmp_path_factory.mktemp("embedded") / "project")
    assert cli.execute(["render", "--env", "local", "--project", str(project)]) == 0
    settings = settings_of(project, project)
    server = process.ensure_running(settings, stays=True)
    yield Embedded(project, settings.root, server)
    process.stop(settings.root)


@pytest.fixture
def site(embedded: Embedded, tmp_path: Path) -> Path:
    """A rendered project of the test's own, whose embedded workspace runs, and has nothing yet."""
    project = tmp_path / "project"
    shutil.copytree(embedded.project, project, ignore=shutil.ignore_patterns(".synapse-gen"))
    root = project / embedded.root.relative_to(embedded.project)
    root.mkdir(parents=True)
    for name in ("server.json", "lock"):
        shutil.copy(embedded.root / name, root)
    with closing(workspace_of(project)) as workspace:
        _empty(workspace)
    return project


@dataclass(frozen=True)
class Embedded:
    project: Path
    root: Path
    server: LocalServer


def workspace_of(project: Path) -> AzureWorkspace:
    """Our client, connected to a project's embedded workspace."""
    record = json.loads((project / ".synapse-gen/local/server.json").read_text())
    return AzureWorkspace.connect_local(record["url"], record["token"])


def artifacts_of(project: Path) -> dict[str, str]:
    """The artifacts that the embedded workspace has beside its own, with their etags."""
    with closing(workspace_of(project)) as workspace:
        return {str(a.key): a.etag for kind in _KINDS for a in _listed(workspace, kind)}


_KINDS = (
    ArtifactKind.TRIGGER,
    ArtifactKind.PIPELINE,
    ArtifactKind.NOTEBOOK,
    ArtifactKind.SQL_SCRIPT,
    ArtifactKind.LINKED_SERVICE,
)


def _listed(workspace: AzureWorkspace, kind: ArtifactKind) -> list[LiveArtifact]:
    return [a for a in workspace.artifacts(kind) if given_reason(a.key) is None]


def _empty(workspace: AzureWorkspace) -> None:
    for kind in _KINDS:
        # A pipeline that another one calls stays until that one has gone: as many rounds as calls are deep.
        for _ in range(4):
            for artifact in _listed(workspace, kind):
                with suppress(WorkspaceError):
                    if kind is ArtifactKind.TRIGGER:
                        workspace.stop_trigger(artifact.key.name)
                    workspace.delete(artifact.key)
        assert not _listed(workspace, kind)
