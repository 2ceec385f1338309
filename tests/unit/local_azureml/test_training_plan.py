from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from generator.local.azureml.algorithms import ALGORITHMS, KNOWN_NAMES
from generator.local.azureml.metrics import classification_metrics, regression_metrics
from generator.local.azureml.plan import LOCAL_SECONDS, NothingToTrainError, Validation, plan_of, validation_of
from generator.local.azureml.search import Data, splitter_of
from generator.local.azureml.table import TrainingDataError
from tests.unit.local_azureml.conftest import automl_job


def details(**more: Any) -> dict[str, Any]:
    task: dict[str, Any] = automl_job(**more)["properties"]["taskDetails"]
    return task


def test_what_a_job_allows_is_what_is_trained() -> None:
    def names(**training: Any) -> list[str]:
        return [a.name for a in plan_of(details(trainingSettings=training)).algorithms]

    assert names() == ["LightGBM", "XGBoostRegressor", "ExtremeRandomTrees"]
    assert names(allowedTrainingAlgorithms=["SGD", "KNN", "LightGBM"]) == ["LightGBM", "KNN"]
    assert names(blockedTrainingAlgorithms=["LightGBM"]) == ["XGBoostRegressor", "ExtremeRandomTrees"]
    with pytest.raises(NothingToTrainError, match="the job allows no algorithm that is trained locally"):
        names(allowedTrainingAlgorithms=["SGD"])


def test_every_name_is_one_of_the_services() -> None:
    for task, algorithms in ALGORITHMS.items():
        assert {a.name for a in algorithms} <= KNOWN_NAMES[task]


def test_a_long_timeout_is_capped_and_a_short_one_kept() -> None:
    long, short = (plan_of(details(limitSettings={"timeout": t})) for t in ("PT1H", "PT5S"))
    assert (long.seconds, long.is_capped) == (LOCAL_SECONDS, True)
    assert (short.seconds, short.is_capped) == (5, False)


def test_limits() -> None:
    limits = {"maxTrials": 7, "trialTimeout": "PT2M", "exitScore": 0.9}
    plan = plan_of(details(limitSettings=limits))
    assert (plan.trials, plan.trial_seconds) == (7, 120)
    assert [plan.is_good_enough(v) for v in (0.89, 0.9, 0.95)] == [False, True, True]
    errors = plan_of(details(limitSettings=limits, primaryMetric="NormalizedMeanAbsoluteError"))
    assert [errors.is_good_enough(v) for v in (0.89, 0.9, 0.95)] == [True, True, False]


@pytest.mark.parametrize(
    ("given", "rows", "expected"),
    [
        ({}, 999, Validation(folds=10)),
        ({}, 20_000, Validation(folds=3)),
        ({}, 20_001, Validation(holdout=0.1)),
        ({"nCrossValidations": {"mode": "Auto"}}, 5000, Validation(folds=3)),
        ({"nCrossValidations": {"mode": "Custom", "value": 4}}, 50_000, Validation(folds=4)),
        ({"validationDataSize": 0.25}, 5000, Validation(holdout=0.25)),
        (
            {"validationDataSize": 0.25, "nCrossValidations": {"mode": "Custom", "value": 4}},
            5000,
            Validation(holdout=0.25, repeats=4),
        ),
    ],
)
def test_how_children_are_judged(given: dict[str, Any], rows: int, expected: Validation) -> None:
    assert validation_of(details(**given), rows) == expected


def test_folds_are_shuffled_and_balanced() -> None:
    numbers = Data(np.zeros((90, 1), np.float32), np.arange(90.0))
    train, test = next(splitter_of(Validation(folds=3), numbers, "Regression").split(numbers.matrix))
    assert (len(train), len(test)) == (60, 30)
    assert np.ptp(test) > 60  # of sorted rows, an unshuffled fold would be one end of them
    labels = Data(numbers.matrix, np.repeat([0, 1], [81, 9]), ("no", "yes"))
    splits = splitter_of(Validation(folds=3), labels, "Classification").split(labels.matrix, labels.target)
    assert [int(labels.target[part].sum()) for _, part in splits] == [3, 3, 3]


def test_a_label_that_is_too_rare_for_its_folds() -> None:
    rare = Data(np.zeros((60, 1), np.float32), np.repeat([0, 1], [58, 2]), ("no", "yes"))
    with pytest.raises(TrainingDataError, match=r"a label of the target has 2 rows, too few .* with 3 parts"):
        splitter_of(Validation(folds=3), rare, "Classification")


def test_regression_metrics_by_hand() -> None:
    metrics = regression_metrics(np.array([1.0, 2.0, 3.0, 6.0]), np.array([1.0, 2.0, 3.0, 4.0]), 10.0)
    assert metrics["root_mean_squared_error"] == 1
    assert metrics["normalized_root_mean_squared_error"] == 0.1
    assert metrics["normalized_mean_absolute_error"] == 0.05
    assert metrics["r2_score"] == pytest.approx(1 - 4 / 14)
    assert metrics["spearman_correlation"] == pytest.approx(1)
    assert regression_metrics(np.array([1.0, 2.0]), np.array([5.0, 5.0]), 1.0)["spearman_correlation"] == 0


def test_classification_metrics_by_hand() -> None:
    truth = np.array([0, 0, 0, 1])
    surely_no = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3], [0.6, 0.4]])
    metrics = classification_metrics(truth, surely_no, 2)
    # Every row is called 0, yet the only 1 has the highest probability: the metrics must tell this apart.
    assert metrics["accuracy"] == 0.75
    assert metrics["AUC_weighted"] == 1
    assert metrics["average_precision_score_weighted"] == 1
    assert metrics["norm_macro_recall"] == 0
    assert metrics["precision_score_weighted"] == pytest.approx(0.75 * 0.75)
    right = classification_metrics(truth, np.array([[1, 0], [1, 0], [1, 0], [0, 1.0]]), 2)
    assert {right[k] for k in ("accuracy", "norm_macro_recall", "precision_score_weighted")} == {1}


def test_a_fold_without_one_of_three_classes() -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.2, 0.7, 0.1]])
    metrics = classification_metrics(np.array([0, 1]), probabilities, 3)
    assert (metrics["AUC_weighted"], metrics["norm_macro_recall"]) == (1, 1)
