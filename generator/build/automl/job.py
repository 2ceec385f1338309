"""The AutoML job: the document that the pipeline sends to Azure Machine Learning's jobs REST interface.

Shape: ``AutoMLJob`` of azure-ai-ml 1.35.2, compared with the SDK's own object by a contract test.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generator.spec.automl import AutoMlSpec, Identity, Limits, Train
    from generator.spec.project import Environment

API_VERSION = "2024-10-01"
"""A stable version of Microsoft.MachineLearningServices; later ones keep this shape of AutoML jobs."""

_TASK = {"regression": "Regression", "classification": "Classification"}
_IDENTITY = {"managed": "Managed", "user": "UserIdentity", "aml_token": "AMLToken"}

# The metric's key in the runs' history: AutoML's scoring constants (azureml-automl-core 1.62).
# The sign says whether more is better.
HISTORY_METRIC: dict[str, tuple[str, bool]] = {
    "SpearmanCorrelation": ("spearman_correlation", True),
    "NormalizedRootMeanSquaredError": ("normalized_root_mean_squared_error", False),
    "R2Score": ("r2_score", True),
    "NormalizedMeanAbsoluteError": ("normalized_mean_absolute_error", False),
    "AUCWeighted": ("AUC_weighted", True),
    "Accuracy": ("accuracy", True),
    "NormMacroRecall": ("norm_macro_recall", True),
    "AveragePrecisionScoreWeighted": ("average_precision_score_weighted", True),
    "PrecisionScoreWeighted": ("precision_score_weighted", True),
}


def iso_duration(duration: str) -> str:
    """Return ``90m``, ``1h``, ``2d`` as an ISO 8601 duration, as the service normalises it."""
    minutes = duration_minutes(duration)
    hours, rest = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    date = f"{days}D" if days else ""
    time = (f"{hours}H" if hours else "") + (f"{rest}M" if rest else "")
    return f"P{date}" + (f"T{time}" if time else "")


def duration_minutes(duration: str) -> int:
    """Return the minutes of ``30m``, ``1h`` or ``2d``."""
    match = re.fullmatch(r"(\d+)([mhd])", duration)
    if match is None:
        raise ValueError(f"{duration!r} is no duration")
    return int(match[1]) * {"m": 1, "h": 60, "d": 1440}[match[2]]


def workspace_id(environment: Environment) -> str:
    """Return the ARM id of the environment's Azure Machine Learning workspace."""
    azure_ml = environment.azure_ml
    return (
        f"/subscriptions/{environment.subscription_id}"
        f"/resourceGroups/{azure_ml.resource_group or environment.resource_group}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{azure_ml.workspace}"
    )


def datastore_uri(environment: Environment, path: str) -> str:
    """Return the long form of a datastore path, in which azure-ai-ml sends it."""
    azure_ml = environment.azure_ml
    return (
        f"azureml://subscriptions/{environment.subscription_id}"
        f"/resourcegroups/{azure_ml.resource_group or environment.resource_group}"
        f"/workspaces/{azure_ml.workspace}/datastores/{azure_ml.datastore}/paths/{path}"
    )


def job_properties(spec: AutoMlSpec, environment: Environment, training_uri: str) -> dict[str, Any]:
    """Return ``properties`` of the job's PUT body; ``training_uri`` is the MLTable folder."""
    train = spec.train
    properties: dict[str, Any] = {"jobType": "AutoML", "experimentName": spec.name, "displayName": spec.name}
    if train.compute == "serverless":
        # A node runs one trial at a time ("Set up AutoML training": concurrent trials are limited by the nodes).
        properties["resources"] = {"instanceCount": train.instance_count or train.limits.concurrent}
        if train.instance_type:
            properties["resources"]["instanceType"] = train.instance_type
    else:
        properties["computeId"] = f"{workspace_id(environment)}/computes/{train.compute}"
    if train.identity:
        properties["identity"] = _identity(train.identity)
    properties["taskDetails"] = _task_details(train, training_uri)
    return properties


def _identity(identity: Identity) -> dict[str, Any]:
    client = {"clientId": identity.client_id} if identity.client_id else {}
    return {"identityType": _IDENTITY[identity.type], **client}


def _task_details(train: Train, training_uri: str) -> dict[str, Any]:
    details: dict[str, Any] = {
        "taskType": _TASK[train.task],
        "targetColumnName": train.target,
        "primaryMetric": train.metric,
        "trainingData": {"jobInputType": "mltable", "uri": training_uri},
        "featurizationSettings": {"mode": train.featurization},
        "limitSettings": _limits(train.limits),
        "trainingSettings": _training(train),
        "logVerbosity": "Info",
    }
    if train.cross_validations is not None:
        details["nCrossValidations"] = {"mode": "Custom", "value": train.cross_validations}
    if train.validation_size is not None:
        details["validationDataSize"] = train.validation_size
    return details


def _limits(limits: Limits) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "timeout": iso_duration(limits.timeout),
        "maxTrials": limits.trials,
        "maxConcurrentTrials": limits.concurrent,
        "enableEarlyTermination": limits.early_termination,
    }
    if limits.trial_timeout is not None:
        settings["trialTimeout"] = iso_duration(limits.trial_timeout)
    if limits.cores_per_trial is not None:
        settings["maxCoresPerTrial"] = limits.cores_per_trial
    if limits.exit_score is not None:
        settings["exitScore"] = limits.exit_score
    return settings


def _training(train: Train) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "enableOnnxCompatibleModels": train.onnx,
        "enableVoteEnsemble": train.ensemble,
        # The ONNX flag turns stacking off (azureml-train-automl-client 1.62): never ask for it.
        "enableStackEnsemble": False,
        "enableModelExplainability": train.explain,
    }
    if train.allowed_algorithms:
        settings["allowedTrainingAlgorithms"] = list(train.allowed_algorithms)
    if train.blocked_algorithms:
        settings["blockedTrainingAlgorithms"] = list(train.blocked_algorithms)
    return settings
