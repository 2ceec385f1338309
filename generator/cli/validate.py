"""``synapse-gen validate``: specs and the documents that follow from them; every finding at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from generator.cli.options import every_environment_option, format_option, project_option
from generator.cli.project import open_project, render
from generator.cli.terminal import result, show_diagnostics
from generator.diagnostics import Diagnostic, ExitCode, Severity, SynapseGenError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@click.command("validate")
@every_environment_option
@format_option
@project_option
def command(environment: str | None, output_format: str, project: Path | None) -> int:
    """Check the specs, and the documents that they render to, without writing anything."""
    try:
        findings: Sequence[Diagnostic] = render(open_project(project), environment).findings()
        code = ExitCode.FINDINGS if any(f.severity is Severity.ERROR for f in findings) else ExitCode.DONE
    except SynapseGenError as error:
        if output_format == "text":
            raise
        findings, code = error.diagnostics, error.exit_code
    if output_format == "json":
        from generator.cli.json_output import Findings

        result(Findings.of(findings).text())
    else:
        show_diagnostics(findings)
        if code is ExitCode.DONE:
            result("no errors")
    return int(code)
