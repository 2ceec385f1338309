"""``synapse-gen local``: the embedded workspace's process and state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from generator.cli.connect import local_settings
from generator.cli.options import environment_option, project_option
from generator.cli.project import open_project
from generator.cli.terminal import result
from generator.spec.load import environment_of

if TYPE_CHECKING:
    from pathlib import Path

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
@project_option
def start(environment: str | None, port: int, project: Path | None) -> int:
    """Start the embedded workspace; it stays until it is stopped."""
    from generator.local import process

    server = process.ensure_running(_settings(environment, project), port=port, stays=True)
    result(f"{'started' if server.is_new else 'already running'} at {server.url} (process {server.pid})")
    return 0


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
