"""With shuffled targets nothing can be learned: what is reported then shows that nothing leaks."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from generator.local.azureml.jobs import JobService

if TYPE_CHECKING:
    from generator.local.ports import LocalSettings

pytestmark = pytest.mark.engines


def test_shuffled_targets_have_no_r2(tmp_path: Path, settings: LocalSettings, repository: Path) -> None:
    rng = np.random.default_rng(3)
    rows = 1500
    distance = rng.gamma(2, 1.5, rows)
    fare = rng.permutation(2.5 + 2.5 * distance + rng.normal(0, 0.5, rows))
    data = tmp_path / "lake/account.dfs.core.windows.net/lake/data"
    (data / "data").mkdir(parents=True)
    frame = pd.DataFrame({"tripDistance": distance, "bin": rng.choice(["a", "b"], rows), "fareAmount": fare})
    frame.to_parquet(data / "data/part.parquet")
    (data / "MLTable").write_text(
        "type: mltable\npaths:\n  - pattern: ./data/*.parquet\ntransformations:\n  - read_parquet: {}\n"
    )
    details = {
        "taskType": "Regression",
        "targetColumnName": "fareAmount",
        "primaryMetric": "R2Score",
        "trainingData": {"jobInputType": "mltable", "uri": "azureml://datastores/store/paths/data/"},
        "limitSettings": {"timeout": "PT1M", "maxTrials": 4},
        "trainingSettings": {"enableOnnxCompatibleModels": True},
    }
    jobs = JobService(settings)
    jobs.submit("shuffled", {"properties": {"jobType": "AutoML", "resources": {}, "taskDetails": details}})
    deadline = time.monotonic() + 120
    while (job := jobs.job("shuffled")) and job["status"] in ("NotStarted", "Running"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert job
    assert job["status"] == "Completed", json.dumps(job)
    trained = jobs.children("shuffled")
    assert trained
    assert max(child["metrics"]["r2_score"] for child in trained) < 0.1
