"""Notebook cells from rendered text in jupytext's percent format."""

from __future__ import annotations

from typing import Any


def cells_of(text: str) -> list[dict[str, Any]]:
    """Split percent-format text into notebook cells as Studio keeps them.

    A cell's ``tags=["parameters"]`` survives; jupytext's own metadata does not.
    """
    import jupytext

    notebook = jupytext.reads(text, fmt="py:percent")
    return [_cell(c) for c in notebook.cells]


def _cell(cell: Any) -> dict[str, Any]:
    tags = cell.metadata.get("tags")
    source = cell.source.splitlines(keepends=True)
    if cell.cell_type == "markdown":
        return {"cell_type": "markdown", "metadata": {}, "source": source}
    metadata = {"tags": list(tags)} if tags else {}
    return {"cell_type": "code", "metadata": metadata, "source": source, "execution_count": None}
