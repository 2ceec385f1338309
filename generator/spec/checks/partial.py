"""What can be told of the columns and the target of a spec whose shape is wrong elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError

from generator.spec.automl import Column
from generator.spec.checks.columns import each_column, meant_target
from generator.spec.checks.target import no_such_column

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.diagnostics import Diagnostic
    from generator.source import SourceDocument


def partial_findings(source: SourceDocument) -> Iterator[Diagnostic]:
    """Yield findings on the columns that are well formed, and on a target that none of the columns is named after."""
    given, target = source.at(("columns",)), source.at(("train", "target"))
    if not isinstance(given, list):
        return
    columns: dict[int, Column] = {}
    for index, item in enumerate(given):
        try:
            columns[index] = Column.model_validate(item, strict=True)
        except ValidationError:
            continue  # told with the shape
    names = [item.get("name") if isinstance(item, dict) else None for item in given]
    texts = [name for name in names if isinstance(name, str)]
    if not isinstance(target, str) or not target:
        # Any column may be the one, and is no feature then.
        yield from each_column({i: c for i, c in columns.items() if c.role != "feature"}, None, source)
        return
    yield from each_column(columns, meant_target(target, texts), source)
    # A column without a name may be the one.
    if target not in texts and len(texts) == len(names):
        yield no_such_column(target, texts, source)
