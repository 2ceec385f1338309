"""The column contract: names, types, roles and what stands in for nulls."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from generator.diagnostics import did_you_mean, nearest
from generator.spec.automl import HashDistribution
from generator.spec.wording import shown
from generator.tsql.identifiers import TsqlNameError, quote_identifier
from generator.tsql.types import SqlType, TsqlTypeError, parse_sql_type

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from generator.diagnostics import Diagnostic
    from generator.source import KeyPath, SourceDocument
    from generator.spec.automl import AutoMlSpec, Column

# The columns of the predictions table beside the key, and the name of the model's output.
_NO_ONNX_NAME = re.compile(r"[^\w+]")
_OUTPUT = "prediction"
_BESIDE_THE_KEY = (_OUTPUT, "model_version", "engine", "run_id", "predicted_at")
_DURING_PREPARATION = "_is_test"
_RANGES = {"tinyint": (0, 255), "smallint": (-(2**15), 2**15 - 1), "int": (-(2**31), 2**31 - 1)}
_BIGINT = (-(2**63), 2**63 - 1)
_NO_KEYS = {"binary", "varbinary", "real", "float", "bit"}
_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_PREDICT_TYPES = "PREDICT takes int, bigint, real, float, char, varchar and nvarchar; cast it, or give it role: ignored"


def column_findings(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    """Yield what is wrong with the columns."""
    columns = dict(enumerate(spec.columns))
    target = meant_target(spec.train.target, [c.name for c in spec.columns])
    yield from _keys(spec, source)
    yield from each_column(columns, target, source)
    if spec.score.index == "columnstore":
        yield from _columnstore(spec, source)
    yield from _hash(spec, source)
    if all(c.role != "feature" or c.name == target for c in spec.columns):
        message = "no column is a feature: there is nothing to learn from"
        yield source.diagnostic("SYN023", message, ("columns",), key=True)


def each_column(columns: Mapping[int, Column], target: str | None, source: SourceDocument) -> Iterator[Diagnostic]:
    """Yield what is wrong with each column by itself; ``columns`` maps their places in the list."""
    yield from _twice(columns, source)
    yield from _alike_in_the_model(columns, target, source)
    for index, column in columns.items():
        path: KeyPath = ("columns", index)
        yield from _name(column, target, path, source)
        sql_type = type_of(column)
        if isinstance(sql_type, TsqlTypeError):
            yield source.diagnostic("SYN025", str(sql_type), (*path, "type"))
        else:
            yield from _type(column, sql_type, target, path, source)
            yield from _fill(column, sql_type, path, source)


def meant_target(target: str, names: Sequence[str]) -> str:
    """Return the target, or the column that a misspelt one was meant to be, so that it is not taken for a feature."""
    return target if target in names else nearest(target, names) or target


def type_of(column: Column) -> SqlType | TsqlTypeError:
    """Return a column's type, or why it is none."""
    try:
        return parse_sql_type(column.type)
    except TsqlTypeError as error:
        return error


def _twice(columns: Mapping[int, Column], source: SourceDocument) -> Iterator[Diagnostic]:
    first: dict[str, int] = {}
    for index, column in columns.items():
        # The pool's default collation (SQL_Latin1_General_CP1_CI_AS) and Spark do not tell case apart.
        other = first.setdefault(column.name.casefold(), index)
        if other != index:
            line = source.location(("columns", other, "name")).line
            message = f'the column "{column.name}" stands twice, the first in line {line}; SQL does not tell case apart'
            yield source.diagnostic("SYN022", message, ("columns", index, "name"))


def _alike_in_the_model(
    columns: Mapping[int, Column], target: str | None, source: SourceDocument
) -> Iterator[Diagnostic]:
    """Yield features that a model could not tell apart by their names.

    The ONNX converter (skl2onnx, ``Topology._generate_unique_name``) puts ``_`` for what is no letter, digit, ``_`` or
    ``+``; the deploy notebook gives the inputs their columns' names again.
    """
    first: dict[str, Column] = {}
    for index, column in columns.items():
        if column.role != "feature" or column.name == target:
            continue
        other = first.setdefault(_NO_ONNX_NAME.sub("_", column.name).casefold(), column)
        if other is not column and other.name.casefold() != column.name.casefold():
            message = (
                f'a model cannot tell "{column.name}" from "{other.name}": other characters become _ in its inputs'
            )
            yield source.diagnostic("SYN022", message, ("columns", index, "name"))


