"""``synapse-gen local``: the embedded workspace's process and state."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.connect import local_settings
from generator.cli.options import environment_option, project_option
from generator.cli.project import open_project
from generator.cli.terminal import result
from generator.diagnostics import SynapseGenError
from generator.source import load_yaml, read_text
from generator.spec.findings import shape_findings
from generator.spec.load import environment_of

if TYPE_CHECKING:
    from generator.diagnostics import Diagnostic
    from generator.local.faults.model import FaultFile
    from generator.local.ports import LocalSettings


@click.group("local")
def command() -> None:
    """Start, stop, inspect and reset the embedded workspace.

    `publish` and `run` start it by themselves; one that they started ends after ten idle minutes.
    """


def _settings(environment: str | None, project: Path | None) -> LocalSettings:
    loaded = open_project(project)
    name, chosen = environment_of(loaded, environment)
    return local_settings(loaded.root, name, chosen)


@command.command("start")
@environment_option
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on the loopback; by default a free one.")
@click.option(
    "--faults",
    type=click.Path(path_type=Path),
    default=None,
    metavar="FILE",
    help="Misbehave as this file says (docs/faults.md); without it nothing goes wrong.",
)
@project_option
def start(environment: str | None, port: int, faults: Path | None, project: Path | None) -> int:
    """Start the embedded workspace; it stays until it is stopped. One with other faults is started again."""
    from generator.local import process
    from generator.local.faults.model import NO_FAULTS

    settings = replace(_settings(environment, project), faults=_faults(faults) if faults else NO_FAULTS)
    server = process.ensure_running(settings, port=port, stays=True)
    trouble = f", misbehaving as {faults} says" if faults else ""
    result(f"{'started' if server.is_new else 'already running'} at {server.url} (process {server.pid}){trouble}")
    return 0


def _faults(path: Path) -> FaultFile:
    """Read a fault file; SYN407 for each thing that is wrong with what it says, SYN001 to SYN006 where it is no YAML."""
    from pydantic import ValidationError

    from generator.local.faults.model import FaultFile

    source = load_yaml(read_text(path, str(path)), str(path))
    if not isinstance(source.value, dict):
        raise SynapseGenError(source.diagnostic("SYN407", "the file holds no mapping of keys to values", ()))
    try:
        # As JSON: strict, but a list is a tuple there.
        return FaultFile.model_validate_json(json.dumps(source.value), strict=True)
    except ValidationError as error:
        # It asks a model for its keys, which every pydantic model has.
        model: Any = FaultFile
        found = sorted(shape_findings(error, model, source).diagnostics, key=_place)
        raise SynapseGenError(*(replace(finding, code="SYN407") for finding in found)) from error


def _place(finding: Diagnostic) -> tuple[int, int]:
    where = finding.location
    return (where.line or 0, where.column or 0) if where else (0, 0)


@command.command("stop")
@environment_option
@project_option
def stop(environment: str | None, project: Path | None) -> int:
    """End the embedded workspace; its state stays."""
    from generator.local import process

    result("stopped" if process.stop(_settings(environment, project).root) else "it was not running")
    return 0


@command.command("status")
@environment_option
@project_option
def status(environment: str | None, project: Path | None) -> int:
    """Say whether the embedded workspace runs, what stands in for what, and what it does not check."""
    from generator.local import process

    server = process.find(_settings(environment, project).root)
    if server is None:
        result("not running")
        return 0
    result(json.dumps(json.loads(process.request(server, "GET", "/_local/status")), indent=2))
    return 0


@command.command("reset")
@environment_option
@project_option
def reset(environment: str | None, project: Path | None) -> int:
    """End the embedded workspace and delete its state: artifacts, runs, tables, lake."""
    from generator.local import process

    result("deleted" if process.reset(_settings(environment, project).root) else "there was nothing to delete")
    return 0
