"""``synapse-gen schema``: JSON Schema of what people write."""

from __future__ import annotations

import json

import click

from generator.cli.terminal import result
from generator.spec.schema import json_schema


@click.command("schema")
@click.argument("kind", type=click.Choice(["Project", "AutoML"]), default="AutoML")
def command(kind: str) -> int:
    """Print the JSON Schema of a spec (AutoML) or of synapse.yaml (Project)."""
    result(json.dumps(json_schema(kind), indent=2, ensure_ascii=False))
    return 0
