"""AutoML jobs from their PUT to the download of their models, over the interfaces of Azure Machine Learning alone."""

from __future__ import annotations

import asyncio
import io
import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import numpy as np
import pandas as pd
import pytest
from starlette.applications import Starlette

from generator.local import storage
from generator.local.azureml.app import AzureMlApi
from generator.local.azureml.jobs import JobService
from generator.local.hosts import Hosts
from generator.local.tokens import load_keyring
from generator.local.verify import PREDICTION, DeployedModel, compare
from tests.conftest import local_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.engines

IDENTIFIER = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/ml"
INPUTS = {"passengerCount": "INT64", "tripDistance": "FLOAT", "tripTimeSecs": "INT64", "pickupTimeBin": "STRING"}


class Service:
    """The workspace's hosts, asked as the deploy notebook asks them."""

    def __init__(self, root: Path) -> None:
        self.settings = local_settings(root)
        keyring = load_keyring(self.settings)
        self.jobs = JobService(self.settings)
        api = AzureMlApi(self.settings, self.jobs, keyring)
        apps = {
            "management.azure.com": Starlette(routes=api.arm_routes()),
            "r.api.azureml.ms": api.region_app(),
            "account.blob.core.windows.net": storage.create_app(self.settings, keyring),
        }
        self._hosts = Hosts(apps, Starlette())
        self.token = keyring.issue("client", "https://management.azure.com/.default")

    def call(self, method: str, url: str, *, token: bool = True, **options: Any) -> httpx.Response:
        async def send() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=self._hosts.app)) as client:
                headers = {"Authorization": f"Bearer {self.token}"} if token else {}
                return await client.request(method, url, headers=headers, **options)

        return asyncio.run(send())

    def job(self, method: str, name: str, action: str = "", **options: Any) -> dict[str, Any]:
        url = f"https://management.azure.com{IDENTIFIER}/jobs/{name}{action}?api-version=2024-10-01"
        answer = self.call(method, url, **options)
        assert answer.is_success, answer.text
        found: dict[str, Any] = answer.json() if answer.content else {}
        return found

    def lay(self, frame: pd.DataFrame, name: str = "data") -> None:
        folder = self.settings.root / "lake/account.dfs.core.windows.net/lake" / name
        (folder / "data").mkdir(parents=True)
        frame.to_parquet(folder / "data/part.parquet")
        (folder / "MLTable").write_text(
            "type: mltable\npaths:\n  - pattern: ./data/*.parquet\ntransformations:\n  - read_parquet: {}\n"
        )

    def submit(self, name: str, data: str = "data", **details: Any) -> None:
        task = {
            "taskType": "Regression",
            "targetColumnName": "fareAmount",
            "primaryMetric": "NormalizedRootMeanSquaredError",
            "trainingData": {"jobInputType": "mltable", "uri": f"azureml://datastores/store/paths/{data}/"},
            "limitSettings": {"timeout": "PT1H", "maxTrials": 4},
            "trainingSettings": {"enableOnnxCompatibleModels": True, "enableVoteEnsemble": False},
        } | details
        properties = {"jobType": "AutoML", "experimentName": "taxi", "resources": {}, "taskDetails": task}
        assert self.job("PUT", name, json={"properties": properties})["properties"]["status"] == "NotStarted"

    def finished(self, name: str) -> dict[str, Any]:
        """Wait for a job's end; returns its properties."""
        for thread in threading.enumerate():
            if thread.name == f"job-{name}":
                thread.join(120)
        properties: dict[str, Any] = self.job("GET", name)["properties"]
        assert properties["status"] in ("Completed", "Failed", "Canceled")
        return properties

    def children(self, name: str) -> list[dict[str, Any]]:
        mlflow = f"https://r.api.azureml.ms/mlflow/v1.0{IDENTIFIER}/api/2.0/mlflow"
        parent = self.call("GET", f"{mlflow}/runs/get", params={"run_id": name}).json()["run"]
        body = {
            "experiment_ids": [parent["info"]["experiment_id"]],
            "filter": f"tags.mlflow.parentRunId = '{name}'",
        }
        runs: list[dict[str, Any]] = self.call("POST", f"{mlflow}/runs/search", json=body).json()["runs"]
        return runs

    def output(self, child: str, file: str) -> bytes | None:
        base = f"https://r.api.azureml.ms/artifact/v2.0{IDENTIFIER}/artifacts/contentinfo/ExperimentRun"
        info = self.call("GET", f"{base}/dcid.{child}/outputs/{file}")
        if info.status_code == 404:
            return None
        download = self.call("GET", info.json()["contentUri"], token=False)
        assert download.status_code == 200, urlsplit(info.json()["contentUri"]).path
        return download.content


