"""The job document of our WebActivity against the object that azure-ai-ml makes of the same job."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.build.automl.job import job_properties
from generator.spec.automl import AutoMlSpec
from generator.spec.project import Project

URI = "azureml://datastores/lake/paths/train/"


def ours(repository: Path, train: dict[str, Any]) -> dict[str, Any]:
    document = yaml.safe_load((repository / "specs/nyc_taxi.yaml").read_text())
    document["train"] = {**document["train"], **train}
    project = Project.model_validate(yaml.safe_load((repository / "synapse.yaml").read_text()))
    return job_properties(AutoMlSpec.model_validate(document), project.environments["dev"], URI)


def snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name.replace("R2", "R2_")).lower().replace("__", "_")


def theirs(properties: dict[str, Any], train: dict[str, Any]) -> dict[str, Any]:
    """Make the same job with the SDK's own factory, from the spec's values."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from azure.ai.ml import Input, automl
        from azure.ai.ml.entities import ManagedIdentityConfiguration, ResourceConfiguration

        details = properties["taskDetails"]
        factory = automl.regression if details["taskType"] == "Regression" else automl.classification
        metric = {"AUCWeighted": "auc_weighted"}.get(details["primaryMetric"], snake(details["primaryMetric"]))
        job = factory(
            training_data=Input(type="mltable", path=URI),
            target_column_name=details["targetColumnName"],
            primary_metric=metric,
            experiment_name=properties["experimentName"],
            display_name=properties["displayName"],
            n_cross_validations=train.get("cross_validations"),
            validation_data_size=train.get("validation_size"),
        )
        limits = {"timeout": "1h", "trials": 25, "concurrent": 4} | train.get("limits", {})
        minutes = {"1h": 60, "90m": 90, "20m": 20, "2d": 2880}
        job.set_limits(
            timeout_minutes=minutes[limits["timeout"]],
            trial_timeout_minutes=minutes.get(limits.get("trial_timeout", "")),
            max_trials=limits["trials"],
            max_concurrent_trials=limits["concurrent"],
            max_cores_per_trial=limits.get("cores_per_trial"),
            exit_score=limits.get("exit_score"),
            enable_early_termination=limits.get("early_termination", True),
        )
        names = {"XGBoostRegressor": "xg_boost_regressor", "LightGBM": "light_gbm", "KNN": "knn"}
        job.set_training(
            enable_onnx_compatible_models=True,
            enable_vote_ensemble=train.get("ensemble", False),
            enable_stack_ensemble=False,
            enable_model_explainability=train.get("explain", False),
            allowed_training_algorithms=[names.get(a, snake(a)) for a in train.get("allowed_algorithms", [])] or None,
            blocked_training_algorithms=[names.get(a, snake(a)) for a in train.get("blocked_algorithms", [])] or None,
        )
        job.set_featurization(mode=train.get("featurization", "auto"))
        if train.get("compute", "serverless") == "serverless":
            job.resources = ResourceConfiguration(
                instance_type=train.get("instance_type"),
                instance_count=train.get("instance_count", limits["concurrent"]),
            )
        else:
            job.compute = properties["computeId"]
        if "identity" in train:
            job.identity = ManagedIdentityConfiguration(client_id=train["identity"].get("client_id"))
        return dict(job._to_rest_object().as_dict()["properties"])  # the SDK's own wire object


def normal(value: Any) -> Any:
    """Leave out what says nothing (null, empty) and how the SDK spells keys inside `resources`."""
    if isinstance(value, dict):
        pairs = {k[0].lower() + re.sub(r"_(\w)", lambda m: m[1].upper(), k[1:]): normal(v) for k, v in value.items()}
        return {k: v for k, v in pairs.items() if v not in (None, {}, [], False) and k not in _SDK_ONLY}
    return [normal(v) for v in value] if isinstance(value, list) else value


# Zero trials of sweeps and the archive flag: what the SDK writes of options that were not chosen.
_SDK_ONLY = {"sweepConcurrentTrials", "sweepTrials", "isArchived"}


@pytest.mark.parametrize(
    "train",
    [
        {},
        {"metric": "R2Score"},
        {"metric": "SpearmanCorrelation"},
        {"metric": "NormalizedMeanAbsoluteError"},
        {"limits": {"timeout": "90m", "trials": 3, "concurrent": 1}},
        {"limits": {"timeout": "2d", "trials": 9, "concurrent": 2, "trial_timeout": "20m"}},
        {"limits": {"timeout": "1h", "trials": 9, "concurrent": 2, "cores_per_trial": -1, "exit_score": 0.5}},
        {"limits": {"timeout": "1h", "trials": 9, "concurrent": 2, "early_termination": False}},
        {"cross_validations": 5},
        {"validation_size": 0.2},
        {"ensemble": True, "explain": True},
        {"featurization": "off"},
        {"allowed_algorithms": ["LightGBM", "XGBoostRegressor", "ExtremeRandomTrees"]},
        {"blocked_algorithms": ["KNN", "ElasticNet"]},
        {"instance_type": "Standard_DS3_v2", "instance_count": 2},
        {"compute": "cpu-cluster"},
        {"identity": {"type": "managed", "client_id": "11111111-1111-4111-8111-111111111111"}},
        {"task": "classification", "target": "tipped", "metric": "AUCWeighted"},
        {"task": "classification", "target": "tipped", "metric": "Accuracy"},
    ],
)
def test_the_document_is_the_sdks_own(repository: Path, train: dict[str, Any]) -> None:
    properties = ours(repository, train)
    assert normal(properties) == normal(theirs(properties, train))
