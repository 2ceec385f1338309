"""PREDICT with real models on a real ONNX Runtime, under the rules of the pool."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper

FLOAT, INT64, INT32, DOUBLE, STRING = (
    TensorProto.FLOAT, TensorProto.INT64, TensorProto.INT32, TensorProto.DOUBLE, TensorProto.STRING
)  # fmt: skip
Shape = list[int | None]


def model(
    inputs: dict[str, tuple[int, Shape]], nodes: list[Any], output: tuple[str, int] = ("prediction", FLOAT)
) -> bytes:
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(output[0], output[1], [None, 1])],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    return bytes(made.SerializeToString())


def taxi_model(rows: int | None = None) -> bytes:
    """The distance plus the seconds, whatever the bin."""
    shape: Shape = [rows, 1]
    return model(
        {"tripDistance": (FLOAT, shape), "tripTimeSecs": (INT64, shape), "pickupTimeBin": (STRING, shape)},
        [
            helper.make_node("Cast", ["tripTimeSecs"], ["seconds"], to=FLOAT),
            helper.make_node("Add", ["seconds", "tripDistance"], ["prediction"]),
        ],
    )


INPUT = """WITH [InputData] AS (SELECT [id], CAST([d] AS real) AS [tripDistance], [s] AS [tripTimeSecs],
    CAST([bin] AS nvarchar(30)) AS [pickupTimeBin] FROM [dbo].[trips])
