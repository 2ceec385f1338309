"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

project_option = click.option(
    "--project",
    "project",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Project folder; by default the nearest parent that holds synapse.yaml.",
)
environment_option = click.option(
    "--env", "environment", default=None, metavar="E", help="Environment; by default the project's default one."
)
every_environment_option = click.option(
    "--env", "environment", default=None, metavar="E", help="Only this environment; by default every one."
)
format_option = click.option(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", help="Form of the result."
)
