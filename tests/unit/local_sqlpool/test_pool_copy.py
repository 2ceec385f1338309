"""COPY INTO: files of the lake into tables."""

from __future__ import annotations

import gzip
import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

BASE = "https://sttaxilocal.dfs.core.windows.net/lake"
HEADER = "id,fare,word\n"


@pytest.fixture
def table(pool: Any) -> Any:
    pool.run("CREATE TABLE dbo.t (id int NOT NULL, fare float, word nvarchar(5)) WITH (HEAP)")
    return pool


def copy(place: str = "data/", options: str = "FIRSTROW = 2", columns: str = "") -> str:
    extra = f", {options}" if options else ""
    return f"COPY INTO dbo.t {columns} FROM '{BASE}/{place}' WITH (FILE_TYPE = 'CSV', ROWTERMINATOR = '0x0A'{extra})"


def test_a_folder_is_loaded_with_a_header_in_each_file(table: Any) -> None:
    table.put("data/part-0.csv", HEADER + "1,2.5,a\n2,,\n")
    table.put("data/sub/part-1.csv", HEADER + '3,1e2,"x,""y"\n')
    table.put("data/_SUCCESS", "no csv")
    table.put("data/.hidden.csv", "no csv")
    table.put("data/_temporary/part-2.csv", HEADER + "9,9,z\n")
    assert table.run(copy()).records_affected == 3
    assert table.rows("SELECT id, fare, word FROM t ORDER BY id") == [
        (1, 2.5, "a"),
        (2, None, None),
        (3, 100.0, 'x,"y'),
    ]


@pytest.mark.parametrize(
    "place", ["data/part-0.csv", "data/*.csv", "data/part-*", "*.csv", "da*/part-0.csv", "data/%70art-0.csv"]
)
def test_files_are_found_by_name_and_wildcard(table: Any, place: str) -> None:
    table.put("data/part-0.csv", HEADER + "1,2.5,a\n")
    table.put("data/PART-1.CSV", "wildcards mind case")
    table.run(copy(place))
    assert table.rows("SELECT id FROM t") == [(1,)]


def test_the_blob_host_and_several_files(table: Any) -> None:
    table.put("a.csv", "1,1,a\n")
    table.put("b.csv", "2,2,b")
    blob = BASE.replace(".dfs.", ".blob.")
    table.run(f"COPY INTO t FROM '{blob}/a.csv', '{blob}/b.csv' WITH (ROWTERMINATOR = '0x0A')")
    assert table.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,)]


def test_a_column_list_gives_order_defaults_and_fields(table: Any) -> None:
    table.put("data/a.csv", "x;7;;unused\n")
    table.run(copy(options="FIELDTERMINATOR = ';'", columns="(word 1, id 2, fare DEFAULT 1.5 3)"))
    assert table.rows("SELECT id, fare, word FROM t") == [(7, 1.5, "x")]


