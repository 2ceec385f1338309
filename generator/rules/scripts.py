"""Rules on the T-SQL of Script activities."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.documents import as_array, as_object
from generator.rules.rule import Finding, Rule, label

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.documents import ActivityPlace, Document, JsonPath
    from generator.rules.rule import Workspace

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_GO = re.compile(r"^[ \t]*GO(?:[ \t]+\d+)?[ \t]*;?[ \t]*(?:--.*)?\r?$", re.IGNORECASE | re.MULTILINE)


def _texts(workspace: Workspace) -> Iterator[tuple[Document, ActivityPlace, JsonPath, str]]:
    for document, place in workspace.all_activities("Script"):
        for index, block in enumerate(as_array(place.type_properties.get("scripts"))):
            text = as_object(block).get("text")
            value = as_object(text).get("value", text)
            path = (*place.path, "typeProperties", "scripts", index, "text")
            yield document, place, path, value if isinstance(value, str) else ""


class BatchSeparator(Rule):
    """A Script activity's text has a line GO.

    GO is a command of tools such as sqlcmd, not of T-SQL: the pool answers with a syntax error.
    """

    code = "SYN150"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look at the lines of every block, comments aside."""
        for document, place, path, text in _texts(workspace):
            if _GO.search(_COMMENT.sub("", text)):
                message = f"{label(place)}a line of the script is GO, which is no T-SQL"
                yield Finding(document.key, path, message, hint="make a script block of each batch")


class EmptyScript(Rule):
    """A Script activity has nothing to run."""

    code = "SYN151"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look for activities without a block, and blocks without text."""
        for document, place in workspace.all_activities("Script"):
            if not as_array(place.type_properties.get("scripts")):
                yield Finding(document.key, (*place.path, "typeProperties"), f"{label(place)}it has no script block")
        for document, place, path, text in _texts(workspace):
            if not text.strip():
                yield Finding(document.key, path, f"{label(place)}a script block is empty")


RULES: tuple[type[Rule], ...] = (BatchSeparator, EmptyScript)
