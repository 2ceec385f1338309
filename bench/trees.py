"""Trees to publish: many artifacts of mixed kinds that refer to each other in four levels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_REFERENCES = {
    "linkedService": "LinkedServiceReference",
    "dataset": "DatasetReference",
    "pipeline": "PipelineReference",
}
# Share of the artifacts; what each refers to is one level below it.
_LEVELS: tuple[tuple[tuple[str, float], ...], ...] = (
    (("linkedService", 0.05), ("notebook", 0.2), ("sqlscript", 0.05)),
    (("dataset", 0.25),),
    (("pipeline", 0.3),),
    (("pipeline", 0.12), ("trigger", 0.03)),
)
LEVELS = len(_LEVELS)


def write_tree(folder: Path, artifacts: int, bytes_each: int) -> int:
    """Write a tree of about so many artifacts of about so many bytes; returns how many there are."""
    count = 0
    below: list[tuple[str, str]] = []
    for number, level in enumerate(_LEVELS):
        names: list[tuple[str, str]] = []
        for kind, share in level:
            for index in range(round(artifacts * share)):
                name = f"{kind}_{number}_{index:04}"
                needs = [below[(index * 7 + n) % len(below)] for n in range(2)] if below else []
                _write(folder, kind, name, needs, bytes_each)
                names.append((kind, name))
        count += len(names)
        below = [(kind, name) for kind, name in names if kind in _REFERENCES] or below
    return count


def change(folder: Path, key: str) -> None:
    """Change one artifact of a tree."""
    path = folder / f"{key}.json"
    body = json.loads(path.read_bytes())
    body["properties"]["description"] = "changed"
    path.write_text(json.dumps(body, indent="\t"), encoding="utf-8")


def _write(folder: Path, kind: str, name: str, needs: list[tuple[str, str]], size: int) -> None:
    references = [{"referenceName": other, "type": _REFERENCES[k]} for k, other in needs]
    properties: dict[str, Any]
    match kind:
        case "pipeline":
            activities = [_activity(n, reference) for n, reference in enumerate(references)]
            properties = {"activities": activities, "annotations": []}
        case "trigger":
            started = [{"pipelineReference": reference} for reference in references]
            properties = {"runtimeState": "Stopped", "pipelines": started, "type": "ScheduleTrigger"}
        case "notebook":
            properties = {"nbformat": 4, "nbformat_minor": 2, "cells": []}
        case _:
            properties = {"linkedServiceName": references[0]} if references else {"annotations": []}
    # Lines of a script, as notebooks and SQL have them: most bytes of a workspace are such.
    line = "    SELECT a.id, b.value FROM dbo.first AS a JOIN dbo.second AS b ON a.id = b.id -- {}\n"
    lines = [line.format(n) for n in range(size // (len(line) + 6))]
    if kind == "notebook":
        properties["cells"] = [{"cell_type": "code", "source": lines[n : n + 10]} for n in range(0, len(lines), 10)]
    else:
        properties["typeProperties"] = {"script": lines}
    path = folder / kind / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"name": name, "properties": properties}, indent="\t"), encoding="utf-8")


def _activity(number: int, reference: dict[str, str]) -> dict[str, Any]:
    return {
        "name": f"Step {number}",
        "type": "ExecutePipeline" if reference["type"] == "PipelineReference" else "Lookup",
        "dependsOn": [],
        "policy": {"timeout": "0.12:00:00", "retry": 0, "secureOutput": False, "secureInput": False},
        "userProperties": [],
        "typeProperties": {"reference": reference},
    }
