"""What plan, publish and rollback share before anything is sent: the committed tree as a source, what stands in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.cli.terminal import progress, show_diagnostics
from generator.diagnostics import Diagnostic, ExitCode, Severity, SynapseGenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.cli.project import Rendering
    from generator.publish import Plan, Source
    from generator.publish.plan import Conflict
    from generator.spec.load import LoadedProject
    from generator.spec.project import Environment

_MOST_LISTED = 3
_POOL_HINT = "make it, or name another for the environment"
_CONFLICT_HINTS = {
    "publish": "bring the change into the specs, or take the artifact over with `--adopt`: the history keeps what it replaces",
    "rollback": "to overwrite or delete it all the same say `--adopt`: the history keeps what that replaces",
}


def source_of(rendering: Rendering, name: str) -> Source:
    """Return the committed tree of an environment, which is what the specs render to.

    Raises SYN304 where it is not, and the errors that the rules find.
    """
    from generator.publish import Source

    changes = [c for c in rendering.changes().changes if c.path.startswith((f"artifacts/{name}/", f"sql/{name}/"))]
    if changes:
        raise SynapseGenError(_not_rendered(name, [c.path for c in changes]))
    findings = rendering.findings()
    if any(f.severity is Severity.ERROR for f in findings):
        raise SynapseGenError(*findings)
    show_diagnostics(findings)
    ours = frozenset(document.key for document in rendering.built[name].documents)
    root = rendering.project.root
    return Source(root, root / "artifacts" / name, root / "sql" / name, lambda key: key in ours)


def _not_rendered(name: str, paths: list[str]) -> Diagnostic:
    return Diagnostic(
        "SYN304",
        f"nothing was published: the committed tree of {name} is not what the specs render to: {some(paths)}",
        hint=f"see `synapse-gen render --check --env {name}`; run `synapse-gen render`, review the changes, commit them",
    )


def require_live(environment: Environment, *, is_said: bool) -> None:
    """Raise SYN336, exit code 2, for a workspace that is connected to git, unless the user says ``--live``."""
    if environment.git == "connected" and not is_said:
        raise SynapseGenError(
            Diagnostic(
                "SYN336",
                f"{environment.workspace} is connected to git: what is published here is not what Studio shows,"
                " and Studio's next publish may undo it",
                hint="publish from Studio after merging the tree, or say --live",
            ),
            exit_code=ExitCode.USAGE,
        )


def warn_of_git(environment: Environment, description: Mapping[str, Any]) -> None:
    """Say where a workspace is connected to git, as synapse.yaml or the workspace itself has it."""
    repository = (description.get("properties") or {}).get("workspaceRepositoryConfiguration") or {}
    is_connected = bool(repository.get("type") or repository.get("repositoryName"))
    if environment.git == "connected":
        progress(f"{environment.workspace} is connected to git: Studio shows its branch, not what is published here")
    elif is_connected:
        found = Diagnostic(
            "SYN336",
            f"{environment.workspace} is connected to git ({repository.get('repositoryName') or 'a repository'}),"
            " synapse.yaml says that it is not",
            severity=Severity.WARNING,
            hint="write `git: connected` for the environment",
        )
        show_diagnostics([found])


def objections(plan: Plan, project: LoadedProject, *, in_full: bool) -> list[Diagnostic]:
    """Return why a plan cannot be carried out: pools that there are not, and conflicts.

    ``in_full``: with what both sides of a conflict have, where the plan itself is not shown.
    """
    found = list(_without_pool(plan, project))
    for conflict in plan.conflicts:
        # One word of advice for all of them: a hundred would drown what they are about.
        advice = _CONFLICT_HINTS[plan.purpose] if conflict is plan.conflicts[-1] else None
        lines = [*(_both(conflict) if in_full else ()), *([advice] if advice else ())]
        message = f"{conflict.artifact}: {conflict.reason}"
        found.append(Diagnostic("SYN334", message, hint="\n      ".join(lines) or None))
    return found


def _without_pool(plan: Plan, project: LoadedProject) -> Iterator[Diagnostic]:
    needs: dict[str, list[str]] = {}
    for missing in plan.missing_pools:
        needs.setdefault(missing.reason, []).append(missing.artifact)
    for reason, artifacts in needs.items():
        message = f"{reason}, which {some(artifacts)} {'needs' if len(artifacts) == 1 else 'need'}"
        setting = _setting(reason, project.project.environments[plan.environment])
        if setting:
            where = ("environments", plan.environment, setting, "name")
            yield project.source.diagnostic("SYN335", message, where, hint=_POOL_HINT)
        else:
            yield Diagnostic("SYN335", message, hint=_POOL_HINT)


def _setting(reason: str, environment: Environment) -> str | None:
    """Return the setting that names a pool; None where the name came otherwise, as from a workspace's past."""
    pools = {"spark_pool": environment.spark_pool.name, "sql_pool": environment.sql_pool.name}
    return next((setting for setting, name in pools.items() if reason.endswith(f'pool "{name}"')), None)


def _both(conflict: Conflict) -> Iterator[str]:
    from generator.cli.plan_text import field_lines

    if conflict.fields:
        yield "what the workspace has -> what was to be written"
    for field in conflict.fields:
        yield from field_lines(field)


def some(names: list[str]) -> str:
    """Return a few names, and how many more there are."""
    first, rest = names[:_MOST_LISTED], len(names) - _MOST_LISTED
    return ", ".join(first) + (f" and {rest} more" if rest > 0 else "")


def require_no_objection(plan: Plan, project: LoadedProject) -> None:
    """Raise what stands in a plan's way, with what both sides have; nothing is written then."""
    if found := objections(plan, project, in_full=True):
        raise SynapseGenError(*found, exit_code=ExitCode.WORKSPACE)
