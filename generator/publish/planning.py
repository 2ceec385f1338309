"""Makes the plan: what is wanted against what is there and what is ours; a pure function."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diff import ABSENT, field_changes, is_secure
from generator.documents import POOL_REFERENCES
from generator.publish.given import given_reason, kept_reason
from generator.publish.plan import Change, Conflict, FieldDifference, Left, Plan, PoolState, SqlChange
from generator.publish.secrets import secrets_of, without_secrets
from generator.publish.state import Owned, State
from generator.publish.triggers import TriggerCase, trigger_steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from generator.publish.content import Content
    from generator.publish.live import Live, LiveWorkspace
    from generator.publish.steps import Identity


@dataclass(frozen=True, slots=True)
class Wanted:
    """An artifact as it is to be."""

    content: Content
    sha256: str
    """Of the bytes that are sent."""
    file: str | None = None
    published_as: str | None = None
    """Of what a rollback brings back: the fingerprint of what was published when it came there."""
    was: Owned | None = None
    """Of what a rollback brings back, and somebody else had written over ours: what was known of ours. It stays theirs."""

    @property
    def key(self) -> ArtifactKey:
        """Its key."""
        return self.content.key


@dataclass(frozen=True, slots=True)
class Target:
    """What the workspace is to be."""

    artifacts: Mapping[Identity, Wanted]
    goes: frozenset[ArtifactKey] = frozenset()
    """Artifacts that are to be deleted, where they are there and ours."""
    keeps: frozenset[ArtifactKey] = frozenset()
    """Artifacts of ours that left the tree, and stay."""
    sql: Mapping[str, str] = field(default_factory=dict)
    """Hashes of the T-SQL files."""
    others: frozenset[ArtifactKey] = frozenset()
    """Artifacts that are in the tree and not the project's."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the user allows, and what the plan is called."""

    purpose: str = "publish"
    prune: bool = False
    adopt: bool = False


def settled(state: State, live: Mapping[Identity, Live]) -> State:
    """Return a state in which what an interrupted publish did is known, by what the workspace has now.

    What it wrote is ours; what it deleted is not any more. ``pending`` stays: it may still be under way.
    """
    if state.pending is None:
        return state
    owned = {ArtifactKey.parse(text).identity: (text, known) for text, known in state.owned.items()}
    for text, writes in state.pending.writes.items():
        identity = ArtifactKey.parse(text).identity
        there = live.get(identity)
        if there is None:
            if None in writes:
                owned.pop(identity, None)
        elif identity in owned and _is_as_published(there, owned[identity][1]):
            continue
        elif (found := there.content.fingerprint) in writes:
            owned[identity] = (text, Owned(wanted=found, live=found, etag=there.etag))
    return state.model_copy(update={"owned": dict(owned.values())})


def make_plan(
    target: Target,
    live: LiveWorkspace,
    state: State,
    terms: Terms,
    properties_of: Callable[[ArtifactKey], Any],
) -> Plan:
    """Return the plan; ``state`` is settled, ``properties_of`` reads what is wanted, for those that differ."""
    planner = _Planner(target, live, state, terms, properties_of)
    changes = [*planner.wanted(), *planner.going()]
    triggers = tuple(planner.triggers(changes))
    pools, missing = planner.pools()
    return Plan(
        purpose="rollback" if terms.purpose == "rollback" else "publish",
        project=state.project,
        environment=state.environment,
        workspace=state.workspace,
        serial=state.serial,
        prune=terms.prune,
        adopt=terms.adopt,
        changes=tuple(sorted(changes, key=lambda c: c.key.sort_key)),
        triggers=triggers,
        conflicts=tuple(planner.conflicts),
        left=tuple(planner.left()),
        pools=pools,
        missing_pools=missing,
        sql=tuple(_sql_changes(state.sql, target.sql)) if terms.purpose == "publish" else (),
    )


