"""What a rollback is to bring back: the workspace as a publish found it, or as a named one left it.

Artifacts only. Tables, models, predictions and runs are data; nothing here knows how they were.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKey, ArtifactKind
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
        message = f"{publish_id} is the last publish: there is nothing to undo" if publish_id else "nothing was published yet"
        raise SynapseGenError(Diagnostic("SYN331", message), exit_code=ExitCode.USAGE)
    return past_of([load_record(store, record_id) for record_id in reversed(undone)])


def past_of(records: Sequence[Record]) -> Past:
    """Return how it was before the oldest of some publishes, which are given from the newest on."""
    befores: dict[str, Before | None] = {}
    triggers: dict[str, str] = {}
    for record in records:
        befores |= {text: entry.before for text, entry in record.entries.items()}
        triggers |= record.triggers
    return Past(befores, triggers, tuple(records))


def target_of(past: Past, live: Mapping[Identity, Live]) -> PastTarget:
    """Return a past as a target.

    Raises SYN332 with every artifact whose content was not kept, because it held a secret.
    """
    artifacts: dict[Identity, Wanted] = {}
    contents: dict[Identity, bytes] = {}
    lost = []
    for text, before in past.befores.items():
        key = ArtifactKey.parse(text)
        if before is None:
            continue
        if before.text is None:
            lost.append(text)
            continue
        contents[key.identity] = content = body_of(key, before.text)
        state = past.triggers.get(key.name) if key.kind is ArtifactKind.TRIGGER else None
        artifacts[key.identity] = _wanted(key, before.text, content, state, before)
    if lost:
        raise SynapseGenError(*(_lost(text) for text in lost))
    for name, state in past.triggers.items():
        there = live.get((ArtifactKind.TRIGGER, name.casefold()))
        if there and there.key.identity not in artifacts and str(there.key) not in past.befores:
            contents[there.key.identity] = content = body_of(there.key, there.text)
            artifacts[there.key.identity] = _wanted(there.key, there.text, content, state, None)
    goes = frozenset(ArtifactKey.parse(text) for text, before in past.befores.items() if before is None)
    foreign = {ArtifactKey.parse(t).identity for t, before in past.befores.items() if before and before.owned is None}
    return PastTarget(Target(artifacts, goes), contents, frozenset(foreign))


def body_of(key: ArtifactKey, text: str) -> bytes:
    """Return the bytes that bring an artifact back: its properties as they were, without what the service adds."""
    reader = Reader(text)
    added = _ADDED.get(key.kind)
    kept = [(name, reader.value().text) for name in reader.members()]
    members = ",".join(f"{json.dumps(name)}:{value}" for name, value in kept if name != added)
    return f'{{"name":{json.dumps(key.name)},"properties":{{{members}}}}}'.encode()


def _wanted(key: ArtifactKey, text: str, content: bytes, state: str | None, before: Before | None) -> Wanted:
    known = content_of(key, json.loads(text))
    if key.kind is ArtifactKind.TRIGGER:
        known = replace(known, state=state)
    owned = before.owned if before else None
    return Wanted(known, hashlib.sha256(content).hexdigest(), published_as=owned.wanted if owned else None)


def _lost(text: str) -> Diagnostic:
    return Diagnostic(
        "SYN332",
        f"{text} cannot be brought back: it held a secret in plain text, which is kept nowhere",
        hint="bring it back by hand, or publish an earlier commit of the tree",
    )
