"""What publishing knows of an artifact's content without holding it: its hash, what it refers to, whether it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diff import fingerprint
from generator.documents import POOL_REFERENCES, as_object, run_notebooks, target_key, targets

EXECUTED = frozenset(
    {ArtifactKind.PIPELINE, ArtifactKind.NOTEBOOK, ArtifactKind.DATA_FLOW, ArtifactKind.SPARK_JOB_DEFINITION}
)
"""Kinds that do something when a pipeline runs; the others say where and with what."""
_EVENT_TRIGGERS = ("BlobEventsTrigger", "CustomEventsTrigger")


@dataclass(frozen=True, slots=True)
class Content:
    """What an artifact is, as far as order, comparison and triggers need it."""

    key: ArtifactKey
    fingerprint: str
    """Hash of what counts of its properties."""
    needs: frozenset[ArtifactKey]
    """What it refers to, which must be there first."""
    runs: frozenset[ArtifactKey]
    """Those of its needs that it executes, and notebooks that it runs by ``%run``."""
    pools: frozenset[tuple[str, str]]
    """Type and name of the pools that it refers to."""
    state: str | None = None
    """Of a trigger: ``Started`` or ``Stopped``; None where its document does not say."""
    is_event: bool = False
    """Whether it is a trigger that must be subscribed to its events."""


def content_of(key: ArtifactKey, properties: Any) -> Content:
    """Return what publishing needs to know of an artifact."""
    found = targets(properties)
    needs = {other for kind, name in found if (other := target_key(kind, name)) is not None}
    runs = {k for k in needs if k.kind in EXECUTED}
    if key.kind is ArtifactKind.NOTEBOOK:
        runs |= set(run_notebooks(properties))
    values = as_object(properties)
    is_trigger = key.kind is ArtifactKind.TRIGGER
    state = values.get("runtimeState") if is_trigger else None
    return Content(
        key,
        fingerprint(key.kind, properties),
        frozenset(k for k in needs if k.identity != key.identity),
        frozenset(k for k in runs if k.identity != key.identity),
        frozenset((kind, name) for kind, name in found if kind in POOL_REFERENCES and name),
        state if isinstance(state, str) else None,
        is_trigger and values.get("type") in _EVENT_TRIGGERS,
    )
