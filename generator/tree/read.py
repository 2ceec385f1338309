"""Reads a committed tree: the bytes that were reviewed, which are the bytes that are published."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import Diagnostic, Findings, Location, SynapseGenError, did_you_mean
from generator.documents import Document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class CommittedArtifact:
    """An artifact of the tree, with its bytes."""

    key: ArtifactKey
    path: str
    content: bytes
    document: Document


# What Studio keeps beside the kinds of artifacts, and publishes by other ways or not at all.
_OTHER_FOLDERS = frozenset({"bigDataPool", "linkConnection", "sqlPool"})


def read_tree(root: Path, environment: str) -> tuple[CommittedArtifact, ...]:
    """Read ``artifacts/<environment>/``; what it raises: :func:`walk_tree`."""
    return tuple(walk_tree(root / "artifacts" / environment, root))


def walk_tree(folder: Path, root: Path) -> Iterator[CommittedArtifact]:
    """Yield the artifacts of a tree one by one, so that a large one need not be held; paths are relative to ``root``.

    Raises SynapseGenError where there is none (SYN208), and at the end with every file that cannot be read (SYN209) and
    every folder that is none of Synapse's (SYN210), so that a folder that is misspelt is not passed over.
    """
    if not folder.is_dir():
        where = folder.relative_to(root).as_posix()
        raise SynapseGenError(Diagnostic("SYN208", f"{where} does not exist", hint="run `synapse-gen render`"))
    findings = Findings()
    for kind in ArtifactKind:
        for path in sorted((folder / kind.folder).glob("*.json")):
            artifact = _read_artifact(root, path, kind, findings)
            if artifact:
                yield artifact
    known = {kind.folder for kind in ArtifactKind} | _OTHER_FOLDERS
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in known and not path.name.startswith("."):
            message = f"no kind of artifact has the folder {path.name}{did_you_mean(path.name, known)}"
            hint = "rename it or move it out of the tree"
            findings.add(Diagnostic("SYN210", message, Location(path.relative_to(root).as_posix()), hint=hint))
    findings.raise_errors()


def _read_artifact(root: Path, path: Path, kind: ArtifactKind, findings: Findings) -> CommittedArtifact | None:
    relative = path.relative_to(root).as_posix()
    try:
        content = path.read_bytes()
        body = json.loads(content)
        if not isinstance(body, dict):
            raise ValueError("it is no JSON object")  # noqa: TRY004 - bad input, not a wrong call
    except OSError as error:
        findings.add(Diagnostic("SYN209", f"cannot read: {error.strerror}", Location(relative)))
        return None
    except ValueError as error:
        line, column = getattr(error, "lineno", None), getattr(error, "colno", None)
        message = f"no artifact: {getattr(error, 'msg', error)}"
        findings.add(Diagnostic("SYN209", message, Location(relative, line, column)))
        return None
    key = ArtifactKey(kind, path.stem)
    return CommittedArtifact(key, relative, content, Document(key, body))
