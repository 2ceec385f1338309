from collections.abc import Callable
from pathlib import Path

import pytest

from generator.diagnostics import Diagnostic, SynapseGenError, render_text
from generator.spec.load import load_project, load_spec

SPEC = """\
kind: AutoML
name: trips
columns:
  - {name: id, type: bigint, role: key}
  - {name: fare, type: float}
  - {name: miles, type: float, fill: 0}
  - {name: zone, type: nvarchar(30)}
prepare:
  source: {format: parquet, path: raw/trips}
  split: {test: 0.3}
  training_table: default.trips_train
  test_path: trips/test
train:
  task: regression
  target: fare
  metric: R2Score
  limits: {timeout: 1h, trials: 20, concurrent: 4}
deploy: {model_table: dbo.models}
score:
  table: dbo.trips
  procedure: dbo.predict_trips
  predictions: dbo.trips_predictions
"""

PROJECT = """\
version: 1
name: trips
default_environment: dev
specs: [specs/*.yaml]
environments:
  dev: &dev
    workspace: syn-dev
    subscription_id: 11111111-1111-4111-8111-11111111111b
    resource_group: rg-dev
    region: westeurope
    spark_pool: {name: sparkdev}
    sql_pool: {name: sqldev}
    storage: {account: stdev, container: lake}
    key_vault: {name: kv-dev, linked_service: key_vault}
    azure_ml:
      workspace: mlw-dev
      datastore: lake
      linked_service: azure_ml
      service_principal:
        tenant_id: 11111111-1111-4111-8111-11111111111a
        client_id: 11111111-1111-4111-8111-11111111111c
        secret_name: deploy
"""


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
        text = text.replace(old, new)
    return text


@pytest.fixture
def findings() -> Callable[..., list[Diagnostic]]:
    """Change the spec, load it, return what was found; an empty list where it is good."""

    def find(*changes: tuple[str, str]) -> list[Diagnostic]:
        try:
            load_spec(changed(SPEC, *changes), "specs/trips.yaml")
        except SynapseGenError as error:
            return list(error.diagnostics)
        return []

    return find


@pytest.fixture
def headlines(findings: Callable[..., list[Diagnostic]]) -> Callable[..., list[str]]:
    """The same as headlines without the path."""

    def find(*changes: tuple[str, str]) -> list[str]:
        return [d.headline.removeprefix("specs/trips.yaml:") for d in findings(*changes)]

    return find


@pytest.fixture
def rendered(findings: Callable[..., list[Diagnostic]]) -> Callable[..., str]:
    """The same as people read it."""

    def find(*changes: tuple[str, str]) -> str:
        return "\n".join(render_text(d) for d in findings(*changes))

    return find


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """Write a project with changes to synapse.yaml and return its folder."""

    def write(*changes: tuple[str, str], specs: dict[str, str] | None = None) -> Path:
        root = tmp_path / "project"
        root.mkdir(exist_ok=True)
        (root / "synapse.yaml").write_text(changed(PROJECT, *changes), encoding="utf-8")
        for path, text in ({"specs/trips.yaml": SPEC} if specs is None else specs).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        return root

    return write


@pytest.fixture
def refused() -> Callable[[Path], str]:
    """Load a project that must be refused; return the diagnostics as people read them."""

    def load(root: Path) -> str:
        with pytest.raises(SynapseGenError) as caught:
            load_project(root)
        return "\n".join(render_text(d) for d in caught.value.diagnostics)

    return load


@pytest.fixture
def another() -> Callable[..., str]:
    """The spec with changes, as text."""
    return lambda *changes: changed(SPEC, *changes)
