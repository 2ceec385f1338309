"""Which artifact waits for which: from references, and from nothing else."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from generator.diagnostics import Diagnostic, SynapseGenError
from generator.documents import references

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.artifact import ArtifactKey
    from generator.documents import Document


def dependencies(documents: Sequence[Document]) -> Mapping[ArtifactKey, frozenset[ArtifactKey]]:
    """Return, for each artifact, those of the set that must be there before it.

    Raises SYN301 with the cycle, node by node, where there is one.
    """
    present = {d.key for d in documents}
    needed = {
        d.key: frozenset(r.key for r in references(d) if r.key in present and r.key != d.key and r.key is not None)
        for d in documents
    }
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as error:
        cycle = " -> ".join(str(key) for key in error.args[1])
        raise SynapseGenError(Diagnostic("SYN301", f"artifacts refer to each other in a circle: {cycle}")) from error
    return needed
