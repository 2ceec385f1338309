"""The steps of a plan and which waits for which: from references, and from nothing else.

A step begins the moment that what it waits for is done; there are no batches. What is on the longest way to the end is
begun first.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Protocol

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import Diagnostic, SynapseGenError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from collections.abc import Set as AbstractSet

    from generator.publish.content import Content

Identity = tuple[ArtifactKind, str]


class HasContent(Protocol):
    """An artifact, wanted or live."""

    @property
    def content(self) -> Content:
        """What it is."""


class Verb(StrEnum):
    """What a step does."""

    STOP = "stop"
    PUT = "put"
    DELETE = "delete"
    START = "start"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do in the workspace."""

    verb: Verb
    key: ArtifactKey

    def __str__(self) -> str:
        return f"{self.verb} {self.key}"

    @property
    def sort_key(self) -> tuple[str, str, str]:
        """Orders steps as folders list their artifacts."""
        return (*self.key.sort_key, self.verb)


@dataclass(frozen=True, slots=True)
class Work:
    """What a plan wants done, and what is known of the artifacts; keys are as in the tree, or as in the workspace."""

    puts: frozenset[ArtifactKey]
    deletes: frozenset[ArtifactKey]
    stops: frozenset[ArtifactKey]
    starts: frozenset[ArtifactKey]
    restores: frozenset[ArtifactKey]
    """Those of the triggers started that ran before."""
    desired: Mapping[Identity, HasContent]
    live: Mapping[Identity, HasContent]


@dataclass(frozen=True, slots=True)
class Graph:
    """Steps and what each waits for."""

    needs: Mapping[Step, frozenset[Step]]
    height: Mapping[Step, int] = field(default_factory=dict)
    """Steps on the longest way from each to the end."""
    restores: frozenset[Step] = frozenset()
    """Steps that are taken whatever became of those before them: triggers that ran are started again."""
    if_failed: frozenset[Step] = frozenset()
    """Steps that are taken only where one before them failed: a trigger that was to stay stopped, or to go, did not."""


def graph_of(work: Work) -> Graph:
    """Return the steps of a plan; SYN301 with the circle, where artifacts refer to each other in one.

    Notebooks may run each other in a circle: the service looks at no ``%run``, so that is no order then.
    """
    needs = _needs(work, with_runs=True)
    if _circle(needs) is not None:
        needs = _needs(work, with_runs=False)
    circle = _circle(needs)
    if circle is None:
        restores = frozenset(Step(Verb.START, key) for key in work.restores)
        if_failed = frozenset(Step(Verb.START, key) for key in work.stops - work.starts)
        return Graph(needs, _heights(needs), restores, if_failed & needs.keys())
    # graphlib lists what comes before first; a reader follows the references.
    text = " -> ".join(str(step.key) for step in reversed(circle))
    raise SynapseGenError(Diagnostic("SYN301", f"artifacts refer to each other in a circle: {text}"))


def closure(start: Iterable[ArtifactKey], artifacts: Iterable[Mapping[Identity, HasContent]]) -> set[Identity]:
    """Return everything that some artifacts execute, directly or through others, themselves included."""
    maps = list(artifacts)
    found: set[Identity] = set()
    waiting = [key.identity for key in start]
    while waiting:
        identity = waiting.pop()
        if identity in found:
            continue
        found.add(identity)
        for artifacts_of in maps:
            artifact = artifacts_of.get(identity)
            waiting += [key.identity for key in artifact.content.runs] if artifact else []
    return found


def _needs(work: Work, *, with_runs: bool) -> dict[Step, frozenset[Step]]:
    puts = {key.identity: Step(Verb.PUT, key) for key in work.puts}
    deletes = {key.identity: Step(Verb.DELETE, key) for key in work.deletes}
    needs: dict[Step, set[Step]] = {Step(Verb.STOP, key): set() for key in work.stops}
    for identity, step in puts.items():
        content = work.desired[identity].content
        wanted = content.needs | content.runs if with_runs else content.needs
        needs[step] = {puts[key.identity] for key in wanted if key.identity in puts} - {step}
    users = _users(work.live) if deletes else {}
    for identity, step in deletes.items():
        found = {puts.get(user) or deletes.get(user) for user in users.get(identity, ())}
        needs[step] = {other for other in found if other is not None and other != step}
    for key in work.stops:
        stopped = closure([key], (work.desired, work.live))
        for step in (*puts.values(), *deletes.values()):
            if step.key.identity in stopped:
                needs[step].add(Step(Verb.STOP, key))
    for key in work.starts:
        ran = closure([key], (work.desired,))
        needs[Step(Verb.START, key)] = {puts[i] for i in ran if i in puts} | (
            {Step(Verb.STOP, key)} if key in work.stops else set()
        )
    for key in work.stops - work.starts:
        own = puts.get(key.identity) or deletes.get(key.identity)
        if own:
            needs[Step(Verb.START, key)] = {own}
    return {step: frozenset(before) for step, before in needs.items()}


def _users(live: Mapping[Identity, HasContent]) -> Mapping[Identity, AbstractSet[Identity]]:
    """Return, for each artifact, those of the workspace that refer to it."""
    found: defaultdict[Identity, set[Identity]] = defaultdict(set)
    for user, artifact in live.items():
        for key in artifact.content.needs:
            found[key.identity].add(user)
    return found


def _circle(needs: Mapping[Step, AbstractSet[Step]]) -> list[Step] | None:
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        circle: list[Step] = error.args[1]
        return circle
    return None


def _heights(needs: Mapping[Step, AbstractSet[Step]]) -> dict[Step, int]:
    after: defaultdict[Step, list[Step]] = defaultdict(list)
    for step, before in needs.items():
        for other in before:
            after[other].append(step)
    heights: dict[Step, int] = {}
    for step in reversed(list(TopologicalSorter(needs).static_order())):
        heights[step] = 1 + max((heights[later] for later in after[step]), default=0)
    return heights
