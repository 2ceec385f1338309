"""What must hold of publishing, whoever does what: a model in the words of the promises, beside a real workspace.

The model knows who wrote each artifact last and which triggers somebody wants to run. It does not know how publishing
works: what only we wrote may never be a conflict, what somebody else wrote may never be touched unless that was allowed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKey, ArtifactKind
from tests.contract.places import document

if TYPE_CHECKING:
    from collections.abc import Iterable

    from generator.local.store import ArtifactStore
    from generator.publish.steps import Identity

Documents = dict[str, dict[str, Any]]

OURS = {
    "linkedService/lake": (),
    "dataset/raw": ("linkedService/lake",),
    "dataset/clean": ("linkedService/lake",),
    "notebook/fit": (),
    "pipeline/inner": ("dataset/raw", "notebook/fit"),
    "pipeline/outer": ("pipeline/inner", "dataset/clean"),
    "trigger/nightly": ("pipeline/outer",),
    "trigger/hourly": ("pipeline/inner",),
}
"""Names that the project may use, and what each refers to."""
THEIRS = ("dataset/x", "pipeline/x", "trigger/x")
"""Names that it never uses."""


def identity(text: str) -> Identity:
    return ArtifactKey.parse(text).identity


def in_case(text: str, *, upper: bool) -> str:
    """A name in another case, which is the same artifact."""
    folder, name = text.split("/")
    return f"{folder}/{name.upper() if upper else name}"


def our_document(text: str, value: int, *, upper: bool, state: str | None) -> dict[str, Any]:
    more = {"runtimeState": state} if state and text.startswith("trigger/") else {}
    return document(in_case(text, upper=upper), *OURS[text], value=value, **more)


def without(tree: Documents, gone: str) -> Documents:
    """A tree without an artifact and all that refers to it."""
    found = {text: body for text, body in tree.items() if identity(text) != identity(gone)}
    for user, needs in OURS.items():
        if gone in needs:
            found = without(found, user)
    return found


def with_needs(tree: Documents, text: str) -> Documents:
    """A tree in which everything is there that an artifact refers to."""
    found = dict(tree)
    for other in OURS[text]:
        if identity(other) not in {identity(t) for t in found}:
            found = with_needs(found, other) | {other: our_document(other, 0, upper=False, state=None)}
    return found


@dataclass
class Snapshot:
    """The workspace at a moment."""

    contents: dict[Identity, Any]
    touched: dict[Identity, int]
    """How often somebody else had changed each artifact."""


@dataclass
class Model:
    """Who wrote what, beside the real workspace."""

    store: ArtifactStore
    theirs: dict[Identity, bytes] = field(default_factory=dict)
    """Artifacts that somebody else wrote last, with what they wrote; after the state was lost, all that there are."""
    claimed: set[Identity] = field(default_factory=set)
    """Artifacts that this project may have written since the state is known."""
    runs: dict[Identity, bool | None] = field(default_factory=dict)
    """Whether a trigger is meant to run; None where an unfinished publish leaves it open."""
    touched: dict[Identity, int] = field(default_factory=dict)

    # What there is

    def content(self, i: Identity) -> bytes | None:
        stored = self.store.get(*i)
        return stored.content if stored else None

    def is_running(self, i: Identity) -> bool:
        stored = self.store.get(*i)
        return stored is not None and stored.state.get("runtimeState") == "Started"

    def present(self) -> list[Identity]:
        return [(kind, s.name.casefold()) for kind in ArtifactKind for s in self.store.list(kind)]

    def snapshot(self) -> Snapshot:
        contents = {i: _properties(self.content(i)) for i in self.present()}
        return Snapshot(contents, dict(self.touched))

    # What somebody else does

    def somebody_writes(self, text: str, body: dict[str, Any]) -> None:
        key = ArtifactKey.parse(text)
        content = json.dumps(body).encode()
        self.store.put(key.kind, key.name, content)
        self.theirs[key.identity] = content
        self.touched[key.identity] = self.touched.get(key.identity, 0) + 1
        if key.kind is ArtifactKind.TRIGGER:
            self.runs.setdefault(key.identity, False)

    def somebody_deletes(self, i: Identity) -> None:
        self.store.delete(*i)
        self.theirs.pop(i, None)
        self.runs.pop(i, None)
        self.touched[i] = self.touched.get(i, 0) + 1

    def somebody_switches(self, i: Identity, *, on: bool) -> None:
        self.store.set_state(*i, {"runtimeState": "Started" if on else "Stopped"}, is_write=True)
        self.runs[i] = on

    def state_is_lost(self) -> None:
        """From now on everything there is somebody else's, as far as anybody can tell."""
        self.claimed.clear()
        for i in self.present():
            self.theirs[i] = self.content(i) or b""

    def is_theirs_again(self, identities: Iterable[Identity]) -> None:
        """What was taken over from somebody, and was given back."""
        for i in identities:
            if (content := self.content(i)) is not None:
                self.theirs[i] = content

    # What must hold

    def nothing_of_theirs_was_touched(self, allowed: Iterable[Identity] = ()) -> None:
        """No foreign artifact touched, no lost update; ``allowed`` are those that the user let go of."""
        for i in allowed:
            if i in self.theirs and self.content(i) != self.theirs[i]:
                del self.theirs[i]
        for i, content in self.theirs.items():
            assert self.content(i) == content, f"{i} was changed, though somebody else wrote it"

    def is_as(self, tree: Documents) -> None:
        """The workspace is what a tree says."""
        for text, body in tree.items():
            assert _properties(self.content(identity(text))) == _without_state(body["properties"]), text

    def triggers_are_right(self, tree: Documents) -> None:
        """No trigger is left stopped that ran, and none runs that should not: by its document, or as it was."""
        for text, body in tree.items():
            state, i = body["properties"].get("runtimeState"), identity(text)
            if i[0] is ArtifactKind.TRIGGER:
                self.runs.setdefault(i, False)
                if state:
                    self.runs[i] = state == "Started"
        self.all_run_that_should()

    def all_run_that_should(self) -> None:
        for i in [i for i in self.present() if i[0] is ArtifactKind.TRIGGER]:
            wanted = self.runs.get(i, False)
            if wanted is None:
                self.runs[i] = self.is_running(i)
            else:
                assert self.is_running(i) is wanted, f"{i} should {'' if wanted else 'not '}run"

    def unfinished(self, tree: Documents) -> None:
        """Note that it is open how the triggers of a tree are that were to change their state."""
        for text, body in tree.items():
            if "runtimeState" in body["properties"]:
                self.runs[identity(text)] = None
        present = self.present()
        self.runs = {i: on for i, on in self.runs.items() if i in present}


def _properties(content: bytes | None) -> Any:
    return None if content is None else _without_state(json.loads(content)["properties"])


def _without_state(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in ("runtimeState", "lastPublishTime")}
