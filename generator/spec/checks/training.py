"""The AutoML job: metric, algorithms, limits and identity fit the task and each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.diagnostics import did_you_mean
from generator.spec.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.diagnostics import Diagnostic
    from generator.source import SourceDocument
    from generator.spec.automl import AutoMlSpec, Limits, Train

# Primary metrics by task: RegressionPrimaryMetrics and ClassificationPrimaryMetrics of azure-ai-ml 1.35.
_METRICS = {
    "regression": ("NormalizedRootMeanSquaredError", "NormalizedMeanAbsoluteError", "R2Score", "SpearmanCorrelation"),
    "classification": (
        "AUCWeighted", "Accuracy", "AveragePrecisionScoreWeighted", "NormMacroRecall", "PrecisionScoreWeighted",
    ),
}  # fmt: skip
# RegressionModels and ClassificationModels of azure-ai-ml 1.35.
_ALGORITHMS = {
    "regression": (
        "DecisionTree", "ElasticNet", "ExtremeRandomTrees", "GradientBoosting", "KNN", "LassoLars", "LightGBM",
        "RandomForest", "SGD", "XGBoostRegressor",
    ),
    "classification": (
        "BernoulliNaiveBayes", "DecisionTree", "ExtremeRandomTrees", "GradientBoosting", "KNN", "LightGBM", "LinearSVM",
        "LogisticRegression", "MultinomialNaiveBayes", "RandomForest", "SGD", "SVM", "XGBoostClassifier",
    ),
}  # fmt: skip
# Without a star on the reference page of azureml.train.automl.constants.SupportedModels ("only those algorithms
# indicated with an * are able to be converted to the ONNX format"). The page gives Random Forest a star for regression
# only, and tells a Linear SVC without one from a Linear SVM with one: what it leaves open is not refused.
_WITHOUT_ONNX = {"regression": {"SGD"}, "classification": {"SVM"}}
_MINUTES = {"m": 1, "h": 60, "d": 1440}


def training_findings(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    """Yield what is wrong with the job."""
    train = spec.train
    yield from _metric(train, source)
    yield from _algorithms(train, source)
    yield from _limits(train.limits, source)
    yield from _settings(train, source)
    if not train.onnx:
        message = "the model must be ONNX: PREDICT in the SQL pool and the scoring notebook take nothing else"
        yield source.diagnostic("SYN031", message, ("train", "onnx"), hint="leave onnx out, or set it to true")


def _metric(train: Train, source: SourceDocument) -> Iterator[Diagnostic]:
    legal = _METRICS[train.task]
    if train.metric not in legal:
        guess = did_you_mean(train.metric, legal) or f"; it has {listed(legal)}"
        message = f"{train.metric} is no metric of {train.task}{guess}"
        yield source.diagnostic("SYN029", message, ("train", "metric"))


def _algorithms(train: Train, source: SourceDocument) -> Iterator[Diagnostic]:
    legal = _ALGORITHMS[train.task]
    convertible = [name for name in legal if name not in _WITHOUT_ONNX[train.task]]
    for key, names in (("allowed", train.allowed_algorithms), ("blocked", train.blocked_algorithms)):
        for index, name in enumerate(names):
            at = ("train", f"{key}_algorithms", index)
            if name not in legal:
                guess = did_you_mean(name, legal) or f"; it has {listed(legal)}"
                yield source.diagnostic("SYN030", f"{name} is no algorithm of {train.task}{guess}", at)
            elif name in names[:index]:
                yield source.diagnostic("SYN030", f"{name} stands twice", at)
            elif key == "blocked" and name in train.allowed_algorithms:
                yield source.diagnostic("SYN030", f"{name} is both allowed and blocked", at)
            elif key == "allowed" and train.onnx and name not in convertible:
                message = f"{name} cannot become ONNX; with onnx: true choose among {listed(convertible)}"
                yield source.diagnostic("SYN030", message, at)
    if set(train.blocked_algorithms) >= set(legal):
        yield source.diagnostic("SYN030", "every algorithm is blocked", ("train", "blocked_algorithms"), key=True)


def _limits(limits: Limits, source: SourceDocument) -> Iterator[Diagnostic]:
    at = ("train", "limits")
    if limits.trial_timeout and _minutes(limits.trial_timeout) > _minutes(limits.timeout):
        message = f"a trial may take {limits.trial_timeout}, the whole job {limits.timeout}"
        yield source.diagnostic("SYN032", message, (*at, "trial_timeout"), hint="timeout covers all trials")
    if limits.concurrent > limits.trials:
        message = f"{limits.concurrent} trials at once, but {limits.trials} in all"
        yield source.diagnostic("SYN032", message, (*at, "concurrent"))
    if limits.cores_per_trial == 0:
        message = "cores_per_trial is -1 (all) or at least 1"
        yield source.diagnostic("SYN032", message, (*at, "cores_per_trial"))


def _settings(train: Train, source: SourceDocument) -> Iterator[Diagnostic]:
    if train.cross_validations is not None and train.validation_size is not None:
        message = "either cross_validations or validation_size, not both"
        yield source.diagnostic("SYN032", message, ("train", "validation_size"))
    if train.compute != "serverless":
        for key, given in (
            ("instance_type", train.instance_type is not None),
            ("instance_count", train.instance_count is not None),
        ):
            if given:
                message = f'{key} goes with compute: serverless; the cluster "{train.compute}" has its own'
                yield source.diagnostic("SYN032", message, ("train", key))
    if train.identity and train.identity.type != "managed" and train.identity.client_id:
        message = f"an identity of type {train.identity.type} has no client_id"
        hint = "client_id names a user-assigned identity: type: managed"
        yield source.diagnostic("SYN033", message, ("train", "identity", "client_id"), hint=hint)


def _minutes(duration: str) -> int:
    return int(duration[:-1]) * _MINUTES[duration[-1]]
