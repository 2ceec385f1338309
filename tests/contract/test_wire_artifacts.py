"""Our client over the unmodified SDK: what is on the wire when artifacts are put, and what it makes of bad answers."""

from __future__ import annotations

import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
import yaml

from generator.artifact import ArtifactKey, ArtifactKind
from generator.spec.project import Project
from generator.workspace.azure import AzureWorkspace
from generator.workspace.pace import Pace, PatientRetryPolicy
from generator.workspace.port import WorkspaceError
from tests.contract.faulty import TOKEN, Answer, FaultyServer, faulty_server

BYTES = '{\n\t"name": "é 1",\n\t"properties": {"unknown": [1.0, 1e2, "\\u00e9"], "policy": null}\n}'.encode()
PIPELINE = ArtifactKey(ArtifactKind.PIPELINE, "p")
PUT = "/pipelines/p"
RESULT = "/operationResults/pipelines/p"
# The versions that azure-synapse-artifacts 0.22.0 and Microsoft's deployment task send.
VERSIONS = {
    ArtifactKind.KQL_SCRIPT: "2021-11-01-preview",
    ArtifactKind.SPARK_CONFIGURATION: "2021-06-01-preview",
    ArtifactKind.CREDENTIAL: "2019-06-01-preview",
}


@pytest.mark.parametrize("kind", [k for k in ArtifactKind if k is not ArtifactKind.INTEGRATION_RUNTIME])
def test_committed_bytes_reach_the_wire_unchanged(
    faulty: FaultyServer, workspace: AzureWorkspace, kind: ArtifactKind
) -> None:
    workspace.put(ArtifactKey(kind, "é 1/%"), BYTES)
    put, poll = faulty.seen
    assert (put.method, put.path) == ("PUT", f"/{kind.collection}/%C3%A9%201%2F%25")
    assert put.body == BYTES
    assert put.query == {"api-version": [VERSIONS.get(kind, "2020-12-01")]}
    assert put.headers["content-type"] == "application/json"
    assert put.headers["authorization"] == poll.headers["authorization"] == f"Bearer {TOKEN}"
    assert put.headers["x-ms-client-request-id"]
    assert poll.query == {"api-version": ["2020-12-01"]}


def test_integration_runtimes_are_written_by_azure_resource_manager(faulty: FaultyServer, repository: Path) -> None:
    project = Project.model_validate(yaml.safe_load((repository / "synapse.yaml").read_text()))
    workspace = AzureWorkspace.connect_local(faulty.url, TOKEN, project.environments["dev"], pace=Pace(first=0.005))
    workspace.put(ArtifactKey(ArtifactKind.INTEGRATION_RUNTIME, "own machines"), BYTES)
    workspace.close()
    put, poll = faulty.seen
    base = "/subscriptions/11111111-1111-4111-8111-11111111111b/resourceGroups/rg-taxi-dev/providers/Microsoft.Synapse"
    assert put.path == f"{base}/workspaces/syn-taxi-dev/integrationRuntimes/own%20machines"
    assert (put.body, put.query) == (BYTES, {"api-version": ["2021-06-01"]})
    assert put.headers["host"] == poll.headers["host"] == "management.azure.com"


