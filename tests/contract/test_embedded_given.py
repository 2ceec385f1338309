"""What a workspace has of itself: shown as a real one shows it, refused to be written; pools, network, git, etags."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from azure.core.exceptions import ResourceNotFoundError

from generator.local.clock import SystemClock
from generator.local.store import ArtifactStore
from tests.contract.embedded import data_plane, http_of, pipeline, sdk_client

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

    from generator.local.faults.serve import DataPlaneServer

GIVEN = [
    ("linkedservices", "w-WorkspaceDefaultSqlServer"),
    ("linkedservices", "w-WorkspaceDefaultStorage"),
    ("credentials", "WorkspaceSystemIdentity"),
    ("integrationRuntimes", "AutoResolveIntegrationRuntime"),
    ("managedVirtualNetworks", "default"),
]
SELF_HOSTED = {"properties": {"type": "SelfHosted"}}


@pytest.fixture
def server() -> Iterator[DataPlaneServer]:
    with data_plane() as found:
        yield found


@pytest.fixture
def http(server: DataPlaneServer) -> Iterator[httpx.Client]:
    with http_of(server) as client:
        yield client


def listed(http: httpx.Client, collection: str) -> list[str]:
    return [found["name"] for found in http.get(f"/{collection}").json()["value"]]


def written_at(server: DataPlaneServer, collection: str) -> str:
    """Integration runtimes are read on the data plane and written at Azure Resource Manager."""
    prefix = server.plane.workspace.resource_id if collection == "integrationRuntimes" else ""
    return f"{prefix}/{collection}"


@pytest.mark.parametrize(("collection", "name"), GIVEN)
def test_what_is_given_is_shown_and_not_written(
    http: httpx.Client, server: DataPlaneServer, collection: str, name: str
) -> None:
    assert name in listed(http, collection)
    found = http.get(f"/{collection}/{name.upper()}").json()
    assert found["name"] == name
    body = {key: found[key] for key in ("name", "properties") if key in found}
    place = written_at(server, collection)
    refused = http.put(f"{place}/{name.lower()}", json=body)
    assert (refused.status_code, refused.json()["code"]) == (400, "ResourceNotUpdatable")
    refused = http.delete(f"{place}/{name}")
    assert (refused.status_code, refused.json()["code"]) == (400, "ResourceNotDeletable")
    assert listed(http, collection).count(name) == 1


def test_the_words_of_the_refusals_are_the_services(http: httpx.Client) -> None:
    path = "/linkedservices/w-WorkspaceDefaultStorage"
    assert http.put(path, json={"properties": {}}).json()["message"] == (
        "The linked service w-WorkspaceDefaultStorage is managed by the workspace w and cannot be updated."
    )
    assert http.delete(path).json()["message"] == (
        "The linked service w-WorkspaceDefaultStorage is managed by the w and cannot be deleted."
    )


def test_the_default_linked_services_have_the_form_of_real_ones(http: httpx.Client, corpus: Path) -> None:
    import json

    real = sorted(corpus.glob("*/linkedService/*-WorkspaceDefault*.json"))
    assert len(real) > 10

    def shape(properties: dict[str, Any]) -> dict[str, Any]:
        own = {"typeProperties": sorted(properties["typeProperties"])}
        return properties | own

    ours = {s["name"]: shape(s["properties"]) for s in http.get("/linkedservices").json()["value"]}
    for path in real:
        name = "w-" + path.stem.rsplit("-", 1)[1]
        assert shape(json.loads(path.read_bytes())["properties"]) == ours[name]


def test_runtimes_of_both_kinds_are_in_one_list(http: httpx.Client, server: DataPlaneServer) -> None:
    place = written_at(server, "integrationRuntimes")
    assert http.put("/integrationRuntimes/Own", json=SELF_HOSTED).status_code == 405
    http.put(f"{place}/Own", json=SELF_HOSTED)
    assert listed(http, "integrationRuntimes") == ["AutoResolveIntegrationRuntime", "Own"]
    with sdk_client(server) as client:
        found = client.integration_runtimes.list().value or []
        assert [runtime.name for runtime in found] == ["AutoResolveIntegrationRuntime", "Own"]
    assert http.get("/integrationRuntimes/own").json()["properties"] == {"type": "SelfHosted"}
    http.delete(f"{place}/Own")
    assert listed(http, "integrationRuntimes") == ["AutoResolveIntegrationRuntime"]


def test_what_is_given_may_be_referred_to_under_any_case(http: httpx.Client) -> None:
    reference = {"referenceName": "W-workspacedefaultstorage", "type": "LinkedServiceReference"}
    body = {"properties": {"type": "Json", "linkedServiceName": reference}}
    assert http.put("/datasets/d", json=body).status_code == 202


@pytest.mark.parametrize("checked", [True, False])
def test_what_is_not_there_may_be_referred_to_where_nobody_looks(checked: bool) -> None:
    body = pipeline()
    for name, kind in (("none", "DatasetReference"), ("none", "BigDataPoolReference")):
        body["properties"]["activities"].append({"name": kind, "of": {"referenceName": name, "type": kind}})
    with data_plane({"check_references": checked}) as server, http_of(server) as http:
        assert http.put("/pipelines/p", json=body).status_code == (400 if checked else 202)


def test_private_endpoints_are_listed_and_found(http: httpx.Client) -> None:
    path = "/managedVirtualNetworks/default/managedPrivateEndpoints"
    names = listed(http, path[1:])
    assert names == ["synapse-ws-sql--w", "synapse-ws-sqlOnDemand--w"]
    assert http.get(f"{path}/{names[0]}").json()["properties"]["groupId"] == "sql"
    assert http.get(f"{path}/none").status_code == 404


@pytest.mark.parametrize("status", ["Online", "Paused"])
def test_pools_are_found_by_name_with_their_status(status: str) -> None:
    with data_plane({"sql_pool_status": status}) as server, sdk_client(server) as client:
        assert client.sql_pools.get("SQL").status == status
        assert [pool.status for pool in client.sql_pools.list().value or []] == [status]
        assert client.big_data_pools.get("spark").name == "spark"
        for get in (client.sql_pools.get, client.big_data_pools.get):
            with pytest.raises(ResourceNotFoundError):
                get("none")


def test_a_workspace_says_its_repository_where_it_has_one() -> None:
    git = {"account_name": "a", "repository_name": "r", "last_commit_id": "c0ffee", "root_folder": "/synapse"}
    for settings, expected in (({}, None), ({"git": git}, ("a", "r", "main", "/synapse", "c0ffee"))):
        with data_plane(settings) as server:
            with http_of(server) as http:
                properties = http.get("/workspace").json()["properties"]
            assert ("workspaceRepositoryConfiguration" in properties) is (expected is not None)
            with sdk_client(server) as client:
                found = client.workspace.get().workspace_repository_configuration
        if expected:
            assert (
                found.account_name,
                found.repository_name,
                found.collaboration_branch,
                found.root_folder,
                found.last_commit_id,
            ) == expected
            assert found.type == "WorkspaceGitHubConfiguration"


def test_etags_have_the_recorded_form_and_change_with_every_write(http: httpx.Client, tmp_path: Path) -> None:
    seen = []
    for n in range(3):
        place = http.put("/pipelines/p", json=pipeline(n=n)).headers["Location"]
        seen.append(http.get(place).json()["etag"])
        assert http.get("/pipelines/p").json()["etag"] == seen[-1]
    assert len(set(seen)) == 3
    assert all(re.fullmatch(r"[0-9a-f]{8}-0000-0100-0000-[0-9a-f]{8}0000", etag) for etag in seen)


def test_etags_go_on_over_a_restart(tmp_path: Path) -> None:
    etags = set()
    for _ in range(3):
        store = ArtifactStore(tmp_path, SystemClock())
        with data_plane(store=store) as server, http_of(server) as http:
            http.put("/pipelines/p", json=pipeline())
            etags.add(http.get("/pipelines/p").json()["etag"].split("-")[0])
    assert etags == {"00000001", "00000002", "00000003"}
