from __future__ import annotations

from typing import Any

import pytest

from generator.local.azureml.runs import RunQueryError, experiment_id, run_json, search

HERE = experiment_id("e")


def run(run_id: str, score: float | None, status: str = "Completed", experiment: str = "e") -> dict[str, Any]:
    metrics = {} if score is None else {"r2_score": score}
    return {
        "run_id": run_id,
        "parent": "job",
        "experiment": experiment,
        "status": status,
        "metrics": metrics,
        "tags": {"run_algorithm": "LightGBM"},
        "config": {"num_leaves": 31},
        "start": 10.0,
        "end": 12.5,
    }


RUNS = [run("job_0", 0.5), run("job_1", 0.9), run("job_2", None, "Failed"), run("other_0", 0.7, experiment="f")]


def ids(**body: Any) -> list[str]:
    return [r["run_id"] for r in search(RUNS, {"experiment_ids": [HERE]} | body)[0]]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ["job_0", "job_1", "job_2"]),
        ("tags.mlflow.parentRunId = 'job'", ["job_0", "job_1", "job_2"]),
        ("tags.`mlflow.parentRunId` = 'job'", ["job_0", "job_1", "job_2"]),
        ("tags.mlflow.parentRunId = 'nobody'", []),
        ("metrics.r2_score > 0.5", ["job_1"]),
        ("metrics.r2_score >= 0.5 AND attributes.status = 'FINISHED'", ["job_0", "job_1"]),
        ("attributes.status != 'FINISHED'", ["job_2"]),
        ("params.num_leaves = '31' and attributes.run_id = 'job_1'", ["job_1"]),
        ("tags.run_algorithm = 'this AND that'", []),
    ],
)
def test_filters(text: str, found: list[str]) -> None:
    assert ids(filter=text) == found


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"filter": "tags.a LIKE '%x'"}, "is not understood here"),
        ({"filter": "metrics.r2_score > 1e+e"}, "compares with no number"),
        ({"filter": "metrics.r2_score = '0.5'"}, "compares text with a number"),
        ({"filter": "attributes.colour = 'red'"}, "no attribute colour"),
        ({"order_by": ["best first"]}, "the order 'best first' is not understood"),
        ({"max_results": 0, "page_token": "x"}, "is no number"),
        ({"max_results": -1}, "max_results is not between"),
        ({"experiment_ids": []}, "names no experiment"),
    ],
)
def test_searches_that_are_refused(body: dict[str, Any], words: str) -> None:
    with pytest.raises(RunQueryError, match=words):
        search(RUNS, {"experiment_ids": [HERE]} | body)


def test_order_puts_runs_without_the_metric_last() -> None:
    assert ids(order_by=["metrics.r2_score DESC"]) == ["job_1", "job_0", "job_2"]
    assert ids(order_by=["metrics.r2_score"]) == ["job_0", "job_1", "job_2"]


def test_pages_are_of_what_was_found() -> None:
    page, token = search(RUNS, {"experiment_ids": [HERE], "max_results": 2})
    assert ([r["run_id"] for r in page], token) == (["job_0", "job_1"], "2")
    page, token = search(RUNS, {"experiment_ids": [HERE], "max_results": 2, "page_token": token})
    assert ([r["run_id"] for r in page], token) == (["job_2"], None)


def test_a_run_as_mlflow_shows_it() -> None:
    shown = run_json(RUNS[0])
    assert shown["info"]["status"] == "FINISHED"
    assert (shown["info"]["start_time"], shown["info"]["end_time"]) == (10_000, 12_500)
    assert shown["data"]["params"] == [{"key": "num_leaves", "value": "31"}]
    assert {"key": "mlflow.parentRunId", "value": "job"} in shown["data"]["tags"]
