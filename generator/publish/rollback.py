"""What a rollback is to bring back: the workspace as a publish found it, or as a named one left it.

Artifacts only. Tables, models, predictions and runs are data; nothing here knows how they were.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKey, ArtifactKind, canonical_name
from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError
from generator.publish.content import content_of
from generator.publish.history import load_record, record_ids
from generator.publish.planning import Target, Wanted
from generator.workspace.raw_json import Reader

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.publish.history import Before, Record
    from generator.publish.live import Live
    from generator.publish.steps import Identity
    from generator.workspace.objects import ObjectStore

# What the service adds itself; it takes none of it back (every other row of the table is as it was).
_ADDED: dict[ArtifactKind, str] = {ArtifactKind.PIPELINE: "lastPublishTime"}


@dataclass(frozen=True, slots=True)
class Past:
    """How the artifacts of some publishes were before them."""

    befores: Mapping[str, Before | None]
    """By artifact; None where there was nothing."""
    triggers: Mapping[str, str]
    """States of triggers."""
    records: tuple[Record, ...]
    """The publishes that are undone, the newest first."""

    @property
    def kinds(self) -> set[ArtifactKind]:
        """The kinds that are touched."""
        found = {ArtifactKey.parse(text).kind for text in self.befores}
        return found | ({ArtifactKind.TRIGGER} if self.triggers else set())


@dataclass(frozen=True, slots=True)
class PastTarget:
    """A past as the target of a plan, with the bytes to send."""

    target: Target
    contents: Mapping[Identity, bytes]
    disowned: frozenset[Identity] = field(default_factory=frozenset)
    """Artifacts that were somebody else's before."""

    def bytes_of(self, key: ArtifactKey) -> bytes:
        """Return an artifact's bytes."""
        return self.contents[key.identity]


def load_past(store: ObjectStore, publish_id: str | None) -> Past:
    """Return how it was when ``publish_id`` had ended, or before the last publish.

    Raises SYN331 where there is no such publish, or nothing to go back to.
    """
    ids = record_ids(store)
    if publish_id is None:
        undone = ids[-1:]
    elif publish_id in ids:
        undone = ids[ids.index(publish_id) + 1 :]
    else:
        load_record(store, publish_id)  # says that there is none
        undone = []
    if not undone:
        message = (
            f"{publish_id} is the last publish: there is nothing to undo" if publish_id else "nothing was published yet"
        )
        raise SynapseGenError(Diagnostic("SYN331", message), exit_code=ExitCode.USAGE)
    return past_of([load_record(store, record_id) for record_id in reversed(undone)])


def past_of(records: Sequence[Record]) -> Past:
    """Return how it was before the oldest of some publishes, which are given from the newest on."""
    # By identity: a publish may have spelt a name in another case than one before it.
    befores: dict[Identity, tuple[str, Before | None]] = {}
    triggers: dict[str, tuple[str, str]] = {}
    for record in records:
        befores |= {ArtifactKey.parse(text).identity: (text, entry.before) for text, entry in record.entries.items()}
        triggers |= {canonical_name(name): (name, state) for name, state in record.triggers.items()}
    return Past(dict(befores.values()), dict(triggers.values()), tuple(records))


def target_of(past: Past, live: Mapping[Identity, Live]) -> PastTarget:
    """Return a past as a target.

    Raises SYN332 with every artifact whose content was not kept, because it held a secret.
    """
    befores = {ArtifactKey.parse(text): before for text, before in past.befores.items()}
    states = {ArtifactKey(ArtifactKind.TRIGGER, name).identity: state for name, state in past.triggers.items()}
    lost = [key for key, before in befores.items() if before and before.text is None]
    if lost:
        raise SynapseGenError(*(_lost(key) for key in lost))
    artifacts: dict[Identity, Wanted] = {}
    contents: dict[Identity, bytes] = {}
    texts = {key: (before.text, before) for key, before in befores.items() if before and before.text is not None}
    # Triggers that were only stopped or started are as they are, in another state.
    touched = {key.identity for key in befores}
    others = [live[i] for i in states if i in live and i not in touched]
    for key, (text, before) in [*texts.items(), *((there.key, (there.text, None)) for there in others)]:
        contents[key.identity] = content = body_of(key, text)
        artifacts[key.identity] = _wanted(key, text, content, states.get(key.identity), before)
    goes = frozenset(key for key, before in befores.items() if before is None)
    foreign = {key.identity for key, before in befores.items() if before and before.owned is None}
    return PastTarget(Target(artifacts, goes), contents, frozenset(foreign))


def body_of(key: ArtifactKey, text: str) -> bytes:
    """Return the bytes that bring an artifact back: its properties as they were, without what the service adds."""
    reader = Reader(text)
    added = _ADDED.get(key.kind)
    if added and reader.begins("{"):
        members = [(name, reader.value().text) for name in reader.members()]
        if any(name == added for name, _ in members):
            kept = ",".join(f"{json.dumps(name)}:{value}" for name, value in members if name != added)
            text = f"{{{kept}}}"
    return f'{{"name":{json.dumps(key.name)},"properties":{text}}}'.encode()


def _wanted(key: ArtifactKey, text: str, content: bytes, state: str | None, before: Before | None) -> Wanted:
    known = content_of(key, json.loads(text))
    if key.kind is ArtifactKind.TRIGGER:
        known = replace(known, state=state)
    owned = before.owned if before else None
    return Wanted(
        known,
        hashlib.sha256(content).hexdigest(),
        published_as=owned.wanted if owned else None,
        was=owned if before and before.has_moved else None,
    )


def _lost(key: ArtifactKey) -> Diagnostic:
    return Diagnostic(
        "SYN332",
        f"{key} cannot be brought back: it held a secret in plain text, which is kept nowhere",
        hint="bring it back by hand, or publish an earlier commit of the tree",
    )
