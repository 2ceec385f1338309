"""``synapse-gen publish``: the committed tree of an environment into its workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from generator.cli.connect import Connection, connect
from generator.cli.options import environment_option, project_option
from generator.cli.project import Rendering, open_project, render
from generator.cli.terminal import progress, seconds, show_diagnostics
from generator.diagnostics import Diagnostic, ExitCode, Location, Severity, SynapseGenError
from generator.spec.load import LoadedProject, environment_of
from generator.tree.read import CommittedArtifact, read_tree

if TYPE_CHECKING:
    from pathlib import Path

    from generator.publish import ArtifactOutcome

_MOST_LISTED = 3


@click.command("publish")
@environment_option
@project_option
def command(environment: str | None, project: Path | None) -> int:
    """Publish an environment's committed tree to its workspace.

    Refused where the tree is not what the specs render to, or where the rules find an error in it.
    """
    loaded = open_project(project)
    name, _ = environment_of(loaded, environment)
    return int(publish_environment(loaded, name)[1])


def publish_environment(project: LoadedProject, name: str) -> tuple[Connection, ExitCode]:
    """Publish and say what became of each artifact."""
    artifacts = committed(render(project, name), name)
    environment = project.project.environments[name]
    if environment.git == "connected":
        progress(f"{environment.workspace} is connected to git: Studio shows its branch, not what is published here")
    connection = connect(project, name, environment)
    from generator.publish import publish

    paths = {a.key: a.path for a in artifacts}

    def told(outcome: ArtifactOutcome) -> None:
        if outcome.is_published:
            progress(f"  published {outcome.key} ({seconds(outcome.seconds)})")

    report = publish([(a.document, a.content) for a in artifacts], connection.workspace, on_outcome=told)
    findings = [_finding(o, paths[o.key]) for o in report.failed]
    show_diagnostics(findings)
    done = len(report.outcomes) - len(findings)
    progress(
        f"{done} of {len(report.outcomes)} artifacts published to {environment.workspace} in {seconds(report.seconds)}"
    )
    return connection, ExitCode.WORKSPACE if findings else ExitCode.DONE


def committed(rendering: Rendering, name: str) -> tuple[CommittedArtifact, ...]:
    """Return the committed artifacts of an environment that are what the specs render to.

    Raises SYN304 where they are not, and the errors that the rules find.
    """
    changes = [c for c in rendering.changes().changes if c.path.startswith((f"artifacts/{name}/", f"sql/{name}/"))]
    if changes:
        raise SynapseGenError(_not_rendered(name, [c.path for c in changes]))
    findings = rendering.findings()
    if any(f.severity is Severity.ERROR for f in findings):
        raise SynapseGenError(*findings)
    show_diagnostics(findings)
    ours = {document.key for document in rendering.built[name].documents}
    return tuple(a for a in read_tree(rendering.project.root, name) if a.key in ours)


def _not_rendered(name: str, paths: list[str]) -> Diagnostic:
    first, rest = ", ".join(paths[:_MOST_LISTED]), len(paths) - _MOST_LISTED
    more = f" and {rest} more" if rest > 0 else ""
    return Diagnostic(
        "SYN304",
        f"nothing was published: the committed tree of {name} is not what the specs render to: {first}{more}",
        hint=f"see `synapse-gen render --check --env {name}`; run `synapse-gen render`, review the changes, commit them",
    )


def _finding(outcome: ArtifactOutcome, path: str) -> Diagnostic:
    if outcome.blocked_by:
        return Diagnostic("SYN306", f"{outcome.key} was not sent: {outcome.blocked_by} failed", Location(path))
    return Diagnostic("SYN305", f"{outcome.key}: {outcome.error}", Location(path))
