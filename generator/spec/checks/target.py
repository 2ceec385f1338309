"""The target: a column, of a type that its task can predict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.diagnostics import did_you_mean
from generator.spec.checks.columns import type_of
from generator.spec.wording import shown
from generator.tsql.types import SqlType

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from generator.diagnostics import Diagnostic
    from generator.source import SourceDocument
    from generator.spec.automl import AutoMlSpec

_AT = ("train", "target")


def no_such_column(target: str, candidates: Iterable[str], source: SourceDocument) -> Diagnostic:
    """Return the finding that a target is no column; ``candidates`` are those that may have been meant."""
    guess = did_you_mean(target, candidates)
    return source.diagnostic("SYN021", f"target {shown(target)} is not a column{guess}", _AT)


def target_findings(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    """Yield what is wrong with the target."""
    target = spec.train.target
    column = next((c for c in spec.columns if c.name == target), None)
    if column is None:
        candidates = [c.name for c in spec.columns if c.role == "feature"] or [c.name for c in spec.columns]
        yield no_such_column(target, candidates, source)
        return
    if column.role != "feature":
        message = f'target "{target}" is a column with role: {column.role}'
        yield source.diagnostic("SYN021", message, _AT, hint="the target has no role of its own: leave role out")
    sql_type = type_of(column)
    if not isinstance(sql_type, SqlType):
        return
    if spec.train.task == "regression" and not sql_type.is_numeric:
        message = f'regression predicts numbers; target "{target}" is {sql_type.ddl}'
        yield source.diagnostic("SYN028", message, _AT, hint="cast it to float, or use task: classification")
    is_label = sql_type.is_integer or (sql_type.is_text and not sql_type.is_max)
    if spec.train.task == "classification" and not is_label:
        message = f'classification predicts whole numbers or text; target "{target}" is {sql_type.ddl}'
        yield source.diagnostic("SYN028", message, _AT, hint="cast it to int or nvarchar(n), or use task: regression")
