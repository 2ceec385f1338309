"""Starting and following runs over the unmodified SDK, in a workspace that misbehaves."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from generator.runs import RunReport, follow_run, start_run
from generator.workspace.azure import AzureWorkspace
from generator.workspace.pace import PatientRetryPolicy
from generator.workspace.port import WorkspaceError
from tests.contract.conftest import settings_of
from tests.contract.faulty import TOKEN, Answer, FaultyServer, Seen, interrupt, pretend_embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

CREATE = "/pipelines/p/createRun"
ACTIVITIES = "/pipelines/p/pipelineruns/r/queryActivityruns"
WORDS = {"code": "InternalServerError", "message": "An error occurred."}


class Runs:
    """The runs of a workspace that makes them as a test says."""

    def __init__(self, server: FaultyServer) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        server.on("POST", "/queryPipelineRuns", lambda _: Answer(200, {"value": list(self.known.values())}))
        server.on("GET", "/pipelineruns/*", self.get)

    def get(self, seen: Seen) -> Answer:
        found = self.known.get(seen.path.rpartition("/")[2])
        return Answer(200, found) if found else Answer(404, {"code": "RunNotFound", "message": "no"})

    def add(self, run_id: str, status: str = "InProgress", **more: Any) -> dict[str, Any]:
        started = datetime.now(UTC).isoformat()
        self.known[run_id] = {"runId": run_id, "pipelineName": "p", "status": status, "runStart": started} | more
        return self.known[run_id]

    def made(self, seen: Seen) -> dict[str, Any]:
        """As recorded: the run's id is the request's."""
        return {"runId": self.add(seen.headers["x-ms-client-request-id"])["runId"]}


@pytest.fixture
def runs(faulty: FaultyServer) -> Runs:
    return Runs(faulty)


@pytest.fixture
def impatient(faulty: FaultyServer) -> Iterator[AzureWorkspace]:
    """A client whose SDK tries nothing again, so that what our own code does is seen."""
    policy = PatientRetryPolicy(retry_total=0)
    connected = AzureWorkspace.connect_local(faulty.url, TOKEN, retry=policy)
    yield connected
    connected.close()


def start(workspace: AzureWorkspace, **parameters: Any) -> str:
    return start_run(workspace, "p", parameters, wait=lambda _: None)


def follow(workspace: AzureWorkspace, **options: Any) -> RunReport:
    return follow_run(workspace, "r", on_event=lambda _: None, wait=lambda _: None, **options)


def test_parameters_are_sent_as_they_are(faulty: FaultyServer, runs: Runs, workspace: AzureWorkspace) -> None:
    faulty.on("POST", CREATE, lambda seen: Answer(202, runs.made(seen)))
    parameters = {"text": "é", "whole": 1, "float": 1.5, "yes": True, "nothing": None, "list": [1], "object": {"a": {}}}
    run_id = start(workspace, **parameters)
    (created,) = faulty.requests("POST", CREATE)
    assert created.json == parameters
    assert created.headers["content-type"] == "application/json"
    assert created.headers["x-ms-client-request-id"] == run_id
    start(workspace)
    assert faulty.requests("POST", CREATE)[1].body == b""


@pytest.mark.parametrize(
    ("status", "end"),
    [(500, "keep"), (502, "keep"), (503, "keep"), (504, "keep"), (408, "keep"), (202, "reset"), (202, "cut")],
)
@pytest.mark.parametrize("retry_after", [{}, {"Retry-After": "1"}])
def test_a_run_is_not_started_twice(
    faulty: FaultyServer, runs: Runs, workspace: AzureWorkspace, status: int, end: str, retry_after: dict[str, str]
) -> None:
    faulty.on("POST", CREATE, lambda seen: Answer(status, runs.made(seen), retry_after, end))
    run_id = start(workspace)
    (created,) = faulty.requests("POST", CREATE)
    assert run_id == created.headers["x-ms-client-request-id"]
    assert len(runs.known) == 1


@pytest.mark.parametrize("body", [b"<html>", b"", {}, {"runId": ""}, [1]])
def test_an_answer_that_names_no_run(faulty: FaultyServer, runs: Runs, workspace: AzureWorkspace, body: Any) -> None:
    faulty.on("POST", CREATE, Answer(202, body, first=runs.made))
    assert start(workspace) in runs.known
    assert len(faulty.requests("POST", CREATE)) == 1


def test_a_run_that_is_seen_only_after_a_while(faulty: FaultyServer, runs: Runs, workspace: AzureWorkspace) -> None:
    made: list[str] = []
    faulty.on("POST", CREATE, Answer(500, WORDS, first=lambda s: made.append(s.headers["x-ms-client-request-id"])))
    missing = Answer(404, WORDS)
    faulty.on("GET", "/pipelineruns/*", missing, missing, Answer(200, {"runId": "x"}))
    assert [start(workspace)] == made


def test_a_service_that_chooses_the_id_itself(faulty: FaultyServer, runs: Runs, workspace: AzureWorkspace) -> None:
    def make(_: Seen) -> None:
        runs.add("of-the-service", invokedBy={"invokedByType": "Manual"})
        runs.add("of-a-trigger", invokedBy={"invokedByType": "ScheduleTrigger"})
        runs.add("of-a-pipeline", invokedBy={"invokedByType": "PipelineActivity"})
        # It went on for an hour, and has just ended: it is new in the window, but nobody started it now.
        runs.add("old", "Succeeded", runStart=(datetime.now(UTC) - timedelta(hours=1)).isoformat())
        runs.add("queued", runStart=None)

    runs.add("before")
    faulty.on("POST", CREATE, Answer(500, WORDS, first=make))
    assert start(workspace) == "of-the-service"


def test_two_new_runs_are_for_people_to_tell_apart(faulty: FaultyServer, runs: Runs, workspace: AzureWorkspace) -> None:
    def make(_: Seen) -> None:
        runs.add("a")
        runs.add("b")

    faulty.on("POST", CREATE, Answer(500, WORDS, first=make))
    with pytest.raises(WorkspaceError, match=r"An error occurred.; 2 runs of p are new: look before you start another"):
        start(workspace)


def test_no_run_was_started(faulty: FaultyServer, runs: Runs, workspace: AzureWorkspace) -> None:
    faulty.on("POST", CREATE, Answer(500, WORDS))
    with pytest.raises(WorkspaceError, match=r"InternalServerError: An error occurred.; no run was started"):
        start(workspace)
    assert len(faulty.requests("POST", CREATE)) == 1


def test_whether_a_run_was_started_is_not_known(faulty: FaultyServer, runs: Runs, impatient: AzureWorkspace) -> None:
    faulty.on("POST", CREATE, Answer(202, end="reset"))
    faulty.on("GET", "/pipelineruns/*", Answer(503, {"code": "Down", "message": "maintenance"}))
    with pytest.raises(WorkspaceError, match="is not known \\(Down: maintenance\\): look before you start another"):
        start(impatient)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 429])
def test_a_refused_start_is_told_at_once(
    faulty: FaultyServer, runs: Runs, workspace: AzureWorkspace, status: int
) -> None:
    faulty.on("POST", CREATE, Answer(status, WORDS, {"Retry-After": "1"}))
    with pytest.raises(WorkspaceError, match=r"^InternalServerError: An error occurred.$") as caught:
        start(workspace)
    assert caught.value.status == status
    assert [s.path for s in faulty.seen] == ["/queryPipelineRuns", *[CREATE] * (2 if status == 401 else 1)]


def test_ctrl_c_while_a_run_is_started_cancels_it(faulty: FaultyServer, runs: Runs, workspace: AzureWorkspace) -> None:
    def answer(seen: Seen) -> Answer:
        return Answer(202, runs.made(seen), first=interrupt)

    faulty.on("POST", CREATE, answer)
    faulty.on("POST", "/pipelineruns/*", Answer(200))
    with pytest.raises(KeyboardInterrupt):
        start(workspace)
    (cancelled,) = faulty.requests("POST", "/pipelineruns/")
    assert cancelled.path == f"/pipelineruns/{next(iter(runs.known))}/cancel"


def test_activity_runs_come_in_pages(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    def page(seen: Seen) -> Answer:
        token = seen.json.get("continuationToken")
        following = {None: "t/1==", "t/1==": "t2"}.get(token)
        return Answer(200, {"value": [{"page": token}]} | ({"continuationToken": following} if following else {}))

    faulty.on("POST", ACTIVITIES, page)
    found = workspace.activity_runs("p", "r", datetime(2026, 1, 1, tzinfo=UTC))
    assert found == [{"page": None}, {"page": "t/1=="}, {"page": "t2"}]
    bodies = [s.json for s in faulty.seen]
    assert all(b["lastUpdatedAfter"] == "2026-01-01T00:00:00.000000Z" for b in bodies)
    assert "continuationToken" not in bodies[0]


def test_pages_that_never_end(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    faulty.on("POST", ACTIVITIES, Answer(200, {"value": [], "continuationToken": "again"}))
    with pytest.raises(WorkspaceError, match="the same page again and again"):
        workspace.activity_runs("p", "r", datetime.now(UTC))
    assert len(faulty.seen) == 2


def activity(name: str, status: str, **more: Any) -> dict[str, Any]:
    record = {"activityName": name, "activityRunId": name, "activityType": "Wait", "pipelineName": "p"}
    return record | {"status": status, "activityRunStart": "2026-01-01T00:00:00.1234567Z", "durationInMs": 5} | more


TROUBLES = [
    Answer(500, WORDS),
    Answer(502, b"<html>bad gateway</html>", {"Content-Type": "text/html"}),
    Answer(429, WORDS),
    Answer(200, end="reset"),
    Answer(200, {"runId": "r", "value": []}, end="cut"),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda a: f"{a.status}-{a.end}")
@pytest.mark.parametrize("place", ["run", "activities"])
def test_a_look_that_fails_does_not_end_the_following(
    faulty: FaultyServer, runs: Runs, impatient: AzureWorkspace, trouble: Answer, place: str
) -> None:
    going, done = runs.add("r"), runs.add("r", "Succeeded", durationInMs=7000)
    looks = [Answer(200, going), Answer(200, done)]
    found = Answer(200, {"value": [activity("A", "Succeeded")]})
    faulty.on("GET", "/pipelineruns/r", *([trouble, trouble] if place == "run" else []), *looks)
    faulty.on("POST", ACTIVITIES, *([trouble, trouble] if place == "activities" else []), found)
    troubles: list[WorkspaceError] = []
    report = follow(impatient, on_trouble=troubles.append)
    assert (report.status, report.seconds) == ("Succeeded", 7.0)
    assert [a.name for a in report.activities] == ["A"]
    assert len(troubles) == 2


def test_a_reset_is_tried_again_by_the_sdk_also_for_a_query(
    faulty: FaultyServer, runs: Runs, workspace: AzureWorkspace
) -> None:
    runs.add("r", "Succeeded")
    faulty.on("POST", ACTIVITIES, Answer(200, end="reset"), Answer(200, {"value": []}))
    troubles: list[WorkspaceError] = []
    assert follow(workspace, on_trouble=troubles.append).status == "Succeeded"
    assert troubles == []


def test_a_workspace_that_stays_away_is_given_up(faulty: FaultyServer, impatient: AzureWorkspace) -> None:
    waited: list[float] = []
    faulty.on("GET", "/pipelineruns/r", Answer(503, {"code": "Down", "message": "maintenance"}))
    with pytest.raises(WorkspaceError, match=r"^Down: maintenance; run r may still be going on"):
        follow_run(impatient, "r", on_event=lambda _: None, wait=waited.append)
    assert 300 <= sum(waited) < 310
    assert max(waited) == 5


def test_a_refusal_ends_the_following_at_once(faulty: FaultyServer, impatient: AzureWorkspace) -> None:
    faulty.on("GET", "/pipelineruns/r", Answer(403, {"code": "Forbidden", "message": "no longer"}))
    with pytest.raises(WorkspaceError, match=r"^Forbidden: no longer; run r may still be going on"):
        follow(impatient)
    assert len(faulty.seen) == 1


def test_a_run_that_there_is_not(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    waited: list[float] = []
    with pytest.raises(WorkspaceError, match=r"^there is no run r$"):
        follow_run(workspace, "r", on_event=lambda _: None, wait=waited.append)
    assert 60 <= sum(waited) < 70


def test_a_run_that_somebody_else_cancels(faulty: FaultyServer, runs: Runs, workspace: AzureWorkspace) -> None:
    queued = {"runId": "r", "pipelineName": "p", "status": "Queued", "runStart": None}
    going = runs.add("r")
    looks = [queued, going, going | {"status": "Canceling"}, going | {"status": "Cancelled", "durationInMs": 1000}]
    faulty.on("GET", "/pipelineruns/r", *(Answer(200, look) for look in looks))
    error = {"errorCode": "", "message": "", "failureType": "", "target": "A"}
    pages = [[], [activity("A", "InProgress", durationInMs=None)], [activity("A", "InProgress")]]
    last = [activity("A", "Cancelled", error=error, output=None), activity("B", "Queued", activityRunStart=None)]
    faulty.on("POST", ACTIVITIES, *(Answer(200, {"value": page}) for page in [*pages, last]))
    told: list[tuple[str, str]] = []
    report = follow_run(
        workspace, "r", on_event=lambda e: told.append((e.activity.name, e.activity.status)), wait=lambda _: None
    )
    assert (report.status, report.message) == ("Cancelled", "")
    assert told == [("A", "InProgress"), ("B", "Queued"), ("A", "Cancelled")]
    assert [a.error for a in report.activities] == [None, None]


class Command:
    """`synapse-gen run p`, as a process, whose embedded workspace is the one that misbehaves."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self.process: subprocess.Popen[str] | None = None

    def __call__(self, *options: str) -> tuple[int, str, str]:
        arguments = ["run", "p", *options, "--env", "local", "--project", str(self._project)]
        code = f"from generator.cli import main; main({arguments!r})"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        with self.process:
            out, err = self.process.communicate(timeout=60)
        assert "Traceback" not in err
        return self.process.returncode, out, err

    def interrupt(self, _: Seen) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)


