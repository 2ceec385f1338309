"""What must be deployed before what, and the order of a template's resources.

The task goes through the resources again and again, and takes one whose dependencies it has taken; what it takes in one
round it sends one after another and waits for at the round's end (``createDependancyTree``, ``deployResourcesInOrder``).
A dependant that stands *behind* its dependency falls into the same round and is sent while the dependency is still being
made. So each dependant stands before what it depends on, and each round holds one level.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import Diagnostic, SynapseGenError
from generator.documents import Document, references, run_notebooks
from generator.export.resources import RESOURCE_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Dependencies: TypeAlias = "dict[ArtifactKey, tuple[ArtifactKey, ...]]"
"""Artifacts with what each needs, in the order in which it names them."""

_RANK = {kind: rank for rank, kind in enumerate(RESOURCE_TYPES)}


def dependencies(documents: Sequence[Document]) -> Dependencies:
    """Return what each document needs among the others.

    What is not among them is left out, because the task gives up on a template with a dependency that it does not
    hold: default linked services, the default integration runtime, pools. Notebooks that a notebook runs by ``%run``
    count, which Studio leaves out, unless they run each other in a circle, which the service allows.
    """
    known = {document.key.identity: document.key for document in documents}
    runs = {
        document.key: _known(run_notebooks(document.properties), document.key, known)
        for document in documents
        if document.key.kind is ArtifactKind.NOTEBOOK
    }
    found = {}
    for document in documents:
        key = document.key
        named = _known((r.key for r in references(document) if r.key is not None), key, known)
        softer = (other for other in runs.get(key, ()) if not _leads_to(other, key, runs))
        found[key] = tuple(dict.fromkeys((*named, *softer)))
    return found


def ordered(needs: Dependencies) -> list[ArtifactKey]:
    """Return the artifacts, dependants before what they need; SYN301 where they need each other in a circle."""
    dependants: defaultdict[ArtifactKey, int] = defaultdict(int)
    for key in (key for needed in needs.values() for key in needed):
        dependants[key] += 1
    ready = [_rank(key) for key in needs if not dependants[key]]
    heapq.heapify(ready)
    done: list[ArtifactKey] = []
    while ready:
        key = heapq.heappop(ready)[-1]
        done.append(key)
        for needed in needs[key]:
            dependants[needed] -= 1
            if not dependants[needed]:
                heapq.heappush(ready, _rank(needed))
    if len(done) < len(needs):
        raise SynapseGenError(_circle(needs, set(needs) - set(done)))
    return done


def _rank(key: ArtifactKey) -> tuple[int, str, ArtifactKey]:
    # Kind and name are never the same for two artifacts, so that keys themselves are not compared.
    return (_RANK[key.kind], key.name, key)


def _known(
    keys: Iterable[ArtifactKey], own: ArtifactKey, known: Mapping[tuple[ArtifactKind, str], ArtifactKey]
) -> tuple[ArtifactKey, ...]:
    found = (known.get(key.identity) for key in keys)
    return tuple(dict.fromkeys(key for key in found if key is not None and key != own))


def _leads_to(start: ArtifactKey, goal: ArtifactKey, runs: Mapping[ArtifactKey, tuple[ArtifactKey, ...]]) -> bool:
    waiting, seen = [start], {start}
    while waiting:
        key = waiting.pop()
        if key == goal:
            return True
        following = [k for k in runs.get(key, ()) if k not in seen]
        seen.update(following)
        waiting += following
    return False


def _circle(needs: Dependencies, left: set[ArtifactKey]) -> Diagnostic:
    # Each that is left has a dependant that is left; walking back from any of them comes round.
    dependant_of = {needed: key for key in sorted(left, key=_rank) for needed in needs[key] if needed in left}
    path = [min(left, key=_rank)]
    while (following := dependant_of[path[-1]]) not in path:
        path.append(following)
    circle = [*path[path.index(following) :], following]
    text = " -> ".join(str(key) for key in reversed(circle))
    return Diagnostic("SYN301", f"artifacts refer to each other in a circle: {text}")
