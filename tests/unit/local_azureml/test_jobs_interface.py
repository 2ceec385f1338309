from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.pipeline import Pipeline
from starlette.applications import Starlette

from generator.local.azureml.app import AzureMlApi
from generator.local.azureml.body import JobBodyError, iso_seconds, validate_job
from generator.local.azureml.features import cast, inspect, transformer
from generator.local.azureml.jobs import JobService
from generator.local.azureml.onnx_export import export
from generator.local.azureml.search import NothingToTrainError, algorithms_of, folds
from generator.local.azureml.table import TrainingDataError, read_mltable
from generator.local.ports import LocalSettings
from generator.local.tokens import load_keyring

BASE = "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/ml"
TOKEN = {"Authorization": "Bearer local-managed-identity:https://management.azure.com/"}


def job(**details: Any) -> dict[str, Any]:
    task = {
        "taskType": "Regression",
        "targetColumnName": "y",
        "primaryMetric": "R2Score",
        "trainingData": {"jobInputType": "mltable", "uri": "azureml://datastores/d/paths/x/"},
    }
    return {"properties": {"jobType": "AutoML", "resources": {}, "taskDetails": task | details}}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "jobType is not AutoML"),
        (job(taskType="Forecasting"), "is not supported here"),
        (job(primaryMetric="Accuracy"), "is no metric of Regression"),
        (job(targetColumnName=""), "targetColumnName is missing"),
        (job(trainingData={"jobInputType": "uri_file", "uri": "x"}), "is no mltable"),
        (job(limitSettings={"timeoutMinutes": 3}), "limitSettings.timeoutMinutes is not known"),
        (job(limitSettings={"timeout": "1h"}), "no ISO 8601 duration"),
        (job(surprise=1), "taskDetails.surprise is not known"),
        (
            {"properties": {k: v for k, v in job()["properties"].items() if k != "resources"}},
            "neither computeId nor resources",
        ),
    ],
)
def test_a_body_that_the_service_would_refuse(body: dict[str, Any], words: str) -> None:
    with pytest.raises(JobBodyError, match=words):
        validate_job(body)


def test_durations() -> None:
    assert [iso_seconds(t) for t in ("PT1H30M", "P1DT1H", "PT5S")] == [5400, 90000, 5]


@pytest.fixture
def settings(tmp_path: Path) -> LocalSettings:
    return LocalSettings(
        tmp_path, "w", "t", "s", "g", "r", "spark", "sql", "a", "lake", "v", ("x",), "c", "g", "ml", "d"
    )


def call(settings: LocalSettings, method: str, path: str, **options: Any) -> httpx.Response:
    api = AzureMlApi(settings, JobService(settings), load_keyring(settings))
    app = Starlette(routes=api.arm_routes())

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
            return await client.request(
                method, BASE.replace("/workspaces/ml", "/workspaces/" + options.pop("name", "ml")) + path, **options
            )

    return asyncio.run(send())


def test_jobs_that_are_not_there_and_calls_that_may_not_be(settings: LocalSettings) -> None:
    version = "?api-version=2024-10-01"
    missing = call(settings, "GET", f"/jobs/j{version}", headers=TOKEN)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "ResourceNotFound")
    assert call(settings, "GET", f"/jobs/j{version}").status_code == 401
    assert call(settings, "GET", "/jobs/j", headers=TOKEN).json()["error"]["code"] == "MissingApiVersionParameter"
    assert call(settings, "GET", f"/jobs/j{version}", headers=TOKEN, name="other").status_code == 404
    refused = call(settings, "PUT", f"/jobs/j{version}", headers=TOKEN, content=json.dumps({}))
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "UserError")
    assert call(settings, "PUT", f"/jobs/.._x{version}", headers=TOKEN, content=json.dumps(job())).status_code == 400


def test_an_mltable_is_read_as_it_says(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    pd.DataFrame({"a": [1, 2]}).to_csv(tmp_path / "data/a.csv", index=False)
    (tmp_path / "MLTable").write_text(
        "type: mltable\npaths:\n  - pattern: ./data/*.csv\ntransformations:\n  - read_delimited\n"
    )
    assert read_mltable(tmp_path)["a"].tolist() == [1, 2]
    (tmp_path / "MLTable").write_text("paths:\n  - pattern: ../../*\ntransformations:\n  - read_parquet\n")
    with pytest.raises(TrainingDataError):
        read_mltable(tmp_path)


def test_columns_are_typed_as_automl_does() -> None:
    frame = pd.DataFrame(
        {"i": [1, 2], "n": pd.array([1, None], dtype="Int64"), "f": [0.5, 1.5], "s": ["a", "b"], "y": [1.0, 2.0]}
    )
    inputs = inspect(frame, "y")
    assert dict(zip(inputs.names, inputs.kinds, strict=True)) == {
        "i": "INT64",
        "n": "FLOAT",
        "f": "FLOAT",
        "s": "STRING",
    }
    with pytest.raises(TrainingDataError, match="when"):
        inspect(frame.assign(when=pd.Timestamp("2026-01-01")), "y")


# LightGBM names the columns of a plain matrix itself, and scikit-learn then misses the names.
@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize(
    "model", [LGBMRegressor(n_estimators=40, verbose=-1), ExtraTreesRegressor(8, max_leaf_nodes=60, random_state=1)]
)
def test_the_onnx_form_predicts_what_the_estimator_does(model: Any) -> None:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"i": rng.integers(1, 6, 600), "f": rng.gamma(2, 2, 600), "s": rng.choice(["a", "b", "c"], 600)}
    )
    target = (3 + 2.5 * frame["f"] + frame["i"]).to_numpy()
    inputs = inspect(frame.assign(y=target), "y")
    rows = cast(frame, inputs)
    columns = transformer(inputs).fit(rows)
    pipeline = Pipeline(
        [("features", columns), ("model", model.fit(np.asarray(columns.transform(rows), np.float32), target))]
    )
    import onnx

    exported = onnx.load_model_from_string(export(pipeline, inputs, rows, "Regression"))
    assert [i.name for i in exported.graph.input] == ["i", "f", "s"]
    assert exported.ir_version <= 8
    assert max(o.version for o in exported.opset_import if not o.domain) <= 15


def test_what_a_job_allows_is_what_is_trained() -> None:
    settings = {"taskType": "Regression", "trainingSettings": {"allowedTrainingAlgorithms": ["LightGBM", "SGD"]}}
    assert algorithms_of(settings) == {"LightGBM": "lgbm"}
    with pytest.raises(NothingToTrainError, match="none of the allowed"):
        algorithms_of({"taskType": "Regression", "trainingSettings": {"allowedTrainingAlgorithms": ["SGD"]}})
    assert (folds({}, 500), folds({}, 5000), folds({"nCrossValidations": {"mode": "Custom", "value": 4}}, 5000)) == (
        10,
        3,
        4,
    )


def test_jobs_that_were_running_when_the_process_died_have_failed(settings: LocalSettings) -> None:
    folder = settings.root / "azureml/jobs/j"
    folder.mkdir(parents=True)
    record = {"name": "j", "properties": {}, "status": "Running", "error": None, "created": 0, "ended": None}
    (folder / "job.json").write_text(json.dumps(record))
    found = JobService(settings).job("j")
    assert found is not None
    assert found["status"] == "Failed"
