"""Checks a job's document as the service does.

Names and enumerations: ``AutoMLJob`` of Microsoft.MachineLearningServices, as azure-ai-ml 1.35.2 has it. A member
that nobody knows is refused: the service would ignore it, and a misspelt setting with it. What the local workspace
cannot do is refused too, by name, instead of being left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.local.azureml.algorithms import KNOWN_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

METRICS = {
    "Regression": {
        "SpearmanCorrelation": "spearman_correlation",
        "NormalizedRootMeanSquaredError": "normalized_root_mean_squared_error",
        "R2Score": "r2_score",
        "NormalizedMeanAbsoluteError": "normalized_mean_absolute_error",
    },
    "Classification": {
        "AUCWeighted": "AUC_weighted",
        "Accuracy": "accuracy",
        "NormMacroRecall": "norm_macro_recall",
        "AveragePrecisionScoreWeighted": "average_precision_score_weighted",
        "PrecisionScoreWeighted": "precision_score_weighted",
    },
}
"""Primary metrics by task: the job's name to the key in the run history (azureml-automl-core 1.62)."""

_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


class JobBodyError(ValueError):
    """The service would refuse the job."""


def iso_seconds(text: str) -> int:
    """Return the seconds of an ISO 8601 duration; JobBodyError where it is none."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise JobBodyError(f"'{text}' is no ISO 8601 duration")
    days, hours, minutes, seconds = (int(g or 0) for g in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def validate_job(body: Any) -> dict[str, Any]:
    """Return ``properties`` of a job's document; JobBodyError says what is wrong with it."""
    properties = body.get("properties") if isinstance(body, dict) else None
    if not isinstance(properties, dict) or properties.get("jobType") != "AutoML":
        raise JobBodyError("properties.jobType is not AutoML")
    _members(properties, _PROPERTIES, "properties")
    if not properties.get("computeId") and properties.get("resources") is None:
        raise JobBodyError("the job names neither computeId nor resources")
    details = properties.get("taskDetails")
    if not isinstance(details, dict):
        raise JobBodyError("properties.taskDetails is missing")
    task = details.get("taskType")
    if task not in METRICS:
        raise JobBodyError(f"taskDetails.taskType '{task}' is not supported here")
    _members(details, _DETAILS, "taskDetails")
    if details.get("primaryMetric") not in METRICS[task]:
        raise JobBodyError(f"taskDetails.primaryMetric '{details.get('primaryMetric')}' is no metric of {task}")
    if not details.get("targetColumnName"):
        raise JobBodyError("taskDetails.targetColumnName is missing")
    _check_data(details.get("trainingData"))
    _members(details.get("limitSettings") or {}, _LIMITS, "limitSettings")
    _members(details.get("featurizationSettings") or {}, _FEATURIZATION, "featurizationSettings")
    _check_folds(details.get("nCrossValidations"))
    _check_training(details.get("trainingSettings") or {}, task)
    return properties


def _check_data(data: Any) -> None:
    if not isinstance(data, dict) or data.get("jobInputType") != "mltable" or not isinstance(data.get("uri"), str):
        raise JobBodyError("taskDetails.trainingData is no mltable with a uri")
    _members(data, _DATA, "trainingData")


def _check_folds(folds: Any) -> None:
    if folds is None:
        return
    if not isinstance(folds, dict) or folds.get("mode") not in ("Auto", "Custom"):
        raise JobBodyError("taskDetails.nCrossValidations.mode is neither Auto nor Custom")
    if folds["mode"] == "Custom" and (problem := _at_least(2)(folds.get("value"))):
        raise JobBodyError(f"taskDetails.nCrossValidations.value {problem}")


def _check_training(training: Any, task: str) -> None:
    _members(training, _TRAINING, "trainingSettings")
    for key in ("allowedTrainingAlgorithms", "blockedTrainingAlgorithms"):
        for name in training.get(key) or []:
            if name not in KNOWN_NAMES[task]:
                raise JobBodyError(f"trainingSettings.{key}: {name} is no algorithm of {task}")


def _members(given: Any, known: dict[str, Any], where: str) -> None:
    """Check the members of an object; JobBodyError for one that is not known or has a wrong value.

    A null is a member that is not there: the SDK writes some.
    """
    if not isinstance(given, dict):
        raise JobBodyError(f"{where} is no object")
    for key, value in given.items():
        if key not in known:
            raise JobBodyError(f"{where}.{key} is not known")
        problem = None if value is None else known[key](value)
        if problem:
            raise JobBodyError(f"{where}.{key} {problem}")


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) else "is no text"


