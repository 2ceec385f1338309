"""pydantic's errors as diagnostics: at the key or value that is wrong, in plain words, one for each mistake."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from generator.diagnostics import did_you_mean, nearest
from generator.spec.automl import SOURCE_FORMS
from generator.spec.patterns import PATTERNS
from generator.spec.structure import known_keys
from generator.spec.torn import torn_value
from generator.spec.wording import last_name, listed, meant_or_known, shown

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

    from generator.diagnostics import Diagnostic
    from generator.source import KeyPath, SourceDocument
    from generator.spec.base import SpecModel


_SECRET = re.compile("secret|password|pwd|token|sas|(account|access|api)_?key|connection_?string", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Misspelling:
    """A key that is not known, and the one that was meant, where that is clear."""

    path: KeyPath
    meant: str | None


@dataclass(frozen=True, slots=True)
class Correction:
    """A word that is not allowed, and the one that was meant."""

    path: KeyPath
    meant: str


@dataclass(frozen=True, slots=True)
class ShapeFindings:
    """What is wrong with the shape of a file."""

    diagnostics: tuple[Diagnostic, ...]
    misspellings: tuple[Misspelling, ...]
    """Every unknown key."""
    corrections: tuple[Correction, ...]
    """Wrong words whose meaning is clear. Looking past these and the misspellings shows what else is wrong."""


def shape_findings(error: ValidationError, model: type[SpecModel], source: SourceDocument) -> ShapeFindings:
    """Return one diagnostic for each thing that is wrong, never one for each form that it might have had."""
    details = error.errors(include_url=False)
    missing = {(_path(d, source), str(d["loc"][-1])) for d in details if d["type"] == "missing"}
    misspellings = {
        d["loc"]: _misspelling(d, model, source, missing) for d in details if d["type"] == "extra_forbidden"
    }
    # One mistake, one finding: the key that was misspelt is not missing as well.
    explained = {(m.path[:-1], m.meant) for m in misspellings.values()}
    found: list[Diagnostic] = []
    corrections: list[Correction] = []
    for path, group in _by_place(details, source).items():
        for detail in group if _are_independent(group) else group[:1]:
            if detail["type"] == "missing" and (path, str(detail["loc"][-1])) in explained:
                continue
            if detail["type"] == "extra_forbidden" and (torn := torn_value(path, source)):
                if torn.is_first:
                    found.append(torn.diagnostic(source))
                    corrections.append(Correction(torn.path, torn.written))
            elif detail["type"] == "extra_forbidden":
                found.append(_unknown_key(misspellings[detail["loc"]], detail, model, source))
            else:
                found.append(_finding(detail, group, path, source))
            if detail["type"] == "literal_error" and (meant := _meant(detail)):
                corrections.append(Correction(path, meant))
    return ShapeFindings(tuple(found), tuple(misspellings.values()), tuple(corrections))


def _by_place(details: Sequence[ErrorDetails], source: SourceDocument) -> Mapping[KeyPath, list[ErrorDetails]]:
    places: dict[KeyPath, list[ErrorDetails]] = {}
    for detail in details:
        places.setdefault(_path(detail, source), []).append(detail)
    return places


def _are_independent(group: Sequence[ErrorDetails]) -> bool:
    """Tell several missing keys of one mapping from one value that fits no form of a union."""
    return all(d["type"] in ("missing", "extra_forbidden") for d in group)


def _path(detail: ErrorDetails, source: SourceDocument) -> KeyPath:
    """Return where the error is in the file: pydantic's location without the tags of union forms."""
    path: list[str | int] = []
    value: Any = source.value
    for step in detail["loc"]:
        is_key = isinstance(value, dict) and step in value
        is_index = isinstance(value, list) and isinstance(step, int) and step < len(value)
        if is_key or is_index:
            path.append(step)
            value = value[step]
    return tuple(path)


def _misspelling(
    detail: ErrorDetails, model: type[SpecModel], source: SourceDocument, missing: set[tuple[KeyPath, str]]
) -> Misspelling:
    path, word = _path(detail, source), str(detail["loc"][-1])
    if torn_value(path, source):
        return Misspelling(path, None)
    wanted = [key for place, key in missing if place == path[:-1]]
    present = source.at(path[:-1])
    free = [key for key in known_keys(model, detail["loc"][:-1]) if key not in present]
    return Misspelling(path, nearest(word, sorted(wanted)) or nearest(word, free))


def _unknown_key(
    misspelling: Misspelling, detail: ErrorDetails, model: type[SpecModel], source: SourceDocument
) -> Diagnostic:
    path, word = misspelling.path, str(misspelling.path[-1])
    if path[:-1] == ("prepare", "source") and word in SOURCE_FORMS:
        siblings = [
            key for key in source.at(path[:-1]) if key in SOURCE_FORMS and SOURCE_FORMS[key] != SOURCE_FORMS[word]
        ]
        if siblings:
            message = f'the key "{word}" does not go with "{siblings[0]}": a source has one form'
            return source.diagnostic("SYN017", message, path, key=True)
    known = known_keys(model, detail["loc"][:-1])
    guess = f'; did you mean "{misspelling.meant}"?' if misspelling.meant else f"; known are {listed(known)}"
    message = f"the key {shown(word)} is not known here{guess}"
    if misspelling.meant is None and _SECRET.search(word):
        # Its value must not reach a terminal or a log.
        hint = "a secret has no place in a file; keep it in the key vault and give its name (secret_name)"
        return replace(source.diagnostic("SYN017", message, path, key=True, hint=hint), source_line=None)
    return source.diagnostic("SYN017", message, path, key=True)


