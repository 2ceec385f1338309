"""Control flow, variables, procedures, transactions."""

from __future__ import annotations

import threading
from typing import Any

import pytest


def test_statements_need_no_semicolons(pool: Any) -> None:
    result = pool.run(
        """CREATE TABLE dbo.t (a int) WITH (HEAP)
           INSERT INTO t SELECT 1 INSERT t (a) VALUES (2)
           UPDATE t SET a = a + 10 WHERE a = 2
           DELETE FROM t WHERE a = 1
           DECLARE @n int = (SELECT COUNT(*) FROM t) SET @n = @n + 1 PRINT @n
           SELECT a FROM t SELECT @n AS n TRUNCATE TABLE t SELECT CASE WHEN COUNT(*) = 0 THEN 'empty' ELSE 'no' END AS e FROM t"""
    )
    assert [r.rows for r in result.result_sets] == [((12,),), ((2,),), (("empty",),)]
    assert result.records_affected == 4
    assert result.messages == ("2",)


def test_control_flow(pool: Any) -> None:
    result = pool.run(
        """DECLARE @i int = 0, @log nvarchar(100) = N''
           WHILE @i < 10
           BEGIN
               SET @i += 1
               IF @i = 2 CONTINUE
               IF @i > 4 BREAK
               IF @i % 2 = 0 SET @log = @log + N'e' ELSE BEGIN SET @log = CONCAT(@log, @i) END
           END;
           IF EXISTS (SELECT 1 WHERE @i = 5) PRINT @log ELSE PRINT N'wrong'"""
    )
    assert result.messages == ("13e",)


def test_a_variable_is_of_its_type(pool: Any) -> None:
    assert pool.rows("DECLARE @a nvarchar(3) = N'abcdef', @b int = 2.9, @c varbinary(max) = 0x SELECT @a, @b, @c") == [
        ("abc", 2, b"")
    ]
    assert pool.rows("DECLARE @a int, @b nvarchar(5) SELECT @a = 1, @b = N'x' SELECT @a AS a, @b AS b") == [(1, "x")]
    assert "already been declared" in pool.error("DECLARE @a int DECLARE @A int")
    assert "Msg 141" in pool.error("DECLARE @a int SELECT @a = 1, 2")


def test_parameters_are_values_and_never_text(pool: Any) -> None:
    evil = "'; DROP TABLE t; --"
    assert pool.rows("SELECT @name AS a, @n + 1 AS b, @f AS c", name=evil, n=41, f=1.5) == [(evil, 42, 1.5)]
    assert pool.value("SELECT @big", big="x" * 5000) == "x" * 5000


def test_rows_are_changed(pool: Any) -> None:
    pool.run(
        "CREATE TABLE t (i int, w nvarchar(5), b bit) WITH (HEAP); INSERT INTO t SELECT 1, N'a', 0 UNION ALL SELECT 2, N'b', 1"
    )
    pool.run("UPDATE dbo.t SET w = 7, i = i * 10, b = 1 WHERE t.i = '1'")
    pool.run("UPDATE t SET t.w = s.w FROM (SELECT 2 AS i, N'new' AS w) AS s WHERE s.i = t.i")
    assert pool.rows("SELECT i, w, b FROM t ORDER BY i") == [(2, "new", True), (10, "7", True)]
    assert (
        pool.run(
            "DELETE t WHERE i > 5 DELETE FROM t WHERE EXISTS (SELECT 1 FROM t AS u WHERE u.i = t.i)"
        ).records_affected
        == 2
    )


def test_a_table_is_created_only_once(pool: Any) -> None:
    text = "IF OBJECT_ID(N'[dbo].[models]', N'U') IS NULL CREATE TABLE [dbo].[models] (a int) WITH (HEAP)"
    pool.run(text)
    pool.run(text)
    assert "Msg 2714" in pool.error("CREATE TABLE dbo.MODELS (a int) WITH (HEAP)")
    assert pool.value("SELECT OBJECT_ID('dbo.Models', 'P')") is None
    assert pool.value("SELECT OBJECT_ID('models')") is not None


