"""Whatever text comes, the pool answers with a result: rows, or an error of the user's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from generator.local.sqlpool.functions import FUNCTIONS

TEXT = """
SELECT DISTINCT TOP 1 * FROM t AS x JOIN #t ON a = b WHERE a IN ( 1 , 'x' ) GROUP BY HAVING COUNT(*) > 2 ORDER BY CASE
WHEN THEN ELSE END UNION ALL EXCEPT INSERT INTO VALUES UPDATE SET @v @@TRANCOUNT DELETE DECLARE int nvarchar(max)
decimal(5,2) = + - * / % . ; ( ) , BEGIN END IF ELSE WHILE BREAK TRY CATCH TRAN COMMIT ROLLBACK CREATE TABLE WITH (HEAP)
DISTRIBUTION HASH(a) DROP PROCEDURE p EXEC RENAME OBJECT :: TO COPY FROM 'https://x/y' PREDICT (MODEL = DATA = RUNTIME
= ONNX ) CAST(a AS CONVERT(int, NULL IS NOT EXISTS BETWEEN LIKE AND OR OVER PARTITION 0x 0xAB 1.5 1e3 N'é' [a] [b]]c]
"q" ISNULL( DATEADD(day, LEN( -- /* */ ' [ THROW PRINT RAISERROR( TRUNCATE GRANT ON COLLATE PIVOT APPLY
"""
WORDS = TEXT.split()


@given(st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))
@hypothesis_settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_words_get_an_answer(pool: Any, text: str) -> None:
    if "WHILE" in text:
        text = text.replace("WHILE", "IF")  # a loop need not end
    result = pool.engine.execute("sqllocal", text, {"v": 1})
    if result.error is not None:
        assert result.error.failure_type == "UserError", (text, result.error)
        assert result.error.message.startswith("Msg ")
        assert str(pool.root) not in result.error.message


LEAVES = st.sampled_from(
    [
        "1",
        "-2",
        "2.5",
        "1e2",
        "'a'",
        "N'5'",
        "0xAB",
        "NULL",
        "@v",
        "i",
        "f",
        "w",
        "t.i",
        "nope",
        "CURRENT_TIMESTAMP",
        "d",
        "b",
    ]
)
TYPES = st.sampled_from(["int", "float", "real", "bit", "nvarchar(3)", "varchar", "decimal(5,2)", "datetime2", "date",
                         "varbinary(max)", "bigint", "uniqueidentifier", "xml"])  # fmt: skip
CALLS = st.sampled_from([*FUNCTIONS, "ISNULL", "IIF", "DATEADD", "DATEDIFF", "OBJECT_ID", "DB_NAME", "NOPE"])


def expressions() -> st.SearchStrategy[str]:
    def wider(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.tuples(part, st.sampled_from(["+", "-", "*", "/", "%", "&"]), part).map(" ".join),
            st.tuples(part, TYPES).map(lambda p: f"CAST({p[0]} AS {p[1]})"),
            st.tuples(part, TYPES).map(lambda p: f"TRY_CONVERT({p[1]}, {p[0]})"),
            st.tuples(CALLS, st.lists(part, max_size=3)).map(lambda p: f"{p[0]}({', '.join(p[1])})"),
            st.tuples(part, part, part).map(lambda p: f"CASE WHEN {p[0]} > {p[1]} THEN {p[2]} ELSE {p[0]} END"),
            part.map(lambda p: f"({p})"),
            part.map(lambda p: f"(SELECT {p} FROM t)"),
            part.map(lambda p: f"SUM({p}) OVER (PARTITION BY i)"),
        )

    return st.recursive(LEAVES, wider, max_leaves=6)


SHAPES = st.sampled_from(
    [
        "SELECT {} AS x FROM t",
        "SELECT {} FROM t WHERE {} = {}",
        "SELECT {}, COUNT(*) FROM t GROUP BY {}",
        "SELECT DISTINCT TOP 3 {} AS x FROM t ORDER BY x",
        "WITH c (a) AS (SELECT {} FROM t) SELECT a, {} FROM c, t",
        "INSERT INTO t (i, w, f) SELECT {}, {}, {}",
        "INSERT INTO t (b, d) VALUES ({}, {})",
        "UPDATE t SET w = {}, i = {} WHERE {} IS NULL",
        "DELETE FROM t WHERE {} IN ({}, {})",
        "DECLARE @x nvarchar(4) = {} SET @x = {} SELECT @x",
        "IF {} < {} PRINT {}",
        "SELECT {} AS a, {} AS c INTO #x FROM t; SELECT * FROM #x",
        "SELECT {} AS x FROM t UNION ALL SELECT {}",
        "BEGIN TRY SELECT {} END TRY BEGIN CATCH PRINT ERROR_MESSAGE() END CATCH",
    ]
)


@pytest.fixture
def table(pool: Any) -> Any:
    pool.run(
        "CREATE TABLE t (i int, f float, w nvarchar(5), d datetime2, b bit) WITH (HEAP); "
        "INSERT INTO t SELECT 1, 1.5, N'a', '2018-05-01', 1"
    )
    return pool


@given(SHAPES, st.lists(expressions(), min_size=3, max_size=3))
@hypothesis_settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_expressions_get_an_answer(table: Any, shape: str, parts: list[str]) -> None:
    text = shape.format(*parts)
    result = table.engine.execute("sqllocal", text, {"v": 1})
    if result.error is not None:
        assert result.error.failure_type == "UserError", (text, result.error)
        assert result.error.message.startswith("Msg "), text
