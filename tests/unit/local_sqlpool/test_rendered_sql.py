"""The rendered T-SQL, file by file, on the real engines: DuckDB and ONNX Runtime."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from generator.local.sqlpool import DuckDbSqlPool
from tests.conftest import local_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.local.ports import LocalSettings, SqlResult

POOL = "sqllocal"
HEADER = (
    "tripId",
    "tipped",
    "fareAmount",
    "paymentType",
    "passengerCount",
    "tripDistance",
    "tripTimeSecs",
    "pickupTimeBin",
)
INPUTS = {
    "tipped": TensorProto.INT64,
    "paymentType": TensorProto.INT64,
    "passengerCount": TensorProto.INT64,
    "tripDistance": TensorProto.FLOAT,
    "tripTimeSecs": TensorProto.INT64,
    "pickupTimeBin": TensorProto.STRING,
}


def settings(root: Path, *, predict: bool = True) -> LocalSettings:
    return local_settings(root, sql_pool=POOL, storage_account="sttaxilocal", container="lakelocal", predict=predict)


def model(inputs: dict[str, int] | None = None, columns: int = 1, output: str = "prediction") -> bytes:
    """A model that predicts 2.5 + 2 * tripDistance, whatever else it is given."""
    given = [helper.make_tensor_value_info(n, k, [None, columns]) for n, k in (inputs or INPUTS).items()]
    nodes = [helper.make_node("Mul", ["tripDistance", "two"], ["m"]), helper.make_node("Add", ["m", "base"], [output])]
    constants = [
        helper.make_tensor("two", TensorProto.FLOAT, [1], [2.0]),
        helper.make_tensor("base", TensorProto.FLOAT, [1], [2.5]),
    ]
    out = helper.make_tensor_value_info(output, TensorProto.FLOAT, [None, columns])
    graph = helper.make_graph(nodes, "g", given, [out], constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    onnx.checker.check_model(made)
    return bytes(made.SerializeToString())


class Pool:
    """A pool with the rendered SQL of the local environment."""

    def __init__(self, root: Path, sql: Path, *, predict: bool = True) -> None:
        self.lake = root / "lake/sttaxilocal.dfs.core.windows.net/lakelocal"
        self.engine = DuckDbSqlPool(settings(root, predict=predict))
        self._sql = {p.name: p.read_text(encoding="utf-8") for p in sorted(sql.glob("*.sql"))}

    def steps(self, stage: str, **parameters: Any) -> list[SqlResult]:
        results = []
        for name, text in self._sql.items():
            if name.startswith(stage):
                results.append(self.engine.execute(POOL, text, parameters))
                if results[-1].error:
                    break
        return results

    def rows(self, sql: str) -> list[dict[str, Any]]:
        result = self.engine.execute(POOL, sql)
        assert result.error is None, result.error
        return result.result_sets[0].records()

    def error(self, sql: str, **parameters: Any) -> str:
        result = self.engine.execute(POOL, sql, parameters)
        assert result.error is not None
        return result.error.message

    def write_rows(self, rows: list[tuple[Any, ...]]) -> None:
        path = self.lake / "NYCTaxi/testdata/part-0.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([HEADER, *rows])

    def write_model(self, content: bytes, part: int = 150) -> int:
        folder = self.lake / "nyc_taxi/models/load"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.csv"):
            old.unlink()
        parts = [content[i : i + part] for i in range(0, len(content), part)]
        for number, piece in enumerate(parts, start=1):
            (folder / f"part-{number:05}.csv").write_text(f"{number},{piece.hex().upper()}\n")
        return len(parts)

    def load_model(self, content: bytes, run_id: str = "r1", **wrong: Any) -> list[SqlResult]:
        values = {"run_id": run_id, "child_run": "c_1", "algorithm": "a", "metric": "m", "inputs": "{}", "score": 0.1}
        values |= {"parts": self.write_model(content), "bytes": len(content)} | wrong
        return self.steps("30", **values)

    def ready(self) -> Pool:
        assert all(r.error is None for r in [*self.steps("10"), *self.steps("20")])
        return self


TRIPS = [
    (i, i % 2, 2.5 + 2.0 * i, 1, 1, float(i), 60 * i, "Night" if i % 3 else 'a "quoted", bin') for i in range(1, 201)
]


@pytest.fixture
def pool(tmp_path: Path, repository: Path) -> Iterator[Pool]:
    made = Pool(tmp_path, repository / "sql/local/nyc_taxi").ready()
    yield made
    made.engine.close()


def test_setting_up_twice_changes_nothing(pool: Pool) -> None:
    assert all(r.error is None for r in [*pool.steps("10"), *pool.steps("20")])


def test_load_predict_and_measure(pool: Pool) -> None:
    pool.write_rows(TRIPS)
    assert all(r.error is None for r in pool.load_model(model()))
    load = pool.steps("40", expected_rows=200)
    assert load[-1].error is None
    assert load[-1].result_sets[0].records() == [{"loaded": 200}]
    assert pool.steps("502")[0].error is None
    predicted = pool.engine.execute_procedure(POOL, "[dbo].[predict_nyc_taxi]", {"run_id": "r1"})
    assert predicted.error is None
    figures = pool.steps("701", run_id="r1")[0].result_sets[0].records()[0]
    assert figures["predicted"] == 200
    assert figures["r2"] == pytest.approx(1, abs=1e-9)
    assert figures["rmse"] == pytest.approx(0, abs=1e-5)
    kept = pool.rows("SELECT [pickupTimeBin] FROM [dbo].[nyc_taxi] WHERE [tripId] = 3")
    assert kept == [{"pickupTimeBin": 'a "quoted", bin'}]


def test_predicting_twice_keeps_one_prediction_a_key(pool: Pool) -> None:
    pool.write_rows(TRIPS)
    pool.load_model(model())
    pool.steps("40", expected_rows=-1)
    for run_id in ("r1", "r2"):
        assert pool.engine.execute_procedure(POOL, "dbo.predict_nyc_taxi", {"run_id": run_id}).error is None
    counts = pool.rows("SELECT [run_id], COUNT_BIG(*) AS [n] FROM [dbo].[nyc_taxi_predictions] GROUP BY [run_id]")
    assert counts == [{"run_id": "r2", "n": 200}]


@pytest.mark.parametrize("is_set_up_again", [False, True])
@pytest.mark.parametrize("renames", [1, 2])
def test_a_rerun_repairs_a_swap_that_was_cut_short(pool: Pool, renames: int, is_set_up_again: bool) -> None:
    pool.write_rows(TRIPS)
    pool.steps("40", expected_rows=200)
    for statement in (
        "RENAME OBJECT [dbo].[nyc_taxi] TO [nyc_taxi_old]",
        "RENAME OBJECT [dbo].[nyc_taxi_load] TO [nyc_taxi]",
    )[:renames]:
        assert pool.engine.execute(POOL, statement).error is None
    if is_set_up_again:
        # Creating what is missing before the repair would leave three tables, and no rename would work again.
        assert all(r.error is None for r in pool.steps("10"))
    for _ in range(2):
        assert all(r.error is None for r in pool.steps("40", expected_rows=200))
        assert pool.rows("SELECT COUNT_BIG(*) AS [n] FROM [dbo].[nyc_taxi]") == [{"n": 200}]
    assert pool.rows("SELECT OBJECT_ID(N'dbo.nyc_taxi_old', N'U') AS [old]") == [{"old": None}]


def predicted_by(pool: Pool) -> list[dict[str, Any]]:
    return pool.rows("SELECT [run_id], COUNT_BIG(*) AS [n] FROM [dbo].[nyc_taxi_predictions] GROUP BY [run_id]")


def test_predictions_that_are_kept_stay_where_predict_fails(pool: Pool) -> None:
    pool.write_rows(TRIPS)
    pool.load_model(model())
    pool.steps("40", expected_rows=200)
    assert pool.engine.execute_procedure(POOL, "dbo.predict_nyc_taxi", {"run_id": "r1"}).error is None
    pool.load_model(b"no model at all", run_id="r2")
    assert pool.engine.execute_procedure(POOL, "dbo.predict_nyc_taxi", {"run_id": "r2"}).error is not None
    assert predicted_by(pool) == [{"run_id": "r1", "n": 200}]


def test_predictions_that_are_kept_stay_where_spark_predictions_cannot_be_inserted(pool: Pool) -> None:
    pool.write_rows(TRIPS)
    pool.load_model(model())
    pool.steps("40", expected_rows=200)
    assert pool.engine.execute_procedure(POOL, "dbo.predict_nyc_taxi", {"run_id": "r1"}).error is None
    folder = pool.lake / "nyc_taxi/predictions"
    folder.mkdir(parents=True)
    (folder / "part-0.csv").write_text("tripId,prediction\n1,2.5\n2,3.5\n")
    failed = pool.steps("60", run_id="r2", version=None)[-1].error
    assert failed is not None
    assert "model_version" in failed.message
    assert predicted_by(pool) == [{"run_id": "r1", "n": 200}]
    assert pool.steps("60", run_id="r3", version=1)[-1].error is None
    assert {row["run_id"]: row["n"] for row in predicted_by(pool)} == {"r1": 198, "r3": 2}


def test_the_probe_asks_for_the_procedure_too(pool: Pool) -> None:
    pool.write_rows(TRIPS)
    pool.load_model(model())
    pool.steps("40", expected_rows=200)
    assert pool.steps("502")[-1].error is None
    pool.engine.execute(POOL, "DROP PROCEDURE [dbo].[predict_nyc_taxi]")
    refused = pool.steps("502")[-1].error
    assert refused is not None
    assert "The procedure is missing" in refused.message


def test_a_model_that_did_not_arrive_whole_is_not_put_into_service(pool: Pool) -> None:
    pool.load_model(model())
    result = pool.load_model(model(), run_id="r2", bytes=1)[-1]
    assert result.error is not None
    assert "did not arrive whole" in result.error.message
    assert pool.rows("SELECT [version], [run_id] FROM [dbo].[models]") == [{"version": 1, "run_id": "r1"}]


def test_loading_a_model_again_replaces_the_same_runs_own(pool: Pool) -> None:
    for run_id in ("r1", "r1", "r2"):
        assert pool.load_model(model(), run_id=run_id)[-1].error is None
    assert pool.rows("SELECT [version], [run_id] FROM [dbo].[models] ORDER BY [version]") == [
        {"version": 1, "run_id": "r1"},
        {"version": 2, "run_id": "r2"},
    ]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("1,0,3,1,1,2.0,60,Night,more", "row 4 has 9 columns, expected 8"),
        ("1,0,3,1,1,2.0,60," + "x" * 31, "(truncation) for row 4, column 8 (pickupTimeBin)"),
        ("1,0,3,1,1,,60,Night", "row 4, column 6 (tripDistance), which does not allow nulls"),
        ("1,0,3,99999999999,1,2.0,60,Night", "(overflow) for row 4, column 4 (paymentType)"),
    ],
)
def test_a_bad_row_stops_copy_with_its_number_and_file(pool: Pool, row: str, words: str) -> None:
    pool.write_rows(TRIPS[:2])
    path = pool.lake / "NYCTaxi/testdata/part-0.csv"
    path.write_text(path.read_text() + row + "\n")
    error = pool.steps("40", expected_rows=3)[-1].error
    assert error is not None
    assert words in error.message
    assert "lakelocal/NYCTaxi/testdata/part-0.csv" in error.message


def predict_error(pool: Pool, content: bytes) -> str:
    pool.write_rows(TRIPS[:3])
    pool.load_model(content)
    pool.steps("40", expected_rows=3)
    result = pool.engine.execute_procedure(POOL, "dbo.predict_nyc_taxi", {"run_id": "r1"})
    assert result.error is not None
    return result.error.message


def test_predict_wants_the_models_types(pool: Pool) -> None:
    wrong = predict_error(pool, model({**INPUTS, "tipped": TensorProto.FLOAT}))
    assert "The type of model column 'tipped' is 'real'. Doesn't match the input column type." in wrong


def test_predict_wants_one_column_an_input(pool: Pool) -> None:
    assert "has shape [1,2] which is not supported" in predict_error(pool, model(columns=2))


def test_predict_wants_the_outputs_names(pool: Pool) -> None:
    assert "39096" in predict_error(pool, model(output="variable_out1"))


def test_predict_knows_a_corrupt_model(pool: Pool) -> None:
    assert "Model is corrupt or invalid." in predict_error(pool, b"no model at all")


def test_predict_that_is_switched_off(tmp_path: Path, repository: Path) -> None:
    off = Pool(tmp_path, repository / "sql/local/nyc_taxi", predict=False)
    assert all(r.error is None for r in off.steps("10"))
    created = off.steps("20")[-1].error
    assert created is not None
    assert "Incorrect syntax near 'MODEL'" in created.message
    assert off.steps("502")[0].error is not None
    off.engine.close()


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("CREATE OR ALTER PROCEDURE x AS SELECT 1", "near 'OR'"),
        ("DROP TABLE IF EXISTS x", "near 'IF'"),
        ("SELECT 1\nGO\nSELECT 2", "GO"),
        ("SELECT NOSUCH(1)", "NOSUCH"),
        ("SELECT * FROM nothing_here", "nothing_here"),
        ("MERGE INTO x USING y ON 1 = 1", "MERGE"),
        ("SELECT 'open", "quot"),
        ("COPY INTO dbo.nyc_taxi FROM 'https://elsewhere.dfs.core.windows.net/c/x.csv'", "elsewhere"),
        ("COPY INTO dbo.nyc_taxi FROM 'https://sttaxilocal.dfs.core.windows.net/c/../../x.csv'", ".."),
        ("SELECT * FROM read_csv('/etc/passwd')", ""),
        ("CREATE TABLE dbo.x (a xml) WITH (HEAP)", "xml"),
        ("CREATE TABLE dbo.x (a varbinary(max))", "columnstore"),
    ],
)
def test_what_the_pool_does_not_take_is_refused(pool: Pool, sql: str, words: str) -> None:
    assert words.lower() in pool.error(sql).lower()


def test_names_with_brackets_and_quotes_are_names(pool: Pool) -> None:
    assert pool.engine.execute(POOL, "CREATE TABLE [dbo].[o'dd]]name] ([a]]'b] int NULL) WITH (HEAP)").error is None
    assert pool.engine.execute(POOL, "INSERT INTO [dbo].[o'dd]]name] ([a]]'b]) VALUES (5)").error is None
    assert pool.rows("SELECT [a]]'b] AS [v] FROM [dbo].[o'dd]]name]") == [{"v": 5}]


def test_numbers_and_text_behave_as_in_t_sql(pool: Pool) -> None:
    row = pool.rows("SELECT 7 / 2 AS [i], 7.0 / 2 AS [d], N'a' + 'b' AS [t], CAST('abcdef' AS nvarchar(3)) AS [c]")[0]
    assert row["i"] == 3
    assert float(row["d"]) == 3.5
    assert (row["t"], row["c"]) == ("ab", "abc")


def test_a_pool_survives_its_process(tmp_path: Path, repository: Path) -> None:
    first = Pool(tmp_path, repository / "sql/local/nyc_taxi").ready()
    first.write_rows(TRIPS)
    first.steps("40", expected_rows=200)
    first.engine.close()
    second = Pool(tmp_path, repository / "sql/local/nyc_taxi")
    assert second.rows("SELECT COUNT_BIG(*) AS [n] FROM [dbo].[nyc_taxi]") == [{"n": 200}]
    second.engine.close()


def test_float32_is_what_predict_sees(pool: Pool) -> None:
    pool.write_rows([(1, 0, 3.0, 1, 1, 0.1, 60, "Night")])
    pool.load_model(model())
    pool.steps("40", expected_rows=1)
    pool.engine.execute_procedure(POOL, "dbo.predict_nyc_taxi", {"run_id": "r"})
    value = pool.rows("SELECT [prediction] FROM [dbo].[nyc_taxi_predictions]")[0]["prediction"]
    assert np.float32(value) == np.float32(np.float32(0.1) * np.float32(2) + np.float32(2.5))
