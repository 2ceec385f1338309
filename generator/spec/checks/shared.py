"""What the specs of one project must not share: their names, and what each of them writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.artifact import canonical_name
from generator.spec.checks.lake import lie_in_each_other, overlap, written_paths
from generator.spec.checks.names import derived_objects, sql_objects
from generator.tsql.identifiers import TsqlNameError, parse_object_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from generator.diagnostics import Diagnostic
    from generator.source import SourceDocument
    from generator.spec.automl import AutoMlSpec

    Loaded = tuple[AutoMlSpec, SourceDocument]


def shared_findings(specs: Sequence[Loaded]) -> Iterator[Diagnostic]:
    """Yield what is wrong between specs; each finding stands in the later one and names the earlier."""
    named: dict[str, Loaded] = {}
    tables: dict[str, SourceDocument] = {}
    objects: dict[str, SourceDocument] = {}
    folders: list[tuple[str, SourceDocument]] = []
    for spec, source in specs:
        first = named.setdefault(canonical_name(spec.name), (spec, source))
        if first[1] is not source:
            # Synapse compares names without regard to case.
            where = first[1].location(("name",))
            message = f'the name "{spec.name}" is taken by {where}'
            yield source.diagnostic("SYN016", message, ("name",))
            continue
        table = tables.setdefault(spec.prepare.training_table.casefold(), source)
        if table is not source:
            message = f"the training table {spec.prepare.training_table} is that of {table.path} too"
            yield source.diagnostic("SYN034", message, ("prepare", "training_table"))
        yield from _objects(spec, source, objects)
        yield from _folders(spec, source, folders)


def _objects(spec: AutoMlSpec, source: SourceDocument, taken: dict[str, SourceDocument]) -> Iterator[Diagnostic]:
    for path, text in sql_objects(spec).items():
        if path[0] == "deploy":
            continue  # one table keeps the models of all specs
        try:
            name = parse_object_name(text)
        except TsqlNameError:
            continue
        for member in (name, *derived_objects(spec, path, name)):
            other = taken.setdefault(str(member).casefold(), source)
            if other is not source:
                yield source.diagnostic("SYN034", f"{member} is written by {other.path} too", path)
                break


def _folders(spec: AutoMlSpec, source: SourceDocument, taken: list[tuple[str, SourceDocument]]) -> Iterator[Diagnostic]:
    paths = written_paths(spec)
    # Where a folder is written in the file comes before where it follows from the name.
    for path in sorted(paths, key=lambda path: path not in source.positions):
        other = next(((f, s) for f, s in taken if lie_in_each_other(paths[path], f)), None)
        if other:
            yield source.diagnostic("SYN035", overlap(paths[path], other[0], other[1].path), path)
            break
    taken += [(folder, source) for folder in paths.values()]
