"""What a job's document asks of the training: pure decisions, made before any row is read.

Sources: "Set up AutoML training for tabular data" and "Configure training, validation, cross-validation and test
data in automated machine learning" of Azure Machine Learning.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.local.azureml.algorithms import ALGORITHMS, Algorithm
from generator.local.azureml.body import METRICS, iso_seconds

LOCAL_SECONDS = 45.0
"""What training may take on one machine, whatever the job's timeout; the job and its children say so in a tag.

Enough for the 25 trials of the taxi scenario on two cores that are busy: what ends it is their number, and the same model
is chosen each time."""
_DEFAULT_TRIALS = 1000  # of the service: limitSettings.maxTrials
_FEW_ROWS = 1000
_MANY_ROWS = 20_000
_LARGE_HOLDOUT = 0.1


class NothingToTrainError(ValueError):
    """The job allows no algorithm that is trained locally."""


@dataclass(frozen=True, slots=True)
class Validation:
    """How a child is judged: on ``folds`` parts in turn, or ``repeats`` times on a share held back."""

    folds: int | None = None
    holdout: float | None = None
    repeats: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """The training of one job."""

    task: str
    """``Regression`` or ``Classification``."""
    target: str
    metric: str
    """The primary metric's key in the run history."""
    algorithms: tuple[Algorithm, ...]
    seconds: float
    is_capped: bool
    """Whether ``seconds`` is the local limit and not the job's own."""
    trials: int
    trial_seconds: float | None
    exit_score: float | None
    onnx: bool
    vote_ensemble: bool

    @property
    def is_error(self) -> bool:
        """Whether less of the metric is better."""
        return "error" in self.metric

    def is_better(self, value: float, other: float) -> bool:
        """Whether one value of the primary metric beats another."""
        return value < other if self.is_error else value > other

    def is_good_enough(self, value: float) -> bool:
        """Whether a child reached the job's exitScore."""
        return self.exit_score is not None and (value == self.exit_score or self.is_better(value, self.exit_score))


def plan_of(details: dict[str, Any]) -> Plan:
    """Return the plan of a validated ``taskDetails``; NothingToTrainError where no allowed algorithm is left."""
    limits = details.get("limitSettings") or {}
    training = details.get("trainingSettings") or {}
    asked = float(iso_seconds(limits["timeout"])) if limits.get("timeout") else LOCAL_SECONDS
    task = details["taskType"]
    trial_timeout = limits.get("trialTimeout")
    return Plan(
        task=task,
        target=details["targetColumnName"],
        metric=METRICS[task][details["primaryMetric"]],
        algorithms=_algorithms(task, training),
        seconds=min(asked, LOCAL_SECONDS),
        is_capped=asked > LOCAL_SECONDS,
        trials=int(limits.get("maxTrials") or _DEFAULT_TRIALS),
        trial_seconds=float(iso_seconds(trial_timeout)) if trial_timeout else None,
        exit_score=limits.get("exitScore"),
        onnx=bool(training.get("enableOnnxCompatibleModels")),
        vote_ensemble=bool(training.get("enableVoteEnsemble", True)),
    )


def _algorithms(task: str, training: dict[str, Any]) -> tuple[Algorithm, ...]:
    known = ALGORITHMS[task]
    allowed = training.get("allowedTrainingAlgorithms") or [a.name for a in known if a.by_default]
    blocked = training.get("blockedTrainingAlgorithms") or []
    chosen = tuple(a for a in known if a.name in allowed and a.name not in blocked)
    if not chosen:
        names = ", ".join(a.name for a in known)
        raise NothingToTrainError(f"the job allows no algorithm that is trained locally; there are {names}")
    return chosen


def validation_of(details: dict[str, Any], rows: int) -> Validation:
    """Return how children are judged: as the job says, else by AutoML's default for the number of rows.

    The default is 10 folds below 1,000 rows, 3 up to 20,000, and a tenth held back above. A number of folds together
    with a share repeats the split at random (Monte Carlo cross-validation).
    """
    wanted = details.get("nCrossValidations") or {}
    folds = int(wanted["value"]) if wanted.get("mode") == "Custom" else None
    share = details.get("validationDataSize")
    if share:
        return Validation(holdout=float(share), repeats=folds or 1)
    if folds:
        return Validation(folds=folds)
    if rows > _MANY_ROWS:
        return Validation(holdout=_LARGE_HOLDOUT)
    return Validation(folds=10 if rows < _FEW_ROWS else 3)
