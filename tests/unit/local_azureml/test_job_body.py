from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from generator.local.azureml.body import JobBodyError, iso_seconds, validate_job
from generator.local.azureml.datastore import DatastorePaths
from tests.unit.local_azureml.conftest import automl_job as job

if TYPE_CHECKING:
    from generator.local.ports import LocalSettings


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "jobType is not AutoML"),
        ([], "jobType is not AutoML"),
        ({"properties": {"jobType": "Command"}}, "jobType is not AutoML"),
        ({"properties": {"jobType": "AutoML", "resources": {}}}, "taskDetails is missing"),
        (job(taskType="Forecasting"), "taskType 'Forecasting' is not supported here"),
        (job(primaryMetric="Accuracy"), "'Accuracy' is no metric of Regression"),
        (job(primaryMetric=None), "'None' is no metric"),
        (job(targetColumnName=""), "targetColumnName is missing"),
        (job(targetColumnName=5), "targetColumnName is no text"),
        (job(trainingData={"jobInputType": "uri_file", "uri": "x"}), "is no mltable"),
        (job(trainingData={"jobInputType": "mltable"}), "is no mltable with a uri"),
        (
            job(trainingData={"jobInputType": "mltable", "uri": "x", "mode": "Stream"}),
            "trainingData.mode is not one of",
        ),
        (job(limitSettings={"timeoutMinutes": 3}), "limitSettings.timeoutMinutes is not known"),
        (job(limitSettings={"timeout": "1h"}), "'1h' is no ISO 8601 duration"),
        (job(limitSettings={"timeout": "PT0S"}), "timeout is no time at all"),
        (job(limitSettings={"timeout": 60}), "timeout is no ISO 8601 duration"),
        (job(limitSettings={"maxTrials": 0}), "maxTrials is no whole number of at least 1"),
        (job(limitSettings={"maxTrials": True}), "maxTrials is no whole number"),
        (job(limitSettings=[]), "limitSettings is no object"),
        (job(limitSettings={"exitScore": "0.5"}), "exitScore is no number"),
        (job(validationDataSize=1.5), "validationDataSize is no share between 0 and 1"),
        (job(nCrossValidations={"mode": "Custom", "value": 1}), "value is no whole number of at least 2"),
        (job(nCrossValidations={"mode": "Custom"}), "value is no whole number"),
        (job(nCrossValidations=3), "nCrossValidations is no object"),
        (job(nCrossValidations={"mode": "Some"}), "neither Auto nor Custom"),
        (
            job(trainingSettings={"allowedTrainingAlgorithms": ["LightGMB"]}),
            "allowedTrainingAlgorithms: LightGMB is no algorithm of Regression",
        ),
        (
            job(trainingSettings={"blockedTrainingAlgorithms": "KNN"}),
            "blockedTrainingAlgorithms is no list of names",
        ),
        (
            job(trainingSettings={"enableDnnTraining": True}),
            "enableDnnTraining is not supported by the local workspace",
        ),
        (job(weightColumnName="w"), "weightColumnName is not supported by the local workspace"),
        (job(validationData={"uri": "x"}), "validationData is not supported by the local workspace"),
        (job(featurizationSettings={"mode": "Custom"}), "featurizationSettings.mode is not one of"),
        (job(logVerbosity="Loud"), "logVerbosity is not one of"),
        (job(surprise=1), "taskDetails.surprise is not known"),
        (
            {"properties": {k: v for k, v in job()["properties"].items() if k != "resources"}},
            "neither computeId nor resources",
        ),
    ],
)
def test_a_body_that_the_service_would_refuse(body: Any, words: str) -> None:
    with pytest.raises(JobBodyError, match=words):
        validate_job(body)


def test_a_null_is_a_member_that_is_not_there() -> None:
    assert validate_job(job(validationDataSize=None, nCrossValidations=None, weightColumnName=None))


def test_the_rendered_job_is_accepted(repository: Any) -> None:
    import yaml

    from generator.build.automl.job import job_properties
    from generator.spec.automl import AutoMlSpec
    from generator.spec.project import Project

    spec = AutoMlSpec.model_validate(yaml.safe_load((repository / "specs/nyc_taxi.yaml").read_text()))
    project = Project.model_validate(yaml.safe_load((repository / "synapse.yaml").read_text()))
    properties = job_properties(spec, project.environments["local"], "azureml://datastores/lake_local/paths/x/")
    assert validate_job({"properties": properties}) == properties


def test_durations() -> None:
    assert [iso_seconds(t) for t in ("PT1H30M", "P1DT1H", "PT5S")] == [5400, 90000, 5]


LONG = "azureml://subscriptions/{}/resourcegroups/G/workspaces/ml/datastores/{}/paths/{}"


@pytest.mark.parametrize(
    "uri",
    [
        "azureml://datastores/store/paths/a/b/",
        "azureml:/datastores/store/paths/a/b",
        LONG.format("s", "store", "a/b/"),
        LONG.format("s", "store", "a/b/").replace(
            "/workspaces", "/providers/Microsoft.MachineLearningServices/workspaces"
        ),
    ],
)
def test_paths_of_the_datastore(settings: LocalSettings, uri: str) -> None:
    assert DatastorePaths(settings).folder(uri) == settings.root / "lake/account.dfs.core.windows.net/lake/a/b"


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("https://account.blob.core.windows.net/lake/a", "is no path of a datastore"),
        ("azureml://datastores/other/paths/a", "there is no datastore 'other' in the workspace"),
        (LONG.format("elsewhere", "store", "a"), "names the subscription elsewhere"),
        ("azureml://datastores/store/paths/a/../../b", "is no path in the datastore"),
    ],
)
def test_paths_that_lead_elsewhere(settings: LocalSettings, uri: str, words: str) -> None:
    with pytest.raises(JobBodyError, match=words):
        DatastorePaths(settings).folder(uri)