"""
MODEL = "(SELECT [model] FROM [dbo].[models] WHERE [name] = N'taxi')"


def predict(data: str = "[InputData] AS d", outputs: str = "[prediction] real", model_: str = MODEL) -> str:
    return f"""FROM PREDICT (
    MODEL = {model_},
    DATA = {data},
    RUNTIME = ONNX
) WITH ({outputs}) AS p"""


@pytest.fixture
def trips(pool: Any) -> Any:
    pool.run("CREATE TABLE dbo.trips (id int NOT NULL, d float, s bigint, bin nvarchar(30)) WITH (HEAP)")
    pool.run("CREATE TABLE dbo.models (name nvarchar(20), model varbinary(max)) WITH (HEAP)")
    pool.run("INSERT INTO trips SELECT 1, 0.5, 10, N'Night' UNION ALL SELECT 2, 1.25, 20, N'AMRush'")
    put_model(pool, taxi_model())
    return pool


def put_model(pool: Any, content: bytes) -> None:
    pool.run("DELETE FROM models; INSERT INTO models (name, model) VALUES (N'taxi', @model)", model=content)


@pytest.mark.parametrize("rows", [None, 1])
def test_rows_are_scored_in_batches_and_one_by_one(trips: Any, rows: int | None) -> None:
    put_model(trips, taxi_model(rows))
    text = f"{INPUT} SELECT d.[id], p.[prediction] {predict()} ORDER BY d.[id]"
    assert trips.rows(text) == [(1, 10.5), (2, 21.25)]
    assert trips.types(text) == ["int", "real"]


def test_the_forms_of_the_wizard(trips: Any) -> None:
    wizard = f"""{INPUT} SELECT * FROM PREDICT (MODEL = {MODEL}, DATA = InputData, RUNTIME = ONNX) WITH ([prediction] [real])"""
    assert min(trips.rows(wizard)) == (1, 0.5, 10, "Night", 10.5)
    first = f"""SELECT [id], CAST([d] AS [real]) AS [tripDistance], CAST([s] AS [bigint]) AS [tripTimeSecs],
            CAST([bin] AS [varchar]) AS [pickupTimeBin] INTO [#trips] FROM [dbo].[trips]
        SELECT [prediction] {predict("[#trips] AS d")} WHERE d.[id] = 2"""
    assert trips.rows(first) == [(21.25,)]


def test_insert_create_as_and_join(trips: Any) -> None:
    trips.run("CREATE TABLE dbo.predictions (id int, prediction real, run nvarchar(10)) WITH (HEAP)")
    trips.run(
        f"""CREATE PROCEDURE [dbo].[predict] @run nvarchar(10) AS
        BEGIN
            SET NOCOUNT ON;
            CREATE TABLE #input WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS
            SELECT [id], CAST([d] AS real) AS [tripDistance], [s] AS [tripTimeSecs], [bin] AS [pickupTimeBin] FROM trips;
            DECLARE @model varbinary(max) = {MODEL};
            INSERT INTO [dbo].[predictions] ([id], [prediction], [run])
            SELECT d.[id], p.[prediction], @run {predict("#input AS d", model_="@model")};
        END"""
    )
    trips.call("[dbo].[predict]", run="r1")
    assert trips.rows("SELECT id, prediction, run FROM predictions ORDER BY id") == [(1, 10.5, "r1"), (2, 21.25, "r1")]
    trips.run(
        f"""CREATE TABLE dbo.kept WITH (DISTRIBUTION = HASH([id]), HEAP) AS {INPUT}
        SELECT d.[id], p.[prediction], t.[bin] {predict()} INNER JOIN [dbo].[trips] AS t ON t.[id] = d.[id]"""
    )
    assert trips.rows("SELECT id, prediction, bin FROM kept ORDER BY id") == [(1, 10.5, "Night"), (2, 21.25, "AMRush")]


def test_no_rows_and_a_literal_model(trips: Any) -> None:
    literal = "0x" + taxi_model().hex()
    text = f"{INPUT} SELECT p.[prediction] {predict(model_=literal)} WHERE d.[id] = 1"
    assert trips.rows(text) == [(10.5,)]
    trips.run("TRUNCATE TABLE trips")
    assert trips.rows(text) == []


@pytest.mark.parametrize(
    ("column", "kind", "named"),
    [
        ("CAST(1.5 AS float)", FLOAT, "real"),
        ("CAST(1 AS int)", INT64, "bigint"),
        ("CAST(1 AS bigint)", INT32, "int"),
        ("CAST(1 AS real)", DOUBLE, "float"),
        ("CAST(1 AS bigint)", STRING, "varchar"),
        ("CAST(1 AS decimal(5,1))", FLOAT, "real"),
    ],
)
def test_types_match_exactly(trips: Any, column: str, kind: int, named: str) -> None:
    put_model(trips, model({"f00": (kind, [None, 1])}, [helper.make_node("Identity", ["f00"], ["o"])], ("o", kind)))
    message = trips.error(f"WITH [InputData] AS (SELECT {column} AS [f00]) SELECT * {predict(outputs='[o] real')}")
    assert (
        f"Message(s) from 'PREDICT' engine: The type of model column 'f00' is '{named}'. Doesn't match the input column "
        "type."
        in message
        or "type of model output 'o'" in message
    )


@pytest.mark.parametrize(
    ("column", "kind", "output"),
    [
        ("CAST(1.5 AS real)", FLOAT, "real"),
        ("CAST(1 AS bigint)", INT64, "bigint"),
        ("CAST(1 AS int)", INT32, "int"),
        ("CAST(1.5 AS float)", DOUBLE, "float"),
        ("CAST('a' AS varchar(5))", STRING, "nvarchar(10)"),
        ("CAST('a' AS char(1))", STRING, "varchar(10)"),
    ],
)
def test_types_that_match(trips: Any, column: str, kind: int, output: str) -> None:
    put_model(trips, model({"f00": (kind, [None, 1])}, [helper.make_node("Identity", ["f00"], ["o"])], ("o", kind)))
    text = f"WITH [InputData] AS (SELECT {column} AS [f00]) SELECT p.[o] {predict(outputs=f'[o] {output}')}"
    assert trips.rows(text) in ([(1.5,)], [(1,)], [("a",)])


def test_what_the_pool_says_of_a_wrong_model(trips: Any) -> None:
    def error(content: bytes, data: str = "CAST(1 AS real) AS [f00]", outputs: str = "[o] real") -> str:
        put_model(trips, content)
        return str(trips.error(f"WITH [InputData] AS (SELECT {data}) SELECT * {predict(outputs=outputs)}"))

    one = [helper.make_node("Identity", ["f00"], ["o"])]
    good = model({"f00": (FLOAT, [None, 1])}, one, ("o", FLOAT))
    wide = model({"f00": (FLOAT, [None, 2])}, [helper.make_node("ReduceSum", ["f00"], ["o"])], ("o", FLOAT))
    assert "Model is corrupt or invalid." in error(b"no model")
    assert "Input column 1 (1-based) has shape [1,2] which is not supported." in error(wide)
    assert "The model column 'f00' has no matching input column" in error(good, "CAST(1 AS real) AS [g]")
    assert "Input data column #2 is of type 'varbinary(max)' which is not supported" in error(
        good, "CAST(1 AS real) AS [f00], [model] FROM models"
    )
    assert "Input data column #1 is of type 'datetime2'" in error(good, "CAST('2018-01-01' AS datetime2) AS [f00]")
    assert "holds null" in error(good, "CAST(NULL AS real) AS [f00]")
    assert "'wrong' of the WITH clause is no output" in error(good, outputs="[wrong] real")
    assert "The type of model output 'o' is 'real'" in error(good, outputs="[o] float")


def test_only_the_outputs_that_are_named_are_returned(trips: Any) -> None:
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType
    from sklearn.tree import DecisionTreeClassifier

    fitted = DecisionTreeClassifier(random_state=1).fit(np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1]))
    made = to_onnx(fitted, initial_types=[("x", FloatTensorType([None, 1]))], options={"zipmap": False})
    put_model(trips, made.SerializeToString())
    data = "WITH [InputData] AS (SELECT CAST(s AS real) AS [x] FROM (SELECT 0 AS s UNION ALL SELECT 3) AS q)"
    assert trips.rows(f"{data} SELECT d.[x], p.[label] {predict(outputs='[label] bigint')} ORDER BY 1") == [
        (0, 0),
        (3, 1),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SELECT * FROM PREDICT (MODEL = @m, DATA = t AS d) WITH (a real) AS p", "needs RUNTIME = ONNX"),
        (
            "SELECT * FROM PREDICT (MODEL = @m, DATA = (SELECT 1 AS a) AS d, RUNTIME = ONNX) WITH (a real) AS p",
            "near '('",
        ),
        ("SELECT * FROM PREDICT (DATA = t AS d, RUNTIME = ONNX) WITH (a real) AS p", "Incorrect syntax"),
        ("SELECT * FROM PREDICT (MODEL = @m, DATA = t AS d, RUNTIME = ONNX) AS p", "near 'AS'"),
        ("SELECT * FROM PREDICT (MODEL @m)", "Incorrect syntax near 'MODEL'"),
        ("SELECT * FROM PREDICT (MODEL = @m, DATA = trips AS d, RUNTIME = ONNX) WITH (a real) AS p", "no such model"),
        (
            "SELECT p.a\nFROM PREDICT (MODEL = 0xAB,\n DATA = nope AS d, RUNTIME = ONNX)\n WITH (a real) AS p",
            "Line 3, Column 9: Invalid object name 'dbo.nope'",
        ),
        (
            "SELECT\n p.[prediction], LENN('a')\n" + predict("trips AS d"),
            "Line 2, Column 18: the function LENN (did you mean LEN?)",
        ),
    ],
)
def test_a_malformed_predict_is_refused(trips: Any, text: str, said: str) -> None:
    assert said in trips.error(text, m=None)


def test_a_pool_without_predict_says_what_the_real_one_says(pool_without_predict: Any) -> None:
    pool = pool_without_predict
    words = "Incorrect syntax near 'MODEL'."
    assert words in pool.error(f"SELECT * {predict('t AS d')}")
    assert words in pool.error(f"CREATE PROCEDURE p AS BEGIN SELECT 1 AS a SELECT * {predict('t AS d')} END")
    assert "Could not find stored procedure" in pool.error("EXEC p")
    assert pool.value("SELECT 1 AS predict") == 1


def test_three_thousand_rows_are_copied_and_scored(trips: Any) -> None:
    trips.run("TRUNCATE TABLE trips")
    trips.put("data/a.csv", "".join(f"{i},{i / 7!r},{i},Night\n" for i in range(3000)))
    trips.run(
        "COPY INTO trips FROM 'https://sttaxilocal.dfs.core.windows.net/lake/data/' WITH (ROWTERMINATOR = '0x0A')"
    )
    rows = trips.rows(f"{INPUT} SELECT d.[id], p.[prediction] {predict()}")
    found = np.array([p for _, p in sorted(rows)])
    expected = np.arange(3000) + (np.arange(3000) / 7).astype(np.float32)
    assert np.abs(found - expected).max() < 1e-3