def _keys(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    keys = [index for index, column in enumerate(spec.columns) if column.role == "key"]
    hint = "the key identifies a row: its prediction is kept under it"
    if not keys:
        yield source.diagnostic("SYN023", "no column has role: key", ("columns",), key=True, hint=hint)
    for index in keys[1:]:
        message = f'"{spec.columns[index].name}" is a second key; "{spec.columns[keys[0]].name}" is one already'
        yield source.diagnostic("SYN023", message, ("columns", index, "role"), hint=hint)


def _name(column: Column, target: str | None, path: KeyPath, source: SourceDocument) -> Iterator[Diagnostic]:
    at = (*path, "name")
    try:
        quote_identifier(column.name)
    except TsqlNameError as error:
        yield source.diagnostic("SYN024", str(error), at)
    folded = column.name.casefold()
    is_feature = column.role == "feature" and column.name != target
    if column.role == "key" and folded in _BESIDE_THE_KEY:
        message = f'the key cannot be named "{column.name}": the predictions table has such a column beside it'
        yield source.diagnostic("SYN022", message, at)
    elif is_feature and folded == _OUTPUT:
        message = f'a feature cannot be named "{column.name}": so is what the model returns'
        yield source.diagnostic("SYN022", message, at)
    elif folded == _DURING_PREPARATION:
        yield source.diagnostic("SYN022", f'"{column.name}" is the name of a column that the preparation adds', at)


def _type(
    column: Column, sql_type: SqlType, target: str | None, path: KeyPath, source: SourceDocument
) -> Iterator[Diagnostic]:
    at = (*path, "type")
    if column.role == "feature" and column.name != target and sql_type.onnx_type is None:
        message = f'"{column.name}" is a feature, and {sql_type.ddl} cannot be an input of PREDICT'
        yield source.diagnostic("SYN026", message, at, hint=_PREDICT_TYPES)
    if column.role == "key" and (sql_type.is_max or sql_type.name in _NO_KEYS):
        message = f'"{column.name}" is the key, and {sql_type.ddl} does not identify rows'
        yield source.diagnostic("SYN026", message, at, hint="use bigint, int, uniqueidentifier or nvarchar(n)")


def _columnstore(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    # "Indexes on dedicated SQL pool tables": columnstore tables do not support the (max) types.
    for index, column in enumerate(spec.columns):
        sql_type = type_of(column)
        if isinstance(sql_type, SqlType) and sql_type.is_max and column.role == "ignored":
            message = f"a columnstore table cannot hold {sql_type.ddl}"
            hint = f"give it a length, such as {sql_type.name}(4000), or set score.index: heap"
            yield source.diagnostic("SYN026", message, ("columns", index, "type"), hint=hint)


def _fill(column: Column, sql_type: SqlType, path: KeyPath, source: SourceDocument) -> Iterator[Diagnostic]:
    if column.fill is None:
        return
    at = (*path, "fill")
    if column.role == "key":
        message = f'the key "{column.name}" cannot have a fill: rows without a key would share one'
        yield source.diagnostic("SYN027", message, at, hint="leave such rows out with prepare.keep")
    elif (problem := _fill_problem(column.fill, sql_type)) is not None:
        yield source.diagnostic("SYN027", f"the fill {shown(column.fill)} {problem}", at)


def _fill_problem(fill: str | float, sql_type: SqlType) -> str | None:
    """Return why a value cannot stand in a column of the type, as the end of a sentence."""
    if sql_type.name == "bit":
        return None if isinstance(fill, bool) or fill in (0, 1) else "is not true or false"
    if isinstance(fill, bool):
        return f"is not {sql_type.ddl}"
    if sql_type.is_numeric:
        return _number_problem(fill, sql_type)
    if not isinstance(fill, str):
        return f"is no text, which {sql_type.ddl} wants; put it in quotes"
    return _text_problem(fill, sql_type)


def _number_problem(fill: str | float, sql_type: SqlType) -> str | None:
    if isinstance(fill, str):
        return f"is no number, which {sql_type.ddl} wants"
    if not sql_type.is_integer:
        return None
    if not isinstance(fill, int):
        return f"is no whole number, which {sql_type.ddl} wants"
    low, high = _RANGES.get(sql_type.name, _BIGINT)
    return None if low <= fill <= high else f"is outside {sql_type.ddl}, which holds {low} to {high}"


def _text_problem(fill: str, sql_type: SqlType) -> str | None:
    if sql_type.is_text:
        # char and varchar count bytes of the collation's code page; for what it lacks, the pool stores "?".
        if sql_type.length is not None and len(fill) > sql_type.length:
            return f"has {len(fill)} characters; {sql_type.ddl} holds {sql_type.length}"
        return None
    if sql_type.name == "uniqueidentifier":
        return None if _GUID.fullmatch(fill) else "is no GUID"
    readers = {"date": date.fromisoformat, "time": time.fromisoformat}
    if sql_type.name in readers or "date" in sql_type.name:
        try:
            readers.get(sql_type.name, datetime.fromisoformat)(fill)
        except ValueError:
            return f"is no {sql_type.name} in ISO form, such as {_example(sql_type.name)}"
        return None
    return f"cannot be given: {sql_type.ddl} takes no fill"


def _example(name: str) -> str:
    return {"date": "2026-01-31", "time": "13:30:00"}.get(name, "2026-01-31T13:30:00")


def _hash(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    distribution = spec.score.distribution
    if not isinstance(distribution, HashDistribution):
        return
    at = ("score", "distribution", "hash")
    column = next((c for c in spec.columns if c.name == distribution.hash), None)
    if column is None:
        guess = did_you_mean(distribution.hash, [c.name for c in spec.columns])
        yield source.diagnostic("SYN021", f"hash {shown(distribution.hash)} is not a column{guess}", at)
        return
    sql_type = type_of(column)
    if isinstance(sql_type, SqlType) and sql_type.is_max:
        yield source.diagnostic("SYN026", f"a table cannot be distributed by {sql_type.ddl}", at)
