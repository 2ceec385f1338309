"""``synapse-gen render``: specs -> ``artifacts/`` and ``sql/``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from generator.cli.options import every_environment_option, project_option
from generator.cli.project import open_project, render
from generator.cli.terminal import progress, result, show_diagnostics
from generator.diagnostics import ExitCode, Severity, SynapseGenError
from generator.tree.files import apply

if TYPE_CHECKING:
    from pathlib import Path

    from generator.tree.changes import Changes


@click.command("render")
@every_environment_option
@click.option("--check", is_flag=True, help="Write nothing; print what differs and exit with 1.")
@project_option
def command(environment: str | None, check: bool, project: Path | None) -> int:
    """Render artifacts/ and sql/ from the specs, byte for byte as Synapse Studio keeps them.

    Findings in documents do not stop the files from being written; errors in a spec do.
    """
    rendering = render(open_project(project), environment)
    changes = rendering.changes()
    if check:
        return _show_differences(changes)
    if changes.conflicts:
        raise SynapseGenError(*changes.conflicts)
    apply(rendering.project.root, changes.changes)
    findings = rendering.findings()
    show_diagnostics(findings)
    progress(_summary(changes))
    has_errors = any(f.severity is Severity.ERROR for f in findings)
    return int(ExitCode.FINDINGS if has_errors else ExitCode.DONE)


def _show_differences(changes: Changes) -> int:
    for change in changes.changes:
        text = change.diff()
        result(text.removesuffix("\n") or f"{change.action} {change.path}")
    if not changes.changes:
        progress("what is committed is what the specs render to")
        return int(ExitCode.DONE)
    progress(_summary(changes) + "; run `synapse-gen render`")
    return int(ExitCode.FINDINGS)


def _summary(changes: Changes) -> str:
    counts = {action: sum(c.action == action for c in changes.changes) for action in ("create", "update", "delete")}
    listed = ", ".join(f"{count} to {action}" for action, count in counts.items() if count)
    return f"{changes.unchanged} files unchanged" + (f", {listed}" if listed else "")
