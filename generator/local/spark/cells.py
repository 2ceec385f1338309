"""From the cells of a published notebook to code that a Python kernel runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MAGIC = re.compile(r"\s*%%(\w+)[^\n]*\n?")
_SPARK = re.compile(r"\b(spark|sc|sqlContext|pyspark|display)\b|^\s*%%sql", re.MULTILINE)
_LINE_MAGIC = re.compile(r"^\s*%(run|pip|conda)\b", re.MULTILINE)


class UnsupportedMagicError(ValueError):
    """A cell uses a magic that a local run does not have."""


def executable_cells(cells: Sequence[Mapping[str, Any]], parameters: Mapping[str, Any]) -> list[str]:
    """Return the code of a notebook, with parameter values set after the cell tagged ``parameters``.

    Without such a cell they come first, as Synapse puts them at the top.
    """
    code: list[str] = []
    injected = not parameters
    assignments = "\n".join(f"{name} = {value!r}" for name, value in parameters.items())
    tagged = any(_is_tagged(c) for c in cells)
    if not injected and not tagged:
        code.append(assignments)
        injected = True
    for number, cell in enumerate(cells, start=1):
        if cell.get("cell_type") != "code":
            continue
        source = cell.get("source", "")
        text = source if isinstance(source, str) else "".join(source)
        if text.strip():
            code.append(_python(text.replace("\r\n", "\n"), number))
        if not injected and _is_tagged(cell):
            code.append(assignments)
            injected = True
    return code


def _is_tagged(cell: Mapping[str, Any]) -> bool:
    return "parameters" in ((cell.get("metadata") or {}).get("tags") or [])


def _python(text: str, number: int) -> str:
    magic = _MAGIC.match(text)
    if line := _LINE_MAGIC.search(text):
        raise UnsupportedMagicError(f"cell {number}: %{line[1]} is not supported in a local run")
    if magic is None or magic[1] == "pyspark":
        return text[magic.end() :] if magic else text
    if magic[1] == "sql":
        statements = [s.strip() for s in text[magic.end() :].split(";") if s.strip()]
        return "\n".join(f"display(spark.sql({s!r}))" for s in statements)
    if magic[1] == "configure":
        return f"# %%configure of cell {number} sizes a session of the pool; there is one size here"
    raise UnsupportedMagicError(f"cell {number}: %%{magic[1]} is not supported in a local run")


def needs_spark(cells: Sequence[str]) -> bool:
    """Whether the code uses Spark, so that a session is started; one without is spared the JVM."""
    return any(_SPARK.search(c) for c in cells)
