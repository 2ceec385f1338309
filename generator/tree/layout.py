"""Where things live: ``artifacts/<env>/<folder>/<name>.json``, ``sql/<env>/...``, ``artifacts/manifest.json``."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from generator.diagnostics import Diagnostic, SynapseGenError

if TYPE_CHECKING:
    from generator.artifact import ArtifactKey

MANIFEST = PurePosixPath("artifacts/manifest.json")


def artifact_path(environment: str, key: ArtifactKey) -> PurePosixPath:
    """Return the path of an artifact's file, relative to the project root."""
    return _inside(PurePosixPath("artifacts", environment), f"{key.kind.folder}/{key.name}.json")


def sql_path(environment: str, path: str) -> PurePosixPath:
    """Return the path of a SQL file, relative to the project root."""
    return _inside(PurePosixPath("sql", environment), path)


def _inside(folder: PurePosixPath, path: str) -> PurePosixPath:
    parts = path.split("/")
    if "\\" in path or "\0" in path or any(part in ("", ".", "..") for part in parts):
        raise SynapseGenError(Diagnostic("SYN203", f'"{path}" is no file name inside {folder}'))
    return folder.joinpath(*parts)