def test_a_procedure_is_made_run_and_dropped(pool: Any) -> None:
    pool.run("CREATE TABLE dbo.log (who nvarchar(10), n int) WITH (HEAP)")
    pool.run(
        """CREATE PROCEDURE [dbo].[note] @who nvarchar(10), @n int AS
           BEGIN
               SET NOCOUNT ON;
               INSERT INTO dbo.log (who, n) SELECT @who, @n
           END"""
    )
    pool.call("[dbo].[note]", who="a", n=1)
    pool.run("EXEC dbo.note @who = N'b', @n = 2; EXECUTE note N'c', 3")
    assert sorted(pool.rows("SELECT who, n FROM log")) == [("a", 1), ("b", 2), ("c", 3)]
    assert "Msg 2714" in pool.error("CREATE PROCEDURE dbo.NOTE AS SELECT 1")
    drop = "IF OBJECT_ID(N'[dbo].[note]', N'P') IS NOT NULL DROP PROCEDURE [dbo].[note]"
    pool.run(drop)
    pool.run(drop)
    assert "Could not find stored procedure 'dbo.note'" in pool.error("EXEC dbo.note N'x', 1")


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({}, "expects parameter '@n', which was not supplied"),
        ({"n": 1, "m": 2}, "@m is not a parameter for procedure p"),
        ({"n": "many"}, "Conversion failed"),
        ({"n": 2**40}, "overflow"),
    ],
)
def test_wrong_arguments_of_a_procedure(pool: Any, parameters: dict[str, Any], words: str) -> None:
    pool.run("CREATE PROCEDURE p @n int AS SELECT @n AS n")
    result = pool.engine.execute_procedure("sqllocal", "p", parameters)
    assert result.error is not None
    assert result.error.code == "2402"
    assert words in result.error.message


def test_a_procedure_that_calls_itself_ends(pool: Any) -> None:
    pool.run("CREATE PROCEDURE p AS EXEC p")
    assert "nesting level exceeded (limit 8)" in pool.engine.execute_procedure("sqllocal", "p", {}).error.message


def test_temporary_tables_live_as_long_as_the_batch(pool: Any) -> None:
    assert (
        pool.value("SELECT 1 AS a INTO #x; IF OBJECT_ID(N'tempdb..#x') IS NOT NULL SELECT COUNT(*) AS n FROM #x") == 1
    )
    assert "Invalid object name '#x'" in pool.error("SELECT a FROM #x")


def test_a_transaction_is_rolled_back(pool: Any) -> None:
    pool.run("CREATE TABLE t (a int NOT NULL) WITH (HEAP)")
    pool.run("BEGIN TRAN INSERT INTO t SELECT 1 ROLLBACK; BEGIN TRANSACTION; INSERT INTO t SELECT 2; COMMIT TRAN")
    assert pool.rows("SELECT a FROM t") == [(2,)]
    assert "Msg 266" in pool.error("BEGIN TRAN DELETE FROM t")
    assert "Msg 515" in pool.error("BEGIN TRAN DELETE FROM t INSERT INTO t SELECT NULL COMMIT")
    assert "Msg 3902" in pool.error("COMMIT")
    assert pool.rows("SELECT a FROM t") == [(2,)]


def test_an_error_is_caught_and_thrown_again(pool: Any) -> None:
    result = pool.engine.execute(
        "sqllocal",
        """BEGIN TRY
    SELECT 1 AS a
    SELECT 1 / 0
    SELECT 2 AS b
END TRY
BEGIN CATCH
    PRINT ERROR_MESSAGE()
    SELECT ERROR_NUMBER() AS n, ERROR_LINE() AS l;
    THROW
END CATCH""",
    )
    assert result.messages == ("Divide by zero error encountered.",)
    assert [r.rows for r in result.result_sets] == [((1,),), ((8134, 3),)]
    assert result.error.message == "Msg 8134, Line 3, Column 5: Divide by zero error encountered."
    assert pool.run("BEGIN TRY SELECT 1/0 END TRY BEGIN CATCH PRINT 'x' END CATCH").messages == ("x",)


