"""Published artifacts on disk: the bytes that were put, an etag and a time for each."""

from __future__ import annotations

import hashlib
import json
import sys
import threading
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from generator.artifact import ArtifactKind, canonical_name
from generator.local.clock import Clock, iso
from generator.local.files import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_STEM = 150
"""Characters; file systems take names of 255 bytes, and a name of 140 characters may be encoded in 1,260."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An artifact as the workspace keeps it."""

    name: str
    content: bytes
    etag: str
    changed: str

    @property
    def document(self) -> dict[str, Any]:
        """The document that was put."""
        document: dict[str, Any] = json.loads(self.content)
        return document


class ArtifactStore:
    """Artifacts by kind and name, one file each, written whole; names do not tell case apart."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.RLock()
        self._artifacts: dict[tuple[ArtifactKind, str], Stored] = {}
        for kind in ArtifactKind:
            for path in sorted((folder / kind.folder).glob("*.json")):
                try:
                    stored = _read(path)
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    # Files are written whole: somebody else changed it. The others can still be read.
                    print(f"{path} is no artifact, and is left alone: {error!r}", file=sys.stderr)  # noqa: T201 - a log
                    continue
                self._artifacts[kind, canonical_name(stored.name)] = stored

    def get(self, kind: ArtifactKind, name: str) -> Stored | None:
        """Return an artifact; None where there is none."""
        with self._lock:
            return self._artifacts.get((kind, canonical_name(name)))

    def document(self, kind: ArtifactKind, name: str) -> dict[str, Any] | None:
        """Return an artifact's document, with its name, which clients may leave out; None where there is none."""
        stored = self.get(kind, name)
        return {"name": stored.name, **stored.document} if stored else None

    def list(self, kind: ArtifactKind) -> list[Stored]:
        """Return a kind's artifacts by name."""
        with self._lock:
            found = [s for (k, _), s in self._artifacts.items() if k is kind]
        return sorted(found, key=lambda s: s.name)

    def put(self, kind: ArtifactKind, name: str, content: bytes) -> Stored:
        """Keep an artifact."""
        stored = Stored(name, content, str(uuid.uuid4()), iso(self._clock.now()))
        record = {"name": name, "content": content.decode(), "etag": stored.etag, "changed": stored.changed}
        with self._lock:
            write_atomic(self._path(kind, name), json.dumps(record, ensure_ascii=False).encode())
            self._artifacts[kind, canonical_name(name)] = stored
        return stored

    def delete(self, kind: ArtifactKind, name: str) -> bool:
        """Remove an artifact; False where there is none."""
        with self._lock:
            key = (kind, canonical_name(name))
            if key not in self._artifacts:
                return False
            self._path(kind, name).unlink(missing_ok=True)
            del self._artifacts[key]
        return True

    def _path(self, kind: ArtifactKind, name: str) -> Path:
        text = quote(canonical_name(name), safe=" ")
        if len(text) > _LONGEST_STEM:
            text = f"{text[:_LONGEST_STEM]}-{hashlib.sha256(text.encode()).hexdigest()}"
        return self._folder / kind.folder / f"{text}.json"


def _read(path: Path) -> Stored:
    record = json.loads(path.read_bytes())
    stored = Stored(
        record.get("name") or unquote(path.stem), record["content"].encode(), record["etag"], record["changed"]
    )
    if not isinstance(stored.document, dict):
        raise TypeError("it holds no document")
    return stored
