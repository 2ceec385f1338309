"""Names of artifacts and of objects in the SQL pool: legal, and no two of them the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.artifact import ArtifactKind, naming_error
from generator.spec.automl import SqlPoolSource
from generator.spec.wording import dotted, shown
from generator.tsql.identifiers import ObjectName, TsqlNameError, parse_object_name, quote_identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.diagnostics import Diagnostic
    from generator.source import KeyPath, SourceDocument
    from generator.spec.automl import AutoMlSpec

# The longest addition to a spec's name in an artifact's.
_LONGEST_ADDITION = "_score_schedule"


def name_findings(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    """Yield what is wrong with names."""
    for kind in (ArtifactKind.NOTEBOOK, ArtifactKind.PIPELINE, ArtifactKind.SQL_SCRIPT):
        problem = naming_error(kind, spec.name + _LONGEST_ADDITION)
        if problem:
            yield source.diagnostic("SYN020", problem, ("name",))
    yield from _objects(spec, source)
    for index, principal in enumerate(spec.score.grant_execute_to):
        try:
            quote_identifier(principal)
        except TsqlNameError as error:
            yield source.diagnostic("SYN024", str(error), ("score", "grant_execute_to", index))


def sql_objects(spec: AutoMlSpec) -> dict[KeyPath, str]:
    """Return the objects that the spec creates in the SQL pool, by the key that names them."""
    return {
        ("deploy", "model_table"): spec.deploy.model_table,
        ("score", "table"): spec.score.table,
        ("score", "procedure"): spec.score.procedure,
        ("score", "predictions"): spec.score.predictions,
    }


def derived_objects(spec: AutoMlSpec, path: KeyPath, name: ObjectName) -> list[ObjectName]:
    """Return the objects that come with a named one: where COPY lands rows, and the table that was swapped out."""
    match path[-1]:
        case "model_table":
            return [name.sibling(f"_{spec.name}_load")]
        case "table":
            return [name.sibling("_load"), name.sibling("_old")]
        case "predictions":
            return [name.sibling("_load")]
        case _:
            return []


def _objects(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    taken: dict[str, KeyPath] = {}
    for path, text in sql_objects(spec).items():
        try:
            name = parse_object_name(text)
            family = [name, *derived_objects(spec, path, name)]
            for member in family:
                quote_identifier(member.name)
        except TsqlNameError as error:
            yield source.diagnostic("SYN024", str(error), path)
            continue
        yield from _temporary(name, path, source)
        for member in family:
            other = taken.setdefault(str(member).casefold(), path)
            if other != path:
                yield source.diagnostic("SYN034", _taken(member, name, other), path)
                break
    if isinstance(spec.prepare.source, SqlPoolSource):
        yield from _source(spec.prepare.source, taken, source)


def _taken(member: ObjectName, name: ObjectName, other: KeyPath) -> str:
    if member == name:
        return f"{name} belongs to {dotted(other)} already"
    return f"{name} comes with {member}, which belongs to {dotted(other)} already"


def _temporary(name: ObjectName, path: KeyPath, source: SourceDocument) -> Iterator[Diagnostic]:
    if name.name.startswith("#"):
        message = f"{name} would be a temporary table, gone with the session that made it"
        yield source.diagnostic("SYN024", message, path)


def _source(given: SqlPoolSource, taken: dict[str, KeyPath], source: SourceDocument) -> Iterator[Diagnostic]:
    at = ("prepare", "source", "sql_pool")
    try:
        name = parse_object_name(given.sql_pool)
    except TsqlNameError as error:
        yield source.diagnostic("SYN024", str(error), at)
        return
    if str(name).casefold() in taken:
        message = (
            f"{shown(given.sql_pool)} is {dotted(taken[str(name).casefold()])}: a run would overwrite its own source"
        )
        yield source.diagnostic("SYN034", message, at)
