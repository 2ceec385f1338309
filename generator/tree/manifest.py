"""``artifacts/manifest.json``: the hash of each rendered file and the spec that it comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.diagnostics import Diagnostic, Location, SynapseGenError
from generator.tree.layout import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VERSION = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """A file that we rendered."""

    sha256: str
    spec: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Per environment, the files that we rendered, by path relative to the project root."""

    environments: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)

    def of(self, environment: str) -> Mapping[str, Entry]:
        """Return the entries of one environment; none where it was never rendered."""
        return self.environments.get(environment, {})

    def with_environment(self, environment: str, entries: Mapping[str, Entry]) -> Manifest:
        """Return a manifest in which one environment's entries are replaced."""
        return Manifest({**self.environments, environment: dict(entries)})

    def without(self, keep: frozenset[str]) -> Manifest:
        """Return a manifest with only the environments in ``keep``."""
        return Manifest({name: e for name, e in self.environments.items() if name in keep})

    def to_bytes(self) -> bytes:
        """Return the file's bytes: sorted, so that merges touch few lines."""
        document: dict[str, Any] = {
            "version": VERSION,
            "environments": {
                name: {path: {"sha256": e.sha256, "spec": e.spec} for path, e in sorted(entries.items())}
                for name, entries in sorted(self.environments.items())
            },
        }
        return (json.dumps(document, indent="\t", ensure_ascii=False) + "\n").encode()


def read_manifest(root: Path) -> Manifest:
    """Read the manifest; an empty one where there is none. SYN204 for one that is broken."""
    path = root / MANIFEST
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return Manifest()
    try:
        document = json.loads(content)
        if document["version"] != VERSION:
            raise ValueError(f"version {document['version']}, expected {VERSION}")
        return Manifest(
            {
                name: {path: Entry(e["sha256"], e["spec"]) for path, e in entries.items()}
                for name, entries in document["environments"].items()
            }
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SynapseGenError(
            Diagnostic(
                "SYN204",
                f"the manifest cannot be read: {error}",
                Location(MANIFEST.as_posix()),
                hint="resolve a merge conflict in it, or delete it and render again",
            )
        ) from error