def _finding(detail: ErrorDetails, group: Sequence[ErrorDetails], path: KeyPath, source: SourceDocument) -> Diagnostic:
    detail = next((d for d in group if d["type"] == "finite_number"), detail)
    kind, name = detail["type"], last_name(path)
    if kind == "missing":
        inside = f" in {name}" if path else ""
        return source.diagnostic("SYN018", f'the key "{detail["loc"][-1]}" is missing{inside}', path, key=True)
    if kind in ("union_tag_not_found", "union_tag_invalid"):
        return _no_form(detail["input"], name, path, source)
    if kind in _TYPES:
        return _wrong_type(
            detail["input"], name, [_TYPES[d["type"]] for d in group if d["type"] in _TYPES], path, source
        )
    if kind == "literal_error":
        return _wrong_word(detail, name, path, source)
    return source.diagnostic("SYN019", f"{name}: {_limit(detail)}, found {shown(detail['input'])}", path)


_TYPES = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "a mapping of keys to values",
    "model_attributes_type": "a mapping of keys to values",
    "dict_type": "a mapping of keys to values",
}


def _no_form(given: Any, name: str, path: KeyPath, source: SourceDocument) -> Diagnostic:
    forms = "table, or format and path, or sql_pool"
    if not isinstance(given, dict):
        message = f"{name}: expected a mapping with {forms}, found {shown(given)}"
        return source.diagnostic("SYN019", message, path)
    for key in given:
        if guess := did_you_mean(key, SOURCE_FORMS):
            message = f"the key {shown(key)} is not known here{guess}"
            return source.diagnostic("SYN017", message, (*path, key), key=True)
    return source.diagnostic("SYN018", f"{name} does not say where the data is: give {forms}", path, key=True)


def _wrong_type(given: Any, name: str, wanted: Sequence[str], path: KeyPath, source: SourceDocument) -> Diagnostic:
    hint, found = None, shown(given)
    written = source.written(path) or ""
    if isinstance(given, bool | int | float):
        found = written
        if "text" in wanted:
            hint = f'YAML reads {written} as {_kind(given)}; put it in quotes: "{written}"'
    elif isinstance(given, str) and written[:1] in ("'", '"') and "text" not in wanted:
        hint = "leave the quotes out"
    expected = ", ".join(w for w in dict.fromkeys(wanted) if w != "a whole number" or "a number" not in wanted)
    return source.diagnostic("SYN019", f"{name}: expected {expected}, found {found}", path, hint=hint)


def _kind(value: float) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "a number"


def _wrong_word(detail: ErrorDetails, name: str, path: KeyPath, source: SourceDocument) -> Diagnostic:
    given, allowed = detail["input"], _allowed(detail)
    written = source.written(path) or ""
    if not isinstance(given, str) and written in allowed:
        message = f"{name}: expected text, found {written}"
        hint = f'YAML reads {written} as {_kind(given)}; put it in quotes: "{written}"'
        return source.diagnostic("SYN019", message, path, hint=hint)
    if isinstance(given, str) and given in allowed:
        message = f"{name}: expected {given}, found the text {shown(given)}"
        return source.diagnostic("SYN019", message, path, hint="leave the quotes out")
    if isinstance(given, bool | int | float):
        given = written
    word = given if isinstance(given, str) else ""
    guess = meant_or_known(word, allowed, "choose one of" if len(allowed) > 1 else "it must be")
    return source.diagnostic("SYN019", f"{name}: {shown(given)} is not allowed{guess}", path)


def _allowed(detail: ErrorDetails) -> list[str]:
    # pydantic words them as "'a', 'b' or 'c'".
    expected = str(detail.get("ctx", {})["expected"])
    return [word.strip("'") for word in expected.replace(" or ", ", ").split(", ")]


def _meant(detail: ErrorDetails) -> str | None:
    given = detail["input"]
    return nearest(given, _allowed(detail)) if isinstance(given, str) else None


_LIMITS = {
    "string_too_short": "it must have {min_length} or more characters",
    "string_too_long": "it must have {max_length} or fewer characters",
    "too_short": "it must have {min_length} or more entries",
    "greater_than_equal": "it must be {ge:g} or more",
    "less_than_equal": "it must be {le:g} or less",
    "greater_than": "it must be more than {gt:g}",
    "less_than": "it must be less than {lt:g}",
    "finite_number": "it must be a finite number",
}


def _limit(detail: ErrorDetails) -> str:
    """Put a bound or pattern into words that go on "rows: ..."."""
    context = detail.get("ctx", {})
    if detail["type"] == "string_pattern_mismatch":
        pattern = str(context["pattern"])
        return f"it must be {PATTERNS.get(pattern, pattern)}"
    if detail["type"] in _LIMITS:
        return _LIMITS[detail["type"]].format(**context)
    message = detail["msg"]
    return message[0].lower() + message[1:]