class _Planner:
    def __init__(
        self,
        target: Target,
        live: LiveWorkspace,
        state: State,
        terms: Terms,
        properties_of: Callable[[ArtifactKey], Any],
    ) -> None:
        self._target = target
        self._live = live.artifacts
        self._pools = live.pools
        self._state = state
        self._terms = terms
        self._properties_of = properties_of
        # By identity: the tree may spell a name in another case than it did.
        self._owned = {ArtifactKey.parse(text).identity: owned for text, owned in state.owned.items()}
        self._ours = {i: w for i, w in target.artifacts.items() if given_reason(w.key) is None}
        self.conflicts: list[Conflict] = []

    def wanted(self) -> Iterator[Change]:
        for identity, wanted in self._ours.items():
            there, owned = self._live.get(identity), self._owned.get(identity)
            if there is None:
                why = self._why_missing(owned)
                yield self._change(wanted, "create", why, None)
            elif owned is None:
                yield from self._foreign(wanted, there, "the workspace has it, and this project did not publish it")
            elif self._is_as_wanted(wanted, there, owned):
                yield self._change(wanted, "unchanged", "the workspace has it", there)
            elif has_moved(there, owned):
                yield from self._foreign(wanted, there, "it was changed in the workspace since it was published")
            else:
                why = "a later publish changed it" if self._is_rollback else "it changed in the tree"
                yield self._change(wanted, "update", why, there)

    @property
    def _is_rollback(self) -> bool:
        return self._terms.purpose == "rollback"

    def _why_missing(self, owned: Owned | None) -> str:
        if self._is_rollback:
            return "a later publish deleted it"
        return "it was deleted from the workspace" if owned else "it is not in the workspace"

    def _foreign(self, wanted: Wanted, there: Live, why: str) -> Iterator[Change]:
        is_same = wanted.content.fingerprint == there.content.fingerprint
        if self._terms.adopt:
            yield self._change(wanted, "unchanged" if is_same else "update", f"taken over: {why}", there)
        else:
            self.conflicts.append(Conflict(artifact=str(wanted.key), reason=why, fields=self._fields(wanted, there)))

    def _is_as_wanted(self, wanted: Wanted, there: Live, owned: Owned) -> bool:
        # What the service writes in its own way is what it made of ours, as long as neither has moved; and where somebody
        # made the same change there is nothing to lose.
        same_as_published = wanted.content.fingerprint == owned.wanted and not has_moved(there, owned)
        return same_as_published or wanted.content.fingerprint == there.content.fingerprint

    def going(self) -> Iterator[Change]:
        # By identity: an artifact whose spelling changed may be known under both.
        for identity, key in {key.identity: key for key in self._target.goes}.items():
            there, owned = self._live.get(identity), self._owned.get(identity)
            if there is None or kept_reason(key):
                continue
            if why := self._objection(there, owned):
                self.conflicts.append(Conflict(artifact=str(there.key), reason=why))
                continue
            reason = "it left the tree" if self._terms.purpose == "publish" else "it was not there before"
            fingerprint = _fingerprint(there, owned)
            yield Change(artifact=str(there.key), action="delete", reason=reason, etag=there.etag, live=fingerprint)

    def _objection(self, there: Live, owned: Owned | None) -> str | None:
        """Return why an artifact is not deleted."""
        if self._terms.adopt:
            return None
        if owned is None:
            return "it would be deleted, but this project did not publish it"
        return (
            "it would be deleted, but was changed in the workspace since it was published"
            if has_moved(there, owned)
            else None
        )

    def left(self) -> Iterator[Left]:
        found: dict[Identity, Left] = {}
        for key in (*self._target.keeps, *self._target.goes):
            reason = kept_reason(key)
            if key.identity in self._live and (reason or key in self._target.keeps):
                why = reason or "it left the tree; `--prune` deletes it"
                found[key.identity] = Left(artifact=str(self._live[key.identity].key), reason=why)
        for key in self._target.others:
            found[key.identity] = Left(artifact=str(key), reason="no spec renders it; it is not published")
        for identity, wanted in self._target.artifacts.items():
            if reason := given_reason(wanted.key):
                found[identity] = Left(artifact=str(wanted.key), reason=reason)
        yield from sorted(found.values(), key=lambda left: ArtifactKey.parse(left.artifact).sort_key)

    def triggers(self, changes: Iterable[Change]) -> Iterator[Any]:
        found = {c.key.identity: c for c in changes}
        changed = {i for i, c in found.items() if c.action != "unchanged"}
        conflicting = {ArtifactKey.parse(c.artifact).identity for c in self.conflicts}
        ran = {(ArtifactKind.TRIGGER, name) for name in self._interrupted()}
        ours = {i for i in (*found, *ran) if i[0] is ArtifactKind.TRIGGER} - conflicting
        cases = [self._case(i, found.get(i), ran=i in ran) for i in ours]
        return trigger_steps(cases, changed, (self._ours, self._live))

    def _interrupted(self) -> list[str]:
        running = self._state.pending.running if self._state.pending else ()
        return [ArtifactKey(ArtifactKind.TRIGGER, name).identity[1] for name in running]

    def _case(self, identity: Identity, change: Change | None, *, ran: bool) -> TriggerCase:
        there, wanted = self._live.get(identity), self._ours.get(identity)
        key = wanted.key if wanted else there.key if there else ArtifactKey(*identity)
        goes = change is not None and change.action == "delete"
        return TriggerCase(key, wanted.content if wanted else None, there, goes, ran)

    def pools(self) -> tuple[tuple[PoolState, ...], tuple[Left, ...]]:
        known = {(p.type, p.name.casefold()): p for p in self._pools}
        used: dict[tuple[str, str], Any] = {}
        missing = []
        for wanted in self._ours.values():
            for kind, name in sorted(wanted.content.pools):
                pool = known.get((kind, name.casefold()))
                if pool:
                    used[kind, pool.name] = pool
                else:
                    what = "SQL" if kind == POOL_REFERENCES[1] else "Spark"
                    missing.append(Left(artifact=str(wanted.key), reason=f'the workspace has no {what} pool "{name}"'))
        states = [PoolState(type=p.type, name=p.name, state=p.state) for _, p in sorted(used.items())]
        return tuple(states), tuple(missing)

    def _change(self, wanted: Wanted, action: Any, reason: str, there: Live | None) -> Change:
        return Change(
            artifact=str(wanted.key),
            action=action,
            reason=reason,
            file=wanted.file,
            sha256=wanted.sha256,
            etag=there.etag if there else None,
            live=_fingerprint(there, self._owned.get(wanted.key.identity)) if there else None,
            fields=self._fields(wanted, there) if there and action == "update" else (),
        )

    def _fields(self, wanted: Wanted, there: Live) -> tuple[FieldDifference, ...]:
        return differences(wanted.key.kind, there.properties, self._properties_of(wanted.key))


