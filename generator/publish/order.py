"""Which artifact waits for which: from references, and from nothing else."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from generator.artifact import canonical_name
from generator.diagnostics import Diagnostic, SynapseGenError
from generator.documents import references

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.artifact import ArtifactKey
    from generator.documents import Document


def dependencies(documents: Sequence[Document]) -> Mapping[ArtifactKey, frozenset[ArtifactKey]]:
    """Return, for each artifact, those of the set that must be there before it.

    What is not in the set (default linked services, what only the workspace has, what nobody has) is waited for by
    nobody: the service says whether it is there. Raises SYN301 with the cycle, node by node, where there is one.
    """
    present = {(d.key.kind, canonical_name(d.key.name)): d.key for d in documents}
    needed = {}
    for document in documents:
        keys = (r.key for r in references(document) if r.key is not None)
        found = (present.get((key.kind, canonical_name(key.name))) for key in keys)
        needed[document.key] = frozenset(key for key in found if key is not None and key != document.key)
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as error:
        # graphlib lists what comes before first; a reader follows the references.
        cycle = " -> ".join(str(key) for key in reversed(error.args[1]))
        raise SynapseGenError(Diagnostic("SYN301", f"artifacts refer to each other in a circle: {cycle}")) from error
    return needed
