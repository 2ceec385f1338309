from __future__ import annotations

import errno
import json
from typing import TYPE_CHECKING, Any

import pytest

from generator.local.azureml import jobs as jobs_module
from generator.local.azureml.jobs import JobService
from generator.local.azureml.runs import experiment_id
from tests.unit.local_azureml.conftest import WORKSPACE, Call, automl_job

if TYPE_CHECKING:
    from generator.local.ports import LocalSettings

REGION = "https://r.api.azureml.ms"
MLFLOW = f"{REGION}/mlflow/v1.0{WORKSPACE}/api/2.0/mlflow"


def record(settings: LocalSettings, name: str = "j", **more: Any) -> None:
    """Lay down a job that has ended, with two children."""
    folder = settings.root / "azureml/jobs" / name
    (folder / "children").mkdir(parents=True)
    properties = automl_job()["properties"] | {"tags": {"team": "taxi"}}
    job = {"name": name, "properties": properties, "status": "Completed", "error": None, "created": 1.0, "ended": 9.0}
    (folder / "job.json").write_text(json.dumps(job | more))
    for number, score in enumerate((0.5, 0.9)):
        child = {
            "run_id": f"{name}_{number}",
            "parent": name,
            "experiment": "e",
            "status": "Completed",
            "metrics": {"r2_score": score},
            "tags": {"run_algorithm": "LightGBM"},
            "config": {},
            "start": 2.0,
            "end": 3.0,
        }
        (folder / f"children/{number:05}.json").write_text(json.dumps(child))
    result = {"best": f"{name}_1", "metrics": {"r2_score": 0.9}, "tags": {"synapse_gen.local_cap": "15 s"}}
    (folder / "result.json").write_text(json.dumps(result))
    outputs = settings.root / "lake/account.dfs.core.windows.net/azureml/ExperimentRun" / f"dcid.{name}_1/outputs"
    outputs.mkdir(parents=True)
    (outputs / "model.onnx").write_bytes(b"onnx")
    (outputs / "model.pkl").write_bytes(b"pickle")


def test_calls_that_may_not_be(settings: LocalSettings, call: Call, arm: Call) -> None:
    record(settings)
    job = f"https://management.azure.com{WORKSPACE}/jobs/j"
    assert arm("GET", "/jobs/j", token=False).status_code == 401
    missing_version = call("GET", job)
    assert (missing_version.status_code, missing_version.json()["error"]["code"]) == (400, "MissingApiVersionParameter")
    for wrong in (job.replace("/ml/", "/other/"), job.replace("/g/", "/other/"), job.replace("/s/", "/other/")):
        assert call("GET", job, params={"api-version": "1"}).status_code == 200
        refused = call("GET", wrong, params={"api-version": "1"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "ResourceNotFound")
    assert call("GET", f"{MLFLOW}/runs/get", token=False).status_code == 401


def test_names_of_the_workspace_in_another_case(call: Call) -> None:
    url = f"https://management.azure.com{WORKSPACE}".replace("/g/", "/G/").replace("workspaces/ml", "workspaces/ML")
    assert call("GET", url, params={"api-version": "1"}).status_code == 200


def test_the_workspace_says_where_its_runs_are(arm: Call) -> None:
    properties = arm("GET", "").json()["properties"]
    assert properties["mlFlowTrackingUri"] == f"azureml://r.api.azureml.ms/mlflow/v1.0{WORKSPACE}"
    assert properties["storageAccount"].endswith("/Microsoft.Storage/storageAccounts/account")


def test_things_that_are_not_there(arm: Call) -> None:
    for path in ("/jobs/j", "/datastores/other", "/computes/cluster"):
        assert arm("GET", path).status_code == 404
    assert "trains on this machine" in arm("GET", "/computes/cluster").json()["error"]["message"]
    assert arm("POST", "/jobs/j/cancel").status_code == 404
    assert arm("GET", "/datastores/store").json()["properties"]["filesystem"] == "lake"


@pytest.mark.parametrize(
    ("content", "words"),
    [("{", "the body is no JSON"), ("[]", "no JSON object"), ("{}", "jobType is not AutoML"), ("\xff", "no JSON")],
)
def test_a_body_that_is_refused_starts_nothing(arm: Call, jobs: JobService, content: str, words: str) -> None:
    refused = arm("PUT", "/jobs/j", content=content)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "UserError")
    assert words in refused.json()["error"]["message"]
    assert list(jobs.jobs()) == []


def test_a_name_that_is_no_job_name(arm: Call) -> None:
    assert arm("PUT", "/jobs/.._x", json=automl_job()).status_code == 400


