"""What a workspace has: its lists read side by side, each artifact reduced to what publishing needs of it."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKind
from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError
from generator.documents import as_object
from generator.publish.content import Content, content_of
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from generator.publish.steps import Identity
    from generator.workspace.port import LiveArtifact, Pool, Workspace


_DESCRIPTION = "itself"
_POOLS = "pools"
_COLLECTIONS = {kind.folder: kind.collection for kind in ArtifactKind} | {_POOLS: _POOLS}


class Live:
    """An artifact as the workspace has it, with its own text; what it means is found out when somebody asks.

    Of a large workspace of which nothing changed nobody asks: its etags say so.
    """

    def __init__(self, artifact: LiveArtifact) -> None:
        self.key = artifact.key
        """In the workspace's own spelling."""
        self.etag = artifact.etag
        self._text = artifact.text.encode()
        # Of triggers: stopping and starting need not change the etag.
        state = as_object(artifact.properties).get("runtimeState") if self.key.kind is ArtifactKind.TRIGGER else None
        self.state = state if isinstance(state, str) else None

    @property
    def text(self) -> str:
        """Its properties as the service wrote them."""
        return self._text.decode()

    @property
    def properties(self) -> Any:
        """Its properties."""
        return json.loads(self._text)

    @cached_property
    def content(self) -> Content:
        """What it is."""
        return content_of(self.key, self.properties)


@dataclass(frozen=True, slots=True)
class LiveWorkspace:
    """The artifacts of some kinds, and the pools."""

    artifacts: Mapping[Identity, Live] = field(default_factory=dict)
    pools: tuple[Pool, ...] = ()
    description: Mapping[str, Any] = field(default_factory=dict)


class LiveReading:
    """Reads the lists of some kinds, the pools and the workspace's description, all at once; begins when it is made."""

    def __init__(self, workspace: Workspace, kinds: Collection[ArtifactKind]) -> None:
        self._found: dict[str, Any] = {}
        self._kinds = tuple(sorted(kinds, key=lambda kind: kind.folder))
        work: dict[str, Callable[[], Any]] = {kind.folder: partial(_listed, workspace, kind) for kind in self._kinds}
        work |= {_DESCRIPTION: workspace.description, _POOLS: workspace.pools}
        self._threads = [
            threading.Thread(target=_noted, args=(self._found, name, call), name=f"read {name}", daemon=True)
            for name, call in work.items()
        ]
        for thread in self._threads:
            thread.start()

    def result(self) -> LiveWorkspace:
        """Return what was read.

        Raises SYN302, exit code 3, with every list that is refused: a plan made without one of them would be wrong.
        """
        for thread in self._threads:
            thread.join()
        _raise_refusals(self._found)
        artifacts = {live.key.identity: live for kind in self._kinds for live in self._found[kind.folder]}
        return LiveWorkspace(artifacts, self._found[_POOLS], self._found[_DESCRIPTION])


def _listed(workspace: Workspace, kind: ArtifactKind) -> list[Live]:
    return [Live(artifact) for artifact in workspace.artifacts(kind)]


def _noted(found: dict[str, Any], name: str, call: Callable[[], Any]) -> None:
    try:
        found[name] = call()
    except Exception as error:  # noqa: BLE001 - raised again by the caller's thread
        found[name] = error


def _raise_refusals(found: Mapping[str, Any]) -> None:
    for value in found.values():
        if isinstance(value, Exception) and not isinstance(value, WorkspaceError):
            raise value
    refused = {name: value for name, value in found.items() if isinstance(value, WorkspaceError)}
    if not refused:
        return
    if any(error.is_unreachable for error in refused.values()):
        first = next(error for error in refused.values() if error.is_unreachable)
        raise SynapseGenError(Diagnostic("SYN302", first.message), exit_code=ExitCode.WORKSPACE)
    told = [
        Diagnostic(
            "SYN302",
            f"the workspace does not show {name if name == _DESCRIPTION else f'its {_COLLECTIONS[name]}'}: {error.message}",
            hint='publishing needs the Synapse Artifact Publisher role (README, "A real workspace")'
            if error.status == 403
            else None,
        )
        for name, error in sorted(refused.items())
    ]
    raise SynapseGenError(*told, exit_code=ExitCode.WORKSPACE)