def trips(rows: int = 3000) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    distance = rng.gamma(1.6, 1.9, rows).round(2) + 0.3
    seconds = (distance / rng.normal(12, 3, rows).clip(4, 30) * 3600).astype("int64") + 30
    times = rng.choice(["AMRush", "PMRush", "Afternoon", "Other"], rows)
    fare = 2.5 + 2 * distance + 0.175 * seconds / 60 + (times == "PMRush") + rng.normal(0, 0.4, rows)
    return pd.DataFrame(
        {
            "passengerCount": rng.integers(1, 7, rows),
            "tripDistance": distance,
            "tripTimeSecs": seconds,
            "pickupTimeBin": times,
            "fareAmount": fare.round(2).clip(2.5),
        }
    )


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    service = Service(tmp_path)
    yield service
    service.jobs.shutdown()


def metric(run: dict[str, Any], key: str) -> float:
    return float({m["key"]: m["value"] for m in run["data"]["metrics"]}[key])


def tags(run: dict[str, Any]) -> dict[str, str]:
    return {t["key"]: t["value"] for t in run["data"]["tags"]}


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_a_job_from_its_submission_to_its_models(service: Service) -> None:
    frame = trips()
    service.lay(frame)
    service.submit("job", trainingSettings={"enableOnnxCompatibleModels": True, "enableVoteEnsemble": True})
    job = service.finished("job")
    assert job["status"] == "Completed", job
    children = service.children("job")
    assert {tags(c)["run_algorithm"] for c in children} == {
        "LightGBM",
        "XGBoostRegressor",
        "ExtremeRandomTrees",
        "VotingEnsemble",
    }
    assert len(children) == 5
    assert {c["info"]["status"] for c in children} == {"FINISHED"}
    best = min(children, key=lambda c: metric(c, "normalized_root_mean_squared_error"))
    assert job["tags"]["automl_best_child_run_id"] == best["info"]["run_id"]
    assert "45 s" in job["tags"]["synapse_gen.local_cap"]
    assert metric(best, "r2_score") > 0.95
    for child in children:
        _onnx_and_estimator_agree(service, child["info"]["run_id"], frame)


def _onnx_and_estimator_agree(service: Service, child: str, frame: pd.DataFrame) -> None:
    import onnxruntime as ort

    content, estimator = service.output(child, "model.onnx"), service.output(child, "model.pkl")
    assert content is not None
    assert estimator is not None
    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    types = {"INT64": "int64", "FLOAT": "float32", "STRING": "object"}
    feed = {n: frame[n].astype(types[k]).to_numpy().reshape(-1, 1) for n, k in INPUTS.items()}
    predicted = np.asarray(session.run(["variable_out1"], feed)[0]).reshape(-1)
    rows = frame.assign(**{PREDICTION: predicted}).to_dict("records")
    compared = compare(DeployedModel(child, INPUTS), rows, estimator)
    assert compared.rows == len(frame)
    assert compared.largest_difference <= 1e-4


def test_the_same_submission_twice_trains_once(service: Service) -> None:
    service.lay(trips(400))
    service.submit("job", limitSettings={"maxTrials": 1})
    body = service.job("GET", "job")
    again = service.job(
        "PUT", "job", json={"properties": {**body["properties"], "status": None} | {"tags": {"a": "b"}}}
    )
    assert again["properties"]["tags"]["a"] == "b"
    assert service.finished("job")["status"] == "Completed"
    assert len(service.children("job")) == 1