def differences(kind: ArtifactKind, old: Any, new: Any) -> tuple[FieldDifference, ...]:
    """Return the fields that differ, with secrets blanked, as text that can be written anywhere."""
    secrets = secrets_of(old, new)
    found = []
    for change in field_changes(kind, old, new):
        both = {"old": change.old, "new": change.new}
        known = secrets
        if any(is_secure(value) for value in both.values()):
            # What becomes a secure string was as secret before.
            known |= {text for value in both.values() for text in _plain_texts(value)}
        shown = {n: _writable(without_secrets(v, known)) for n, v in both.items() if v is not ABSENT}
        found.append(FieldDifference(path=_writable(without_secrets(change.path, secrets)), **shown))
    return tuple(found)


def _plain_texts(value: Any) -> Iterator[str]:
    values = [value.get("value"), value.get("defaultValue")] if isinstance(value, dict) else [value]
    yield from (text for text in values if isinstance(text, str) and text.strip("*"))


def _writable(value: Any) -> Any:
    """Return a JSON value without lone halves of surrogate pairs, which JSON can say and no file can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_writable(item) for item in value]
    if isinstance(value, dict):
        return {_writable(k): _writable(v) for k, v in value.items()}
    return value


def _is_as_published(there: Live, owned: Owned | None) -> bool:
    """Whether the etag alone says that nobody touched it: then what it means need not be looked at."""
    return owned is not None and bool(there.etag) and there.etag == owned.etag


def has_moved(there: Live, owned: Owned) -> bool:
    """Whether somebody else wrote an artifact of ours since we did."""
    return not _is_as_published(there, owned) and there.content.fingerprint != owned.live


def _fingerprint(there: Live, owned: Owned | None) -> str:
    return owned.live if owned and _is_as_published(there, owned) else there.content.fingerprint


def _sql_changes(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[SqlChange]:
    for file in sorted({*old, *new}):
        if old.get(file) != new.get(file):
            yield SqlChange(
                file=file, action="create" if file not in old else "delete" if file not in new else "update"
            )
