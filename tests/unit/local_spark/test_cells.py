from __future__ import annotations

from typing import Any

import pytest

from generator.local.spark.cells import NotebookRefusedError, kernel_cells, may_read_open_data, needs_spark


def code(*lines: str, tags: list[str] | None = None) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {"tags": tags} if tags else {}, "source": list(lines)}


def texts(cells: list[dict[str, Any]], parameters: dict[str, Any] | None = None, language: str = "") -> list[str]:
    metadata = {"language_info": {"name": language}} if language else {}
    return [cell.code for cell in kernel_cells({"cells": cells, "metadata": metadata}, parameters or {})]


def test_parameters_come_after_their_cell() -> None:
    cells = [code("import x"), code("a = 1\n", "b = 2", tags=["parameters"]), code("print(a)")]
    assert texts(cells, {"a": 5, "t": "it's"}) == ["import x", "a = 1\nb = 2", 'a = 5\nt = "it\'s"', "print(a)"]


def test_without_a_tagged_cell_they_come_first() -> None:
    assert texts([code("print(a)")], {"a": True}) == ["a = True", "print(a)"]


def test_an_empty_tagged_cell_keeps_its_place() -> None:
    assert texts([code("import x"), code(tags=["parameters"]), code("a")], {"a": 1}) == ["import x", "", "a = 1", "a"]


@pytest.mark.parametrize("name", ["a b", "class", "1a", "a;import os"])
def test_a_parameter_that_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(NotebookRefusedError, match="no name of a Python variable"):
        texts([code("a")], {name: 1})


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), {1}, [b"x"], {"a": object()}, {1: 2}])
def test_a_parameter_that_has_no_text_in_python_is_refused(value: Any) -> None:
    with pytest.raises(NotebookRefusedError, match="the parameter p is neither a text, a finite number"):
        texts([code("a")], {"p": value})


def test_lists_and_objects_are_parameters() -> None:
    assert texts([code("a")], {"p": {"a": [1, None, 0.5]}}) == ["p = {'a': [1, None, 0.5]}", "a"]


@pytest.mark.parametrize(
    ("text", "may"),
    [
        ("spark.read.parquet('wasbs://nyctlc@azureopendatastorage.blob.core.windows.net/yellow')", True),
        ("account = 'azureopendatastorage'", True),
        ("%run other", True),
        ("x = notebookutils.notebook.run('other')", True),
        ("spark.range(3)", False),
    ],
)
def test_the_month_of_trips_is_there_for_who_may_read_it(text: str, may: bool) -> None:
    assert may_read_open_data(kernel_cells({"cells": [code(text)]}, {})) is may


def test_text_and_empty_cells_are_left_out_and_cells_keep_their_numbers() -> None:
    cells = kernel_cells({"cells": [{"cell_type": "markdown", "source": ["# x"]}, code(""), code("a")]}, {"p": 1})
    assert [cell.name for cell in cells] == ["the cell of injected parameters", "cell 3"]


def test_windows_line_ends_are_python_too() -> None:
    assert texts([code("a = 1\r\n", "b = 2")]) == ["a = 1\nb = 2"]


def test_cells_of_a_sql_notebook_are_sql() -> None:
    assert texts([code("SELECT 1"), code("%%pyspark\n", "a")], language="sql") == ["%%sql\nSELECT 1", "%%pyspark\na"]


@pytest.mark.parametrize(
    ("cell", "language", "message"),
    [
        ("%%spark\nval x = 1", "python", "cell 1: %%spark: a local run has Python and SQL, no Scala"),
        ("%%csharp\n1", "python", r"cell 1: %%csharp: .* no \.NET for Spark"),
        ("%%nonsense\n1", "python", "cell 1: %%nonsense is no magic"),
        ("val x = 1", "scala", "cell 1: the notebook's language is scala"),
    ],
)
def test_what_a_local_run_does_not_have_is_named(cell: str, language: str, message: str) -> None:
    with pytest.raises(NotebookRefusedError, match=message):
        texts([code(cell)], language=language)


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ({}, "no list of cells"),
        ({"cells": "x"}, "no list of cells"),
        ({"cells": [3]}, "cell 1 is no object"),
        ({"cells": [{"cell_type": "code", "source": [1]}]}, "the source of cell 1"),
    ],
)
def test_a_document_that_is_no_notebook_is_refused(properties: dict[str, Any], message: str) -> None:
    with pytest.raises(NotebookRefusedError, match=message):
        kernel_cells(properties, {})


def test_settings_of_the_session_stand_first_or_nowhere() -> None:
    configure = code("%%configure\n", "{}")
    assert texts([configure, code("a")]) == ["%%configure\n{}", "a"]
    with pytest.raises(NotebookRefusedError, match="cell 2: %%configure stands in the first code cell"):
        texts([code("a"), configure])


@pytest.mark.parametrize(
    ("text", "is_needed"),
    [
        ("x = spark.table('t')", True),
        ("%%sql\nSELECT 1", True),
        ("%run other", True),
        ("notebookutils.notebook.run('x')", True),
        ("import requests", False),
        ("import some.package.spark.helpers", False),
        ("notebookutils.fs.put('a', 'sparkling', True)", False),
    ],
)
def test_a_session_is_started_only_where_it_is_used(text: str, is_needed: bool) -> None:
    assert needs_spark(kernel_cells({"cells": [code(text)]}, {})) is is_needed
