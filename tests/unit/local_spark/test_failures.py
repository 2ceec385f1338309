"""What people are told when a cell raises."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from generator.local.lake import LakePaths
from generator.local.spark.failures import explain, place

if TYPE_CHECKING:
    from generator.local.ports import LocalSettings


@pytest.fixture
def lake(settings: LocalSettings) -> LakePaths:
    return LakePaths(settings)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ValueError", "  no rows ", "ValueError: no rows"),
        ("KeyError", "", "KeyError"),
        ("ValueError", "\x1b[31mred\x1b[0m", "ValueError: red"),
        ("AnalysisException", "[X] no column.;\n'Project [a]\n+- Relation", "AnalysisException: [X] no column.;"),
        (
            "Py4JJavaError",
            (
                "An error occurred while calling o1.save.\n: org.apache.spark.SparkException: failed\n"
                "\tat a.b(C.java:1)\nCaused by: java.io.IOException: No space left on device\n\tat d.e(F.java:2)"
            ),
            "Py4JJavaError: java.io.IOException: No space left on device",
        ),
        (
            "Py4JJavaError",
            (
                "An error occurred while calling z:collectAndServe.\n: org.apache.spark.SparkException: Job aborted\n"
                "Caused by: org.apache.spark.api.python.PythonException: Traceback (most recent call last):\n"
                '  File "/tmp/x.py", line 3, in f\nValueError: bad row\n\n\tat org.apache.spark.X(Y.scala:1)\n\t... 1 more'
            ),
            "Py4JJavaError: ValueError: bad row (raised in a Python function on Spark)",
        ),
        (
            "Py4JError",
            "An error occurred while calling o87.sc",
            "Py4JError: the session's JVM does not answer: it was killed, or had too little memory",
        ),
        (
            "SyntaxError",
            "incomplete input (2221490448.py, line 1)",
            "SyntaxError: incomplete input",
        ),
        (
            "SystemExit",
            "3",
            "SystemExit 3: the code told Python to end; a notebook ends with notebookutils.notebook.exit",
        ),
        (
            "SystemExit",
            "None",
            "SystemExit: the code told Python to end; a notebook ends with notebookutils.notebook.exit",
        ),
        (
            "PythonException",
            'Traceback (most recent call last):\n  File "<stdin>", line 1\nZeroDivisionError: division by zero\n',
            "PythonException: ZeroDivisionError: division by zero (raised in a Python function on Spark)",
        ),
    ],
)
def test_the_useful_line_is_kept(lake: LakePaths, name: str, value: str, expected: str) -> None:
    assert explain(name, value, lake) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "Could not initialize target File System for URI : abfss://other@account.dfs.core.windows.net/",
            "there is no container other in the storage account account.dfs.core.windows.net",
        ),
        (
            "Could not initialize target File System for URI : abfss://a@elsewhere.dfs.core.windows.net",
            "the storage account elsewhere.dfs.core.windows.net is not in the local workspace",
        ),
        ('No FileSystem for scheme "ftp"', "a URL of the scheme ftp leads out of the local workspace"),
        (
            ": java.lang.StringIndexOutOfBoundsException: begin 58, end 31\n\tat org.apache.hadoop.fs.viewfs.ViewFileSystem",
            "Py4JJavaError: a path with .. leads out of its container",
        ),
        ("[DATA_SOURCE_NOT_FOUND] Failed to find the data source: delta. Please", "the local Spark has no Delta Lake"),
        (
            "[PATH_NOT_FOUND] Path does not exist: wasbs://nyctlc@azureopendatastorage.blob.core.windows.net/green/.",
            "The local workspace has one month of that dataset, which is generated: wasbs://nyctlc@",
        ),
    ],
)
def test_what_only_a_local_run_lacks_is_said(lake: LakePaths, value: str, expected: str) -> None:
    assert expected in explain("Py4JJavaError", value, lake)


def test_the_line_counts_the_empty_ones_before_it() -> None:
    assert place("cell 3", "\n\na = 1\nb", ["Cell In[4], line 2"]) == "cell 3, line 4"
    assert place("cell 3", "a", []) == "cell 3"


def test_the_place_in_a_notebook_that_was_run_is_named() -> None:
    trace = ["Cell In[4], line 1", "File <notebook helpers, cell 2>:7, in f()"]
    assert place("cell 3", "%run helpers", trace) == "cell 3, line 1: notebook helpers, cell 2, line 7"
