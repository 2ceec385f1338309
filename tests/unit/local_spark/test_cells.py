from __future__ import annotations

import pytest

from generator.local.spark.cells import UnsupportedMagicError, executable_cells, needs_spark
from generator.local.trips import generate_trips


def code(*lines: str, tags: list[str] | None = None) -> dict[str, object]:
    return {"cell_type": "code", "metadata": {"tags": tags} if tags else {}, "source": list(lines)}


def test_parameters_come_after_their_cell() -> None:
    cells = [code("import x"), code("a = 1\n", "b = 2", tags=["parameters"]), code("print(a)")]
    assert executable_cells(cells, {"a": 5, "t": "it's"}) == [
        "import x",
        "a = 1\nb = 2",
        'a = 5\nt = "it\'s"',
        "print(a)",
    ]


def test_without_a_tagged_cell_they_come_first() -> None:
    assert executable_cells([code("print(a)")], {"a": True}) == ["a = True", "print(a)"]


def test_text_and_empty_cells_are_left_out() -> None:
    assert executable_cells([{"cell_type": "markdown", "source": ["# x"]}, code("")], {}) == []


def test_sql_cells_run_each_statement() -> None:
    assert executable_cells([code("%%sql\n", "SELECT 1;\n", "SELECT 'a'")], {}) == [
        "display(spark.sql('SELECT 1'))\ndisplay(spark.sql(\"SELECT 'a'\"))"
    ]


def test_windows_line_ends_are_python_too() -> None:
    assert executable_cells([code("%%pyspark\r\n", "a = 1\r\n", "b = 2")], {}) == ["a = 1\nb = 2"]


@pytest.mark.parametrize("line", ["%%spark\nval x = 1", "%%csharp\n1", "%run other", "%pip install x"])
def test_what_a_local_run_does_not_have_is_named(line: str) -> None:
    with pytest.raises(UnsupportedMagicError, match="cell 1: %"):
        executable_cells([code(line)], {})


def test_a_session_is_started_only_where_it_is_used() -> None:
    assert needs_spark(["x = spark.table('t')"])
    assert needs_spark(["display(1)"])
    assert not needs_spark(["import requests", "notebookutils.fs.put('a', 'sparkling', True)"])


def test_the_generated_month_is_the_same_each_time_and_needs_its_filters() -> None:
    first, second = generate_trips(5000), generate_trips(5000)
    assert first.equals(second)
    assert first.schema.field("fareAmount").type == "double"
    assert first.schema.field("passengerCount").type == "int32"
    frame = first.to_pandas()
    assert (frame["fareAmount"] < 0).any(), "refunds"
    assert (frame["tripDistance"] == 0).any(), "trips of no length"
    assert frame["passengerCount"].isna().any(), "missing values"
    assert (frame["tollsAmount"] > 0).any(), "tolls"
    assert (
        not frame["tpepPickupDateTime"].dt.month.eq(5).all() or not frame["tpepPickupDateTime"].dt.year.eq(2018).all()
    )
    flat = frame[(frame["rateCodeId"] == 2) & (frame["fareAmount"] > 0)]["fareAmount"]
    assert flat.mode()[0] == 52.0
