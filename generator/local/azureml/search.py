"""The search: FLAML over the algorithms that a job allows. A trial is handed over as soon as it is judged."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.local.azureml.metrics import classification_metrics, regression_metrics
from generator.local.azureml.table import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from generator.local.azureml.plan import Plan, Validation

    Array = np.ndarray[Any, Any]

_SEED = 1
CORES = 1
"""Of one trial: on thousands of rows a second core gains nothing, and on a busy machine threads that wait for each
other stall. Trials run one after another, whatever maxConcurrentTrials and maxCoresPerTrial allow."""


@dataclass(frozen=True, slots=True)
class Data:
    """What is learned from: a float32 matrix, and the target as numbers or as class numbers from 0."""

    matrix: Array
    target: Array
    classes: tuple[Any, ...] = ()
    """The labels in the order of their numbers; empty for regression."""

    @property
    def spread(self) -> float:
        """The range of a numeric target."""
        return float(self.target.max() - self.target.min())

    @property
    def labels(self) -> Array:
        """The target as the data has it: what a model that is kept predicts."""
        import numpy as np

        return np.asarray(self.classes)[self.target] if self.classes else self.target


@dataclass(frozen=True, slots=True)
class Trial:
    """A configuration that was tried, and its metrics as means over the folds."""

    algorithm: str
    learner: str
    config: dict[str, Any]
    metrics: dict[str, float]
    started: float
    seconds: float


class _SearchEndedError(Exception):
    """Trials or time are used up, or a child is good enough."""


class Search:
    """One run of FLAML. It judges by AutoML's own metrics and stops between two trials."""

    def __init__(self, plan: Plan, data: Data, validation: Validation, deadline: float) -> None:
        self._plan = plan
        self._data = data
        self._validation = validation
        self._deadline = deadline
        self._learner = ""
        self._config: dict[str, Any] = {}
        self._started = time.time()
        self._judged = 0

    def run(self, keep: Callable[[Trial], None]) -> None:
        """Hand each trial to ``keep``, until trials or time are used up or the exit score is reached.

        A trial that time runs out on is not handed over.
        """
        from flaml import AutoML, tune

        plan = self._plan
        bounds = {a.learner: a.bounds for a in plan.algorithms}
        splitter = splitter_of(self._validation, self._data, plan.task)

        def aggregate(losses: list[float], logs: list[dict[str, float]]) -> tuple[float, dict[str, float]]:
            metrics = mean_metrics(logs)
            keep(self._trial(metrics))
            self._judged += 1
            self._started = time.time()
            if self._judged == plan.trials or plan.is_good_enough(metrics[plan.metric]):
                raise _SearchEndedError
            return sum(losses) / len(losses), metrics

        try:
            AutoML().fit(
                self._data.matrix,
                self._data.target,
                task=plan.task.lower(),
                metric=self._judge,
                estimator_list=[a.learner for a in plan.algorithms],
                # Each algorithm in its turn; FLAML's own choice settles on the cheapest one on small data.
                learner_selector="roundrobin",
                # No budget of FLAML's: it would cut a trial short and report it as whole.
                time_budget=-1,
                # One trial would not be searched for at all; _SearchEndedError keeps to the job's number.
                max_iter=plan.trials + 1,
                eval_method="cv",
                split_type=splitter,
                n_splits=splitter.get_n_splits(),
                cv_score_agg_func=aggregate,
                n_jobs=CORES,
                seed=_SEED,
                verbose=0,
                sample=False,
                retrain_full=False,
                skip_transform=True,
                starting_points={a.learner: a.start for a in plan.algorithms if a.start},
                custom_hp={
                    learner: {n: {"domain": tune.lograndint(low, high + 1)} for n, (low, high) in given.items()}
                    for learner, given in bounds.items()
                    if given
                },
            )
        except _SearchEndedError:
            return

    def _judge(
        self, rows: Array, truth: Array, estimator: Any, labels: Any, fitted: Any, targets: Any, *more: Any
    ) -> tuple[float, dict[str, float]]:
        """Judge one fold; FLAML's interface of a custom metric (weights, weights, configuration, ...)."""
        if time.monotonic() > self._deadline:
            raise _SearchEndedError
        self._config = dict(more[2])
        self._learner = type(estimator).__name__
        metrics = fold_metrics(estimator, rows, truth, self._data)
        value = metrics[self._plan.metric]
        return (value if self._plan.is_error else 1 - value), metrics

    def _trial(self, metrics: dict[str, float]) -> Trial:
        algorithm = next(
            a for a in self._plan.algorithms if learner_class(a.learner, self._plan.task).__name__ == self._learner
        )
        seconds = time.time() - self._started
        return Trial(algorithm.name, algorithm.learner, self._config, metrics, self._started, seconds)


