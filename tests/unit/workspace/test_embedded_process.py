"""The embedded workspace ends when it is idle, on a virtual clock; and its store outlives a restart."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from generator.artifact import ArtifactKind
from generator.local.clock import SystemClock
from generator.local.process import IDLE_SECONDS
from generator.local.server import Activity, watch_idle
from generator.local.store import ArtifactStore

if TYPE_CHECKING:
    from generator.local.server import EmbeddedWorkspace


@dataclass
class Watched:
    """What the watch sees of a workspace, and the time that passes for it."""

    now: float = 0.0
    busy: list[tuple[float, float]] = field(default_factory=list)
    """From when to when something runs."""
    asked: list[float] = field(default_factory=list)
    """When it is asked for something."""
    activity: Activity = field(default_factory=lambda: Activity(0.0))
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.activity.at = max([self.activity.at, *(a for a in self.asked if a <= self.now)])
        assert self.now < 100_000

    def is_busy(self) -> bool:
        return any(start <= self.now < end for start, end in self.busy)

    def stop(self) -> None:
        self.stopped.set()

    def end(self) -> float:
        workspace = cast("EmbeddedWorkspace", self)
        asyncio.run(watch_idle(workspace, IDLE_SECONDS, now=lambda: self.now, sleep=self.sleep))
        assert self.stopped.is_set()
        return self.now


@pytest.mark.parametrize(
    ("asked", "busy", "end"),
    [
        ([], [], 600),
        ([1], [], 605),
        ([100, 599, 1190], [], 1790),
        ([], [(0, 7200)], 7795),
        ([601], [], 600),
        ([10], [(500, 520)], 1115),
    ],
)
def test_it_ends_after_ten_minutes_in_which_nothing_happened(
    asked: list[float], busy: list[tuple[float, float]], end: float
) -> None:
    assert Watched(asked=asked, busy=busy).end() == end


def test_names_keep_their_case_over_a_restart(tmp_path: Path) -> None:
    store = ArtifactStore(tmp_path, SystemClock())
    name = "My Pipe é" + "日" * 200
    store.put(ArtifactKind.PIPELINE, name, b'{"properties": {}}')
    again = ArtifactStore(tmp_path, SystemClock())
    assert [s.name for s in again.list(ArtifactKind.PIPELINE)] == [name]
    assert again.document(ArtifactKind.PIPELINE, name.upper()) == {"name": name, "properties": {}}
    assert again.delete(ArtifactKind.PIPELINE, name.upper())
    assert ArtifactStore(tmp_path, SystemClock()).list(ArtifactKind.PIPELINE) == []


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"content": "[]", "etag": "e", "changed": "c"}'])
def test_a_file_that_is_no_artifact_is_left_alone(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    ArtifactStore(tmp_path, SystemClock()).put(ArtifactKind.DATASET, "good", b'{"properties": {}}')
    strange = tmp_path / "dataset" / "strange.json"
    strange.write_bytes(content)
    again = ArtifactStore(tmp_path, SystemClock())
    assert [s.name for s in again.list(ArtifactKind.DATASET)] == ["good"]
    assert strange.read_bytes() == content
    assert "strange.json is no artifact" in capsys.readouterr().err


def test_an_artifact_that_cannot_be_removed_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ArtifactStore(tmp_path, SystemClock())
    store.put(ArtifactKind.DATASET, "d", b'{"properties": {}}')

    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(OSError, match="Read-only"):
        store.delete(ArtifactKind.DATASET, "d")
    assert store.get(ArtifactKind.DATASET, "d") is not None
