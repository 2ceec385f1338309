"""Artifacts, plans and publishes for tests, without a workspace."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKey, ArtifactKind
from generator.publish.content import content_of
from generator.publish.live import Live, LiveWorkspace
from generator.publish.planning import Target, Terms, Wanted, make_plan, settled
from generator.publish.state import Owned, State
from generator.tree.canonical import sha256
from generator.workspace.port import LiveArtifact, Pool

if TYPE_CHECKING:
    from generator.publish.plan import Plan
    from generator.publish.steps import Identity


def key(text: str) -> ArtifactKey:
    return ArtifactKey.parse(text)


def reference(text: str) -> dict[str, Any]:
    """Return a reference to an artifact, as documents hold it."""
    return {"referenceName": key(text).name, "type": key(text).kind.reference}


def pipeline(*needs: str, **members: Any) -> dict[str, Any]:
    return {"activities": [{"name": f"a{n}", "uses": reference(text)} for n, text in enumerate(needs)], **members}


def trigger(*runs: str, state: str | None = None, **members: Any) -> dict[str, Any]:
    found: dict[str, Any] = {"pipelines": [{"pipelineReference": reference(text)} for text in runs], **members}
    return found | ({"runtimeState": state} if state else {})


def notebook(*runs: str) -> dict[str, Any]:
    return {"cells": [{"cell_type": "code", "source": [f"%run /folder/{name}"]} for name in runs]}


def live_of(text: str, properties: Any, etag: str = "e1") -> Live:
    return Live(LiveArtifact(key(text), etag, properties, json.dumps(properties)))


def wanted_of(text: str, properties: Any) -> Wanted:
    content = json.dumps({"name": key(text).name, "properties": properties}).encode()
    return Wanted(content_of(key(text), properties), sha256(content), f"artifacts/dev/{text}.json")


def owned_of(text: str, properties: Any, etag: str = "e1", *, live: Any = None) -> Owned:
    wanted = content_of(key(text), properties).fingerprint
    return Owned(wanted=wanted, live=content_of(key(text), properties if live is None else live).fingerprint, etag=etag)


def by_identity(found: Iterable[Any]) -> dict[Identity, Any]:
    return {one.key.identity: one for one in found}


def state_of(owned: Mapping[str, Owned] | None = None, **members: Any) -> State:
    return State(project="p", environment="dev", workspace="w", owned=owned or {}, **members)


def plan_of(
    tree: Mapping[str, Any],
    there: Iterable[Live] = (),
    owned: Mapping[str, Owned] | None = None,
    *,
    pools: tuple[Pool, ...] = (),
    state: State | None = None,
    prune: bool = False,
    adopt: bool = False,
    sql: Mapping[str, str] | None = None,
    purpose: str = "publish",
) -> Plan:
    """Return the plan of a publish, made as a session makes it."""
    artifacts = by_identity(wanted_of(text, properties) for text, properties in tree.items())
    bodies = {key(text).identity: properties for text, properties in tree.items()}
    state = state or state_of(owned)
    known = {*state.owned, *(state.pending.writes if state.pending else ())}
    gone = frozenset(k for k in map(key, known) if k.identity not in artifacts)
    target = Target(artifacts, gone if prune else frozenset(), frozenset() if prune else gone, sql or {})
    live = LiveWorkspace(by_identity(there), pools)
    terms = Terms(purpose=purpose, prune=prune, adopt=adopt)
    return make_plan(target, live, settled(state, live.artifacts), terms, lambda k: bodies[k.identity])


def actions(plan: Plan) -> dict[str, str]:
    return {c.artifact: c.action for c in plan.changes} | {c.artifact: "conflict" for c in plan.conflicts}


def trigger_actions(plan: Plan) -> list[tuple[str, str]]:
    return [(t.trigger, t.action) for t in plan.triggers]


TRIGGER = ArtifactKind.TRIGGER
