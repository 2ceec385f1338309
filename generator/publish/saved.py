"""A plan that was saved for later: read back with its places, and compared with what would be done now."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import ValidationError

from generator.diagnostics import Diagnostic, Location, SynapseGenError
from generator.publish.plan import Plan
from generator.source import load_json, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from generator.publish.plan import Change

_DONE = {"create": "created", "update": "updated", "delete": "deleted", "unchanged": "left as it is"}
_AGAIN = "make the plan again: `synapse-gen plan --out FILE`"


def read_plan(path: Path, display: str) -> Plan:
    """Read a saved plan; SYN339 with line and column where it is none, or one of another version."""
    source = load_json(read_text(path, display), display)
    if not isinstance(source.value, dict) or "changes" not in source.value:
        raise SynapseGenError(Diagnostic("SYN339", "the file holds no plan", Location(display, 1, 1), hint=_AGAIN))
    version = source.value.get("version")
    if version != 1:
        message = f"the plan has the version {json.dumps(version)}, this synapse-gen reads 1"
        place = ("version",) if "version" in source.value else ()
        raise SynapseGenError(source.diagnostic("SYN339", message, place, hint=_AGAIN))
    try:
        return Plan.model_validate_json(json.dumps(source.value), strict=True)
    except ValidationError as error:
        found = [
            source.diagnostic(
                "SYN339", f"the plan is damaged: {e['msg'].lower()}", _known(source.value, e["loc"]), hint=_AGAIN
            )
            for e in error.errors(include_input=False, include_url=False)
        ]
        raise SynapseGenError(*found) from error


def is_carried_out(saved: Plan, now: Plan) -> bool:
    """Whether a saved plan has nothing left to do: a run of a pipeline that is repeated is no failure."""
    if saved.is_empty or not now.is_empty or now.conflicts:
        return False
    there = {c.artifact: c.sha256 for c in now.changes}
    written = all(there.get(c.artifact) == c.sha256 for c in saved.changes if c.action != "delete")
    return written and not any(c.artifact in there for c in saved.having("delete"))


def moved(saved: Plan, now: Plan, display: str) -> Iterator[Diagnostic]:
    """Yield SYN340 for everything that is not as it was when the plan was saved; nothing may be sent then."""
    if (saved.project, saved.environment, saved.workspace) != (now.project, now.environment, now.workspace):
        message = (
            f"the plan is for {saved.workspace} (environment {saved.environment} of {saved.project}),"
            f" not for {now.workspace} (environment {now.environment} of {now.project})"
        )
        yield Diagnostic("SYN340", message, Location(display))
        return
    if (saved.purpose, saved.prune, saved.adopt) != (now.purpose, now.prune, now.adopt):
        yield Diagnostic(
            "SYN340", "the plan is one of another command, or with other options", Location(display), hint=_AGAIN
        )
    old, new = ({c.artifact: c for c in plan.changes} for plan in (saved, now))
    for artifact in sorted({*old, *new}):
        if why := _why(old.get(artifact), new.get(artifact)):
            yield Diagnostic("SYN340", f"{artifact} {why} since the plan was made", Location(display), hint=_AGAIN)
    if _triggers(saved) != _triggers(now):
        yield Diagnostic(
            "SYN340", "the states of triggers changed since the plan was made", Location(display), hint=_AGAIN
        )
    if set(saved.sql) != set(now.sql):
        yield Diagnostic("SYN340", "files of T-SQL changed since the plan was made", Location(display), hint=_AGAIN)


def _why(old: Change | None, new: Change | None) -> str | None:
    if old is None:
        return "came to the tree or the workspace"
    if new is None:
        return "left the tree and the workspace"
    if old.sha256 != new.sha256:
        return "changed in the tree"
    if (old.etag, old.live) != (new.etag, new.live):
        return "changed in the workspace"
    if old.action != new.action:
        return f"was to be {_DONE[old.action]}, and is to be {_DONE[new.action]},"
    return None


def _triggers(plan: Plan) -> set[tuple[str, str, bool]]:
    return {(t.trigger, t.action, t.is_restored) for t in plan.triggers}


def _known(value: object, path: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Return the part of a path that the file has."""
    known: list[str | int] = []
    for step in path:
        try:
            value = value[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            break
        known.append(step)
    return tuple(known)
