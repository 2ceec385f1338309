"""A plan as a comment of a pull request: a table first, each difference folded below it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from generator.cli.plan_text import SQL, counts_of, differing_lines, short_values, writable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.publish.plan import Change, Conflict, FieldDifference, Plan

_LONGEST = 60_000
"""Characters; a comment on GitHub takes 65,536, one on Azure DevOps 150,000."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~&!])")
_WORDS = {"create": "create", "update": "update", "delete": "**delete**"}
_CUT = "The rest is left out here: `synapse-gen plan` shows all of it."


def markdown_of(plan: Plan) -> str:
    """Return a plan in GitHub's Markdown; parts for which a comment has no room are left out whole, and it says so."""
    parts: list[str] = []
    room = _LONGEST - len(_CUT) - 2
    is_cut = False
    for part in _parts(plan):
        if len(part) + 1 > room:
            is_cut = True
            continue
        parts.append(part)
        room -= len(part) + 1
    return "\n".join([*parts, "", _CUT] if is_cut else parts)


def _parts(plan: Plan) -> Iterator[str]:
    """Yield what stands or falls as one: the head, a row, the differences of one artifact."""
    what = "Rollback" if plan.purpose == "rollback" else "Plan"
    yield f"### {what}: {_plain(plan.workspace)} ({_plain(plan.environment)})\n\n{counts_of(plan)}."
    rows = [
        *(("**conflict**", c.artifact, c.reason) for c in plan.conflicts),
        *(("**missing pool**", m.artifact, m.reason) for m in plan.missing_pools),
        *((_WORDS[c.action], c.artifact, c.reason) for c in plan.having("delete", "update", "create")),
        *((f"{t.action} trigger", f"trigger/{t.trigger}", t.reason) for t in plan.triggers),
        *(("keep", kept.artifact, kept.reason) for kept in plan.left),
        *((f"{s.action} T-SQL", s.file, SQL) for s in plan.sql),
        *(("pool", p.name, p.state or "state not told") for p in plan.pools),
    ]
    if rows:
        yield "\n| what | where | why |\n|---|---|---|"
        yield from (f"| {action} | `{_code(name)}` | {_plain(why)} |" for action, name, why in rows)
    details: list[Change | Conflict] = [*plan.conflicts, *plan.having("update")]
    for item in details:
        if item.fields:
            yield "\n".join(_details(item))


def _details(item: Change | Conflict) -> Iterator[str]:
    lines = [line for field in item.fields for line in _diff(field)]
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0))
    yield from ("", f"<details><summary>{_html(item.artifact)}</summary>", "", f"{fence}diff")
    yield from lines
    yield from (fence, "", "</details>")


def _diff(field: FieldDifference) -> Iterator[str]:
    # In a block of this language lines are coloured by their first character.
    yield f"# {_line(field.path)}"
    if short := short_values(field):
        yield f"- {short[0]}"
        yield f"+ {short[1]}"
    else:
        yield from differing_lines(field)


def _line(text: str) -> str:
    return writable(" ".join(text.split()))


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", _line(text))


def _code(text: str) -> str:
    # In a cell of a table, a code span can show neither as itself: `\\|` ends the cell.
    return _line(text).replace("`", "'").replace("|", "\N{BROKEN BAR}")


def _html(text: str) -> str:
    return html.escape(_line(text), quote=False)
