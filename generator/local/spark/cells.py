"""From the cells of a published notebook to what its kernel runs: the same text, and the parameters' values.

Source: "Create, develop, and maintain Synapse notebooks": languages, magic commands, designate a parameters cell.
"""

from __future__ import annotations

import keyword
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.local.lake import OPEN_DATA_HOST

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_CELL_MAGIC = re.compile(r"\s*%%([\w!]+)")
_REFERS = re.compile(r"^\s*%run\b|\bnotebook\s*\.\s*run\b", re.MULTILINE)
_SPARK = re.compile(r"(?<!\.)\b(?:spark|sc|sqlContext|pyspark|SparkSession)\b|^\s*%%sql\b", re.MULTILINE)
_LANGUAGES = {
    "spark": "Scala",
    "scala": "Scala",
    "csharp": ".NET for Spark",
    "sparkr": "R",
    "r": "R",
}
"""Magics and names of the languages that Synapse has and a local run does not."""
_MAGICS = ("pyspark", "sql", "configure", "time", "timeit", "capture", "writefile", "html")


class NotebookRefusedError(ValueError):
    """A notebook that cannot run here, known before anything of it runs; the message names the cell."""


@dataclass(frozen=True, slots=True)
class KernelCell:
    """A piece of code for the kernel."""

    code: str
    number: int | None
    """Place among the notebook's cells, texts too, from 1; None for the values that the run adds."""

    @property
    def name(self) -> str:
        """What people call it."""
        return "the cell of injected parameters" if self.number is None else f"cell {self.number}"


def kernel_cells(properties: Mapping[str, Any], parameters: Mapping[str, Any]) -> tuple[KernelCell, ...]:
    """Return a notebook's code cells, as published, with parameter values set after the cell tagged ``parameters``.

    Without such a cell they come first, as Synapse puts them at the top. Raises NotebookRefusedError.
    """
    cells = properties.get("cells")
    if not isinstance(cells, list):
        raise NotebookRefusedError("the notebook has no list of cells")
    language = _language(properties)
    code = [(n, _source(n, c), c) for n, c in enumerate(cells, start=1) if _is_code(n, c)]
    code = [(number, text, cell) for number, text, cell in code if text.strip() or _is_tagged(cell)]
    result = [KernelCell(_checked(number, text, language, i == 0), number) for i, (number, text, _) in enumerate(code)]
    if parameters:
        place = next((i + 1 for i, (_, _, cell) in enumerate(code) if _is_tagged(cell)), 0)
        result.insert(place, KernelCell(assignments(parameters), None))
    return tuple(result)


def assignments(parameters: Mapping[str, Any]) -> str:
    """Return the code that sets parameters; NotebookRefusedError for a name that Python does not take, or a value."""
    for name, value in parameters.items():
        if not name.isidentifier() or keyword.iskeyword(name):
            raise NotebookRefusedError(f"the parameter {name!r} is no name of a Python variable")
        if not _is_json(value):
            raise NotebookRefusedError(
                f"the parameter {name} is neither a text, a finite number, true, false nor null, nor a list or object "
                f"of them, but of the type {type(value).__name__}"
            )
    return "\n".join(f"{name} = {value!r}" for name, value in parameters.items())


def _is_json(value: Any) -> bool:
    """Whether a value's own text is Python that gives it again."""
    if isinstance(value, dict):
        return all(type(key) is str and _is_json(inner) for key, inner in value.items())
    if isinstance(value, list):
        return all(map(_is_json, value))
    return value is None or type(value) in (bool, int, str) or (type(value) is float and math.isfinite(value))


def needs_spark(cells: Sequence[KernelCell]) -> bool:
    """Whether the code may use Spark, so that a session is started; other notebooks are spared the JVM."""
    return any(_SPARK.search(cell.code) or _REFERS.search(cell.code) for cell in cells)


def may_read_open_data(cells: Sequence[KernelCell]) -> bool:
    """Whether the code may read the public account, by a URL put together from its parts or in another notebook."""
    account = OPEN_DATA_HOST.partition(".")[0]
    return any(account in cell.code or _REFERS.search(cell.code) for cell in cells)


def first_magic(text: str) -> str | None:
    """Return the name of the cell magic that a cell begins with."""
    match = _CELL_MAGIC.match(text)
    return match[1] if match else None


def _is_code(number: int, cell: Any) -> bool:
    if not isinstance(cell, dict):
        raise NotebookRefusedError(f"cell {number} is no object")
    return cell.get("cell_type") == "code"


def _source(number: int, cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    lines = [source] if isinstance(source, str) else source
    if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
        raise NotebookRefusedError(f"the source of cell {number} is neither text nor a list of lines")
    return "".join(lines).replace("\r\n", "\n")


def _is_tagged(cell: Mapping[str, Any]) -> bool:
    return "parameters" in ((cell.get("metadata") or {}).get("tags") or [])


def _language(properties: Mapping[str, Any]) -> str:
    metadata = properties.get("metadata") or {}
    return str((metadata.get("language_info") or {}).get("name") or "python").lower()


def _checked(number: int, text: str, language: str, is_first: bool) -> str:
    """Return the text; a cell of a notebook whose language is SQL gets the magic that says so."""
    magic = first_magic(text)
    if magic is None:
        if language in _LANGUAGES:
            raise NotebookRefusedError(_other_language(number, f"the notebook's language is {language}", language))
        return f"%%sql\n{text}" if language == "sql" else text
    if magic in _LANGUAGES:
        raise NotebookRefusedError(_other_language(number, f"%%{magic}", magic))
    if magic not in _MAGICS:
        raise NotebookRefusedError(f"cell {number}: %%{magic} is no magic of a Synapse notebook")
    if magic == "configure" and not is_first:
        # As in a Synapse pipeline: "if you don't set it in the first code cell, the pipeline run will fail".
        raise NotebookRefusedError(
            f"cell {number}: %%configure stands in the first code cell or nowhere: a pipeline cannot restart the session"
        )
    return text


def _other_language(number: int, what: str, language: str) -> str:
    return f"cell {number}: {what}: a local run has Python and SQL, no {_LANGUAGES[language]}"
