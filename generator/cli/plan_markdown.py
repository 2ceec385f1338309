"""A plan as a comment of a pull request: a table first, each difference folded below it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.cli.plan_text import counts_of, field_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from generator.publish.plan import Change, Conflict, Plan

_LONGEST = 60_000
"""Characters; a comment on GitHub takes 65,536, one on Azure DevOps 150,000."""
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|#~])")
_WORDS = {"create": "create", "update": "update", "delete": "**delete**"}


def markdown_of(plan: Plan) -> str:
    """Return a plan in GitHub's Markdown, cut where a comment would be too long."""
    lines: list[str] = []
    size = 0
    for line in _lines(plan):
        size += len(line) + 1
        if size > _LONGEST and not lines[-1].startswith(("+", "-", " ", "@")):
            lines.append("")
            lines.append("The rest is left out here: `synapse-gen plan` shows all of it.")
            break
        lines.append(line)
    return "\n".join(lines)


def _lines(plan: Plan) -> Iterator[str]:
    what = "Rollback" if plan.purpose == "rollback" else "Plan"
    yield f"### {what}: {_plain(plan.workspace)} ({_plain(plan.environment)})"
    yield ""
    yield f"{counts_of(plan)}."
    rows = [
        *((_WORDS[c.action], c.artifact, c.reason) for c in plan.having("create", "update", "delete")),
        *((f"{t.action} trigger", f"trigger/{t.trigger}", t.reason) for t in plan.triggers),
        *(("**conflict**", c.artifact, c.reason) for c in plan.conflicts),
        *(("keep", kept.artifact, kept.reason) for kept in plan.left),
        *((f"{s.action} T-SQL", s.file, "the setup pipeline runs it, no publish") for s in plan.sql),
        *(("pool", p.name, p.state or "state not told") for p in plan.pools),
    ]
    if rows:
        yield from ("", "| what | where | why |", "|---|---|---|")
        yield from (f"| {action} | `{_code(name)}` | {_plain(why)} |" for action, name, why in rows)
    details: list[Change | Conflict] = [*plan.having("update"), *plan.conflicts]
    for item in details:
        if item.fields:
            yield from _details(item)


def _details(item: Change | Conflict) -> Iterator[str]:
    lines = [line for field in item.fields for line in _diff(list(field_lines(field)))]
    fence = "`" * max(3, 1 + max((len(run) for line in lines for run in re.findall(r"`+", line)), default=0))
    yield from ("", f"<details><summary>{_html(item.artifact)}</summary>", "", f"{fence}diff")
    yield from lines
    yield from (fence, "", "</details>")


def _diff(lines: Sequence[str]) -> Iterator[str]:
    # In a block of this language lines are coloured by their first character.
    first, rest = lines[0], lines[1:]
    if rest:
        yield f"# {first}"
        yield from (line.removeprefix("  ") for line in rest)
        return
    path, _, values = first.partition(": ")
    old, _, new = values.partition(" -> ")
    yield f"# {path}"
    yield f"- {old}"
    yield f"+ {new}"


def _plain(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _code(text: str) -> str:
    return text.replace("`", "'").replace("|", "\\|")


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
