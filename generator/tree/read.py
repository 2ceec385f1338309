"""Reads a committed tree: the bytes that were reviewed, which are the bytes that are published."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import Diagnostic, Findings, Location, SynapseGenError
from generator.documents import Document

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class CommittedArtifact:
    """An artifact of the tree, with its bytes."""

    key: ArtifactKey
    path: str
    content: bytes
    document: Document


def read_tree(root: Path, environment: str) -> tuple[CommittedArtifact, ...]:
    """Read ``artifacts/<environment>/``; every unreadable file is reported at once (SYN208, SYN209)."""
    folder = root / "artifacts" / environment
    if not folder.is_dir():
        raise SynapseGenError(
            Diagnostic(
                "SYN208", f"{folder.relative_to(root).as_posix()} does not exist", hint="run `synapse-gen render`"
            )
        )
    findings = Findings()
    artifacts = []
    for kind in ArtifactKind:
        for path in sorted((folder / kind.folder).glob("*.json")):
            artifact = _read_artifact(root, path, kind, findings)
            if artifact:
                artifacts.append(artifact)
    findings.raise_errors()
    return tuple(artifacts)


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
