"""The table of clouds, and where the state of publishing is."""

from __future__ import annotations

import warnings
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure.identity import AzureAuthorityHosts

from generator.spec.clouds import CLOUDS, Cloud, CloudName
from generator.spec.project import Project
from generator.spec.state import StatePlace, state_place

AUTHORITIES = {
    "public": AzureAuthorityHosts.AZURE_PUBLIC_CLOUD,
    "china": AzureAuthorityHosts.AZURE_CHINA,
    "usgovernment": AzureAuthorityHosts.AZURE_GOVERNMENT,
}


@pytest.mark.parametrize("name", CLOUDS)
def test_identities_sign_in_where_the_sdk_says(name: CloudName) -> None:
    assert CLOUDS[name].authority == AUTHORITIES[name]


@pytest.mark.parametrize("name", CLOUDS)
def test_what_azure_machine_learning_s_sdk_says_of_a_cloud(name: CloudName) -> None:
    """azure-ai-ml has a table of its own, of Microsoft's making."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from azure.ai.ml._azure_environments import EndpointURLS, _environments

    cloud, its = CLOUDS[name], _environments[CLOUDS[name].cli_name]
    assert its[EndpointURLS.RESOURCE_MANAGER_ENDPOINT] == cloud.resource_manager_audience
    assert its[EndpointURLS.ACTIVE_DIRECTORY_ENDPOINT] == f"https://{cloud.authority}/"
    assert its[EndpointURLS.STORAGE_ENDPOINT] == cloud.storage
    region = its[EndpointURLS.REGISTRY_DISCOVERY_ENDPOINT].removeprefix("https://").split(".")[0]
    assert its[EndpointURLS.REGISTRY_DISCOVERY_ENDPOINT] == f"https://{cloud.azure_ml_host(region)}/"


def test_no_two_clouds_share_a_host() -> None:
    hosts = [getattr(cloud, field.name) for cloud in CLOUDS.values() for field in fields(Cloud)]
    assert len(set(hosts)) == len(hosts)


def test_where_a_workspace_and_its_token_are() -> None:
    assert CLOUDS["china"].synapse_url("syn") == "https://syn.dev.azuresynapse.azure.cn"
    assert CLOUDS["china"].synapse_scope == "https://dev.azuresynapse.azure.cn/.default"
    assert CLOUDS["usgovernment"].synapse_scope == "https://dev.azuresynapse.usgovcloudapi.net/.default"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, StatePlace("https://sttaxidev.blob.core.windows.net", "lakedev", "synapse-gen/taxi/dev")),
        (
            {"cloud": "china"},
            StatePlace("https://sttaxidev.blob.core.chinacloudapi.cn", "lakedev", "synapse-gen/taxi/dev"),
        ),
        (
            {"state": {"account": "stops", "container": "state", "folder": "taxi/"}},
            StatePlace("https://stops.blob.core.windows.net", "state", "taxi"),
        ),
    ],
    ids=["by default", "in China", "as the project says"],
)
def test_where_the_state_of_an_environment_is(repository: Path, changes: dict[str, Any], expected: StatePlace) -> None:
    document = yaml.safe_load((repository / "synapse.yaml").read_text(encoding="utf-8"))
    document["environments"]["dev"] |= changes
    assert state_place(Project.model_validate(document), "dev") == expected
