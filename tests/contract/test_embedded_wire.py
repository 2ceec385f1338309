"""The embedded workspace's data plane on the wire: recorded shapes, refusals, who gets in, what survives."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from generator.diagnostics import SynapseGenError
from generator.local import process
from tests.contract.conftest import settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.local.process import LocalServer

LINKED = {"name": "Lake", "properties": {"type": "AzureBlobFS", "typeProperties": {"url": "https://x"}}}


@pytest.fixture
def http(server: LocalServer) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {server.token}"}
    with httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client:
        yield client


def pipeline(name: str, *activities: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "properties": {"activities": list(activities), **more}}


def wait(name: str = "Wait", seconds: int = 0) -> dict[str, Any]:
    return {"name": name, "type": "Wait", "dependsOn": [], "typeProperties": {"waitTimeInSeconds": seconds}}


def calls(name: str) -> dict[str, Any]:
    reference = {"referenceName": name, "type": "PipelineReference"}
    return {"name": "Call", "type": "ExecutePipeline", "dependsOn": [], "typeProperties": {"pipeline": reference}}


def put(http: httpx.Client, path: str, document: Any) -> httpx.Response:
    answer = http.put(path, json=document)
    assert answer.status_code == 202, answer.text
    return http.get(answer.headers["Location"])


def error_of(answer: httpx.Response) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status_code, body["code"], body["message"]


def test_an_artifact_goes_through_the_recorded_exchanges(http: httpx.Client, server: LocalServer) -> None:
    accepted = http.put("/linkedservices/Lake", json=LINKED)
    assert accepted.status_code == 202
    assert {"id", "recordId", "state", "created", "changed", "type", "name", "operationId", "artifactId"} == set(
        accepted.json()
    )
    place = f"{server.url}/operationResults/{accepted.json()['operationId']}?api-version=2020-12-01"
    assert accepted.headers["Location"] == place
    result = http.get(place)
    assert result.status_code == 200
    assert result.json()["properties"] == LINKED["properties"]
    assert http.get("/linkedservices/lAKE").json() == result.json()
    given = [s for s in http.get("/linkedservices").json()["value"] if "WorkspaceDefault" in s["name"]]
    assert http.get("/linkedservices").json()["value"] == [result.json(), *given]
    gone = http.delete("/linkedservices/Lake")
    assert (gone.status_code, gone.json()["state"], gone.json()["created"]) == (202, "Deleting", "0001-01-01T00:00:00")
    ended = http.get(gone.headers["Location"])
    assert (ended.status_code, ended.content) == (200, b"")
    assert error_of(http.get("/linkedservices/Lake"))[:2] == (404, "LinkedServiceNotFound")
    assert http.delete("/linkedservices/Lake").status_code == 204


def test_what_is_missing_is_answered_in_two_forms(http: httpx.Client) -> None:
    assert set(http.get("/pipelines/none").json()) == {"code", "message"}
    script = http.get("/sqlScripts/none").json()
    assert (script["code"], script["target"].endswith("/sqlscripts/none")) == ("NotFound", True)
    assert error_of(http.get("/operationResults/none"))[:2] == (404, "OperationNotFound")
    assert error_of(http.get(f"/pipelineruns/{uuid.uuid4()}"))[:2] == (404, "PipelineRunNotFound")


def test_long_lists_come_in_pages(http: httpx.Client) -> None:
    for n in range(101):
        assert http.put(f"/datasets/d{n:03}", json={"properties": {"type": "Json"}}).status_code == 202
    first = http.get("/datasets").json()
    second = http.get(first["nextLink"]).json()
    assert [len(first["value"]), len(second["value"])] == [100, 1]
    assert "nextLink" not in second
    assert error_of(http.get("/datasets", params={"skip": "x"}))[:2] == (400, "BadRequest")


@pytest.mark.parametrize("name", ["a b", "naïve", "n" + "日" * 259, "a-(1)"])
def test_names_are_percent_encoded(http: httpx.Client, name: str) -> None:
    put(http, f"/pipelines/{name}", pipeline(name))
    assert http.get(f"/pipelines/{name}").json()["name"] == name
    http.delete(f"/pipelines/{name}")


@pytest.mark.parametrize("path", ["a%2Fb", "a%25b", "%2E%2E%2Fx", "a%3Fb", "%00"])
def test_names_that_synapse_refuses(http: httpx.Client, path: str) -> None:
    status, code, message = error_of(http.put(f"/pipelines/{path}", json={"properties": {}}))
    assert (status, code) == (400, "BadRequest")
    assert "is not valid" in message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"properties": []}',
        b'{"name": "other", "properties": {}}',
        '{"properties": {}}'.encode("utf-16"),
        b'{"properties": {"a": NaN}}',
        b'{"properties": {"a": "\\ud800"}}',
        b'{"properties": ' + b"[" * 100_000,
        b'{"properties": {"a": "' + b"x" * 20_971_520 + b'"}}',
    ],
    ids=lambda b: f"{b[:24]!r}...{len(b)}",
)
def test_bodies_that_are_no_document(http: httpx.Client, body: bytes) -> None:
    assert error_of(http.put("/pipelines/p", content=body))[:2] == (400, "BadRequest")
    assert http.get("/pipelines/p").status_code == 404


@pytest.mark.parametrize("version", ["2099-01-01", "", "latest"])
def test_versions_that_there_are_not(http: httpx.Client, version: str) -> None:
    assert error_of(http.get("/pipelines", params={"api-version": version}))[:2] == (400, "InvalidApiVersionParameter")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/pipelines/p"), ("PATCH", "/pipelines/p"), ("DELETE", "/pipelines"), ("GET", "/queryPipelineRuns")],
)
def test_methods_that_a_path_does_not_have(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path)
    assert error_of(answer)[:2] == (405, "MethodNotAllowed")
    assert answer.headers["Allow"]


def test_a_path_that_there_is_not(http: httpx.Client) -> None:
    assert error_of(http.get("/nothing/here"))[:2] == (404, "NotFound")


def test_a_change_is_bound_to_an_etag(http: httpx.Client) -> None:
    absent = http.put("/pipelines/etag", json=pipeline("etag"), headers={"If-Match": "*"})
    assert absent.status_code == 412
    old = put(http, "/pipelines/etag", pipeline("etag")).json()["etag"]
    new = http.put("/pipelines/etag", json=pipeline("etag", wait()), headers={"If-Match": f'"{old}"'})
    assert new.status_code == 202
    assert error_of(http.put("/pipelines/etag", json=pipeline("etag"), headers={"If-Match": old}))[0] == 412
    assert error_of(http.delete("/pipelines/etag", headers={"If-Match": old}))[0] == 412
    assert http.get("/pipelines/etag").json()["properties"]["activities"] == [wait()]
    assert http.delete("/pipelines/etag", headers={"If-Match": "*"}).status_code == 202


def test_what_is_referred_to_is_not_deleted(http: httpx.Client) -> None:
    put(http, "/pipelines/Called", pipeline("Called"))
    put(http, "/pipelines/caller", pipeline("caller", calls("called")))
    accepted = http.delete("/pipelines/called")
    result = http.get(accepted.headers["Location"])
    assert (accepted.status_code, result.status_code, result.json()["status"]) == (202, 200, "Failed")
    assert result.json()["error"]["message"] == "The document cannot be deleted since it is referenced by caller."
    assert http.get("/pipelines/Called").status_code == 200
    for name in ("caller", "Called"):
        assert http.get(http.delete(f"/pipelines/{name}").headers["Location"]).content == b""
        assert http.get(f"/pipelines/{name}").status_code == 404


def test_default_linked_services_are_given_and_stay(http: httpx.Client, repository: Path, tmp_path: Path) -> None:
    workspace = settings_of(repository, tmp_path).workspace
    known = {
        "linkedServiceName": {"referenceName": f"{workspace}-WorkspaceDefaultStorage", "type": "LinkedServiceReference"}
    }
    put(http, "/pipelines/uses", pipeline("uses", wait() | known))
    unknown = json.loads(json.dumps(known).replace("DefaultStorage", "DefaultNothing"))
    answer = http.put("/pipelines/uses", json=pipeline("uses", wait() | unknown))
    assert "invalid reference" in error_of(answer)[2]
    kept = http.delete(f"/linkedservices/{workspace}-WorkspaceDefaultStorage")
    assert error_of(kept)[:2] == (400, "ResourceNotDeletable")


def test_a_run_of_a_document_that_does_not_name_itself(http: httpx.Client) -> None:
    """The SDK's models send no name."""
    put(http, "/pipelines/Nameless", {"properties": {"activities": [wait()]}})
    request = str(uuid.uuid4())
    created = http.post("/pipelines/Nameless/createRun", headers={"x-ms-client-request-id": request})
    assert (created.status_code, created.json()) == (202, {"runId": request})
    assert http.get(f"/pipelineruns/{request}").json()["pipelineName"] == "Nameless"