FAILS_INSIDE = """BEGIN TRY
    BEGIN TRANSACTION
    INSERT INTO t SELECT 1
    INSERT INTO t SELECT NULL
    COMMIT TRANSACTION
END TRY
BEGIN CATCH
    DECLARE @state int = XACT_STATE()
    {}
END CATCH"""


def test_a_transaction_that_failed_is_rolled_back_before_anything_else(pool: Any) -> None:
    pool.run("CREATE TABLE t (a int NOT NULL) WITH (HEAP)")
    done = pool.run(
        FAILS_INSIDE.format("IF @@TRANCOUNT > 0 ROLLBACK; INSERT INTO t SELECT @state; PRINT ERROR_NUMBER()")
    )
    assert done.messages == ("515",)
    assert pool.rows("SELECT a FROM t") == [(-2,)]
    assert "Msg 515, Line 4" in pool.error(FAILS_INSIDE.format("IF @@TRANCOUNT > 0 ROLLBACK TRANSACTION; THROW"))
    for statement in ("SELECT a FROM t", "INSERT INTO t SELECT 3", "COMMIT", "CREATE TABLE x (a int) WITH (HEAP)"):
        assert "Msg 111233, Line 9" in pool.error(FAILS_INSIDE.format(statement))
    assert pool.rows("SELECT a FROM t") == [(-2,)]


def test_errors_of_ones_own(pool: Any) -> None:
    assert pool.error("THROW 50001, N'No model yet', 1") == "Msg 50001, Line 1, Column 1: No model yet"
    assert "35100" in pool.error("THROW 1, 'x', 1")
    assert "Msg 50000, Line 1, Column 1: 3 rows of t" in pool.error("RAISERROR('%d rows of %s', 16, 1, 3, 't')")
    assert pool.run("RAISERROR('note', 10, 1)").messages == ("note",)


def test_nothing_of_a_batch_runs_if_a_part_of_it_cannot_be_read(pool: Any) -> None:
    pool.run("CREATE TABLE t (a int) WITH (HEAP)")
    assert "line: 2, column: 25" in pool.error("INSERT INTO t SELECT 1;\nIF 1 = 2 SELECT a FROMM t x")
    assert pool.rows("SELECT a FROM t") == []
    assert "LENN" in pool.error("INSERT INTO t SELECT 1; SELECT LENN('a')")


def test_a_grant_is_noted_and_not_enforced(pool: Any) -> None:
    (message,) = pool.run("GRANT EXECUTE ON [dbo].[p] TO [svc] GRANT SELECT ON SCHEMA::dbo TO [x]").messages[:1]
    assert message == "Noted, not enforced locally: GRANT EXECUTE ON [dbo].[p] TO [svc]"


def test_a_cancelled_batch_stops(pool: Any) -> None:
    cancel = threading.Event()
    timer = threading.Timer(0.2, cancel.set)
    timer.start()
    result = pool.engine.execute("sqllocal", "WHILE 1 = 1 PRINT 'x'", {}, cancel=cancel)
    timer.join()
    assert "cancelled" in result.error.message


def test_batches_of_several_threads_do_not_disturb_each_other(pool: Any) -> None:
    pool.run("CREATE TABLE t (a int) WITH (HEAP)")
    failed: list[object] = []

    def work(number: int) -> None:
        result = pool.engine.execute(
            "sqllocal", "SELECT @n AS a INTO #x; INSERT INTO t SELECT a FROM #x", {"n": number}
        )
        failed.extend([result.error] if result.error else [])

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed
    assert sorted(pool.rows("SELECT a FROM t")) == [(n,) for n in range(8)]
