"""A plan as people read it, on a terminal or in a pull request."""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.publish.plan import FieldDifference, Plan

SIGNS = {"create": "+", "update": "~", "delete": "-"}
_LONGEST_VALUE = 120
_MOST_LINES = 40
"""Lines of one field's difference that are shown; `--format json` has all of it."""
_LONGEST_LINE = 400
"""Characters of one such line: JSON and scripts may stand on a single one."""
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MOST_FILES = 5
SQL = "T-SQL; tables and procedures change when a setup pipeline runs it"
_ABSENT = "(nothing)"
_CONTEXT = 1


def text_of(plan: Plan) -> Iterator[str]:
    """Yield the lines of a plan for a terminal."""
    yield from (writable(line) for line in _lines_of(plan))


def _lines_of(plan: Plan) -> Iterator[str]:
    what = "rollback of" if plan.purpose == "rollback" else "plan for"
    yield f"{what} {plan.workspace} (environment {plan.environment})"
    for change in plan.having("create", "update", "delete"):
        yield f"  {SIGNS[change.action]} {change.artifact}: {change.reason}"
        for field in change.fields:
            yield from (f"      {line}" for line in field_lines(field))
    for step in plan.triggers:
        yield f"  {step.action} trigger/{step.trigger}: {step.reason}"
    for conflict in plan.conflicts:
        yield f"  ! {conflict.artifact}: {conflict.reason}"
        for field in conflict.fields:
            yield from (f"      {line}" for line in field_lines(field))
    for left in plan.left:
        yield f"  . {left.artifact} is kept: {left.reason}"
    for sql in plan.sql[:_MOST_FILES]:
        yield f"  {SIGNS[sql.action]} {sql.file}: {SQL}"
    if len(plan.sql) > _MOST_FILES:
        yield f"    and {len(plan.sql) - _MOST_FILES} more files of T-SQL"
    for pool in plan.pools:
        yield f"  {'SQL' if pool.type == 'SqlPoolReference' else 'Spark'} pool {pool.name}: {pool.state or 'state not told'}"
    yield counts_of(plan)


def counts_of(plan: Plan) -> str:
    """Return one line that says how much a plan does."""
    found = Counter(change.action for change in plan.changes)
    parts = [f"{found['create']} to create, {found['update']} to update, {found['delete']} to delete"]
    parts.append(f"{found['unchanged']} unchanged")
    for action, word in (("stop", "stopped"), ("start", "started")):
        if count := sum(step.action == action for step in plan.triggers):
            parts.append(f"{count} {'trigger is' if count == 1 else 'triggers are'} {word}")
    if plan.conflicts:
        parts.append(f"{len(plan.conflicts)} in conflict")
    return "; ".join(parts)


def field_lines(field: FieldDifference) -> Iterator[str]:
    """Yield a field that differs: one line where the values are short, else the lines that differ."""
    if short := short_values(field):
        yield f"{field.path}: {short[0]} -> {short[1]}"
    else:
        yield f"{field.path}:"
        yield from (f"  {line}" for line in differing_lines(field))


def short_values(field: FieldDifference) -> tuple[str, str] | None:
    """Return both values where each fits on a line; None where they do not."""
    old, new = (getattr(field, name) if name in field.model_fields_set else None for name in ("old", "new"))
    if _is_long(old) or _is_long(new):
        return None
    before, after = (
        writable(_json(getattr(field, name))) if name in field.model_fields_set else _ABSENT for name in ("old", "new")
    )
    return before, after


def differing_lines(field: FieldDifference) -> Iterator[str]:
    """Yield the lines of two values that differ, each with ``-`` or ``+``, and what is around them."""
    before, after = (_lines(getattr(field, name)) if name in field.model_fields_set else [] for name in ("old", "new"))
    lines = list(difflib.unified_diff(before, after, lineterm="", n=_CONTEXT))[2:]
    if not lines:
        yield " only the ends of lines differ"
    for line in lines[:_MOST_LINES]:
        shown = writable(line)
        yield (
            shown
            if len(shown) <= _LONGEST_LINE
            else f"{shown[:_LONGEST_LINE]}... {len(shown) - _LONGEST_LINE} more characters"
        )
    if len(lines) > _MOST_LINES:
        yield f" ... {len(lines) - _MOST_LINES} more lines"


def writable(line: str) -> str:
    """Return a line without what a terminal would obey instead of showing it."""
    return _OBEYED.sub("\ufffd", line.replace("\t", "    "))


def _is_long(value: Any) -> bool:
    return (isinstance(value, str) and "\n" in value) or len(_json(value)) > _LONGEST_VALUE


def _lines(value: Any) -> list[str]:
    return (value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)).splitlines()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