@pytest.mark.parametrize(
    ("query", "body", "words"),
    [
        ({}, b"[1]", "no JSON object"),
        ({}, b"{", "no JSON"),
        ({}, b'{"nobody": 1}', "does not declare the parameter nobody"),
        ({"isRecovery": "true", "referencePipelineRunId": "r"}, b"", "runs pipelines as a whole"),
        ({"startActivityName": "A"}, b"", "runs pipelines as a whole"),
    ],
)
def test_starts_that_are_refused(http: httpx.Client, query: dict[str, str], body: bytes, words: str) -> None:
    put(http, "/pipelines/start", pipeline("start"))
    answer = http.post("/pipelines/start/createRun", params=query, content=body)
    assert error_of(answer)[:2] == (400, "BadRequest")
    assert words in error_of(answer)[2]
    filters = [{"operand": "PipelineName", "operator": "Equals", "values": ["start"]}]
    assert http.post("/queryPipelineRuns", json={"filters": filters}).json() == {"value": []}


def test_queries_filter_and_page(http: httpx.Client) -> None:
    put(http, "/pipelines/many", pipeline("many", *(wait(f"W{n:02}") for n in range(2)), concurrency=1))
    ids = [http.post("/pipelines/many/createRun").json()["runId"] for _ in range(101)]
    query: dict[str, Any] = {"filters": [{"operand": "PipelineName", "operator": "Equals", "values": ["MANY"]}]}
    first = http.post("/queryPipelineRuns", json=query).json()
    token = first["continuationToken"]
    second = http.post("/queryPipelineRuns", json=query | {"continuationToken": token}).json()
    assert {r["runId"] for r in first["value"] + second["value"]} == set(ids)
    assert "continuationToken" not in second
    odd = {"filters": [{"operand": "Colour", "operator": "Equals", "values": ["red"]}]}
    assert error_of(http.post("/queryPipelineRuns", json=odd))[:2] == (400, "BadRequest")
    path = f"/pipelines/many/pipelineruns/{ids[0]}/queryActivityruns"
    assert error_of(http.post(path, json=odd))[:2] == (400, "BadRequest")
    assert error_of(http.post(path, content=b"["))[:2] == (400, "BadRequest")
    for run_id in ids:
        http.post(f"/pipelineruns/{run_id}/cancel")


