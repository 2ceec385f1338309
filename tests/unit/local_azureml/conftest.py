from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pandas as pd
import pytest
from starlette.applications import Starlette

from generator.local.azureml.app import AzureMlApi
from generator.local.azureml.jobs import JobService
from generator.local.tokens import load_keyring

if TYPE_CHECKING:
    from generator.local.ports import LocalSettings

WORKSPACE = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/workspaces/ml"


@pytest.fixture
def jobs(settings: LocalSettings) -> JobService:
    return JobService(settings)


Call = Callable[..., httpx.Response]


@pytest.fixture
def call(settings: LocalSettings, jobs: JobService) -> Call:
    """Send a request to the workspace's interface in Azure Resource Manager, or to the region's host."""
    keyring = load_keyring(settings)
    api = AzureMlApi(settings, jobs, keyring)
    bearer = {"Authorization": f"Bearer {keyring.issue('w', 'https://management.azure.com/')}"}
    apps = {"management.azure.com": Starlette(routes=api.arm_routes()), "r.api.azureml.ms": api.region_app()}

    def send(method: str, url: str, *, token: bool = True, **options: Any) -> httpx.Response:
        async def request() -> httpx.Response:
            app = apps[httpx.URL(url).host]
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app)) as client:
                return await client.request(method, url, headers=bearer if token else {}, **options)

        return asyncio.run(request())

    return send


@pytest.fixture
def arm(call: Call) -> Call:
    """Send a request below the workspace, with an api-version."""

    def send(method: str, path: str, **options: Any) -> httpx.Response:
        url = f"https://management.azure.com{WORKSPACE}{path}"
        return call(method, url, params={"api-version": "2024-10-01"}, **options)

    return send


def automl_job(**details: Any) -> dict[str, Any]:
    task = {
        "taskType": "Regression",
        "targetColumnName": "y",
        "primaryMetric": "R2Score",
        "trainingData": {"jobInputType": "mltable", "uri": "azureml://datastores/store/paths/x/"},
        "limitSettings": {"timeout": "PT1M", "maxTrials": 3},
        "trainingSettings": {"enableOnnxCompatibleModels": True, "enableVoteEnsemble": False},
    }
    return {"properties": {"jobType": "AutoML", "experimentName": "e", "resources": {}, "taskDetails": task | details}}


def sample(rows: int, seed: int = 5) -> pd.DataFrame:
    """Rows with a column of each kind that a model takes, and a target ``y`` that follows from them."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"i": rng.integers(1, 6, rows), "f": rng.gamma(2, 2, rows), "s": rng.choice(["a", "b", "c"], rows)}
    )
    noise = rng.normal(0, 0.2, rows)
    return frame.assign(y=3 + 2.5 * frame["f"] + frame["i"] + (frame["s"] == "b") * 4 + noise)


@pytest.fixture
def lay(settings: LocalSettings) -> Callable[[pd.DataFrame], None]:
    """Write rows as the MLTable folder that ``automl_job`` names."""

    def write(frame: pd.DataFrame) -> None:
        folder = settings.root / "lake/account.dfs.core.windows.net/lake/x"
        (folder / "data").mkdir(parents=True)
        frame.to_parquet(folder / "data/part.parquet")
        (folder / "MLTable").write_text(
            "type: mltable\npaths:\n  - pattern: ./data/*.parquet\ntransformations:\n  - read_parquet: {}\n"
        )

    return write


def wait_for(name: str) -> None:
    """Wait until a job's thread has ended."""
    for thread in threading.enumerate():
        if thread.name == f"job-{name}":
            thread.join(120)
            assert not thread.is_alive()