def test_values_of_every_type(pool: Any) -> None:
    pool.run(
        """CREATE TABLE dbo.t (a tinyint, b smallint, c bigint, d bit, e real, f decimal(5,2), g date, h datetime2(3),
           i time, j uniqueidentifier, k varbinary(max), l money, m char(2)) WITH (HEAP)"""
    )
    pool.put(
        "data/a.csv",
        "255,-32768,9223372036854775807,1,0.1,12.345,2018-05-02,2018-05-02 10:11:12.1234567,10:11:12,"
        "00000000-0000-4000-8000-00000000000a,4D5a,1.23456,ab\n",
    )
    pool.run(copy(options=""))
    (row,) = pool.rows("SELECT * FROM t")
    assert row[:4] == (255, -32768, 9223372036854775807, True)
    assert row[4] == pytest.approx(0.1, rel=1e-6)
    assert row[5:8] == (Decimal("12.34"), date(2018, 5, 2), datetime(2018, 5, 2, 10, 11, 12, 123456))  # noqa: DTZ001 - no zone in SQL
    assert row[10:] == (b"MZ", Decimal("1.2346"), "ab")
    assert pool.types("SELECT * FROM t")[5:11] == ["decimal(5,2)", "date", "datetime2(3)", "time", "uniqueidentifier",
                                                  "varbinary(max)"]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("1,2,a\nx,2,b\n", "(type mismatch or invalid character for the specified codepage) for row 2, column 1 (id)"),
        ("1,two,a\n", "for row 1, column 2 (fare)"),
        ("3000000000,2,a\n", "(overflow) for row 1, column 1 (id)"),
        ("1,2,toolong\n", "(truncation) for row 1, column 3 (word)"),
        (",2,a\n", "null in row 1, column 1 (id)"),
        ("1,2\n", "row 1 has 2 columns, expected 3"),
        ("1,2,a,b\n", "row 1 has 4 columns, expected 3"),
        ("1,nan,a\n", "column 2 (fare)"),
        ('1,2,"a\n', "invalid column value in CSV data file https://sttaxilocal.dfs"),
        ("1,2,a\r\n2,2,tooxx\r\n", "(truncation) for row 2"),
        (b"1,2,\xff\n", "invalid character for the specified codepage"),
        ("1,2," + "a" * 1_000_001 + "\n", "Row 1 exceeds the maximum allowed row size"),
    ],
)
def test_a_bad_row_stops_the_load_and_nothing_is_loaded(table: Any, content: str | bytes, said: str) -> None:
    table.put("data/bad.csv", content)
    message = table.error(copy(options=""))
    assert said in message
    assert "data/bad.csv" in message
    assert str(table.root) not in message
    assert table.rows("SELECT id FROM t") == []


def test_some_bad_rows_may_be_left_out(table: Any) -> None:
    table.put("data/a.csv", "1,1,a\nx,1,b\n2,2,c\n3,y,d\n")
    assert "Rejected rows: 2, MAXERRORS: 1" in table.error(copy(options="MAXERRORS = 1"))
    table.run(copy(options="MAXERRORS = 2, ERRORFILE = '/rejected'"))
    assert table.rows("SELECT id FROM t ORDER BY id") == [(1,), (2,)]
    (folder,) = (table.root / "lake/sttaxilocal.dfs.core.windows.net/lake/rejected/_rejectedrows").iterdir()
    assert (folder / "Row.csv").read_text() == "x,1,b\n3,y,d\n"
    assert "for row 4, column 2 (fare)" in (folder / "Error.csv").read_text()


def test_encodings_and_compression(table: Any) -> None:
    table.put("data/a.csv.gz", gzip.compress("1,1,é\n".encode()))
    table.put("wide/a.csv", "2,2,ü\n".encode("utf-16"))
    table.run(copy(options=""))
    table.run(copy("wide/", options="ENCODING = 'UTF16'"))
    assert table.rows("SELECT word FROM t ORDER BY id") == [("é",), ("ü",)]


def test_a_line_feed_alone_needs_its_code(table: Any) -> None:
    table.put("data/a.csv", "1,1,a\r\n2,2,b\r\n")
    table.run(f"COPY INTO t FROM '{BASE}/data/' WITH (ROWTERMINATOR = '\\n', FIELDQUOTE = '\"')")
    assert table.rows("SELECT word FROM t ORDER BY id") == [("a",), ("b",)]


def test_hex_text_becomes_bytes(pool: Any) -> None:
    pool.run("CREATE TABLE dbo.t (part int NOT NULL, chunk varbinary(max) NOT NULL) WITH (HEAP)")
    content = bytes(range(256)) * 1800
    half = len(content) // 2
    pool.put("data/1.csv", f"1,{content[:half].hex()}\n")
    pool.put("data/2.csv", f"2,{content[half:].hex().upper()}\n")
    pool.run(copy(options="CREDENTIAL = (IDENTITY = 'Managed Identity')"))
    joined = pool.value(
        """DECLARE @m varbinary(max) = 0x; DECLARE @i int = 1;
           WHILE @i <= 2 BEGIN SET @m = @m + (SELECT [chunk] FROM t WHERE [part] = @i); SET @i = @i + 1; END
           SELECT @m AS m"""
    )
    assert joined == content
    pool.put("data/1.csv", "1,4D5\n")
    assert "column 2 (chunk)" in pool.error(copy(options=""))


