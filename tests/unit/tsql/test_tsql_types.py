from __future__ import annotations

import pytest

from generator.tsql.types import SqlType, TsqlTypeError, parse_sql_type


@pytest.mark.parametrize(
    ("text", "ddl", "spark", "onnx", "predict"),
    [
        ("bigint", "bigint", "bigint", "INT64", "bigint"),
        ("INT", "int", "int", "INT64", "bigint"),
        ("integer", "int", "int", "INT64", "bigint"),
        ("smallint", "smallint", "smallint", None, None),
        ("bit", "bit", "boolean", None, None),
        ("float", "float", "double", "FLOAT", "real"),
        ("float(53)", "float", "double", "FLOAT", "real"),
        ("float(24)", "real", "float", "FLOAT", "real"),
        ("real", "real", "float", "FLOAT", "real"),
        ("double precision", "float", "double", "FLOAT", "real"),
        ("nvarchar(30)", "nvarchar(30)", "string", "STRING", "nvarchar(30)"),
        ("varchar ( 10 )", "varchar(10)", "string", "STRING", "varchar(10)"),
        ("char(3)", "char(3)", "string", "STRING", "char(3)"),
        ("nchar(3)", "nchar(3)", "string", None, None),
        ("nvarchar(max)", "nvarchar(max)", "string", None, None),
        ("decimal(10,2)", "decimal(10,2)", "decimal(10,2)", None, None),
        ("numeric", "decimal(18,0)", "decimal(18,0)", None, None),
        ("datetime2(3)", "datetime2(3)", "timestamp", None, None),
        ("date", "date", "date", None, None),
        ("varbinary(max)", "varbinary(max)", "binary", None, None),
        ("sysname", "nvarchar(128)", "string", "STRING", "nvarchar(128)"),
        ("[nvarchar](5)", "nvarchar(5)", "string", "STRING", "nvarchar(5)"),
    ],
)
def test_a_type_is_what_every_engine_makes_of_it(
    text: str, ddl: str, spark: str, onnx: str | None, predict: str | None
) -> None:
    sql_type = parse_sql_type(text)
    assert (sql_type.ddl, sql_type.spark_type, sql_type.onnx_type, sql_type.predict_type) == (ddl, spark, onnx, predict)
    assert parse_sql_type(sql_type.ddl) == sql_type


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nvarhcar(30)", 'did you mean "nvarchar"'),
        ("flaot", 'did you mean "float"'),
        ("xml", "a dedicated SQL pool has no type xml"),
        ("text", "a dedicated SQL pool has no type text"),
        ("geography", "has no type geography"),
        ("rowversion", "has no type rowversion"),
        ("nvarchar(4001)", "1 to 4000"),
        ("varchar(0)", "1 to 8000"),
        ("char(max)", "cannot be max"),
        ("int(4)", "takes no length"),
        ("decimal(39,2)", "1 to 38"),
        ("decimal(5,6)", "at most its precision"),
        ("float(54)", "1 to 53"),
        ("datetime2(8)", "0 to 7"),
        ("", "no T-SQL type"),
        ("int; DROP TABLE x", "no T-SQL type"),
    ],
)
def test_what_is_no_type_is_said(text: str, said: str) -> None:
    with pytest.raises(TsqlTypeError, match=said):
        parse_sql_type(text)


def test_kinds_of_types() -> None:
    assert SqlType("decimal", precision=5, scale=1).is_numeric
    assert parse_sql_type("tinyint").is_integer
    assert parse_sql_type("nchar(2)").is_text
    assert not parse_sql_type("bit").is_numeric