def mean_metrics(folds: list[dict[str, float]]) -> dict[str, float]:
    """Return the means over folds, as AutoML reports the metrics of a child."""
    return {key: sum(f[key] for f in folds) / len(folds) for key in folds[0]}


def fold_metrics(estimator: Any, rows: Array, truth: Array, data: Data) -> dict[str, float]:
    """Return the metrics of a fitted estimator on rows that it has not seen."""
    import numpy as np

    if data.classes:
        return classification_metrics(truth, np.asarray(estimator.predict_proba(rows)), len(data.classes))
    return regression_metrics(truth, np.asarray(estimator.predict(rows)).reshape(-1), data.spread)


def splitter_of(validation: Validation, data: Data, task: str) -> Any:
    """Return scikit-learn's splitter; TrainingDataError where a class is too rare to be in every part.

    Rows are shuffled: Spark's randomSplit leaves them sorted, and folds of sorted rows mislead.
    """
    import numpy as np
    from sklearn.model_selection import KFold, ShuffleSplit, StratifiedKFold, StratifiedShuffleSplit

    is_classification = task == "Classification"
    folds = validation.folds
    rarest = int(np.bincount(data.target).min()) if is_classification else len(data.target)
    if rarest < (folds or 2):
        what = "a label of the target" if is_classification else "the training data"
        raise TrainingDataError(f"{what} has {rarest} rows, too few for a validation with {folds or 2} parts")
    if folds:
        kind = StratifiedKFold if is_classification else KFold
        return kind(folds, shuffle=True, random_state=_SEED)
    split = StratifiedShuffleSplit if is_classification else ShuffleSplit
    return split(validation.repeats, test_size=validation.holdout, random_state=_SEED)


def learner_class(learner: str, task: str) -> Any:
    """Return FLAML's class of a learner."""
    from flaml.automl.task.factory import task_factory

    return task_factory(task.lower()).estimator_class_from_str(learner)


def fit(trial: Trial, data: Data, task: str) -> Any:
    """Fit a trial's configuration on all rows; returns the estimator of its own library."""
    from flaml.automl.task.factory import task_factory

    kind = "regression" if task == "Regression" else "binary" if len(data.classes) == 2 else "multiclass"
    flaml_task = task_factory(kind)
    learner = learner_class(trial.learner, task)(task=flaml_task, n_jobs=CORES, **trial.config)
    if trial.learner != "xgb_limitdepth" or data.classes == tuple(range(len(data.classes))):
        learner.fit(data.matrix, data.labels)
        return learner.model
    learner.fit(data.matrix, data.target)
    return _with_labels(learner.model, data)


def _with_labels(model: Any, data: Data) -> Any:
    """Return an XGBoost classifier that predicts the data's labels: by itself it only knows 0, 1, 2, ..."""
    from sklearn.base import clone
    from sklearn.ensemble import VotingClassifier

    voting = VotingClassifier([("model", clone(model))], voting="soft", flatten_transform=False)
    return voting.fit(data.matrix, data.labels)
