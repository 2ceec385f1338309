"""Checks a job's document as the service does.

Names and enumerations: ``AutoMLJob`` of Microsoft.MachineLearningServices, as azure-ai-ml 1.35.2 has it.
"""

from __future__ import annotations

import re
from typing import Any

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
_PROPERTIES = {"jobType", "computeId", "experimentName", "displayName", "description", "resources", "queueSettings",
               "taskDetails", "identity", "tags", "properties", "outputs", "isArchived", "environmentId",
               "environmentVariables", "services"}  # fmt: skip
_DETAILS = {"taskType", "targetColumnName", "primaryMetric", "trainingData", "validationData", "testData",
            "nCrossValidations", "validationDataSize", "testDataSize", "cvSplitColumnNames", "weightColumnName",
            "featurizationSettings", "limitSettings", "trainingSettings", "logVerbosity", "positiveLabel"}  # fmt: skip
_LIMITS = {"timeout", "trialTimeout", "maxTrials", "maxConcurrentTrials", "maxCoresPerTrial", "maxNodes", "exitScore",
           "enableEarlyTermination", "sweepConcurrentTrials", "sweepTrials"}  # fmt: skip
_TRAINING = {"enableOnnxCompatibleModels", "enableVoteEnsemble", "enableStackEnsemble", "enableModelExplainability",
             "allowedTrainingAlgorithms", "blockedTrainingAlgorithms", "enableDnnTraining", "stackEnsembleSettings",
             "ensembleModelDownloadTimeout", "trainingMode"}  # fmt: skip
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")


class JobBodyError(ValueError):
    """The service would refuse the job."""


def validate_job(body: dict[str, Any]) -> dict[str, Any]:
    """Return ``properties`` of a job's document; JobBodyError says what is wrong with it."""
    properties = body.get("properties")
    if not isinstance(properties, dict) or properties.get("jobType") != "AutoML":
        raise JobBodyError("properties.jobType is not AutoML")
    _only(properties, _PROPERTIES, "properties")
    details = properties.get("taskDetails")
    if not isinstance(details, dict):
        raise JobBodyError("properties.taskDetails is missing")
    _only(details, _DETAILS, "taskDetails")
    task = details.get("taskType")
    if task not in METRICS:
        raise JobBodyError(f"taskDetails.taskType '{task}' is not supported here")
    if details.get("primaryMetric") not in METRICS[task]:
        raise JobBodyError(f"taskDetails.primaryMetric '{details.get('primaryMetric')}' is no metric of {task}")
    if not details.get("targetColumnName"):
        raise JobBodyError("taskDetails.targetColumnName is missing")
    data = details.get("trainingData")
    if not isinstance(data, dict) or data.get("jobInputType") != "mltable" or not data.get("uri"):
        raise JobBodyError("taskDetails.trainingData is no mltable with a uri")
    _only(details.get("limitSettings") or {}, _LIMITS, "limitSettings")
    _only(details.get("trainingSettings") or {}, _TRAINING, "trainingSettings")
    for key in ("timeout", "trialTimeout"):
        if key in (details.get("limitSettings") or {}):
            iso_seconds(details["limitSettings"][key])
    if not properties.get("computeId") and "resources" not in properties:
        raise JobBodyError("the job names neither computeId nor resources")
    return properties


def _only(given: dict[str, Any], known: set[str], where: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise JobBodyError(f"{where}.{unknown[0]} is not known")


def iso_seconds(text: str) -> int:
    """Return the seconds of an ISO 8601 duration; JobBodyError where it is none."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise JobBodyError(f"'{text}' is no ISO 8601 duration")
    days, hours, minutes, seconds = (int(g or 0) for g in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
