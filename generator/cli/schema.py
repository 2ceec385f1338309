"""``synapse-gen schema``: JSON Schema of what people write, and of what ``--format json`` prints."""

from __future__ import annotations

import json

import click

from generator.cli.json_output import OUTPUTS
from generator.cli.terminal import result
from generator.spec.schema import SPECS, json_schema

_MODELS = SPECS | OUTPUTS


@click.command("schema")
@click.argument("kind", type=click.Choice(list(_MODELS)), default="AutoML")
def command(kind: str) -> int:
    """Print a JSON Schema.

    AutoML is that of a spec, Project that of synapse.yaml; Findings, Plan, History and Run are those of what `validate`,
    `plan`, `rollback --list` and `run` print with --format json.
    """
    result(json.dumps(json_schema(kind, _MODELS[kind]), indent=2, ensure_ascii=False))
    return 0
