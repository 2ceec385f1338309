"""The voting ensemble: the best children of different algorithms, their predictions averaged.

AutoML chooses its members by greedy selection ("Ensemble configuration"); here each algorithm sends its best child,
all with one weight.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from generator.local.azureml.search import Trial, fold_metrics, mean_metrics, splitter_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from generator.local.azureml.plan import Plan, Validation
    from generator.local.azureml.search import Data

VOTING = "VotingEnsemble"
_MOST_MEMBERS = 3


def best_of_each(trials: Iterable[Trial], plan: Plan) -> list[Trial]:
    """Return the best trial of each algorithm, best first; at most three."""
    ordered = sorted(trials, key=lambda t: t.metrics[plan.metric], reverse=not plan.is_error)
    best: dict[str, Trial] = {}
    for trial in ordered:
        best.setdefault(trial.algorithm, trial)
    return list(best.values())[:_MOST_MEMBERS]


def vote(members: Sequence[tuple[str, Any]], plan: Plan, data: Data, validation: Validation) -> tuple[Trial, Any]:
    """Judge an ensemble of fitted members as any child is judged, then fit it on all rows.

    ``members`` are algorithms and estimators; returns the trial and the fitted ensemble.
    """
    from sklearn.base import clone

    started = time.time()
    voting = _voting(members, plan)
    folds = []
    for train, test in splitter_of(validation, data, plan.task).split(data.matrix, data.target):
        fitted = clone(voting).fit(data.matrix[train], data.target[train])
        folds.append(fold_metrics(fitted, data.matrix[test], data.target[test], data))
    metrics = mean_metrics(folds)
    voting.fit(data.matrix, data.labels)
    config = {"members": [name for name, _ in members]}
    return Trial(VOTING, VOTING, config, metrics, started, time.time() - started), voting


def _voting(members: Sequence[tuple[str, Any]], plan: Plan) -> Any:
    from sklearn.base import clone
    from sklearn.ensemble import VotingClassifier, VotingRegressor

    estimators = [(name, clone(estimator)) for name, estimator in members]
    if plan.task == "Classification":
        return VotingClassifier(estimators, voting="soft", flatten_transform=False)
    return VotingRegressor(estimators)
