"""Which notebooks a notebook runs by ``%run``.

Source: "Reference unpublished notebook" and "Magic commands" of "Create, develop, and maintain Synapse notebooks"; in
383 cells of the real workspaces counted, with Studio's folder before the name, with and without quotes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKey, ArtifactKind
from generator.documents.model import as_array, as_object

if TYPE_CHECKING:
    from collections.abc import Iterator

_RUN = re.compile(r"""^[ \t]*%run[ \t]+(?:"([^"\n]+)"|'([^'\n]+)'|([^\s{]+))""", re.MULTILINE)


def run_notebooks(properties: Any) -> Iterator[ArtifactKey]:
    """Yield the notebooks that the code cells of a notebook run, in their order."""
    for cell in as_array(as_object(properties).get("cells")):
        if as_object(cell).get("cell_type") != "code":
            continue
        source = cell.get("source")
        text = "".join(str(line) for line in source) if isinstance(source, list) else str(source or "")
        if "%run" not in text:
            continue
        for match in _RUN.finditer(text):
            # Studio shows notebooks in folders; the artifact's name is the last part.
            name = next(part for part in match.groups() if part).strip().rstrip("/").rpartition("/")[2]
            if name:
                yield ArtifactKey(ArtifactKind.NOTEBOOK, name)
