"""How a publish goes, whatever the workspace."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import pytest

from generator.artifact import ArtifactKey, ArtifactKind
from generator.documents import Document
from generator.publish import publish

if TYPE_CHECKING:
    from generator.workspace.port import Workspace


class Memory:
    """A workspace that keeps what it is given, and does something first."""

    def __init__(self, first: Callable[[ArtifactKey], None] = lambda _: None) -> None:
        self.kept: dict[str, bytes] = {}
        self.first = first

    def put(self, key: ArtifactKey, content: bytes) -> None:
        self.first(key)
        self.kept[key.name] = content


def pipelines(count: int, *, is_chain: bool) -> list[tuple[Document, bytes]]:
    found = []
    for n in range(count):
        called = [{"referenceName": f"p{n - 1}", "type": "PipelineReference"}] if is_chain and n else []
        body: dict[str, Any] = {"name": f"p{n}", "properties": {"activities": called}}
        found.append((Document(ArtifactKey(ArtifactKind.PIPELINE, f"p{n}"), body), json.dumps(body).encode()))
    return found


@pytest.mark.parametrize("is_chain", [False, True])
def test_a_large_workspace_is_published_whole(is_chain: bool) -> None:
    memory = Memory()
    many = pipelines(2000, is_chain=is_chain)
    report = publish(many, cast("Workspace", memory), on_outcome=lambda _: None)
    assert not report.failed
    assert memory.kept == {d.key.name: content for d, content in many}


def test_nothing_to_publish() -> None:
    assert publish([], cast("Workspace", Memory()), on_outcome=lambda _: None).outcomes == ()


def test_a_fault_of_ours_is_raised_where_the_caller_is() -> None:
    def fail(_: ArtifactKey) -> None:
        raise ZeroDivisionError("ours")

    with pytest.raises(ZeroDivisionError, match="ours"):
        publish(pipelines(3, is_chain=True), cast("Workspace", Memory(fail)), on_outcome=lambda _: None)


def test_outcomes_are_told_in_the_callers_thread() -> None:
    told: list[threading.Thread] = []
    publish(
        pipelines(3, is_chain=False),
        cast("Workspace", Memory()),
        on_outcome=lambda _: told.append(threading.current_thread()),
    )
    assert told == [threading.current_thread()] * 3
