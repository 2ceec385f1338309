"""Binds what a caller passes to a pipeline's declared parameters."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: dict[str, type | tuple[type, ...]] = {
    "string": str,
    "int": int,
    "float": (int, float),
    "bool": bool,
    "array": list,
    "object": dict,
    "securestring": str,
}


_HIDDEN = "**********"


class ParameterError(ValueError):
    """A parameter is not declared, has no value, or one of another type."""


def bind_parameters(document: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for each declared parameter; ParameterError says what does not fit."""
    declared = document["properties"].get("parameters") or {}
    # Names of parameters do not tell case apart ("Naming rules" of Azure Data Factory).
    folded = {name.casefold(): value for name, value in given.items()}
    unknown = sorted(name for name in given if name.casefold() not in {d.casefold() for d in declared})
    if unknown:
        raise ParameterError(f"the pipeline {document['name']} does not declare the parameter {', '.join(unknown)}")
    return {name: _bind(name, spec, folded) for name, spec in declared.items()}


def _bind(name: str, spec: Mapping[str, Any], given: Mapping[str, Any]) -> Any:
    kind = str(spec.get("type", "string")).lower()
    if name.casefold() not in given and "defaultValue" not in spec:
        raise ParameterError(f"the parameter {name} has no value and no default")
    value = given.get(name.casefold(), spec.get("defaultValue"))
    if value is None:
        return None
    if isinstance(value, str) and kind in ("int", "float", "bool", "array", "object"):
        try:
            value = json.loads(value)
        except ValueError as error:
            raise ParameterError(f"the parameter {name} is {kind}, {value!r} is not") from error
    wanted = _TYPES.get(kind)
    is_wrong = wanted is not None and (not isinstance(value, wanted) or (isinstance(value, bool) and kind != "bool"))
    if is_wrong:
        raise ParameterError(f"the parameter {name} is {kind}, {value!r} is not")
    return value


def shown_parameters(document: Mapping[str, Any], bound: Mapping[str, Any]) -> dict[str, str]:
    """Return parameters as the REST interface shows them: texts, and nothing of a SecureString."""
    declared = document["properties"].get("parameters") or {}
    secure = {name for name, spec in declared.items() if str(spec.get("type")).lower() == "securestring"}
    return {
        name: _HIDDEN if name in secure else value if isinstance(value, str) else json.dumps(value)
        for name, value in bound.items()
    }
