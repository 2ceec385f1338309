"""The taxi scenario end to end: Spark, AutoML, PREDICT; every figure is read from the command line or by SQL."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from generator.cli.json_output import Run

if TYPE_CHECKING:
    from tests.e2e.conftest import Finished, Taxi

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("taxi")]


def test_the_run_succeeds_and_every_row_is_accounted_for(finished: Finished) -> None:
    assert finished.code == 0, finished.err
    figures = finished.figures
    assert figures["prepared"] == figures["trained"] + figures["test"] > 5000
    assert figures["loaded"] == figures["test"]
    assert figures["predicted"] == figures["loaded"]


def test_the_model_is_twice_as_good_as_fare_per_mile(finished: Finished) -> None:
    assert finished.figures["rmse"] <= finished.figures["baseline_rmse"] / 2
    assert 0.9 < finished.figures["r2"] < 0.9999


def test_predict_gives_what_the_estimator_gives(finished: Finished) -> None:
    assert finished.figures["max_diff"] <= 1e-3


def test_the_summary_is_honest(finished: Finished) -> None:
    assert "local-emulation" in finished.out
    for substitute in ("FLAML", "DuckDB", "ONNX Runtime", "generated trips"):
        assert substitute in finished.out
    assert "not checked: permissions" in finished.out
    assert "Predictions of fareAmount:" in finished.out


def test_progress_goes_to_stderr(finished: Finished) -> None:
    assert "Prepare ..." in finished.err
    assert "Prepare ..." not in finished.out


def test_the_figures_are_those_of_the_tables(finished: Finished, taxi: Taxi) -> None:
    assert finished.code == 0
    row = taxi.query(
        "SELECT COUNT_BIG(*) AS [n], COUNT(DISTINCT p.[tripId]) AS [keys], "
        "SQRT(AVG(SQUARE(p.[prediction] - t.[fareAmount]))) AS [rmse] "
        "FROM [dbo].[nyc_taxi_predictions] AS p INNER JOIN [dbo].[nyc_taxi] AS t ON t.[tripId] = p.[tripId]"
    )[0]
    assert row["n"] == row["keys"] == finished.figures["predicted"]
    assert row["rmse"] == pytest.approx(finished.figures["rmse"], abs=1e-4)


def test_rows_that_the_filters_refuse_are_not_there(finished: Finished, taxi: Taxi) -> None:
    assert finished.code == 0
    row = taxi.query("SELECT MIN([fareAmount]) AS [low], MAX([tripTimeSecs]) AS [long] FROM [dbo].[nyc_taxi]")[0]
    assert row["low"] >= 1
    assert row["long"] <= 7200


def test_without_predict_spark_gives_the_same(finished: Finished, taxi: Taxi) -> None:
    """The pool refuses PREDICT, the probe notices, and the fallback predicts what PREDICT predicted."""
    assert finished.code == 0
    query = "SELECT [tripId], [prediction] FROM [dbo].[nyc_taxi_predictions]"
    by_pool = {r["tripId"]: r["prediction"] for r in taxi.query(query)}
    taxi.edit("synapse.yaml", "embedded: {predict: true}", "embedded: {predict: false}")
    scored = taxi.run("run", "nyc_taxi_score", "--format", "json")
    assert scored.code == 0, scored.err
    assert Run.model_validate_json(scored.out).engine == "local-emulation"
    document = json.loads(scored.out)
    assert document["engine"] == "local-emulation"
    states = {a["name"]: a["status"] for a in document["run"]["activities"]}
    assert states["Probe PREDICT"] == "Failed"
    assert states["Score on Spark"] == "Succeeded"
    assert "Predict" not in states
    by_spark = {r["tripId"]: r["prediction"] for r in taxi.query(query)}
    engines = taxi.query("SELECT DISTINCT [engine] FROM [dbo].[nyc_taxi_predictions]")
    assert engines == [{"engine": "spark"}]
    assert by_spark.keys() == by_pool.keys()
    assert max(abs(by_spark[k] - by_pool[k]) for k in by_pool) <= 1e-3
    setup = taxi.run("run", "nyc_taxi_setup")
    assert setup.code == 0, setup.err
    taxi.edit("synapse.yaml", "embedded: {predict: false}", "embedded: {predict: true}")


def test_a_bad_row_stops_the_load_and_the_table_in_service_stays(finished: Finished, taxi: Taxi) -> None:
    assert finished.code == 0
    folder = taxi.root / ".synapse-gen/local/lake/sttaxilocal.dfs.core.windows.net/lakelocal/NYCTaxi/testdata"
    file = next(folder.glob("part-*.csv"))
    text = file.read_text(encoding="utf-8")
    before = taxi.query("SELECT COUNT_BIG(*) AS [n] FROM [dbo].[nyc_taxi]")
    try:
        file.write_text(text + "1,not a number,3,1,1,2.0,60,Night\n", encoding="utf-8")
        scored = taxi.run("run", "nyc_taxi_score")
    finally:
        file.write_text(text, encoding="utf-8")
    assert scored.code == 3
    assert 'nyc_taxi_score: activity "Load rows" failed' in scored.err
    assert "column 2 (tipped) in data file" in scored.err
    assert taxi.query("SELECT COUNT_BIG(*) AS [n] FROM [dbo].[nyc_taxi]") == before


def test_a_pipeline_that_is_not_published(finished: Finished, taxi: Taxi) -> None:
    assert finished.code == 0
    done = taxi.run("run", "nyc_taxo")
    assert done.code == 3
    assert "error[SYN307]" in done.err
    assert "publish it first" in done.err


def test_a_parameter_of_the_wrong_type(finished: Finished, taxi: Taxi) -> None:
    assert finished.code == 0
    done = taxi.run("run", "nyc_taxi_score", "--parameter", "expected_rows=many")
    assert done.code == 3
    assert "expected_rows is int" in done.err


def test_rows_that_are_missing_stop_the_load(finished: Finished, taxi: Taxi) -> None:
    assert finished.code == 0
    done = taxi.run("run", "nyc_taxi_score", "--parameter", "expected_rows=999999")
    assert done.code == 3
    assert "expected 999999; the table in service stays" in done.err