def test_a_job_that_is_cancelled_while_it_trains(service: Service) -> None:
    service.lay(trips(20_000))
    service.submit("job", limitSettings={"maxTrials": 1000})
    deadline = time.monotonic() + 60
    while service.job("GET", "job")["properties"]["status"] != "Running":
        assert time.monotonic() < deadline
    task = json.loads((service.settings.root / "azureml/jobs/job/task.json").read_bytes())
    assert task["parent_process"] == os.getpid()
    process = service.jobs._processes["job"]
    service.job("POST", "job", "/cancel")
    assert process.wait(10) < 0  # killed
    assert service.finished("job")["status"] == "Canceled"


@pytest.mark.parametrize(
    ("frame", "details", "words"),
    [
        (trips(60).assign(fareAmount=None), {}, "has 0 rows with a target; AutoML wants at least 50"),
        (trips(5), {}, "has 5 rows with a target"),
        (trips(60).assign(fareAmount=7.0), {}, "has one value only"),
        (trips(60), {"targetColumnName": "fareAmout"}, "the target column 'fareAmout' is not in the training data"),
        (trips(60).assign(tripDistance=True), {}, "the column tripDistance is bool"),
        (trips(60), {"trainingData": {"jobInputType": "mltable", "uri": "azureml://datastores/other/paths/x"}},
         "there is no datastore 'other'"),
        (trips(60), {"trainingData": {"jobInputType": "mltable", "uri": "azureml://datastores/store/paths/x"}},
         "there is no MLTable file"),
        (trips(60), {"trainingSettings": {"allowedTrainingAlgorithms": ["SGD"]}}, "allows no algorithm"),
        (trips(60), {"targetColumnName": "pickupTimeBin"}, "regression predicts numbers"),
    ],
)  # fmt: skip
def test_a_job_that_fails_says_why(service: Service, frame: pd.DataFrame, details: dict[str, Any], words: str) -> None:
    service.lay(frame)
    service.submit("job", **details)
    job = service.finished("job")
    assert job["status"] == "Failed"
    assert words in job["tags"]["error"]
    assert service.children("job") == []


def test_the_best_child_may_have_no_onnx_form(service: Service) -> None:
    """Rows that only their neighbours explain: the nearest neighbours win, and their ONNX form is not faithful."""
    rng = np.random.default_rng(2)
    levels = rng.integers(0, 2, 900)
    frame = pd.DataFrame({"tripDistance": levels + rng.normal(0, 1e-3, 900), "tripTimeSecs": rng.integers(1, 3, 900)})
    wave = np.sin(frame["tripDistance"] * 9e3)
    service.lay(frame.assign(fareAmount=wave + levels))
    service.submit(
        "job",
        trainingSettings={
            "enableOnnxCompatibleModels": True,
            "enableVoteEnsemble": False,
            "allowedTrainingAlgorithms": ["KNN", "LassoLars"],
        },
    )
    assert service.finished("job")["status"] == "Completed"
    ordered = sorted(service.children("job"), key=lambda c: metric(c, "normalized_root_mean_squared_error"))
    best = ordered[0]["info"]["run_id"]
    assert tags(ordered[0])["run_algorithm"] == "KNN"
    assert "differs by" in tags(ordered[0])["synapse_gen.no_onnx"]
    assert service.output(best, "model.onnx") is None
    assert service.output(best, "model.pkl") is not None
    assert any(service.output(c["info"]["run_id"], "model.onnx") for c in ordered[1:])


def test_labels_are_classified(service: Service) -> None:
    frame = trips(1200)
    kind = np.select([frame["fareAmount"] < 8, frame["fareAmount"] < 14], ["short", "middle"], "long")
    service.lay(frame.assign(fareAmount=kind))
    service.submit("job", taskType="Classification", primaryMetric="AUCWeighted", limitSettings={"maxTrials": 3})
    job = service.finished("job")
    assert job["status"] == "Completed", job
    children = service.children("job")
    best = max(children, key=lambda c: metric(c, "AUC_weighted"))
    assert job["tags"]["automl_best_child_run_id"] == best["info"]["run_id"]
    assert metric(best, "AUC_weighted") > metric(best, "accuracy") > 0.85
    assert service.output(best["info"]["run_id"], "model.onnx") is not None