@pytest.fixture
def command(faulty: FaultyServer, project: Path) -> Command:
    settings = settings_of(project, project)
    pretend_embedded(faulty, settings.root, json.loads(settings.to_json()))
    declared = {"year": {"type": "string"}, "whole": {"type": "int"}}
    faulty.on("GET", "/pipelines/p", Answer(200, {"name": "p", "properties": {"parameters": declared}}))
    return Command(project)


def test_ctrl_c_while_following_cancels_the_run(faulty: FaultyServer, runs: Runs, command: Command) -> None:
    faulty.on("POST", CREATE, lambda seen: Answer(202, runs.made(seen)))
    faulty.on("POST", "/pipelines/p/pipelineruns/*", Answer(200, {"value": []}, first=command.interrupt))
    faulty.on("POST", "/pipelineruns/*", Answer(200))
    code, out, err = command()
    assert (code, out) == (130, "")
    (cancelled,) = faulty.requests("POST", "/pipelineruns/")
    (run_id,) = runs.known
    assert cancelled.path == f"/pipelineruns/{run_id}/cancel"
    assert cancelled.query["isRecursive"] == ["true"]
    assert f"cancelling run {run_id}" in err


def test_no_wait_prints_the_runs_id_and_nothing_else(faulty: FaultyServer, runs: Runs, command: Command) -> None:
    faulty.on("POST", CREATE, lambda seen: Answer(202, runs.made(seen)))
    given = ["--parameter", "whole=1", "--parameter", "text=a=b", "--parameter", 'list=["x"]', "--parameter", "empty="]
    given += ["--parameter", "year=2018"]
    code, out, _ = command("--no-wait", *given)
    assert (code, out.split()) == (0, list(runs.known))
    (created,) = faulty.requests("POST", CREATE)
    assert created.json == {"whole": 1, "text": "a=b", "list": ["x"], "empty": "", "year": "2018"}


def test_a_pipeline_that_is_not_there_is_not_started(faulty: FaultyServer, command: Command) -> None:
    faulty.on("GET", "/pipelines/p", Answer(404, {"code": "PipelineNotFound", "message": "no"}))
    code, out, err = command()
    assert (code, out) == (3, "")
    assert err == (
        "error[SYN307]: there is no pipeline p in the workspace\n"
        "  help: publish it first: `synapse-gen publish`, or `synapse-gen run --publish`\n"
    )
    assert faulty.requests("POST", CREATE) == []
    assert not faulty.requests("GET", "/pipelineruns")


@pytest.mark.parametrize("status", [401, 404])
def test_a_start_that_fails_is_one_diagnostic(faulty: FaultyServer, command: Command, status: int) -> None:
    faulty.on("POST", CREATE, Answer(status, {"code": "SomeCode", "message": f"some words for Bearer {TOKEN}"}))
    code, out, err = command()
    assert (code, out) == (3, "")
    assert re.match(r"error\[SYN30[27]\]: SomeCode: some words for Bearer \*\*\*", err)
    assert err.count("error[") == 1
    assert TOKEN not in err
