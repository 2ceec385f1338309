"""Specs that use every option, and what they render to, byte for byte; ``make golden`` writes it anew.

This folder is a project like any other: the command that people use renders and compares it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from generator.spec.automl import AutoMlSpec
from generator.spec.load import load_project

if TYPE_CHECKING:
    from tests.conftest import CommandLine

HERE = Path(__file__).parent


def test_the_specs_render_to_the_goldens(synapse_gen: CommandLine) -> None:
    code, out, _ = synapse_gen("render", "--check", "--project", HERE)
    assert (code, out) == (0, "")


def test_the_rules_find_no_error(synapse_gen: CommandLine) -> None:
    code, out, err = synapse_gen("validate", "--project", HERE)
    assert code == 0, out + err


def test_every_golden_has_a_witness() -> None:
    witnesses = yaml.safe_load((HERE / "witnesses.yaml").read_text(encoding="utf-8"))
    covered = {path for entry in witnesses for path in HERE.glob(entry["files"])}
    goldens = {path for folder in ("artifacts", "sql") for path in (HERE / folder).rglob("*") if path.is_file()}
    assert goldens - covered == set()
    assert [entry["files"] for entry in witnesses if not any(HERE.glob(entry["files"]))] == []
    assert all(entry["witness"].strip() for entry in witnesses)


def test_every_option_of_a_spec_is_used() -> None:
    """An option that no golden uses could change its bytes unseen."""
    used = {key for spec in load_project(HERE).specs for key in keys_of(spec.spec.model_dump(exclude_unset=True))}
    assert schema_keys(AutoMlSpec.model_json_schema()) - used == set()


def keys_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for inner in value.values() for key in keys_of(inner)}
    return {key for inner in value for key in keys_of(inner)} if isinstance(value, list | tuple) else set()


def schema_keys(schema: object) -> set[str]:
    if isinstance(schema, dict):
        own = set(schema.get("properties", {}))
        return own | {key for inner in schema.values() for key in schema_keys(inner)}
    return {key for inner in schema for key in schema_keys(inner)} if isinstance(schema, list) else set()