def parquet(**columns: Any) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def test_parquet_goes_by_position(table: Any) -> None:
    table.put("data/a.parquet", parquet(x=pa.array([1, 2]), y=pa.array([1.5, None]), z=pa.array(["a", "b"])))
    text = f"COPY INTO t FROM '{BASE}/data/*.parquet' WITH (FILE_TYPE = 'PARQUET')"
    assert table.run(text).records_affected == 2
    assert table.rows("SELECT id, fare, word FROM t ORDER BY id") == [(1, 1.5, "a"), (2, None, "b")]
    table.put("data/a.parquet", parquet(x=["1"], y=[1.5], z=["a"]))
    assert "type mismatch" in table.error(text)
    table.put("data/a.parquet", parquet(x=[1], y=[1.5], z=["toolong"]))
    assert "(truncation) for column 3 (word)" in table.error(text)
    table.put("data/a.parquet", parquet(x=pa.array([None], pa.int32()), y=[1.5], z=["a"]))
    assert "Msg 515" in table.error(text)
    table.put("data/a.parquet", b"no parquet")
    assert "is no Parquet file" in table.error(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"COPY INTO t FROM '{BASE}/none/'", "no file matches"),
        (f"COPY INTO t FROM '{BASE}/data/*.txt'", "no file matches"),
        (
            "COPY INTO t FROM 'https://other.dfs.core.windows.net/lake/a.csv'",
            "storage account other.dfs.core.windows.net is not",
        ),
        (f"COPY INTO t FROM '{BASE}/../../secret.csv'", "no name in a container"),
        (f"COPY INTO t FROM '{BASE}/%2e%2e/secret.csv'", "no name in a container"),
        (f"COPY INTO t FROM '{BASE}/a%2f..%2fb.csv'", "no name in a container"),
        ("COPY INTO t FROM '/etc/passwd'", "no URL of a storage account"),
        ("COPY INTO t FROM 'file:///etc/passwd'", "no URL of a storage account"),
        (f"COPY INTO nope FROM '{BASE}/data/a.csv'", "Invalid object name 'dbo.nope'"),
        (f"COPY INTO t (nope) FROM '{BASE}/data/a.csv'", "Invalid column name 'nope'"),
        (f"COPY INTO t (id, id) FROM '{BASE}/data/a.csv'", "more than once"),
        (f"COPY INTO t FROM '{BASE}/a.csv' WITH (FILETYPE = 'CSV')", "Incorrect syntax near 'FILETYPE'"),
        (f"COPY INTO t FROM '{BASE}/a.csv' WITH (FILE_TYPE = 'ORC')", "FILE_TYPE = 'ORC'"),
        (f"COPY INTO t FROM '{BASE}/a.csv' WITH (FIRSTROW = 0)", "FIRSTROW is a number from 1"),
        (f"COPY INTO t FROM '{BASE}/a.csv' WITH (MAXERRORS = -1)", "Incorrect syntax near '-'"),
        (f"COPY INTO t FROM '{BASE}/a.csv' WITH (FIELDQUOTE = 'ab')", "one ASCII character"),
        (f"COPY INTO t FROM '{BASE}/a.csv' WITH (ENCODING = 'ANSI')", "UTF8 or UTF16"),
        (f"COPY INTO t FROM '{BASE}/a.csv' WITH (CREDENTIAL = (IDENTITY = 'Magic'))", "'Magic'"),
        (f"COPY INTO t FROM '{BASE}/a.csv' WITH (CREDENTIAL = (IDENTITY = 'Storage Account Key'))", "needs a SECRET"),
        ("COPY INTO t FROM x", "Incorrect syntax near 'x'"),
        ("COPY INTO t", "Incorrect syntax"),
    ],
)
def test_a_wrong_copy_is_refused(table: Any, text: str, said: str) -> None:
    table.put("data/a.csv", "1,1,a\n")
    table.put("../../secret.csv", "1,1,a\n")
    assert said in table.error(text)


def test_a_link_out_of_the_lake_is_not_followed(table: Any) -> None:
    table.put("../../../outside.csv", "1,1,a\n")
    table.put("data/a.csv", "2,2,b\n")
    lake = table.root / "lake" / "sttaxilocal.dfs.core.windows.net" / "lake"
    (lake / "data" / "link.csv").symlink_to(table.root / "outside.csv")
    table.run(copy(options=""))
    assert table.rows("SELECT id FROM t") == [(2,)]
