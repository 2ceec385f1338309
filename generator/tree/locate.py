"""From a place in a document to a line of its committed file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.diagnostics import Location
from generator.tree.layout import artifact_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generator.artifact import ArtifactKey
    from generator.documents import JsonPath


def locator(
    environment: str, contents: Mapping[str, bytes]
) -> Callable[[ArtifactKey, JsonPath], tuple[Location, str | None]]:
    """Return the function that finds a JSON path's line in the canonical bytes of its file."""

    def locate(key: ArtifactKey, path: JsonPath) -> tuple[Location, str | None]:
        file = artifact_path(environment, key).as_posix()
        content = contents.get(file)
        if content is None:
            return Location(file), None
        text = content.decode()
        line = _line_of(json.loads(text), path)
        source = text.split("\n")[line - 1]
        column = len(source) - len(source.lstrip("\t")) + 1
        return Location(file, line, column), source

    return locate


def _line_of(body: Any, path: JsonPath) -> int:
    """Count the lines of everything before ``path`` in canonical form."""
    line, value = 1, body
    for step in path:
        items = (
            list(value.items())
            if isinstance(value, dict)
            else list(enumerate(value))
            if isinstance(value, list)
            else []
        )
        keys = [k for k, _ in items]
        if step not in keys:
            break
        before = items[: keys.index(step)]
        line += 1 + sum(_height(v) for _, v in before)
        value = dict(items)[step]
    return line


def _height(value: Any) -> int:
    if isinstance(value, dict | list) and value:
        inner = value.values() if isinstance(value, dict) else value
        return 2 + sum(_height(v) for v in inner)
    return 1
