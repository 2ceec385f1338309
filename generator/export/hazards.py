"""What Microsoft's task would change or choke on, found before it can.

The task does not parse a template's expressions: it replaces text in the whole file (``utils/arm_template_utils.ts``).
``parameters('x')`` and ``variables('x')`` go wherever they stand, each ``[concat(...)]`` within a line is joined and loses
its commas, and JavaScript rounds whole numbers beyond 2**53. What begins with ``[`` otherwise is left as it is, by the
task and by Microsoft's own export (JoshSLawrence/synapse-deploy, test/fixtures/azure-e2e: ``"[x]"``), so that a doubled
``[[``, which Azure Resource Manager would ask for, would reach the workspace doubled.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKind
from generator.documents import as_object, format_path, walk_values

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from generator.documents import Document

_JOINED = re.compile(r"\[concat\(.*?\)\]", re.DOTALL)
_NAME = re.compile(r"[,'\"\\]|\)\]")
_PRECISE = 2**53
_VARIABLE = "workspaceId"


def hazards(document: Document, parameters: Collection[str]) -> Iterator[str]:
    """Yield why the task would not deploy a document as it is; nothing where it would."""
    if bad := _NAME.search(document.key.name):
        yield f"the task cannot read a name with {bad.group()}"
    if document.key.kind is ArtifactKind.SPARK_JOB_DEFINITION:
        job = as_object(document.properties.get("jobProperties"))
        if not job.get("file"):
            yield "the task refuses a Spark job definition without jobProperties.file"
    taken = tuple(f"parameters('{name}')" for name in parameters)
    for value, path in walk_values(document.properties, ("properties",)):
        for text in _texts(value):
            if why := _changed(text, taken):
                yield f"{format_path(path)}: {why}"
        if isinstance(value, int) and abs(value) > _PRECISE:
            yield f"{format_path(path)}: the task rounds the number {value}"


def free_variable(documents: Iterable[Document]) -> str:
    """Return a name for the template's variable: ``workspaceId``, unless a document's text reads a variable of that name.

    The task would replace ``variables('workspaceId')`` in an expression of a pipeline as well.
    """
    used = {
        name
        for document in documents
        for value, _ in walk_values(document.properties)
        for text in _texts(value)
        if "variables('" in text
        for name in re.findall(r"variables\('([^']*)'\)", text)
    }
    number = 1
    name = _VARIABLE
    while name in used:
        number += 1
        name = f"{_VARIABLE}{number}"
    return name


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    return value if isinstance(value, dict) else ()


def _changed(text: str, taken: tuple[str, ...]) -> str | None:
    if "[concat(" in text and _JOINED.search(text):
        return "the task joins the text [concat(...)] wherever it stands"
    if "parameters('" in text:
        for parameter in taken:
            if parameter in text:
                return f"the task replaces the text {parameter} wherever it stands"
    return None
