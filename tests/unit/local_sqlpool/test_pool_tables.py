"""Tables: their names, types and options; renaming; what stays when a process dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from generator.local.sqlpool.errors import SqlError
from generator.tsql.identifiers import ObjectName, quote_identifier
from generator.tsql.literals import quote_literal

# Any name that SQL takes and that is not one of the pool's own; case does not count, so letters are lower case.
NAMES = st.text(st.sampled_from("ab z]'\"[.;-#é%_1"), min_size=1, max_size=12).filter(
    lambda n: not n.startswith(("#", "__"))
)


@given(
    schema=NAMES, table=NAMES, column=NAMES, other=NAMES, value=st.text(st.sampled_from("a']\"\\\n;-é🚕"), max_size=8)
)
@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_and_any_text_come_through(
    pool: Any, schema: str, table: str, column: str, other: str, value: str
) -> None:
    name = ObjectName(f"s{schema}", table)
    if pool.value(f"SELECT SCHEMA_ID({quote_literal(name.schema)})") is None:
        pool.run(f"CREATE SCHEMA {quote_identifier(name.schema)}")
    quoted, load = quote_identifier(column), ObjectName(name.schema, f"{other}_2")
    try:
        pool.run(
            f"CREATE TABLE {name.quoted} ({quoted} nvarchar(20) NOT NULL) WITH (DISTRIBUTION = HASH({quoted}), HEAP)"
        )
        pool.run(f"INSERT INTO {name.quoted} ({quoted}) VALUES ({quote_literal(value)})")
        pool.run(f"UPDATE {name.quoted} SET {quoted} = {quoted} + @tail", tail="x")
        pool.run(f"RENAME OBJECT {name.quoted} TO {quote_identifier(load.name)}")
        assert pool.value(f"SELECT OBJECT_ID({quote_literal(load.quoted)}, N'U')") is not None
        (result,) = pool.run(f"SELECT t.{quoted} FROM {load.quoted} AS t WHERE t.{quoted} LIKE @v", v="%x").result_sets
        assert result.rows == ((value + "x",),)
        assert result.columns == ((column, "nvarchar(20)"),)
        assert pool.engine.read_table("sqllocal", load.quoted).column_names == [column]
    finally:
        for left in (name, load):
            pool.run(f"IF OBJECT_ID({quote_literal(left.quoted)}, N'U') IS NOT NULL DROP TABLE {left.quoted}")


@given(name=NAMES, parameter=st.from_regex(r"[aé][ab_1é$]{0,6}", fullmatch=True))
@hypothesis_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_name_of_a_procedure_comes_through(pool: Any, name: str, parameter: str) -> None:
    quoted = ObjectName("dbo", name).quoted
    pool.run(f"CREATE PROCEDURE {quoted} @{parameter} nvarchar(20) AS SELECT @{parameter} AS [v]")
    assert pool.call(quoted, **{parameter: "it's]"}).result_sets[0].rows == (("it's]",),)
    assert pool.run(f"EXEC {quoted} @{parameter} = N'y'").result_sets[0].rows == (("y",),)
    pool.run(f"IF OBJECT_ID({quote_literal(quoted)}, N'P') IS NOT NULL DROP PROCEDURE {quoted}")


def test_names_compare_without_regard_to_case(pool: Any) -> None:
    pool.run("CREATE TABLE dbo.Trips (TripId int NOT NULL) WITH (HEAP)")
    pool.run("INSERT INTO DBO.TRIPS (TRIPID) SELECT 1")
    assert pool.rows("DECLARE @Id int = 1 SELECT tripid FROM trips WHERE TripID = @ID") == [(1,)]


def test_three_tables_swap_names_and_keep_their_columns(pool: Any) -> None:
    for name in ("t", "t_load"):
        pool.run(f"CREATE TABLE dbo.{name} (a nvarchar(3) NOT NULL DEFAULT N'no', b int) WITH (HEAP)")
    pool.run("INSERT INTO t (b) VALUES (1); INSERT INTO t_load (a, b) VALUES (N'new', 2)")
    pool.run(
        "RENAME OBJECT [dbo].[t] TO [t_old]; RENAME OBJECT::dbo.t_load TO t RENAME OBJECT [dbo].[t_old] TO [t_load];"
    )
    assert pool.rows("SELECT a, b FROM t") == [("new", 2)]
    assert pool.rows("SELECT a, b FROM t_load") == [("no", 1)]
    assert pool.types("SELECT a, b FROM t") == ["nvarchar(3)", "int"]
    assert "truncated" in pool.error("INSERT INTO t (a) VALUES (N'long')")
    assert "Msg 515" in pool.error("INSERT INTO t (a) VALUES (NULL)")


@pytest.mark.parametrize(
    "options",
    [
        "WITH (DISTRIBUTION = ROUND_ROBIN, CLUSTERED COLUMNSTORE INDEX)",
        "WITH (CLUSTERED COLUMNSTORE INDEX ORDER (a), DISTRIBUTION = HASH(a))",
        "WITH (DISTRIBUTION = HASH([a], b), CLUSTERED INDEX (a))",
        "WITH (DISTRIBUTION = REPLICATE, HEAP)",
        "WITH (PARTITION (a RANGE RIGHT FOR VALUES (1, 2)))",
        "",
    ],
)
def test_options_of_a_table(pool: Any, options: str) -> None:
    pool.run(f"CREATE TABLE t (a int, b int, PRIMARY KEY NONCLUSTERED (a) NOT ENFORCED) {options}")
    assert pool.rows("SELECT a FROM t") == []


def test_a_table_from_a_query_has_the_types_of_its_columns(pool: Any) -> None:
    pool.run(
        """CREATE TABLE t WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS
           SELECT CAST(1 AS smallint) AS a, CAST(N'x' AS nvarchar(7)) AS b, 7 / 2 AS c, CAST(1 AS real) AS d"""
    )
    assert pool.types("SELECT * FROM t") == ["smallint", "nvarchar(7)", "int", "real"]
    assert "truncated" in pool.error("INSERT INTO t (b) SELECT N'12345678'")
    assert "An object or column name is missing" in pool.error(
        "CREATE TABLE u WITH (DISTRIBUTION = ROUND_ROBIN, HEAP) AS SELECT 1"
    )


def test_a_table_is_read_for_spark(pool: Any) -> None:
    pool.run("CREATE TABLE dbo.t (a int, b real, c nvarchar(5)) WITH (HEAP); INSERT INTO t SELECT 1, 1.5, N'x'")
    table = pool.engine.read_table("sqllocal", "dbo.t")
    assert table.to_pylist() == [{"a": 1, "b": 1.5, "c": "x"}]
    assert [str(f.type) for f in table.schema] == ["int32", "float", "string"]
    with pytest.raises(SqlError, match=r"Invalid object name 'dbo\.nope'"):
        pool.engine.read_table("sqllocal", "nope")


def test_everything_is_there_when_the_file_is_opened_again(pool: Any, reopened: Any) -> None:
    pool.run("CREATE TABLE t (a nvarchar(3)) WITH (HEAP); INSERT INTO t SELECT N'x'")
    pool.run("CREATE PROCEDURE p AS SELECT a FROM t")
    again = reopened()
    assert again.call("p").result_sets[0].rows == (("x",),)
    assert again.types("SELECT a FROM t") == ["nvarchar(3)"]


WORKER = """
import sys
from pathlib import Path
from generator.local.ports import LocalSettings
from generator.local.sqlpool import DuckDbSqlPool
names = [f for f in LocalSettings.__dataclass_fields__ if f not in ("root", "secret_names", "predict")]
values = dict.fromkeys(names, "x") | {"sql_pool": "sqllocal"}
pool = DuckDbSqlPool(LocalSettings(root=Path(sys.argv[1]), secret_names=(), **values))
print(pool.execute("sqllocal", "CREATE TABLE t (a int) WITH (HEAP); INSERT INTO t SELECT 1").error, flush=True)
print(pool.execute("sqllocal", "BEGIN TRAN; INSERT INTO t SELECT 2; WHILE 1 = 1 SELECT 1 AS a INTO #x").error)
"""


def test_a_killed_process_loses_only_what_was_not_committed(pool: Any, reopened: Any) -> None:
    pool.engine.close()
    process = subprocess.Popen([sys.executable, "-c", WORKER, str(pool.root)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "None\n"
        busy = pool.engine.execute("sqllocal", "SELECT 1 AS a").error
        assert busy is not None
        assert busy.failure_type == "SystemError"
        assert "in use by another process" in busy.message
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    assert reopened().rows("SELECT a FROM t") == [(1,)]


def test_a_file_that_is_no_pool_is_said(pool: Any) -> None:
    folder = pool.root / "sqlpool"
    folder.mkdir()
    (folder / "sqllocal.duckdb").write_bytes(b"no database" * 100)
    error = pool.engine.execute("sqllocal", "SELECT 1 AS a").error
    assert error is not None
    assert error.failure_type == "SystemError"
    assert "The local SQL pool's file cannot be used" in error.message
