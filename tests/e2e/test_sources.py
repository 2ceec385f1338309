"""Every form of a source, prepared on Spark from the same rows: a Spark table, a table of the pool, CSV files."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from generator.local import process
from tests.e2e.conftest import Taxi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("sources")]

SOURCES = {
    "table": "{table: default.trips_table}",
    "sql_pool": "{sql_pool: dbo.trips}",
    "csv": "{format: csv, path: incoming/trips}",
}
HEADER = "tripId,tipped,fareAmount,paymentType,passengerCount,tripDistance,tripTimeSecs,pickupTimeBin"
TYPES = ("bigint", "int", "float", "int", "int", "float", "bigint", "nvarchar(30)")
COLUMNS = ", ".join(f"{name} {kind}" for name, kind in zip(HEADER.split(","), TYPES, strict=True))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[Taxi]:
    root = tmp_path_factory.mktemp("sources")
    (root / "specs").mkdir()
    (root / "synapse.yaml").write_text((repository / "synapse.yaml").read_text())
    for name, source in SOURCES.items():
        (root / "specs" / f"{name}.yaml").write_text(
            spec_of((repository / "specs/nyc_taxi.yaml").read_text(), name, source)
        )
    made = Taxi(root)
    assert made.run("render").code == 0
    yield made
    made.run("local", "stop")


def spec_of(text: str, name: str, source: str) -> str:
    start, end = text.index("  source:"), text.index("  sample:")
    text = f"{text[:start]}  source: {source}\n{text[end:]}"
    text = text.replace("nyc_taxi", f"taxi_{name}").replace("NYCTaxi/testdata", f"{name}/testdata")
    text = text.replace("dbo.models", f"dbo.models_{name}").replace("rows: 10000", "rows: 400")
    return re.sub(r', expression: "[^"]*"', "", text).replace(" AND paymentType IN (1, 2)", "")


def put(project: Taxi, path: str, document: dict[str, Any]) -> None:
    server = process.find(project.root / ".synapse-gen/local")
    assert server
    process.request(server, "PUT", path, document)


def seed(project: Taxi) -> None:
    """Lay the same rows where each source looks for them; the Spark table is made by a notebook of its own."""
    folder = project.root / ".synapse-gen/local/lake/sttaxilocal.dfs.core.windows.net/lakelocal/incoming/trips"
    folder.mkdir(parents=True)
    rows = [
        f"{i},{i % 2},{3 + 2.5 * (i % 20)},1,{1 + i % 4},{1.0 + i % 20},{60 + i * 7 % 3000},Night"
        for i in range(1, 501)
    ]
    (folder / "a.csv").write_text("\n".join([HEADER, *rows]) + "\n")
    server = process.find(project.root / ".synapse-gen/local")
    assert server
    url = "https://sttaxilocal.dfs.core.windows.net/lakelocal/incoming/trips/*.csv"
    for sql in (
        f"CREATE TABLE dbo.trips ({COLUMNS}) WITH (HEAP)",
        f"COPY INTO dbo.trips FROM '{url}' WITH (FILE_TYPE = 'CSV', FIRSTROW = 2, ROWTERMINATOR = '0x0A')",
    ):
        assert (
            json.loads(process.request(server, "POST", "/_local/sqlPools/sqllocal/query", {"query": sql}))["error"]
            is None
        )
    code = (
        "frame = spark.read.option('header', True).option('inferSchema', True).csv('/incoming/trips')\n"
        "frame.write.saveAsTable('default.trips_table')"
    )
    cells = [
        {"cell_type": "code", "metadata": {}, "source": code},
        {"cell_type": "code", "metadata": {}, "source": ["%%sql\n", "SELECT COUNT(*) FROM default.trips_table"]},
    ]
    put(
        project, "/notebooks/seed", {"name": "seed", "properties": {"nbformat": 4, "nbformat_minor": 2, "cells": cells}}
    )


def test_every_source_prepares_the_same_rows(project: Taxi) -> None:
    published = project.run("publish")
    assert published.code == 0, published.err
    seed(project)
    names = ["seed", *(f"taxi_{name}_prepare" for name in SOURCES)]
    activities = [
        {
            "name": name,
            "type": "SynapseNotebook",
            "dependsOn": [{"activity": before, "dependencyConditions": ["Succeeded"]}] if before else [],
            "typeProperties": {"notebook": {"referenceName": name, "type": "NotebookReference"}},
        }
        for before, name in zip([None, *names], names, strict=False)
    ]
    put(project, "/pipelines/prepare_all", {"name": "prepare_all", "properties": {"activities": activities}})
    done = project.run("run", "prepare_all", "--format", "json")
    assert done.code == 0, done.err
    outputs = [
        json.loads(a["output"]["status"]["Output"]["result"]["exitValue"])
        for path in (project.root / ".synapse-gen/local/runs").glob("*.json")
        for a in json.loads(path.read_bytes())["activities"]
        if a["activityName"] != "seed"
    ]
    assert len(outputs) == len(SOURCES)
    for output in outputs:
        assert output["prepared"] == output["sampled"] == 400
        assert output["prepared"] == output["trained"] + output["test"]
