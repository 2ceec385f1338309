"""The algorithms that are trained locally: AutoML's names, FLAML's learners, and how far the search may go.

AutoML's names: ``RegressionModels`` and ``ClassificationModels`` of azure-ai-ml 1.35.2.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

MOST_TREES = 200
"""Boosting rounds of one model. More gain little on one machine and make the ONNX form long to load into the pool."""
_MOST_FOREST_TREES = 60
_MOST_LEAVES = 512
_MOST_BOOSTED_LEAVES = 128
_DEEPEST = 7


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One of AutoML's algorithms as FLAML trains it."""

    name: str
    learner: str
    start: dict[str, Any] = field(default_factory=dict)
    """The configuration of the first trial: FLAML's own start is made to be cheap, not good."""
    bounds: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Integers that are searched, both ends included; they bound the size of the model."""
    by_default: bool = True
    """Whether it is tried where the job allows everything."""


def _boosted(name: str, learner: str, start: dict[str, Any], bounds: dict[str, tuple[int, int]]) -> Algorithm:
    return Algorithm(name, learner, start | {"learning_rate": 0.1}, bounds | {"n_estimators": (4, MOST_TREES)})


def _forest(name: str, learner: str, by_default: bool) -> Algorithm:
    start = {"n_estimators": 20, "max_features": 0.9, "max_leaves": 400}
    bounds = {"n_estimators": (4, _MOST_FOREST_TREES), "max_leaves": (4, _MOST_LEAVES)}
    return Algorithm(name, learner, start, bounds, by_default)


_LIGHT_GBM = _boosted(
    "LightGBM",
    "lgbm",
    {"n_estimators": 150, "num_leaves": 31, "min_child_samples": 20},
    {"num_leaves": (4, _MOST_BOOSTED_LEAVES)},
)
_XGBOOST = {"n_estimators": 120, "max_depth": 6, "min_child_weight": 1.0}
_TREES = (_forest("ExtremeRandomTrees", "extra_tree", True), _forest("RandomForest", "rf", False))
_NEIGHBOURS = Algorithm("KNN", "kneighbor", by_default=False)

ALGORITHMS: dict[str, tuple[Algorithm, ...]] = {
    "Regression": (
        _LIGHT_GBM,
        _boosted("XGBoostRegressor", "xgb_limitdepth", _XGBOOST, {"max_depth": (1, _DEEPEST)}),
        *_TREES,
        Algorithm("ElasticNet", "enet", by_default=False),
        Algorithm("LassoLars", "lassolars", by_default=False),
        _NEIGHBOURS,
    ),
    "Classification": (
        _LIGHT_GBM,
        _boosted("XGBoostClassifier", "xgb_limitdepth", _XGBOOST, {"max_depth": (1, _DEEPEST)}),
        *_TREES,
        Algorithm("LogisticRegression", "lrl2", by_default=False),
        _NEIGHBOURS,
    ),
}
"""By task, in the order in which they are tried."""

KNOWN_NAMES: dict[str, frozenset[str]] = {
    "Regression": frozenset(
        {"DecisionTree", "ElasticNet", "ExtremeRandomTrees", "GradientBoosting", "KNN", "LassoLars", "LightGBM",
         "RandomForest", "SGD", "XGBoostRegressor"}
    ),
    "Classification": frozenset(
        {"BernoulliNaiveBayes", "DecisionTree", "ExtremeRandomTrees", "GradientBoosting", "KNN", "LightGBM",
         "LinearSVM", "LogisticRegression", "MultinomialNaiveBayes", "RandomForest", "SGD", "SVM", "XGBoostClassifier"}
    ),
}  # fmt: skip
"""Every name that the service knows, by task; a job may name one that is not trained locally."""
