"""The search: FLAML over the algorithms that a job allows; every trial becomes a child of the job."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.local.azureml.body import METRICS, iso_seconds

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np

# AutoML's names of what FLAML has. Others are not trained locally; a job that allows none of these fails.
ALGORITHMS = {
    "Regression": {
        "LightGBM": "lgbm",
        "XGBoostRegressor": "xgb_limitdepth",
        "ExtremeRandomTrees": "extra_tree",
        "RandomForest": "rf",
    },
    "Classification": {
        "LightGBM": "lgbm",
        "XGBoostClassifier": "xgb_limitdepth",
        "ExtremeRandomTrees": "extra_tree",
        "RandomForest": "rf",
    },
}
_MOST_TREES = 200
"""Trees of one model: a bigger one gains little here and its ONNX form would be tens of megabytes."""
_MOST_SECONDS = 12.0
"""What a search may take on one machine, whatever the job allows; the job says so in a tag."""
_FEW_ROWS = 1000  # "Configure training, validation": ten folds below 1,000 rows, three up to 20,000
_LOSSES = {
    "SpearmanCorrelation": "r2",
    "NormalizedRootMeanSquaredError": "rmse",
    "R2Score": "r2",
    "NormalizedMeanAbsoluteError": "mae",
    "Accuracy": "accuracy",
}


class NothingToTrainError(ValueError):
    """The job allows no algorithm that is trained locally."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A configuration that was tried."""

    learner: str
    algorithm: str
    config: dict[str, Any]


def algorithms_of(details: dict[str, Any]) -> dict[str, str]:
    """Return the algorithms that a job allows, AutoML's name to FLAML's; NothingToTrainError where none is left."""
    known = ALGORITHMS[details["taskType"]]
    settings = details.get("trainingSettings") or {}
    allowed = settings.get("allowedTrainingAlgorithms") or [n for n in known if n != "RandomForest"]
    blocked = settings.get("blockedTrainingAlgorithms") or []
    chosen = {name: known[name] for name in known if name in allowed and name not in blocked}
    if not chosen:
        raise NothingToTrainError(f"none of the allowed algorithms is trained locally; there are {', '.join(known)}")
    return chosen


def folds(details: dict[str, Any], rows: int) -> int:
    """Return the number of folds: what the job says, else AutoML's rule by the number of rows."""
    wanted = details.get("nCrossValidations") or {}
    if wanted.get("mode") == "Custom":
        return int(wanted["value"])
    return 10 if rows < _FEW_ROWS else 3


def seconds(details: dict[str, Any]) -> float:
    """Return how long the search may take."""
    limits = details.get("limitSettings") or {}
    asked = iso_seconds(limits["timeout"]) if "timeout" in limits else _MOST_SECONDS
    return min(float(asked), _MOST_SECONDS)


def search(
    details: dict[str, Any], matrix: np.ndarray[Any, Any], target: np.ndarray[Any, Any], log: Path
) -> list[Trial]:
    """Run FLAML; returns the trials in the order in which they ran."""
    from flaml import AutoML, tune

    chosen = algorithms_of(details)
    task = details["taskType"].lower()
    limits = details.get("limitSettings") or {}
    automl = AutoML()
    automl.fit(
        matrix,
        target,
        task=task,
        metric=_LOSSES.get(details["primaryMetric"], "rmse" if task == "regression" else "log_loss"),
        estimator_list=list(chosen.values()),
        time_budget=seconds(details),
        max_iter=int(limits.get("maxTrials") or 25),
        eval_method="cv",
        n_splits=3,
        split_type="uniform" if task == "regression" else "stratified",
        n_jobs=2,
        seed=1,
        verbose=0,
        log_file_name=str(log),
        log_type="all",
        retrain_full=False,
        skip_transform=True,
        starting_points={n: p for n, p in _STARTS.items() if n in chosen.values()},
        custom_hp={n: {"n_estimators": {"domain": tune.lograndint(4, _MOST_TREES)}} for n in chosen.values()},
    )
    names = {learner: name for name, learner in chosen.items()}
    records = [json.loads(line) for line in log.read_text().splitlines()]
    return [
        Trial(r["learner"], names[r["learner"]], r["config"])
        for r in records
        if r.get("learner") in names and "config" in r
    ]


_STARTS: dict[str, dict[str, Any]] = {
    "lgbm": {"n_estimators": 150, "num_leaves": 31, "learning_rate": 0.1, "min_child_samples": 20},
    "xgb_limitdepth": {"n_estimators": 120, "max_depth": 6, "learning_rate": 0.1, "min_child_weight": 1.0},
    "extra_tree": {"n_estimators": 20, "max_features": 0.9, "max_leaves": 400},
    "rf": {"n_estimators": 20, "max_features": 0.9, "max_leaves": 400},
}


def estimator_of(trial: Trial, task: str, matrix: np.ndarray[Any, Any], target: np.ndarray[Any, Any]) -> Any:
    """Fit a trial's configuration; returns the estimator of its own library."""
    from flaml.automl.task.factory import task_factory

    flaml_task = task_factory(task.lower() if task == "Regression" else _classification(target))
    learner = flaml_task.estimator_class_from_str(trial.learner)(task=flaml_task, n_jobs=2, **trial.config)
    learner.fit(matrix, target)
    return learner.model


def _classification(target: np.ndarray[Any, Any]) -> str:
    return "binary" if len(set(target.tolist())) == 2 else "multiclass"


def metric_of(
    name: str, task: str, truth: np.ndarray[Any, Any], predicted: np.ndarray[Any, Any], spread: float
) -> dict[str, float]:
    """Return AutoML's metrics of a prediction by their keys in the run history; the primary one is among them.

    Normalised errors are divided by the range of the target ("Evaluate automated ML experiment results").
    """
    import numpy as np
    from scipy.stats import spearmanr
    from sklearn.metrics import accuracy_score, precision_score, recall_score

    if task == "Classification":
        return {
            "accuracy": float(accuracy_score(truth, predicted)),
            "precision_score_weighted": float(precision_score(truth, predicted, average="weighted", zero_division=0)),
            "norm_macro_recall": float(recall_score(truth, predicted, average="macro")),
            METRICS[task][name]: float(accuracy_score(truth, predicted)),
        }
    error = predicted.astype(np.float64) - truth.astype(np.float64)
    rmse, mae = float(np.sqrt(np.mean(error**2))), float(np.mean(np.abs(error)))
    around = float(np.sum((truth - truth.mean()) ** 2))
    correlation = float(spearmanr(truth, predicted).statistic) if predicted.std() > 0 else 0.0
    return {
        "normalized_root_mean_squared_error": rmse / spread,
        "root_mean_squared_error": rmse,
        "normalized_mean_absolute_error": mae / spread,
        "mean_absolute_error": mae,
        "r2_score": 1 - float(np.sum(error**2)) / around if around else 0.0,
        "spearman_correlation": correlation,
    }
