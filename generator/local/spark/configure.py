"""The ``%%configure`` cell and a notebook's session properties: what they ask of the Spark session.

Source: "Create, develop, and maintain Synapse notebooks", magic command for configuring a Spark session; the keys are
those of Livy's request for a session.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.local.spark.cells import NotebookRefusedError, first_magic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.local.spark.cells import KernelCell

_KEYS = frozenset({
    "kind", "proxyUser", "name", "queue", "heartbeatTimeoutInSeconds", "ttl", "tags", "conf",
    "driverMemory", "driverCores", "executorMemory", "executorCores", "numExecutors",
    "jars", "pyFiles", "files", "archives",
})  # fmt: skip
_LIBRARIES = ("jars", "pyFiles", "files", "archives")
_COMMENT = re.compile(r"^\s*//.*$", re.MULTILINE)
# Where the local lake and metastore are, and classes of libraries that are not here.
_OURS = re.compile(r"spark\.sql\.(?:warehouse|catalog|catalogImplementation|hive|extensions|streaming\.checkpoint)\b")


@dataclass(frozen=True, slots=True)
class SessionRequest:
    """What a notebook asks of its session."""

    conf: Mapping[str, str] = field(default_factory=dict)
    """Spark properties, as asked for."""
    others: Mapping[str, Any] = field(default_factory=dict)
    """Sizes and libraries."""

    @property
    def applied(self) -> dict[str, str]:
        """The properties that take effect here: those of Spark SQL that do not move the lake or the metastore."""
        return {k: v for k, v in self.conf.items() if k.startswith("spark.sql.") and not _OURS.match(k)}

    @property
    def notes(self) -> list[str]:
        """What is asked for and not done here, a sentence each."""
        notes = []
        if left := sorted(set(self.conf) - set(self.applied)):
            notes.append(f"Spark properties without effect in a local run: {', '.join(left)}")
        if sizes := sorted(k for k in self.others if k not in _LIBRARIES):
            notes.append(f"sizes of a session of the pool, there is one size here: {', '.join(sizes)}")
        if libraries := [k for k in _LIBRARIES if self.others.get(k)]:
            notes.append(f"libraries that a local run does not load: {', '.join(libraries)}")
        return notes


def session_request(
    properties: Mapping[str, Any], cells: Sequence[KernelCell], parameters: Mapping[str, Any]
) -> SessionRequest:
    """Return what a notebook asks for: its session properties, then ``%%configure``. NotebookRefusedError if wrong."""
    stored = properties.get("sessionProperties") or {}
    conf = {str(k): str(v) for k, v in (stored.get("conf") or {}).items()}
    cell = next((c for c in cells if first_magic(c.code) == "configure"), None)
    if cell is None:
        return SessionRequest(conf)
    asked = _parse(cell, parameters)
    own = asked.pop("conf", {})
    if not isinstance(own, dict):
        raise NotebookRefusedError(f"{cell.name}: conf in %%configure is an object of Spark properties")
    return SessionRequest(conf | {str(k): _text(v) for k, v in own.items()}, asked)


def _parse(cell: KernelCell, parameters: Mapping[str, Any]) -> dict[str, Any]:
    body = cell.code.lstrip().partition("\n")[2]
    try:
        value = json.loads(_COMMENT.sub("", body))
    except ValueError as error:
        raise NotebookRefusedError(f"{cell.name}: %%configure holds no JSON: {error}") from error
    if not isinstance(value, dict):
        raise NotebookRefusedError(f"{cell.name}: %%configure holds a JSON object")
    if unknown := sorted(set(value) - _KEYS):
        hint = "; Spark properties stand in conf" if any(k.startswith("spark.") for k in unknown) else ""
        raise NotebookRefusedError(f"{cell.name}: %%configure has no {', '.join(unknown)}{hint}")
    asked: dict[str, Any] = _with_parameters(value, parameters)
    return asked


def _with_parameters(value: Any, parameters: Mapping[str, Any]) -> Any:
    """Put the activity's parameters in for ``{"activityParameterName": ..., "defaultValue": ...}``."""
    if not isinstance(value, dict):
        return value
    if "activityParameterName" in value:
        return parameters.get(str(value["activityParameterName"]), value.get("defaultValue"))
    return {key: _with_parameters(inner, parameters) for key, inner in value.items()}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
