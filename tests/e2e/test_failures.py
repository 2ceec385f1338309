"""What goes wrong in a run: one clear diagnostic, exit code 3, and the model in service stays."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from tests.e2e.conftest import Finished, Taxi

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.engines, pytest.mark.xdist_group("taxi")]


@pytest.fixture(scope="module")
def copied(taxi: Taxi, finished: Finished, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taxi]:
    """A copy of the project that has run, so that what is broken here is broken nowhere else."""
    assert finished.code == 0, finished.err
    taxi.run("local", "stop")
    project = Taxi(tmp_path_factory.mktemp("failures") / "project")
    shutil.copytree(taxi.root, project.root)
    assert project.run("local", "start").code == 0
    yield project
    project.run("local", "stop")


def redeploy(copied: Taxi, job: str) -> Finished:
    """Run the deploy notebook, as published, on a job that has ended."""
    from generator.local import process

    server = process.find(copied.root / ".synapse-gen" / "local")
    assert server
    activity = {
        "name": "Deploy",
        "type": "SynapseNotebook",
        "dependsOn": [],
        "typeProperties": {
            "notebook": {"referenceName": "nyc_taxi_deploy", "type": "NotebookReference"},
            "parameters": {
                "job_name": {"value": job, "type": "string"},
                "run_id": {"value": "redeployed", "type": "string"},
            },
        },
    }
    pipeline = {"name": "redeploy", "properties": {"activities": [activity]}}
    process.request(server, "PUT", "/pipelines/redeploy", pipeline)
    return copied.run("run", "redeploy", "--format", "json")


def jobs(copied: Taxi) -> list[Path]:
    return sorted((copied.root / ".synapse-gen/local/azureml/jobs").iterdir(), key=lambda p: p.stat().st_mtime)


def children(copied: Taxi, job: Path) -> list[Path]:
    """The outputs of a job's children that have an ONNX model, best first."""
    records = [json.loads(p.read_bytes()) for p in (job / "children").glob("*.json")]
    records.sort(key=lambda r: r["metrics"]["normalized_root_mean_squared_error"])
    folder = copied.root / ".synapse-gen/local/lake/sttaxilocal.dfs.core.windows.net/azureml/ExperimentRun"
    outputs = [folder / f"dcid.{r['run_id']}" / "outputs" for r in records]
    return [o for o in outputs if (o / "model.onnx").exists()]


def models(copied: Taxi) -> list[dict[str, Any]]:
    return copied.query("SELECT [version], [child_run] FROM [dbo].[models] ORDER BY [version]")


def test_the_best_child_without_onnx_gives_way_to_the_next(copied: Taxi) -> None:
    job = jobs(copied)[0]
    best, second = children(copied, job)[:2]
    best.joinpath("model.onnx").rename(best / "hidden")
    try:
        done = redeploy(copied, job.name)
    finally:
        (best / "hidden").rename(best / "model.onnx")
    assert done.code == 0, done.err
    exported = (
        copied.root / ".synapse-gen/local/lake/sttaxilocal.dfs.core.windows.net/lakelocal/nyc_taxi/models/redeployed"
    )
    content = b"".join(bytes.fromhex(p.read_text().split(",")[1]) for p in sorted(exported.glob("part-*.csv")))
    deployed, original = onnx.load_model_from_string(content), onnx.load(second / "model.onnx")
    assert len(deployed.graph.node) == len(original.graph.node)
    assert [o.name for o in deployed.graph.output] == ["prediction"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tripDistance": TensorProto.INT64}, "input tripDistance is INT64, the contract says FLOAT"),
        ({"surprise": TensorProto.FLOAT}, "input surprise is not in the contract"),
        ({"tripTimeSecs": None}, "the model does not take tripTimeSecs"),
    ],
)
def test_a_model_that_breaks_the_contract_is_refused(copied: Taxi, change: dict[str, int | None], words: str) -> None:
    job = jobs(copied)[0]
    path = children(copied, job)[0] / "model.onnx"
    original, before = path.read_bytes(), models(copied)
    kinds: dict[str, int | None] = {
        "tipped": TensorProto.INT64,
        "paymentType": TensorProto.INT64,
        "passengerCount": TensorProto.INT64,
        "tripDistance": TensorProto.FLOAT,
        "tripTimeSecs": TensorProto.INT64,
        "pickupTimeBin": TensorProto.STRING,
    } | change
    inputs = [helper.make_tensor_value_info(n, k, [None, 1]) for n, k in kinds.items() if k is not None]
    output = helper.make_tensor_value_info("variable_out1", TensorProto.FLOAT, [None, 1])
    constant = helper.make_node(
        "Constant",
        [],
        ["variable_out1"],
        value=helper.make_tensor("v", TensorProto.FLOAT, [1, 1], np.zeros(1, np.float32)),
    )
    graph = helper.make_graph([constant], "g", inputs, [output])
    path.write_bytes(
        helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8).SerializeToString()
    )
    try:
        done = redeploy(copied, job.name)
    finally:
        path.write_bytes(original)
    assert done.code == 3
    assert words in done.err
    assert "the one in service stays" in done.err
    assert models(copied) == before


def test_a_job_that_does_not_exist(copied: Taxi) -> None:
    done = redeploy(copied, "nyc_taxi-nothing")
    assert done.code == 3
    assert "there is no training job 'nyc_taxi-nothing'" in done.err


def test_ctrl_c_cancels_the_run(copied: Taxi) -> None:
    before = models(copied)
    command = [sys.executable, "-c", "from generator.cli import main; main(['run', 'nyc_taxi_train'])"]
    with subprocess.Popen(
        command, cwd=copied.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = ""
        while "Prepare ..." not in said:
            line = process.stderr.readline()
            assert line, said
            said += line
        os.kill(process.pid, signal.SIGINT)
        rest = process.stderr.read()
        assert process.wait(60) == 130
    assert "cancelled" in rest
    assert "Traceback" not in rest
    status = json.loads(
        max((copied.root / ".synapse-gen/local/runs").glob("*.json"), key=os.path.getmtime).read_bytes()
    )
    assert status["run"]["status"] in ("Canceling", "Cancelled")
    assert models(copied) == before


def test_a_null_without_fill_stops_prepare(copied: Taxi) -> None:
    before = models(copied)
    old = " AND passengerCount BETWEEN 1 AND 8"
    copied.edit("specs/nyc_taxi.yaml", old, "")
    try:
        assert copied.run("render").code == 0
        done = copied.run("run", "nyc_taxi_train", "--publish")
    finally:
        copied.edit("specs/nyc_taxi.yaml", "AND 7200", f"AND 7200{old}")
    assert done.code == 3
    assert (
        'nyc_taxi_train: activity "Prepare" failed: ValueError: null in a column of the contract: passengerCount in'
        in done.err
    )
    assert "give the column a `fill`" in done.err
    assert models(copied) == before


def test_a_training_job_that_fails_leaves_the_model_in_service(copied: Taxi) -> None:
    """Too few rows to train with: AutoML wants 50."""
    before = models(copied)
    copied.edit("specs/nyc_taxi.yaml", "rows: 10000", "rows: 40")
    try:
        assert copied.run("render").code == 0
        done = copied.run("run", "nyc_taxi_train", "--publish")
    finally:
        copied.edit("specs/nyc_taxi.yaml", "rows: 40", "rows: 10000")
    assert done.code == 3
    assert "The training job nyc_taxi-" in done.err
    assert "ended as Failed" in done.err
    assert models(copied) == before
