"""Published artifacts, on disk or in memory: the bytes that were put, an etag, a time and a state for each."""

from __future__ import annotations

import hashlib
import json
import re
import sys
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from generator.artifact import ArtifactKind, canonical_name
from generator.local.clock import Clock, iso
from generator.local.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_LONGEST_STEM = 150
"""Characters; file systems take names of 255 bytes, and a name of 140 characters may be encoded in 1,260."""
# As recorded (azure-cli, test_trigger): a number that grows, and the second of the write. "0900a070-0000-0100-0000-
# 61404c820000" is of 2021-09-14T07:17:22Z, three seconds after its PUT was accepted.
_ETAG = re.compile(r"([0-9a-f]{8})-0000-0100-0000-[0-9a-f]{8}0000")


@dataclass(frozen=True, slots=True)
class Stored:
    """An artifact as the workspace keeps it."""

    name: str
    content: bytes
    etag: str
    changed: str
    state: Mapping[str, str] = field(default_factory=dict)
    """What the service knows beside the document: whether a trigger runs."""

    @property
    def document(self) -> dict[str, Any]:
        """The document that was put."""
        document: dict[str, Any] = json.loads(self.content)
        return document


class ArtifactStore:
    """Artifacts by kind and name, one file each, written whole; names do not tell case apart."""

    def __init__(self, folder: Path | None, clock: Clock) -> None:
        """``folder`` is None for a store that lives in memory, and ends with the process."""
        self._folder = folder
        self._clock = clock
        self._lock = threading.RLock()
        self._artifacts: dict[ArtifactKind, dict[str, Stored]] = {kind: {} for kind in ArtifactKind}
        self._written = 0
        if folder is not None:
            self._load(folder)

    def _load(self, folder: Path) -> None:
        for kind in ArtifactKind:
            for path in sorted((folder / kind.folder).glob("*.json")):
                try:
                    stored = _read(path)
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    # Files are written whole: somebody else changed it. The others can still be read.
                    print(f"{path} is no artifact, and is left alone: {error!r}", file=sys.stderr)  # noqa: T201 - a log
                    continue
                self._artifacts[kind][canonical_name(stored.name)] = stored
                if match := _ETAG.fullmatch(stored.etag):
                    self._written = max(self._written, int(match[1], 16))

    def moment(self) -> str:
        """Return the time, as artifacts carry that of their change."""
        return iso(self._clock.now())

    def get(self, kind: ArtifactKind, name: str) -> Stored | None:
        """Return an artifact; None where there is none."""
        with self._lock:
            return self._artifacts[kind].get(canonical_name(name))

    def document(self, kind: ArtifactKind, name: str) -> dict[str, Any] | None:
        """Return an artifact's document, with its name, which clients may leave out; None where there is none."""
        stored = self.get(kind, name)
        return {"name": stored.name, **stored.document} if stored else None

    def list(self, kind: ArtifactKind) -> list[Stored]:
        """Return a kind's artifacts by name."""
        with self._lock:
            found = list(self._artifacts[kind].values())
        return sorted(found, key=lambda s: s.name)

    def put(self, kind: ArtifactKind, name: str, content: bytes, state: Mapping[str, str] | None = None) -> Stored:
        """Keep an artifact; without ``state`` in the state that it was in."""
        with self._lock:
            if state is None:
                old = self.get(kind, name)
                state = old.state if old else {}
            stored = Stored(name, content, self._next_etag(), iso(self._clock.now()), state)
            self._keep(kind, stored)
        return stored

    def set_state(self, kind: ArtifactKind, name: str, state: Mapping[str, str], *, is_write: bool) -> None:
        """Change the state of an artifact, and with ``is_write`` its etag; KeyError where there is none."""
        with self._lock:
            stored = self._artifacts[kind][canonical_name(name)]
            etag = self._next_etag() if is_write else stored.etag
            self._keep(kind, replace(stored, state=state, etag=etag))

    def delete(self, kind: ArtifactKind, name: str) -> bool:
        """Remove an artifact; False where there is none."""
        with self._lock:
            if canonical_name(name) not in self._artifacts[kind]:
                return False
            if self._folder is not None:
                _path(self._folder, kind, name).unlink(missing_ok=True)
            del self._artifacts[kind][canonical_name(name)]
        return True

    def _next_etag(self) -> str:
        self._written += 1
        return f"{self._written:08x}-0000-0100-0000-{int(self._clock.now().timestamp()):08x}0000"

    def _keep(self, kind: ArtifactKind, stored: Stored) -> None:
        if self._folder is not None:
            record: dict[str, Any] = {
                "name": stored.name,
                "content": stored.content.decode(),
                "etag": stored.etag,
                "changed": stored.changed,
            }
            if stored.state:
                record["state"] = dict(stored.state)
            path = _path(self._folder, kind, stored.name)
            write_atomic(path, json.dumps(record, ensure_ascii=False).encode())
        self._artifacts[kind][canonical_name(stored.name)] = stored


def _path(folder: Path, kind: ArtifactKind, name: str) -> Path:
    text = quote(canonical_name(name), safe=" ")
    if len(text) > _LONGEST_STEM:
        text = f"{text[:_LONGEST_STEM]}-{hashlib.sha256(text.encode()).hexdigest()}"
    return folder / kind.folder / f"{text}.json"


def _read(path: Path) -> Stored:
    record = json.loads(path.read_bytes())
    stored = Stored(
        record.get("name") or unquote(path.stem),
        record["content"].encode(),
        record["etag"],
        record["changed"],
        dict(record.get("state") or {}),
    )
    if not isinstance(stored.document, dict):
        raise TypeError("it holds no document")
    return stored
