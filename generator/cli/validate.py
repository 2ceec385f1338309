"""``synapse-gen validate``: specs and the documents that follow from them; every finding at once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

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
        result(json.dumps({"version": 1, "findings": [_as_json(f) for f in findings]}, indent=2, ensure_ascii=False))
    else:
        show_diagnostics(findings)
        if code is ExitCode.DONE:
            result("no errors")
    return int(code)


def _as_json(finding: Diagnostic) -> dict[str, Any]:
    where = finding.location
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.message,
        "path": where.path if where else None,
        "line": where.line if where else None,
        "column": where.column if where else None,
        "hint": finding.hint,
    }
