"""Tables unlike the taxi's, from a CSV file to predictions: what a spec may say, on every engine."""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

import pytest

from tests.e2e.conftest import Taxi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("tables")]

SPEC = """
kind: AutoML
name: {name}
columns:
  - {{name: id, type: bigint, role: key}}
  - {{name: price, type: float}}
  - {{name: rooms, type: int, fill: 1}}
  - {{name: area, type: real}}
  - {{name: "the city's name", type: nvarchar(20), expression: city}}
prepare:
  source: {{format: csv, path: incoming/houses}}
  keep: "area > 0"
  split: {{test: 0.25, seed: 1}}
  training_table: default.{name}_train
  test_path: {name}/test
train: {{task: {task}, target: "{target}", metric: {metric}, limits: {{timeout: 30m, trials: 3}}}}
deploy: {{model_table: dbo.models}}
score:
  table: "dbo.[{name}'s]"
  procedure: dbo.predict_{name}
  predictions: dbo.{name}_predictions
  mode: {mode}
  engine: {engine}
  distribution: {{hash: id}}
  index: heap
"""
CITIES = ("Köln", "Bonn, Süd", "O'Fallon")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[Taxi]:
    root = tmp_path_factory.mktemp("tables")
    (root / "specs").mkdir()
    (root / "synapse.yaml").write_text((repository / "synapse.yaml").read_text())
    specs = {
        "houses": {"task": "regression", "target": "price", "metric": "R2Score", "mode": "full", "engine": "spark"},
        "cities": {
            "task": "classification",
            "target": "the city's name",
            "metric": "Accuracy",
            "mode": "incremental",
            "engine": "predict",
        },
    }
    for name, values in specs.items():
        (root / f"specs/{name}.yaml").write_text(SPEC.format(name=name, **values))
    folder = root / ".synapse-gen/local/lake/sttaxilocal.dfs.core.windows.net/lakelocal/incoming/houses"
    folder.mkdir(parents=True)
    rng = random.Random(4)  # noqa: S311 - rows to learn from, seeded
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(["id", "price", "rooms", "area", "city"])
        for number in range(600):
            rooms, city = rng.randint(1, 6), rng.randrange(3)
            area = rooms * 20 + rng.random() * 30
            price = area * 3000 + 200_000 * city + rng.gauss(0, 5000)
            rows.writerow([number, round(price, 2), "" if number % 50 == 0 else rooms, round(area, 2), CITIES[city]])
    made = Taxi(root)
    assert made.run("render").code == 0
    assert made.run("publish").code == 0
    yield made
    made.run("local", "stop")


def test_spark_alone_predicts_large_numbers(project: Taxi) -> None:
    """The predictions are beyond what float32 holds exactly; nulls are filled, text has commas and quotes."""
    done = project.run("run", "houses", "--baseline", "area")
    assert done.code == 0, done.err
    figures = done.figures
    assert figures["prepared"] == 600 == figures["trained"] + figures["test"]
    assert figures["predicted"] == figures["loaded"] == figures["test"]
    assert figures["rmse"] < figures["baseline_rmse"] / 2
    assert figures["max_diff"] <= 4e-6 * 1_000_000
    assert "scored by spark" in done.out
    assert project.query("SELECT COUNT(*) AS [n] FROM [dbo].[houses's] WHERE [rooms] IS NULL") == [{"n": 0}]


def test_labels_that_are_text_are_predicted_in_the_pool_and_kept_by_key(project: Taxi) -> None:
    done = project.run("run", "cities")
    assert done.code == 0, done.err
    figures = done.figures
    assert figures["predicted"] == figures["loaded"] == figures["test"] > 100
    assert figures["accuracy"] > 0.8
    labels = project.query("SELECT DISTINCT [prediction] FROM [dbo].[cities_predictions] ORDER BY [prediction]")
    assert {row["prediction"] for row in labels} <= set(CITIES)
    again = project.run("run", "cities_score")
    assert again.code == 0, again.err
    counts = "SELECT COUNT(*) AS [n], COUNT(DISTINCT [id]) AS [keys] FROM [dbo].[cities_predictions]"
    assert project.query(counts) == [{"n": figures["test"], "keys": figures["test"]}]
