"""What a dedicated SQL pool refuses, and what the local one does not know: both by name, with the place."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1\nGO\nSELECT 2", "Parse error at line: 2, column: 1: Incorrect syntax near 'GO'"),
        ("CREATE OR ALTER PROCEDURE p AS SELECT 1", "line: 1, column: 8: Incorrect syntax near 'OR'"),
        ("DROP PROCEDURE IF EXISTS p", "column: 16: Incorrect syntax near 'IF'"),
        ("DROP TABLE IF EXISTS t", "column: 12: Incorrect syntax near 'IF'"),
        ("SELECT 1; CREATE PROCEDURE p AS SELECT 1", "Msg 111, Line 1, Column 11"),
        (
            "CREATE PROCEDURE p @n int = 3 AS SELECT @n",
            "default value of a procedure's parameter is not supported in a ded",
        ),
        ("CREATE PROCEDURE p AS RETURN", "RETURN in a stored procedure is not supported in a dedicated SQL pool"),
        ("CREATE PROCEDURE #p AS SELECT 1", "Temporary stored procedures"),
        ("CREATE PROCEDURE p AS SELECT a FROMM b c", "Incorrect syntax near 'b'"),
        ("BEGIN TRAN CREATE TABLE x (a int) WITH (HEAP)", "Operation cannot be performed within a transaction"),
        ("BEGIN TRAN BEGIN TRAN", "Nested transactions"),
        ("CREATE TABLE x (a int PRIMARY KEY)", "NOT ENFORCED"),
        ("CREATE TABLE x (a int, UNIQUE (a))", "NOT ENFORCED"),
        ("CREATE TABLE x (a int, FOREIGN KEY (a) REFERENCES y (a))", "FOREIGN KEY is not supported in a dedicated"),
        ("CREATE TABLE x (a int CHECK (a > 0))", "CHECK of a column is not supported in a dedicated"),
        ("CREATE TABLE x (a int, b AS a + 1)", "computed column"),
        ("CREATE TABLE x (a int DEFAULT GETDATE())", "default that is no constant"),
        ("CREATE TABLE x (a xml)", "Column 19: a dedicated SQL pool has no type xml"),
        ("CREATE TABLE x (a varbinary(max))", "cannot participate in a columnstore index"),
        ("CREATE TABLE x (a int) WITH (DISTRIBUTION = HASH(b))", "Invalid column name 'b'"),
        ("CREATE TABLE x (a int) WITH (DISTRIBUTON = HASH(a))", "column: 30: Incorrect syntax near 'DISTRIBUTON'"),
        ("CREATE TABLE x (a int, A int)", "'A' in table 'x' is specified more than once"),
        ("CREATE TABLE nope.x (a int)", 'schema name "nope" either does not exist'),
        ("CREATE TABLE x WITH (HEAP) AS SELECT 1 AS a", "needs the option DISTRIBUTION"),
        ("WITH c AS (SELECT 1 AS a) INSERT INTO x SELECT a FROM c", "Incorrect syntax near 'INSERT'"),
        ("SELECT 1 WITH c AS (SELECT 1 AS a) SELECT a FROM c", "Msg 319"),
        ("INSERT INTO x VALUES (1), (2)", "several rows by VALUES"),
        ("INSERT INTO x VALUES (GETDATE())", "only constant literal values or variable references"),
        ("SELECT @@ROWCOUNT", "@@ROWCOUNT is not supported in a dedicated SQL pool"),
        ("DECLARE @t TABLE (a int)", "table variable is not supported in a dedicated SQL pool"),
        ("SELECT 1 WHERE 5", "non-boolean type"),
        ("IF 1 PRINT 'x'", "Msg 4145, Line 1, Column 4"),
        ("BREAK", "outside the scope of a WHILE"),
    ],
)
def test_the_pool_refuses(shared_pool: Any, text: str, message: str) -> None:
    assert message in shared_pool.error(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("MERGE INTO t USING s ON 1 = 1", "the statement MERGE is not supported by the local SQL pool"),
        ("UPDATE x SET x.a = 1 FROM t AS x", "UPDATE ... FROM that joins or names its own table"),
        ("DELETE x FROM t AS x", "DELETE ... FROM with a second table"),
        ("CREATEE TABLE x (a int)", "the statement CREATEE (did you mean CREATE?)"),
        ("CREATE VIEW v AS SELECT 1 AS a", "CREATE VIEW is not supported by the local SQL pool"),
        ("SELECT 1,\n  LENN('a')", "Line 2, Column 3: the function LENN (did you mean LEN?)"),
        ("SELECT read_csv('/etc/passwd')", "the function READ_CSV"),
        ("SELECT * FROM read_csv('/etc/passwd')", "the function READ_CSV"),
        ("SELECT * FROM '/etc/passwd'", "column: 15: Incorrect syntax near"),
        ("SELECT a FROM sys.tables", "the catalogue view sys.tables"),
        ("SELECT 1 LIMIT 5", "Incorrect syntax near 'LIMIT'"),
        ("SELECT a::int FROM t", "Incorrect syntax near '::'"),
        ("SELECT 'a' || 'b'", "not supported"),
        ("SELECT true", "Invalid column name 'true'"),
        ("SELECT 1 AS a ORDER BY a COLLATE Latin1_General_CI_AI", "the collation"),
        ("SELECT 1 WHERE 'a' LIKE '[a-c]'", "character class in LIKE"),
        ("EXEC ('SELECT 1')", "dynamic SQL"),
        ("SELECT CONVERT(varchar(30), CAST('2018-01-01' AS datetime), 9)", "in the style 9"),
        ("PRAGMA database_list", "the statement PRAGMA"),
        ("ATTACH 'x.db'", "the statement ATTACH"),
        ("SET ROWCOUNT 5", "SET ROWCOUNT"),
        ("SELECT 'a", "Unclosed quotation mark"),
        ("/* a", "Missing end comment mark"),
        ("SELECT (1", "Incorrect syntax"),
        ("BEGIN SELECT 1", "END is missing"),
        ("SELECT", "Incorrect syntax"),
    ],
)
def test_what_is_not_known_is_said_and_never_skipped(shared_pool: Any, text: str, message: str) -> None:
    assert message in shared_pool.error(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "SELECT a FROM dbo.nyc_txi",
            "Msg 208, Line 1, Column 19: Invalid object name 'dbo.nyc_txi'. Did you mean 'dbo.nyc_taxi'?",
        ),
        ("SELECT fare,\n  wrong\nFROM nyc_taxi", "Msg 207, Line 2, Column 3: Invalid column name 'wrong'."),
        ("SELECT x.fare FROM nyc_taxi AS t", 'The multi-part identifier "x" could not be bound'),
        ("SELECT a.fare FROM nyc_taxi a, nyc_taxi b WHERE fare = 1", "Ambiguous column name 'fare'"),
        ("SELECT fare, COUNT(*) FROM nyc_taxi", "Msg 8120"),
        ("INSERT INTO nyc_taxi (fare, nope) SELECT 1, 2", "Invalid column name 'nope'"),
        ("INSERT INTO nyc_taxi (fare) SELECT 1, 2", "contains more items than the insert list"),
        ("INSERT INTO nyc_taxi (id, fare) VALUES (1)", "Msg 213"),
        (
            "INSERT INTO nyc_taxi (id, word) SELECT 1, N'toolong'",
            "truncated in column 'word'. Truncated value: 'toolo'",
        ),
        ("UPDATE nyc_taxi SET word = N'toolong'", "truncated in column 'word'"),
        ("INSERT INTO nyc_taxi (fare) SELECT 1", "Cannot insert the value NULL into column 'id'"),
        ("INSERT INTO nyc_taxi (id) SELECT 3000000000", "Msg 8115"),
        ("INSERT INTO nyc_taxi (id) SELECT 'x'", "Msg 245"),
        ("UPDATE nyc_taxi SET nope = 1", "Invalid column name 'nope'"),
        ("RENAME OBJECT dbo.nope TO x", "Invalid object name 'dbo.nope'"),
        ("RENAME OBJECT dbo.nyc_taxi TO other", "already an object named 'other'"),
        ("TRUNCATE TABLE nope", "Msg 4701"),
        ("DROP TABLE nope", "Msg 3701"),
        ("DROP PROCEDURE nope", "Msg 3701"),
    ],
)
def test_names_and_values_that_do_not_fit(pool: Any, text: str, message: str) -> None:
    pool.run("CREATE TABLE dbo.nyc_taxi (id int NOT NULL, fare float, word nvarchar(5)) WITH (HEAP)")
    pool.run("CREATE TABLE dbo.other (id int) WITH (HEAP); INSERT INTO nyc_taxi (id, word) VALUES (1, N'a')")
    assert message in pool.error(text)
    assert pool.rows("SELECT id, word FROM nyc_taxi") == [(1, "a")]


def test_another_pool_is_not_there(pool: Any) -> None:
    assert "has the SQL pool sqllocal" in pool.engine.execute("sqlother", "SELECT 1").error.message
    assert pool.engine.execute("SQLLOCAL", "SELECT 1 AS a").error is None