def test_a_token_that_ended_is_had_anew_once(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    ended = Answer(401, {"code": "ExpiredAuthenticationToken", "message": "The access token has expired."})
    faulty.on("PUT", PUT, ended, faulty.accepted)
    faulty.on("GET", RESULT, ended, Answer(200, {"name": "p"}))
    workspace.put(PIPELINE, BYTES)
    assert [s.method for s in faulty.seen] == ["PUT", "PUT", "GET", "GET"]


def test_a_request_without_a_body_says_so(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    """Not in chunks: their end would be read as the beginning of the next request."""
    faulty.on("POST", "/triggers/*", Answer(200))
    workspace.start_trigger("t")
    workspace.stop_trigger("t")
    workspace.put(PIPELINE, BYTES)
    assert [s.headers.get("content-length") for s in faulty.seen] == ["0", "0", str(len(BYTES)), None]
    assert not any("transfer-encoding" in s.headers for s in faulty.seen)


def test_requests_say_who_sends_them(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    workspace.put(PIPELINE, BYTES)
    assert all(s.headers["user-agent"].startswith("synapse-gen/") for s in faulty.seen)
    assert all("azsdk-python-synapse-artifacts/" in s.headers["user-agent"] for s in faulty.seen)


def test_an_operation_is_looked_at_at_once_and_then_in_our_own_time(
    faulty: FaultyServer, workspace: AzureWorkspace
) -> None:
    faulty.on("PUT", PUT, lambda seen: faulty.accepted(seen, **{"Retry-After": "10"}))
    pending = Answer(202, {"status": "InProgress"}, {"Retry-After": "10"})
    # One that says so in its body is not done, whatever its status.
    faulty.on("GET", RESULT, pending, pending, Answer(200, {"status": "InProgress"}), Answer(200, {"name": "p"}))
    started = time.monotonic()
    workspace.put(PIPELINE, BYTES)
    assert len(faulty.requests("GET", RESULT)) == 4
    # The service's own pace would have been thirty seconds.
    assert time.monotonic() - started < 20


def test_the_pause_between_looks_grows_to_its_limit() -> None:
    delays = Pace(first=0.1, slowest=3.0).delays()
    first = [next(delays) for _ in range(30)]
    assert first[:2] == [0.0, 0.1]
    assert first == sorted(first)
    assert first[-1] == 3.0


def test_an_operation_that_does_not_end_is_given_up(faulty: FaultyServer) -> None:
    workspace = AzureWorkspace.connect_local(faulty.url, TOKEN, pace=Pace(first=0.01, slowest=0.02, longest=0.2))
    faulty.on("GET", RESULT, Answer(202, {"status": "InProgress"}))
    with pytest.raises(WorkspaceError, match="did not end within 0 s; it may still be carried out"):
        workspace.put(PIPELINE, BYTES)
    workspace.close()
    assert 2 < len(faulty.requests("GET", RESULT)) < 30


def test_an_operation_that_failed_with_200_is_a_failure(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    error = {
        "code": "BadRequest",
        "message": "The document creation or update failed because of invalid reference 'x'.",
    }
    faulty.on("GET", RESULT, Answer(200, {"status": "Failed", "error": error}))
    with pytest.raises(WorkspaceError, match=r"^BadRequest: The document creation .* invalid reference 'x'"):
        workspace.put(PIPELINE, BYTES)


@pytest.mark.parametrize("status", ["Failed", "Canceled", "Cancelled"])
def test_an_operation_that_failed_without_a_reason(
    faulty: FaultyServer, workspace: AzureWorkspace, status: str
) -> None:
    faulty.on("GET", RESULT, Answer(200, {"status": status}))
    with pytest.raises(WorkspaceError, match=f"the operation ended as {status}"):
        workspace.put(PIPELINE, BYTES)


def test_a_refusal_at_the_result(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    faulty.on("GET", RESULT, Answer(202, {}), Answer(400, {"code": "BadRequest", "message": "no such pool"}))
    with pytest.raises(WorkspaceError, match=r"^BadRequest: no such pool$"):
        workspace.put(PIPELINE, BYTES)


def test_a_result_at_another_host_is_refused_and_gets_no_token(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    with faulty_server() as other:
        faulty.on("PUT", PUT, Answer(202, {}, {"Location": f"{other.url}/operationResults/1"}))
        with pytest.raises(WorkspaceError, match=r"another host, which gets no token: 127.0.0.1"):
            workspace.put(PIPELINE, BYTES)
        assert other.seen == []


@pytest.mark.parametrize("location", ["/operationResults/1", "{url}/operationResults/1", "{url}:/operationResults/1"])
def test_a_result_at_this_host_in_other_words(faulty: FaultyServer, workspace: AzureWorkspace, location: str) -> None:
    place = location.replace("{url}:", faulty.url).format(url=faulty.url.upper().replace("HTTP", "http"))
    faulty.on("PUT", PUT, Answer(202, {}, {"Location": place}))
    workspace.put(PIPELINE, BYTES)
    assert [s.path for s in faulty.requests("GET")] == ["/operationResults/1"]


def test_an_answer_that_does_not_say_where_the_result_is(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    faulty.on("PUT", PUT, Answer(202, {}))
    with pytest.raises(WorkspaceError, match="not said where its result is"):
        workspace.put(PIPELINE, BYTES)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirections_are_not_followed(faulty: FaultyServer, workspace: AzureWorkspace, status: int) -> None:
    with faulty_server() as other:
        redirection = Answer(status, b"", {"Location": f"{other.url}/elsewhere"})
        faulty.on("PUT", PUT, redirection)
        faulty.on("GET", PUT, redirection)
        with pytest.raises(WorkspaceError, match=f"HTTP {status}"):
            workspace.put(PIPELINE, BYTES)
        with pytest.raises(WorkspaceError, match=f"HTTP {status}"):
            workspace.read(PIPELINE)
        assert other.seen == []


def test_a_retry_after_is_waited_for_in_seconds_and_as_a_date(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    def busy(status: int, *, is_date: bool) -> Any:
        def answer(_: Any) -> Answer:
            asked = formatdate(time.time() + 2, usegmt=True) if is_date else "1"
            return Answer(status, {"code": "TooManyRequests", "message": "slow down"}, {"Retry-After": asked})

        return answer

    faulty.on("PUT", PUT, busy(503, is_date=False), faulty.accepted)
    faulty.on("GET", RESULT, busy(503, is_date=True), Answer(200, {"name": "p"}))
    workspace.put(PIPELINE, BYTES)
    puts, polls = faulty.requests("PUT"), faulty.requests("GET")
    assert [s.body for s in puts] == [BYTES, BYTES]
    assert puts[1].at - puts[0].at >= 1.0
    # A date has whole seconds: two of them are more than one.
    assert polls[1].at - polls[0].at >= 0.9


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7.0), ("soon", None), ("-1", None), ("", None)])
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_write_that_is_too_much_is_told_at_once_to_who_decides_how_many_there_are(
    faulty: FaultyServer, workspace: AzureWorkspace, method: str, asked: str, seconds: float | None
) -> None:
    faulty.on(method, PUT, Answer(429, {"code": "TooManyRequests", "message": "slow down"}, {"Retry-After": asked}))
    with pytest.raises(WorkspaceError, match="slow down") as caught:
        workspace.put(PIPELINE, BYTES) if method == "PUT" else workspace.delete(PIPELINE)
    assert caught.value.is_too_many
    assert caught.value.retry_after == seconds
    assert len(faulty.seen) == 1


@pytest.mark.parametrize("asked", ["7200", "a date", "inf"])
def test_a_retry_after_of_hours_is_told_at_once(faulty: FaultyServer, workspace: AzureWorkspace, asked: str) -> None:
    # Not in the name of the test, which must be the same in every process.
    after = formatdate(time.time() + 7200, usegmt=True) if asked == "a date" else asked
    busy = Answer(429, {"error": {"code": "TooManyRequests", "message": "come back later"}}, {"Retry-After": after})
    faulty.on("PUT", PUT, busy)
    with pytest.raises(WorkspaceError, match=r"^TooManyRequests: come back later") as caught:
        workspace.put(PIPELINE, BYTES)
    assert caught.value.status == 429
    assert len(faulty.requests("PUT")) == 1


@pytest.mark.parametrize("asked", ["0", "7200", "soon", "inf"])
def test_a_look_that_is_too_many_is_not_taken_for_a_write_that_was(faulty: FaultyServer, asked: str) -> None:
    """Else the write, which was accepted, would be sent a second time, over whatever came after it."""
    faulty.on("GET", RESULT, Answer(429, {"code": "TooManyRequests", "message": "later"}, {"Retry-After": asked}))
    workspace = AzureWorkspace.connect_local(
        faulty.url, TOKEN, pace=Pace(0.005, 0.02, 0.2), retry=PatientRetryPolicy(retry_total=0)
    )
    with pytest.raises(WorkspaceError, match="may still be carried out") as caught:
        workspace.put(PIPELINE, BYTES)
    workspace.close()
    assert not caught.value.is_too_many
    assert len(faulty.requests("PUT")) == 1


@pytest.mark.parametrize(
    "body", ["{}", '{"value":5}', '{"value":{}}', '{"value":[{"properties":{}}]}', '{"error":"x"}']
)
def test_an_answer_without_a_list_is_no_empty_list(faulty: FaultyServer, workspace: AzureWorkspace, body: str) -> None:
    """Else everything of ours would look deleted."""
    faulty.on("GET", "/pipelines", Answer(200, body.encode()))
    with pytest.raises(WorkspaceError, match="not of the form"):
        list(workspace.artifacts(ArtifactKind.PIPELINE))


@pytest.mark.parametrize("artifacts", [[], [{"name": "p"}]], ids=["empty", "same"])
def test_a_list_that_never_ends_is_given_up(
    faulty: FaultyServer, workspace: AzureWorkspace, artifacts: list[dict[str, str]]
) -> None:
    faulty.on(
        "GET",
        "/pipelines",
        lambda _: Answer(200, {"value": artifacts, "nextLink": f"{faulty.url}/pipelines?page={len(faulty.seen)}"}),
    )
    with pytest.raises(WorkspaceError, match="goes on and on"):
        list(workspace.artifacts(ArtifactKind.PIPELINE))
    assert len(faulty.seen) < 60


@pytest.mark.parametrize("link", ["https://[bad", "http://h:abc/", "http://127.0.0.1:99999/"])
def test_a_link_that_is_no_address_is_refused(faulty: FaultyServer, workspace: AzureWorkspace, link: str) -> None:
    faulty.on("GET", "/pipelines", Answer(200, {"value": [], "nextLink": link}))
    with pytest.raises(WorkspaceError, match="to what is no address"):
        list(workspace.artifacts(ArtifactKind.PIPELINE))


def test_a_retry_after_that_nobody_can_read(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    faulty.on("PUT", PUT, Answer(503, {}, {"Retry-After": "soon"}), faulty.accepted)
    workspace.put(PIPELINE, BYTES)
    assert len(faulty.requests("PUT")) == 2


@pytest.mark.parametrize(("method", "path"), [("PUT", PUT), ("GET", RESULT)])
def test_a_service_that_stays_unavailable_is_given_up(
    faulty: FaultyServer, workspace: AzureWorkspace, method: str, path: str
) -> None:
    busy = Answer(503, {"code": "ServerBusy", "message": "not now"}, {"x-ms-retry-after-ms": "1"})
    faulty.on(method, path, busy)
    with pytest.raises(WorkspaceError, match=r"^ServerBusy: not now$"):
        workspace.put(PIPELINE, BYTES)
    assert len(faulty.requests(method)) == 4


@pytest.mark.parametrize("end", ["reset", "cut"])
def test_a_connection_that_breaks_is_tried_again_with_the_same_bytes(
    faulty: FaultyServer, workspace: AzureWorkspace, end: str
) -> None:
    broken = Answer(200, {"name": "p", "properties": {}}, end=end)
    faulty.on("PUT", PUT, broken, faulty.accepted)
    faulty.on("GET", RESULT, broken, Answer(200, {"name": "p"}))
    workspace.put(PIPELINE, BYTES)
    assert [s.body for s in faulty.requests("PUT")] == [BYTES, BYTES]
    assert len(faulty.requests("GET")) == 2


def test_nobody_there(faulty: FaultyServer) -> None:
    with faulty_server() as gone:
        url = gone.url
    workspace = AzureWorkspace.connect_local(url, TOKEN, retry=PatientRetryPolicy(retry_total=0))
    with pytest.raises(WorkspaceError, match=f"^{url} cannot be reached: ") as caught:
        workspace.cancel_run("r")
    workspace.close()
    assert caught.value.is_passing
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412])
@pytest.mark.parametrize("is_nested", [False, True])
def test_a_refusal_is_in_the_services_own_words(
    faulty: FaultyServer, workspace: AzureWorkspace, status: int, is_nested: bool
) -> None:
    error = {"code": "SomeCode", "message": "The service's words.", "details": [{"code": "x", "message": "More."}]}
    faulty.on("PUT", PUT, Answer(status, {"error": error} if is_nested else error))
    with pytest.raises(WorkspaceError) as caught:
        workspace.put(PIPELINE, BYTES)
    assert caught.value.message == "SomeCode: The service's words.; More."
    assert (caught.value.status, caught.value.code) == (status, "SomeCode")
    assert caught.value.is_refusal
    # One that is not authenticated did nothing; its token may have ended on the way.
    assert len(faulty.seen) == (2 if status == 401 else 1)


HTML = (
    b"<html><head><style>b{}</style></head>\n<body><h1>Bad Gateway</h1>\r\n<p>proxy\x1b[31m says no</p></body></html>"
)


@pytest.mark.parametrize(
    ("body", "kind", "words"),
    [
        (HTML, "text/html", "HTTP 403 Forbidden: Bad Gateway proxy [31m says no"),
        (HTML, "application/json", "HTTP 403 Forbidden: Bad Gateway proxy [31m says no"),
        (b"", "application/json", "HTTP 403 Forbidden"),
        (b"[]", "application/json", "HTTP 403 Forbidden: []"),
        (b'{"message": null}', "application/json", 'HTTP 403 Forbidden: {"message": null}'),
        (b'{"code": "OnlyACode"}', "application/json", "OnlyACode: HTTP 403 Forbidden"),
        (b'{"error": "just words"}', "application/json", "just words"),
        (b"\xff\xfe\x00", "text/plain", "HTTP 403 Forbidden"),
        (b"[" * 100_000, "application/json", "HTTP 403 Forbidden"),
    ],
)
def test_an_error_that_is_no_json_is_readable_all_the_same(
    faulty: FaultyServer, workspace: AzureWorkspace, body: bytes, kind: str, words: str
) -> None:
    faulty.on("PUT", PUT, Answer(403, body, {"Content-Type": kind}))
    with pytest.raises(WorkspaceError) as caught:
        workspace.put(PIPELINE, BYTES)
    assert caught.value.message.startswith(words)
    assert caught.value.message.isprintable()
    assert len(caught.value.message) < 400
    assert caught.value.status == 403


@pytest.mark.parametrize(
    "echo",
    [
        f"Authorization: Bearer {TOKEN} is wrong",
        "token eyJhbGciOi.eyJzdWIiOiIx.c2lnbmF0dXJl is old",
        "https://a.blob.core.windows.net/c?sv=1&sig=c2VjcmV0%3D&se=2",
        "Server=tcp:x;Password=hunter2;Encrypt=yes",
        "AccountKey=c2VjcmV0",
    ],
)
@pytest.mark.parametrize("is_json", [True, False])
def test_no_message_holds_a_token_or_a_secret(
    faulty: FaultyServer, workspace: AzureWorkspace, echo: str, is_json: bool
) -> None:
    faulty.on("PUT", PUT, Answer(400, {"code": "BadRequest", "message": echo} if is_json else echo.encode()))
    with pytest.raises(WorkspaceError) as caught:
        workspace.put(PIPELINE, BYTES)
    assert "***" in caught.value.message
    for secret in (TOKEN, "eyJ", "c2VjcmV0", "hunter2", "c2lnbmF0dXJl"):
        assert secret not in caught.value.message


@pytest.mark.parametrize("body", [b"<html>Sign in to the guest network</html>", b"", b"[]", b'"x"'])
def test_a_portal_that_answers_for_the_workspace(faulty: FaultyServer, workspace: AzureWorkspace, body: bytes) -> None:
    faulty.on("GET", PUT, Answer(200, body, {"Content-Type": "text/html"}))
    with pytest.raises(WorkspaceError, match="the answer is no JSON object: "):
        workspace.read(PIPELINE)


def test_the_loopback_is_not_reached_through_a_proxy_of_the_environment(
    faulty: FaultyServer, workspace: AzureWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    workspace.put(PIPELINE, BYTES)
    assert faulty.requests("PUT")


@pytest.mark.parametrize("endpoint", ["http://example.org:80", "https://127.0.0.2", "http://127.0.0.1.example.org"])
def test_only_the_loopback_is_spoken_to_without_tls(endpoint: str) -> None:
    with pytest.raises(WorkspaceError, match="is not on this machine"):
        AzureWorkspace.connect_local(endpoint, TOKEN)