def test_a_full_disk_starts_nothing(arm: Call, jobs: JobService, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: object, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(jobs_module, "write_atomic", refuse)
    refused = arm("PUT", "/jobs/j", json=automl_job())
    assert refused.status_code == 500
    assert "No space left on device" in refused.json()["error"]["message"]
    assert list(jobs.jobs()) == []


def test_a_job_that_exists_takes_new_tags_and_nothing_else(settings: LocalSettings, arm: Call) -> None:
    record(settings)
    body = automl_job(targetColumnName="another")
    body["properties"]["tags"] = {"team": "fares"}
    again = arm("PUT", "/jobs/j", json=body)
    assert again.status_code == 200
    properties = arm("GET", "/jobs/j").json()["properties"]
    assert properties["taskDetails"]["targetColumnName"] == "y"
    assert properties["status"] == "Completed"
    assert properties["tags"]["team"] == "fares"
    assert properties["tags"]["automl_best_child_run_id"] == "j_1"


def test_cancelling_a_job_that_has_ended_changes_nothing(settings: LocalSettings, arm: Call) -> None:
    record(settings)
    cancelled = arm("POST", "/jobs/j/cancel")
    assert cancelled.status_code == 202
    assert f"{WORKSPACE}/jobs/j?api-version=" in cancelled.headers["location"]
    assert arm("GET", "/jobs/j").json()["properties"]["status"] == "Completed"


def test_a_failed_job_says_why(settings: LocalSettings, arm: Call) -> None:
    record(settings, status="Failed", error="five rows")
    assert arm("GET", "/jobs/j").json()["properties"]["tags"]["error"] == "five rows"
    assert [j["name"] for j in arm("GET", "/jobs").json()["value"]] == ["j"]


def test_jobs_that_were_running_when_the_process_died_have_failed(settings: LocalSettings) -> None:
    record(settings, status="Running", ended=None)
    found = JobService(settings).job("j")
    assert found is not None
    assert found["status"] == "Failed"
    assert "the embedded workspace ended" in found["error"]


def test_the_parent_shows_its_best_child(settings: LocalSettings, call: Call) -> None:
    record(settings)
    run = call("GET", f"{MLFLOW}/runs/get", params={"run_id": "j"}).json()["run"]
    assert run["info"]["experiment_id"] == experiment_id("e")
    tags = {t["key"]: t["value"] for t in run["data"]["tags"]}
    assert tags["automl_best_child_run_id"] == "j_1"
    assert tags["synapse_gen.local_cap"] == "15 s"
    assert [(m["key"], m["value"]) for m in run["data"]["metrics"]] == [("r2_score", 0.9)]


def test_runs_that_are_not_there(settings: LocalSettings, call: Call) -> None:
    record(settings)
    for run_id in ("", "nobody", "j_7", "../j"):
        missing = call("GET", f"{MLFLOW}/runs/get", params={"run_id": run_id})
        assert (missing.status_code, missing.json()["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


@pytest.mark.parametrize("version", ["v1.0", "v2.0"])
def test_children_by_search(settings: LocalSettings, call: Call, version: str) -> None:
    record(settings)
    record(settings, "k")
    base = MLFLOW.replace("v1.0", version)
    experiment = call("GET", f"{base}/experiments/get-by-name", params={"experiment_name": "e"}).json()["experiment"]
    body = {
        "experiment_ids": [experiment["experiment_id"]],
        "filter": "tags.mlflow.parentRunId = 'j'",
        "order_by": ["metrics.r2_score DESC"],
        "max_results": 1,
    }
    first = call("POST", f"{base}/runs/search", json=body).json()
    second = call("POST", f"{base}/runs/search", json=body | {"page_token": first["next_page_token"]}).json()
    assert [r["info"]["run_id"] for r in (*first["runs"], *second["runs"])] == ["j_1", "j_0"]
    assert "next_page_token" not in second


def test_searches_that_are_refused(call: Call) -> None:
    for options in ({"content": "{"}, {"json": {"experiment_ids": ["1"], "filter": "what"}}):
        refused = call("POST", f"{MLFLOW}/runs/search", **options)
        assert (refused.status_code, refused.json()["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    missing = call("GET", f"{MLFLOW}/experiments/get", params={"experiment_id": "1"})
    assert missing.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/artifact/v2.0{ws}/artifacts/contentinfo/ExperimentRun/dcid.j_1/outputs/model.onnx",
        "/artifact/v2.0{ws}/artifacts/contentinfo/ExperimentRun/dcid.j_1?path=outputs/model.onnx",
        "/artifact/v2.0{ws}/artifacts/ExperimentRun/dcid.j_1/contentinfo?path=outputs/model.onnx",
        "/history/v1.0{ws}/experimentids/e/runs/j_1/artifacts/contentinfo?path=outputs/model.onnx",
    ],
)
def test_where_an_artifact_is(settings: LocalSettings, call: Call, path: str) -> None:
    record(settings)
    info = call("GET", REGION + path.format(ws=WORKSPACE)).json()
    assert info["contentUri"].startswith(
        "https://account.blob.core.windows.net/azureml/ExperimentRun/dcid.j_1/outputs/model.onnx?"
    )
    assert (info["origin"], info["container"], info["path"]) == ("ExperimentRun", "dcid.j_1", "outputs/model.onnx")


@pytest.mark.parametrize(
    "path",
    [
        "/artifact/v2.0{ws}/artifacts/prefix/contentinfo/ExperimentRun/dcid.j_1/outputs/",
        "/artifact/v2.0{ws}/artifacts/ExperimentRun/dcid.j_1/prefix/contentinfo?path=outputs",
        "/artifact/v2.0{ws}/artifacts/ExperimentRun/dcid.j_1",
        "/history/v1.0{ws}/experimentids/e/runs/j_1/artifacts/prefix/contentinfo",
    ],
)
def test_lists_of_artifacts(settings: LocalSettings, call: Call, path: str) -> None:
    record(settings)
    value = call("GET", REGION + path.format(ws=WORKSPACE)).json()["value"]
    assert [v["path"] for v in value] == ["outputs/model.onnx", "outputs/model.pkl"]


@pytest.mark.parametrize(
    "path", ["dcid.j_1/outputs/nothing", "dcid.j_1/%2e%2e/%2e%2e/x", "dcid.j_1/", "dcid.nobody/outputs/model.onnx"]
)
def test_artifacts_that_are_not_there(settings: LocalSettings, call: Call, path: str) -> None:
    record(settings)
    (settings.root / "lake/account.dfs.core.windows.net/azureml/x").write_text("outside of every run")
    base = f"{REGION}/artifact/v2.0{WORKSPACE}/artifacts/contentinfo/ExperimentRun/"
    missing = call("GET", base + path)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "ResourceNotFound")
