from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from generator.cli.connect import local_settings
from generator.local import process
from generator.spec.project import Project

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.local.ports import LocalSettings
    from generator.local.process import LocalServer


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