def test_there_are_as_many_children_as_trials(service: Service) -> None:
    service.lay(trips(300))
    for trials in (1, 2):
        service.submit(f"job{trials}", limitSettings={"maxTrials": trials})
        assert service.finished(f"job{trials}")["status"] == "Completed"
        assert len(service.children(f"job{trials}")) == trials


def test_a_child_that_is_good_enough_ends_the_job(service: Service) -> None:
    service.lay(trips(600))
    service.submit("job", primaryMetric="R2Score", limitSettings={"maxTrials": 50, "exitScore": 0.5})
    assert service.finished("job")["status"] == "Completed"
    assert len(service.children("job")) == 1


def test_a_training_process_does_not_outlive_its_parent(service: Service, tmp_path: Path) -> None:
    """The workspace is killed: what it started ends by itself."""
    import subprocess
    import sys

    service.lay(trips(20_000))
    service.submit("job", limitSettings={"maxTrials": 1000})
    deadline = time.monotonic() + 60
    task = service.settings.root / "azureml/jobs/job/task.json"
    while service.job("GET", "job")["properties"]["status"] != "Running":
        assert time.monotonic() < deadline
    orphan = json.loads(task.read_bytes()) | {"parent_process": 1 << 22, "folder": str(tmp_path / "orphan")}
    (tmp_path / "orphan.json").write_text(json.dumps(orphan))
    command = [sys.executable, "-m", "generator.local.azureml.train", str(tmp_path / "orphan.json")]
    assert subprocess.run(command, check=False, timeout=60).returncode == 1
    assert not (tmp_path / "orphan/result.json").exists()


@pytest.mark.filterwarnings("ignore")  # what the SDK itself does on import
def test_the_official_client_submits_follows_and_cancels_a_job(service: Service) -> None:
    ml = pytest.importorskip("azure.ai.ml")
    from azure.ai.ml import automl
    from azure.ai.ml.entities import ResourceConfiguration
    from azure.core.credentials import AccessToken
    from azure.core.pipeline.transport import RequestsTransport
    from requests import Response, Session
    from requests.adapters import BaseAdapter

    class InProcess(BaseAdapter):
        """Answers the SDK's requests in this process: its own pipeline and transport stay as they are."""

        def send(self, request: Any, *_: Any, **__: Any) -> Response:
            given = service.call(request.method, request.url, content=request.body)
            answer = Response()
            answer.status_code, answer.reason, answer.url = given.status_code, given.reason_phrase, request.url
            answer.headers.update(given.headers)
            answer.raw = io.BytesIO(given.content)
            answer.request = request
            return answer

        def close(self) -> None:
            pass

    class Credential:
        def get_token(self, *_: Any, **__: Any) -> AccessToken:
            return AccessToken(service.token, 2**33)

    session = Session()
    session.mount("https://", InProcess())
    transport = RequestsTransport(session=session, session_owner=False)
    client = ml.MLClient(Credential(), "s", "g", "ml", transport=transport, base_url="https://management.azure.com")
    service.lay(trips(300))
    job = automl.regression(
        training_data=ml.Input(type="mltable", path="azureml://datastores/store/paths/data/"),
        target_column_name="fareAmount",
        primary_metric="r2_score",
        experiment_name="sdk",
    )
    job.name = "sdk_job"
    job.set_limits(timeout_minutes=5, max_trials=1)
    job.set_training(enable_onnx_compatible_models=True, enable_vote_ensemble=False, enable_stack_ensemble=False)
    job.resources = ResourceConfiguration(instance_count=1)
    assert client.jobs.create_or_update(job).name == "sdk_job"
    service.finished("sdk_job")
    ended = client.jobs.get("sdk_job")
    assert (ended.status, ended.tags["automl_best_child_run_id"]) == ("Completed", "sdk_job_0")
    assert [j.name for j in client.jobs.list()] == ["sdk_job"]
    client.jobs.begin_cancel("sdk_job").result()
    assert client.jobs.get("sdk_job").status == "Completed"
