"""pydantic's errors as diagnostics: at the key or value that is wrong, in plain words."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, get_args, get_origin

from generator.spec.base import SpecModel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from generator.diagnostics import Diagnostic
    from generator.source import KeyPath, SourceDocument

# Patterns in words, by the pattern itself; one that is missing here is shown as it is.
_PATTERNS: Mapping[str, str] = {
    r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$": "a GUID such as 00000000-0000-0000-0000-000000000000",
    r"^[a-z0-9]{3,24}$": "3 to 24 lower-case letters and digits",
    r"^[a-z0-9](-?[a-z0-9]){2,62}$": "3 to 63 lower-case letters, digits and single hyphens",
    r"^[A-Za-z][A-Za-z0-9-]{2,23}$": "3 to 24 letters, digits and hyphens, a letter first",
    r"^[0-9A-Za-z-]{1,127}$": "letters, digits and hyphens",
    r"^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$": "at most 50 lower-case letters, digits and hyphens",
    r"^[a-z0-9]+$": "lower-case letters and digits, for example westeurope",
    r"^[A-Za-z][A-Za-z0-9_-]{0,63}$": "letters, digits, _ and -, a letter first",
    r"^[1-9][0-9]*(m|h|d)$": "a duration such as 30m, 1h or 2d",
    r"^[^/\\][^\\]*$": "a path inside the container, without a leading slash",
    r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)?$": "a Spark table such as default.trips",
    r"^[A-Za-z_][A-Za-z0-9_]*\.[A-Za-z_][A-Za-z0-9_]*$": "a Spark table with its database, such as default.trips",
    r"^([01][0-9]|2[0-3]):[0-5][0-9]$": 'a time of day such as "02:00"',
    r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z?$": "a moment such as 2026-01-01T00:00:00",
    r"^[A-Za-z_][A-Za-z0-9_]{0,99}$": "at most 100 letters, digits and _, no digit first: it names artifacts",
}
_SOURCE_FORMS = {"table": "TableSource", "format": "FileSource", "path": "FileSource", "sql_pool": "SqlPoolSource"}


def validation_findings(
    error: ValidationError, model: type[SpecModel], source: SourceDocument
) -> Iterator[Diagnostic]:
    """Yield one diagnostic for each thing that is wrong, never one for each form that it might have had."""
    seen: set[tuple[KeyPath, str]] = set()
    for detail in _relevant(error.errors(include_url=False), source):
        path = _path(detail, source)
        finding = _finding(detail, path, model, source)
        key = (path, finding.message)
        if key not in seen:
            seen.add(key)
            yield finding


def _relevant(details: list[ErrorDetails], source: SourceDocument) -> Iterator[ErrorDetails]:
    """Leave out what pydantic says of the forms of a union that were not meant."""
    for detail in details:
        location = detail["loc"]
        if location[:2] == ("prepare", "source") and len(location) > 2:  # noqa: PLR2004 - a form's name follows
            given = _value_at(source, ("prepare", "source"))
            meant = next((_SOURCE_FORMS[k] for k in given if k in _SOURCE_FORMS), None) if isinstance(given, dict) else None
            if location[2] != (meant or "FileSource"):
                continue
        if location[:2] == ("score", "distribution") and len(location) > 2:  # noqa: PLR2004 - a form's name follows
            is_mapping = isinstance(_value_at(source, ("score", "distribution")), dict)
            if (location[2] == "HashDistribution") != is_mapping:
                continue
        yield detail


def _path(detail: ErrorDetails, source: SourceDocument) -> KeyPath:
    """Return where the error is in the file: pydantic's location without the names of union forms."""
    path: list[str | int] = []
    value: Any = source.value
    for step in detail["loc"]:
        if isinstance(value, dict) and isinstance(step, str) and step in value:
            path.append(step)
            value = value[step]
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            path.append(step)
            value = value[step]
    return tuple(path)


def _value_at(source: SourceDocument, path: KeyPath) -> Any:
    value: Any = source.value
    for step in path:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _finding(detail: ErrorDetails, path: KeyPath, model: type[SpecModel], source: SourceDocument) -> Diagnostic:
    kind, last = detail["type"], str(detail["loc"][-1])
    if kind == "extra_forbidden":
        known = _known_keys(model, detail["loc"][:-1])
        near = difflib.get_close_matches(last, known, n=1)
        guess = f'; did you mean "{near[0]}"?' if near else f"; known are {', '.join(known)}"
        return source.diagnostic("SYN017", f'the key "{last}" is not known here{guess}', path, key=True)
    if kind == "missing":
        return source.diagnostic("SYN018", f'the key "{last}" is missing', path, key=True)
    return source.diagnostic("SYN019", _message(detail, last), path)


def _message(detail: ErrorDetails, last: str) -> str:
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "literal_error":
        allowed = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
        near = difflib.get_close_matches(str(given), allowed, n=1)
        return f'"{given}" is not allowed' + (f'; did you mean "{near[0]}"?' if near else f"; choose {', '.join(allowed)}")
    if kind == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        return f'"{given}" does not fit: {_PATTERNS.get(pattern, pattern)}'
    if kind in ("string_type", "int_type", "float_type", "bool_type", "model_type", "tuple_type", "dict_type", "list_type"):
        wanted = {
            "string_type": "text (put it in quotes)",
            "int_type": "a whole number",
            "float_type": "a number",
            "bool_type": "true or false",
            "tuple_type": "a list",
            "list_type": "a list",
        }.get(kind, "a mapping of keys to values")
        return f"{last}: expected {wanted}, found {_shown(given)}"
    message = detail["msg"]
    return f"{last}: {message[0].lower()}{message[1:]}, found {_shown(given)}"


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    return "nothing" if value is None else f'"{value}"'


def _known_keys(model: type[SpecModel], location: tuple[str | int, ...]) -> list[str]:
    """Return the keys of the model at pydantic's location."""
    at: Any = model
    for step in location:
        if isinstance(at, type) and issubclass(at, SpecModel):
            field = at.model_fields.get(str(step))
            at = field.annotation if field else at
        elif (form := _form(at, str(step))) is not None:
            at = form
        elif get_origin(at) in (tuple, list, dict):
            at = get_args(at)[-1] if get_origin(at) is dict else get_args(at)[0]
        at = _only_model(at)
    return list(at.model_fields) if isinstance(at, type) and issubclass(at, SpecModel) else []


def _form(annotation: Any, name: str) -> Any:
    return next((a for a in get_args(annotation) if getattr(a, "__name__", None) == name), None)


def _only_model(annotation: Any) -> Any:
    """Look through ``X | None``; leave unions of several models alone."""
    models = [a for a in get_args(annotation) if isinstance(a, type) and issubclass(a, SpecModel)]
    if len(models) == 1 and get_origin(annotation) not in (tuple, list, dict):
        return models[0]
    return annotation