def _object(value: Any) -> str | None:
    return None if isinstance(value, dict) else "is no object"


def _switch(value: Any) -> str | None:
    return None if isinstance(value, bool) else "is neither true nor false"


def _number(value: Any) -> str | None:
    return None if isinstance(value, int | float) and not isinstance(value, bool) else "is no number"


def _names(value: Any) -> str | None:
    return None if isinstance(value, list) and all(isinstance(v, str) for v in value) else "is no list of names"


def _duration(value: Any) -> str | None:
    if not isinstance(value, str):
        return "is no ISO 8601 duration"
    return None if iso_seconds(value) > 0 else "is no time at all"


def _at_least(least: int) -> Callable[[Any], str | None]:
    return lambda value: None if _is_whole(value) and value >= least else f"is no whole number of at least {least}"


def _share(value: Any) -> str | None:
    return None if _number(value) is None and 0 < value < 1 else "is no share between 0 and 1"


def _one_of(*names: str) -> Callable[[Any], str | None]:
    return lambda value: None if value in names else f"is not one of {', '.join(names)}"


def _not_here(value: Any) -> str | None:
    """Refuse a setting that is on."""
    return "is not supported by the local workspace" if value not in (False, [], {}, 0, "") else None


_PROPERTIES: dict[str, Callable[[Any], str | None]] = {
    "jobType": _text,
    "computeId": _text,
    "componentId": _text,
    "experimentName": _text,
    "displayName": _text,
    "description": _text,
    "environmentId": _text,
    "environmentVariables": _object,
    "identity": _object,
    "isArchived": _switch,
    "notificationSetting": _object,
    "outputs": _object,
    "properties": _object,
    "queueSettings": _object,
    "resources": _object,
    "services": _object,
    "status": _text,  # read-only: who sends back what was read changes nothing by it
    "tags": _object,
    "taskDetails": _object,
}
_DETAILS: dict[str, Callable[[Any], str | None]] = {
    "taskType": _text,
    "targetColumnName": _text,
    "primaryMetric": _text,
    "logVerbosity": _one_of("NotSet", "Debug", "Info", "Warning", "Error", "Critical"),
    "trainingData": _object,
    "nCrossValidations": _object,
    "validationDataSize": _share,
    "featurizationSettings": _object,
    "limitSettings": _object,
    "trainingSettings": _object,
    "positiveLabel": _text,
    "validationData": _not_here,
    "testData": _not_here,
    "testDataSize": _not_here,
    "cvSplitColumnNames": _not_here,
    "weightColumnName": _not_here,
}
_DATA: dict[str, Callable[[Any], str | None]] = {
    "jobInputType": _text,
    "uri": _text,
    "description": _text,
    "mode": _one_of("ReadOnlyMount", "ReadWriteMount", "Download", "Direct", "EvalMount", "EvalDownload"),
}
_LIMITS: dict[str, Callable[[Any], str | None]] = {
    "timeout": _duration,
    "trialTimeout": _duration,
    "maxTrials": _at_least(1),
    "maxConcurrentTrials": _at_least(1),
    "maxCoresPerTrial": _at_least(-1),
    "maxNodes": _at_least(1),
    "exitScore": _number,
    "enableEarlyTermination": _switch,
    "sweepConcurrentTrials": _at_least(0),
    "sweepTrials": _at_least(0),
}
_FEATURIZATION: dict[str, Callable[[Any], str | None]] = {
    "mode": _one_of("Auto", "Off", "auto", "off"),
    "datasetLanguage": _text,
    "enableDnnFeaturization": _not_here,
    "blockedTransformers": _not_here,
    "columnNameAndTypes": _not_here,
    "transformerParams": _not_here,
}
_TRAINING: dict[str, Callable[[Any], str | None]] = {
    "enableOnnxCompatibleModels": _switch,
    "enableVoteEnsemble": _switch,
    # Accepted though no stack is ever trained here: ONNX switches it off in the service too.
    "enableStackEnsemble": _switch,
    "enableModelExplainability": _switch,
    "allowedTrainingAlgorithms": _names,
    "blockedTrainingAlgorithms": _names,
    "ensembleModelDownloadTimeout": _duration,
    "stackEnsembleSettings": _object,
    "trainingMode": _text,
    "enableDnnTraining": _not_here,
}
