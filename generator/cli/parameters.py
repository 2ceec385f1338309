"""Values of a pipeline's parameters, from ``--parameter NAME=VALUE`` and the types that the pipeline declares."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_OPTION = "--parameter"


def given_parameters(options: Sequence[str]) -> dict[str, str]:
    """Return the texts by name; click.BadParameter for what is not ``NAME=VALUE``, or given twice."""
    given: dict[str, str] = {}
    for option in options:
        name, equals, text = option.partition("=")
        if not equals or not name:
            raise click.BadParameter(f'"{option}" is not NAME=VALUE', param_hint=_OPTION)
        if name in given:
            raise click.BadParameter(f'"{name}" is given twice', param_hint=_OPTION)
        given[name] = text
    return given


def typed_parameters(given: Mapping[str, str], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as a pipeline with these properties declares them: text for a string, else JSON, else text.

    What does not fit its type is left to the workspace, which refuses it in its own words.
    """
    declared = properties.get("parameters") or {}
    return {name: _value(text, declared.get(name)) for name, text in given.items()}


def _value(text: str, declared: Any) -> Any:
    if isinstance(declared, dict) and str(declared.get("type")).lower() in ("string", "securestring"):
        return text
    try:
        return json.loads(text, parse_constant=_no_json)
    except ValueError:
        return text


def _no_json(word: str) -> NoReturn:
    # Python reads NaN and Infinity; in a request they would be no JSON, so they are text.
    raise ValueError(word)
