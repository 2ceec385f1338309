"""The committed tree as a target: what each file says, read once; the bytes are read again when they are sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKind
from generator.diagnostics import Diagnostic, Location, SynapseGenError
from generator.documents import as_object
from generator.publish.content import content_of
from generator.publish.planning import Wanted
from generator.tree.canonical import sha256
from generator.tree.read import walk_tree
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from generator.artifact import ArtifactKey
    from generator.publish.steps import Identity


@dataclass(frozen=True, slots=True)
class Tree:
    """The artifacts of a tree, without their content."""

    root: Path
    artifacts: Mapping[Identity, Wanted]
    sql: Mapping[str, str]
    """Hashes of the T-SQL files beside it, by path relative to the project."""
    others: frozenset[ArtifactKey] = frozenset()
    """Artifacts of the tree that are not the project's: Studio commits to it as well."""

    def bytes_of(self, key: ArtifactKey) -> bytes:
        """Read an artifact's file; WorkspaceError where it went meanwhile, because nothing is sent then."""
        wanted = self.artifacts[key.identity]
        try:
            return (self.root / str(wanted.file)).read_bytes()
        except OSError as error:
            raise WorkspaceError(f"{wanted.file} cannot be read: {error.strerror}; nothing was sent") from error


def scan_tree(
    root: Path, folder: Path, *, sql: Path | None = None, takes: Callable[[ArtifactKey], bool] = lambda _: True
) -> Tree:
    """Read a tree file by file; what it raises: :func:`walk_tree`.

    ``takes`` leaves out artifacts that are not the project's; ``sql`` is the folder of the T-SQL files.
    """
    artifacts = {}
    others = set()
    for file in walk_tree(folder, root):
        if takes(file.key):
            content = content_of(file.key, file.document.properties)
            artifacts[file.key.identity] = Wanted(content, sha256(file.content), file.path)
        else:
            others.add(file.key)
    return Tree(root, artifacts, _hashes(root, sql) if sql else {}, frozenset(others))


def kinds_in(folder: Path) -> set[ArtifactKind]:
    """Return the kinds of which a tree has files, without reading any."""
    return {kind for kind in ArtifactKind if any((folder / kind.folder).glob("*.json"))}


def properties_of(content: bytes) -> Any:
    """Return the properties of an artifact's bytes."""
    return as_object(json.loads(content)).get("properties")


def _hashes(root: Path, folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*.sql")):
        name = path.relative_to(root).as_posix()
        try:
            found[name] = sha256(path.read_bytes())
        except OSError as error:
            raise SynapseGenError(Diagnostic("SYN206", f"cannot read: {error.strerror}", Location(name))) from error
    return found
