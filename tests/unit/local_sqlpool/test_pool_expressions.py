"""Values and types as T-SQL has them, where sqlglot or DuckDB would give others."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("expression", "value", "kind"),
    [
        ("7 / 2", 3, "int"),
        ("-7 / 2", -3, "int"),
        ("7 / 2.0", Decimal("3.500000"), "decimal(8,6)"),
        ("1.0 / 3", Decimal("0.333333"), "decimal(7,6)"),
        ("CAST(7 AS float) / 2", 3.5, "float"),
        ("CAST(7 AS real) / 2", 3.5, "real"),
        ("7 % 2", 1, "int"),
        ("'a' + 'b'", "ab", "varchar(2)"),
        ("N'a' + N'b' + N'c'", "abc", "nvarchar(3)"),
        ("'1' + 1", 2, "int"),
        ("0xAB + 0xCD", b"\xab\xcd", "varbinary(max)"),
        ("0x", b"", "varbinary(max)"),
        ("CAST(2.7 AS int)", 2, "int"),
        ("CAST(-2.7 AS int)", -2, "int"),
        ("CAST(CAST(2.9 AS float) AS bigint)", 2, "bigint"),
        ("CAST(' 5 ' AS int)", 5, "int"),
        ("CAST('' AS int)", 0, "int"),
        ("TRY_CAST('5.5' AS int)", None, "int"),
        ("TRY_CAST('x' AS float)", None, "float"),
        ("CAST('abcdef' AS nvarchar(3))", "abc", "nvarchar(3)"),
        ("CAST(REPLICATE('a', 40) AS varchar)", "a" * 30, "varchar(30)"),
        ("CAST('abc' AS nvarchar(max))", "abc", "nvarchar(max)"),
        ("CAST(5 AS bit)", True, "bit"),
        ("CAST(CAST(1 AS bit) AS varchar(5))", "1", "varchar(5)"),
        ("CAST(1 AS bit) + 1", 2, "int"),
        ("CONVERT(varchar(8), CAST('2018-05-02' AS date), 112)", "20180502", "varchar(8)"),
        ("CONVERT(varbinary(max), '4D5A', 2)", b"MZ", "varbinary(max)"),
        ("CONVERT(varchar(max), 0x4D5A, 2)", "4D5A", "varchar(max)"),
        ("LEN(N'ab  ')", 2, "int"),
        ("DATALENGTH(N'ab')", 4, "int"),
        ("DATALENGTH(0xABCD)", 2, "int"),
        ("ISNULL(NULL, 3)", 3, "int"),
        ("ISNULL(CAST(NULL AS varchar(2)), 'abc')", "ab", "varchar(2)"),
        ("COALESCE(NULL, 2.5, 1)", Decimal("2.5"), "decimal(11,1)"),
        ("NULLIF(3, 3)", None, "int"),
        ("IIF(1 = 1, 'yes', 'no')", "yes", "varchar(3)"),
        ("CASE WHEN 1 > 2 THEN 1 ELSE 2.5 END", Decimal("2.5"), "decimal(11,1)"),
        ("CONCAT('a', NULL, 1, CAST(1 AS bit))", "a11", "nvarchar(4000)"),
        ("POWER(2, 3)", 8, "int"),
        ("SQUARE(3)", 9.0, "float"),
        ("SQRT(16)", 4.0, "float"),
        ("ABS(-3)", 3, "int"),
        ("LOG(1)", 0.0, "float"),
        ("CEILING(2.1)", Decimal(3), "decimal(2,1)"),
        ("SUBSTRING('abc', 2, 1)", "b", "varchar(3)"),
        ("CHARINDEX('c', 'abc')", 3, "int"),
        ("REPLACE(N'a]b', N']', N']]')", "a]]b", "nvarchar(4000)"),
        ("QUOTENAME('a]b')", "[a]]b]", "nvarchar(4000)"),
        ("DATEDIFF(day, '2018-05-01', '2018-06-01')", 31, "int"),
        ("YEAR('2018-05-01')", 2018, "int"),
        ("CASE WHEN '10' > 9 THEN 1 ELSE 0 END", 1, "int"),
        ("CASE WHEN CAST(1 AS bit) = 1 THEN 1 ELSE 0 END", 1, "int"),
        ("5 & 3", 1, "int"),
        ("5 ^ 3", 6, "int"),
        ("DB_NAME()", "sqllocal", "nvarchar(128)"),
        ("(SELECT 7) / 2", 3, "int"),
    ],
)
def test_an_expression_has_its_tsql_value_and_type(shared_pool: Any, expression: str, value: object, kind: str) -> None:
    (result,) = shared_pool.run(f"SELECT {expression} AS x").result_sets
    ((found,),) = result.rows
    assert (found, type(found)) == (value, type(value))
    assert result.columns == (("x", kind),)


@pytest.mark.parametrize(
    ("expression", "number", "words"),
    [
        ("1 / 0", 8134, "Divide by zero"),
        ("2147483647 + 1", 8115, "overflow error converting expression to data type int"),
        ("CAST(300 AS tinyint)", 8115, "tinyint"),
        ("CAST('5.5' AS int)", 245, "varchar value '5.5' to data type int"),
        ("CAST('x' AS float)", 8114, "to float"),
        ("CAST('x' AS datetime2)", 241, "date and/or time"),
        ("CAST(12345 AS decimal(4,1))", 8115, "numeric"),
        ("SQRT(-1)", 3623, "invalid floating point"),
        ("(SELECT x FROM (SELECT 1 AS x UNION ALL SELECT 2) AS t)", 512, "more than 1 value"),
        ("CAST(1 AS xml)", 2715, "no type xml"),
        ("CAST(1 AS nvarhcar(5))", 2715, "did you mean"),
        ("LEN('a', 'b')", 174, "requires 1 argument"),
        ("@missing", 137, 'Must declare the scalar variable "@missing"'),
        ("SUM('a')", 8117, "invalid for sum"),
    ],
)
def test_an_expression_fails_in_the_words_of_sql_server(
    shared_pool: Any, expression: str, number: int, words: str
) -> None:
    message = shared_pool.error(f"SELECT {expression}")
    assert message.startswith(f"Msg {number}, Line 1, Column ")
    assert words in message


def test_aggregates_keep_whole_numbers_whole(pool: Any) -> None:
    pool.run("CREATE TABLE dbo.n (i int, b bigint, f float, d decimal(9,2)) WITH (HEAP, DISTRIBUTION = ROUND_ROBIN)")
    pool.run("INSERT INTO dbo.n SELECT 1, 10, 1.5, 1.25 UNION ALL SELECT 2, 20, 2.5, 2.25")
    text = """SELECT COUNT(*) AS a, COUNT_BIG(*) AS b, SUM(i) AS c, AVG(i) AS d, AVG(b) AS e, AVG(f) AS f, SUM(d) AS g,
              SUM(i) / COUNT(*) AS h, SUM(f) / COUNT(*) AS i, AVG(DISTINCT i) AS j, STDEV(f) AS k FROM n"""
    (row,) = pool.rows(text)
    assert row[:10] == (2, 2, 3, 1, 15, 2.0, Decimal("3.50"), 1, 2.0, 1)
    assert pool.types(text) == ["int", "bigint", "int", "int", "bigint", "float", "decimal(38,2)", "int", "float",
                                "int", "float"]  # fmt: skip
    over = "SELECT AVG(i) OVER () AS a, SUM(i) OVER (ORDER BY i) AS s, ROW_NUMBER() OVER (ORDER BY i DESC) AS r FROM n"
    assert sorted(pool.rows(over)) == [(1, 1, 2), (1, 3, 1)]


def test_types_come_through_common_tables_subqueries_and_joins(pool: Any) -> None:
    pool.run("CREATE TABLE dbo.t (id int, word nvarchar(5)) WITH (HEAP)")
    pool.run("INSERT INTO dbo.t SELECT 7, N'x'")
    text = """WITH c AS (SELECT id AS k, word + N'!' AS w FROM dbo.t)
              SELECT c.k / 2 AS half, s.w + c.w AS twice
              FROM c INNER JOIN (SELECT k, w FROM c) AS s ON s.k = c.k"""
    assert pool.rows(text) == [(3, "x!x!")]
    assert pool.types(text) == ["int", "nvarchar(12)"]


def test_distinct_rows(pool: Any) -> None:
    text = "SELECT DISTINCT a / 2 AS a FROM (SELECT 2 AS a UNION ALL SELECT 3) AS t"
    assert pool.rows(text) == [(1,)]
    assert pool.types(text) == ["int"]


def test_nulls_come_first_and_top_cuts(pool: Any) -> None:
    pool.run(
        "CREATE TABLE dbo.t (i int NULL) WITH (HEAP); INSERT INTO t SELECT 2 UNION ALL SELECT NULL UNION ALL SELECT 1"
    )
    assert pool.rows("SELECT TOP 2 i FROM t ORDER BY i") == [(None,), (1,)]
    assert pool.rows("SELECT TOP (@n) i FROM t ORDER BY i DESC", n=1) == [(2,)]


def test_a_column_without_a_name_has_the_name_that_a_data_table_gives_it(pool: Any) -> None:
    (result,) = pool.run("SELECT 1, 'a' AS named, COUNT(*)").result_sets
    assert [name for name, _ in result.columns] == ["Column1", "named", "Column3"]