def test_nobody_gets_in_without_the_token(server: LocalServer) -> None:
    for given in (None, b"Bearer", b"Bearer guessed", b"Basic eDp5", b"Bearer \xe9\xff", server.token.encode()):
        headers = {} if given is None else {"Authorization": given}
        for path in ("/pipelines", "/_local/status", "/_local/stop", "/nothing"):
            with httpx.Client(base_url=server.url, trust_env=False) as client:
                answer = client.request("POST" if path.endswith("stop") else "GET", path, headers=headers)
            assert error_of(answer)[:2] == (401, "AuthenticationFailed")
            assert server.token not in answer.text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "w.dev.azuresynapse.net", ""]
)
def test_other_hosts_are_refused(http: httpx.Client, host: str) -> None:
    assert http.get("/pipelines", headers={"Host": host}).status_code == 421


def test_it_listens_on_the_loopback_only(server: LocalServer) -> None:
    port = int(server.url.rsplit(":", 1)[1])
    with socket.socket() as other, pytest.raises(ConnectionRefusedError):
        other.connect(("127.0.0.2", port))


def test_two_servers_do_not_share_a_folder(server: LocalServer, http: httpx.Client, tmp_path: Path) -> None:
    """The second says so, ends, and leaves the first to be found."""
    root = _root_of(server)
    command = [sys.executable, "-m", "generator.local", "--root", str(root)]
    second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert second.returncode == 4
    assert second.stderr == f"cannot serve: another process serves {root}\n"
    assert process.find(root) == process.LocalServer(server.url, server.token, server.pid)


def test_a_server_that_does_not_answer_is_not_replaced(repository: Path, tmp_path: Path) -> None:
    settings = settings_of(repository, tmp_path)
    server = process.ensure_running(settings)
    record = settings.root / "server.json"
    content = record.read_bytes()
    try:
        record.write_text("[]")
        with pytest.raises(SynapseGenError) as caught:
            process.ensure_running(settings)
        assert "another process serves" in caught.value.diagnostics[0].message
        with pytest.raises(SynapseGenError, match="nothing was deleted"):
            process.reset(settings.root)
        record.write_bytes(content)
        assert process.ensure_running(settings).pid == server.pid
    finally:
        record.write_bytes(content)
        assert process.reset(settings.root)


def test_state_is_whole_after_kill_9(repository: Path, tmp_path: Path) -> None:
    """Killed while artifacts are put as fast as they go: each one that was accepted is there, whole, under its name."""
    settings = settings_of(repository, tmp_path)
    server = process.ensure_running(settings)
    accepted: list[int] = []
    enough = threading.Event()

    def write() -> None:
        headers = {"Authorization": f"Bearer {server.token}"}
        with httpx.Client(base_url=server.url, headers=headers, trust_env=False) as client:
            try:
                for n in range(100_000):
                    client.put("/pipelines/Changing", json=pipeline("Changing", description="x" * 50_000, n=n))
                    accepted.append(n)
                    if n == 50:
                        enough.set()
            except httpx.HTTPError:
                return

    writer = threading.Thread(target=write)
    writer.start()
    assert enough.wait(60)
    os.kill(server.pid, signal.SIGKILL)
    os.waitpid(server.pid, 0)
    writer.join(30)
    again = process.ensure_running(settings)
    try:
        found = json.loads(process.request(again, "GET", "/pipelines/Changing"))
        assert found["name"] == "Changing"
        assert found["properties"]["n"] in (accepted[-1], accepted[-1] + 1)
        assert len(found["properties"]["description"]) == 50_000
    finally:
        process.stop(settings.root)


def _root_of(server: LocalServer) -> Path:
    command = Path(f"/proc/{server.pid}/cmdline").read_bytes().split(b"\0")
    return Path(command[command.index(b"--root") + 1].decode())
