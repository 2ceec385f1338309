"""``%%configure`` and session properties: what a session takes, what it notes, what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from generator.local.spark.cells import KernelCell, NotebookRefusedError
from generator.local.spark.configure import session_request


def request(body: str, properties: dict[str, Any] | None = None, parameters: dict[str, Any] | None = None) -> Any:
    cells = [KernelCell(f"%%configure -f\n{body}", 1)] if body else []
    return session_request(properties or {}, cells, parameters or {})


def test_properties_of_spark_sql_take_effect_and_the_others_are_noted() -> None:
    stored = {"sessionProperties": {"conf": {"spark.sql.ansi.enabled": True, "spark.executor.memory": "8g"}}}
    asked = request("", stored)
    assert asked.applied == {"spark.sql.ansi.enabled": "True"}
    assert asked.notes == ["Spark properties without effect in a local run: spark.executor.memory"]


def test_the_cell_stands_over_the_session_properties() -> None:
    stored = {"sessionProperties": {"conf": {"spark.sql.shuffle.partitions": "9"}}}
    body = '{\n// as for a small pool\n"driverMemory": "28g", "conf": {"spark.sql.shuffle.partitions": 2}, "jars": ["a.jar"]}'
    asked = request(body, stored)
    assert asked.applied == {"spark.sql.shuffle.partitions": "2"}
    assert asked.notes == [
        "sizes of a session of the pool, there is one size here: driverMemory",
        "libraries that a local run does not load: jars",
    ]


def test_the_lake_and_the_metastore_are_not_moved() -> None:
    conf = {"spark.sql.warehouse.dir": "x", "spark.sql.catalog.c": "x", "spark.sql.hive.metastore.jars": "x"}
    assert request("", {"sessionProperties": {"conf": conf}}).applied == {}


def test_values_come_from_the_activity_where_the_cell_says_so() -> None:
    body = (
        '{"conf": {"spark.sql.shuffle.partitions": {"activityParameterName": "n", "defaultValue": 3}, '
        '"spark.sql.ansi.enabled": {"activityParameterName": "ansi", "defaultValue": false}}}'
    )
    assert request(body, parameters={"n": 7}).applied == {
        "spark.sql.shuffle.partitions": "7",
        "spark.sql.ansi.enabled": "false",
    }


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("{", "cell 1: %%configure holds no JSON"),
        ("[1]", "cell 1: %%configure holds a JSON object"),
        ('{"spark.sql.x": 1}', r"%%configure has no spark\.sql\.x; Spark properties stand in conf"),
        ('{"memory": 1}', "%%configure has no memory$"),
        ('{"conf": 3}', "conf in %%configure is an object"),
    ],
)
def test_what_is_no_configuration_is_refused(body: str, message: str) -> None:
    with pytest.raises(NotebookRefusedError, match=message):
        request(body)
