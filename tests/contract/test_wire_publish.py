"""Publishing over the unmodified SDK to a workspace that misbehaves: order, concurrency, parts, interruptions."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.conftest import settings_of
from tests.contract.faulty import TOKEN, Answer, FaultyServer, Seen, interrupt, pretend_embedded
from tests.contract.places import Teller, document, key, place_for, publish, write_tree

if TYPE_CHECKING:
    from generator.publish import Outcome
    from generator.workspace.azure import AzureWorkspace
    from tests.conftest import CommandLine

LAKE, DATA, CALLED, CALLER = "linkedService/lake", "dataset/data", "pipeline/called", "pipeline/caller"


CHAIN = {
    CALLER: document(CALLER, CALLED),
    CALLED: document(CALLED, DATA),
    DATA: document(DATA, LAKE),
    LAKE: document(LAKE),
}


def path_of(text: str) -> str:
    return f"/{key(text).kind.collection}/{key(text).name}"


def shown(outcomes: Any) -> dict[str, Outcome]:
    return {str(o.step.key): o for o in outcomes}


def test_an_artifact_is_sent_when_those_that_it_needs_are_done(
    faulty: FaultyServer, workspace: AzureWorkspace, tmp_path: Path
) -> None:
    for text in (LAKE, DATA, CALLED):
        pending = Answer(202, {"status": "InProgress"})
        faulty.on("GET", f"/operationResults{path_of(text)}", pending, pending, Answer(200, {"name": "x"}))
    told = Teller()
    source = write_tree(tmp_path / "tree", CHAIN)
    _, published = publish(place_for(workspace, tmp_path), source, on_outcome=told)
    assert not published.report.failed
    assert told.steps == [f"put {text}" for text in (LAKE, DATA, CALLED, CALLER)]
    sent = [(s.method, s.path.removeprefix("/operationResults")) for s in faulty.seen]
    for before, after in ((LAKE, DATA), (DATA, CALLED), (CALLED, CALLER)):
        polls = [n for n, call in enumerate(sent) if call == ("GET", path_of(before))]
        assert polls[-2] < sent.index(("PUT", path_of(after)))
    files = {path_of(text): (tmp_path / "tree" / f"{text}.json").read_bytes() for text in CHAIN}
    assert {s.path: s.body for s in faulty.requests("PUT")} == files


def test_so_many_are_under_way_as_the_service_takes(
    faulty: FaultyServer, workspace: AzureWorkspace, tmp_path: Path
) -> None:
    """A service that takes three at once, and says so only by refusing the fourth."""
    lock = threading.Lock()
    under_way: set[str] = set()
    most = []

    def put(seen: Seen) -> Answer:
        with lock:
            if len(under_way) >= 3:
                return Answer(429, {"code": "TooManyRequests", "message": "too many"})
            under_way.add(seen.path)
            most.append(len(under_way))
        return faulty.accepted(seen)

    def result(seen: Seen) -> Answer:
        with lock:
            under_way.discard(seen.path.removeprefix("/operationResults"))
        return Answer(200, {"name": "x", "properties": {}, "etag": "e"})

    faulty.on("PUT", "/datasets/*", put)
    faulty.on("GET", "/operationResults/*", result)
    many = {f"dataset/d{n:02}": document(f"dataset/d{n:02}") for n in range(40)}
    _, published = publish(place_for(workspace, tmp_path), write_tree(tmp_path / "tree", many))
    assert not published.report.failed
    assert max(most) == 3


def test_a_failure_stops_what_needs_it_and_nothing_else(
    faulty: FaultyServer, workspace: AzureWorkspace, tmp_path: Path
) -> None:
    refusal = Answer(403, {"error": {"code": "Forbidden", "message": "The principal lacks artifacts/write."}})
    faulty.on("PUT", path_of(DATA), refusal)
    documents = CHAIN | {"pipeline/other": document("pipeline/other", LAKE)}
    _, published = publish(place_for(workspace, tmp_path), write_tree(tmp_path / "tree", documents))
    found = shown(published.report.outcomes)
    assert {k for k, o in found.items() if o.is_done} == {LAKE, "pipeline/other"}
    assert found[DATA].error == "Forbidden: The principal lacks artifacts/write."
    assert [str(found[k].blocked_by) for k in (CALLED, CALLER)] == [f"put {DATA}"] * 2
    assert path_of(CALLED) not in {s.path for s in faulty.requests("PUT")}


def test_an_interrupted_publish_ends_what_is_under_way_and_starts_nothing(
    faulty: FaultyServer, workspace: AzureWorkspace, tmp_path: Path
) -> None:
    faulty.on("PUT", path_of(DATA), lambda seen: Answer(202, b"", faulty.accepted(seen).headers, first=interrupt))
    faulty.on("PUT", "/datasets/refused", Answer(409, {"code": "Conflict", "message": "another publish is going on"}))
    more = {
        "dataset/refused": document("dataset/refused"),
        "pipeline/blocked": document("pipeline/blocked", "dataset/refused"),
    }
    _, published = publish(place_for(workspace, tmp_path), write_tree(tmp_path / "tree", CHAIN | more))
    report = published.report
    assert report.is_interrupted
    assert [str(s) for s in report.unsent] == [f"put {CALLED}", f"put {CALLER}"] or "put pipeline/blocked" in map(
        str, report.unsent
    )
    assert shown(report.outcomes)[DATA].is_done
    assert shown(report.outcomes)["dataset/refused"].error == "Conflict: another publish is going on"
    assert not faulty.requests("PUT", "/pipelines")


def test_a_second_interruption_does_not_wait(faulty: FaultyServer, workspace: AzureWorkspace, tmp_path: Path) -> None:
    released = threading.Event()

    def twice(seen: Seen) -> None:
        interrupt(seen)
        released.wait(0.3)  # so that they are two
        interrupt(seen)
        released.wait(10)

    faulty.on("PUT", path_of(LAKE), Answer(202, b"", first=twice))
    _, published = publish(place_for(workspace, tmp_path), write_tree(tmp_path / "tree", CHAIN))
    released.set()
    assert [str(s) for s in published.report.in_flight] == [f"put {LAKE}"]
    assert {str(s) for s in published.report.unsent} == {f"put {text}" for text in (CALLER, CALLED, DATA)}


@pytest.fixture
def command_line(faulty: FaultyServer, project: Path, repository: Path, synapse_gen: CommandLine) -> CommandLine:
    """The command line, whose embedded workspace is the one that misbehaves."""
    settings = settings_of(project, project)
    pretend_embedded(faulty, settings.root, json.loads(settings.to_json()))
    for pools, name in (("/sqlPools", settings.sql_pool), ("/bigDataPools", settings.spark_pool)):
        faulty.on("GET", pools, Answer(200, {"value": [{"name": name, "properties": {}}]}))
    assert synapse_gen("render", "--env", "local", "--project", project)[0] == 0
    return synapse_gen


def test_a_publish_that_fails_in_part_says_what_is_where(
    faulty: FaultyServer, project: Path, command_line: CommandLine
) -> None:
    refusal = Answer(403, {"code": "Forbidden", "message": f"no rights for Bearer {TOKEN}"})
    faulty.on("PUT", "/pipelines/nyc_taxi_train", refusal)
    code, out, err = command_line("publish", "--env", "local", "--project", project)
    assert (code, out) == (3, "")
    where = "artifacts/local/pipeline/nyc_taxi_train.json: error[SYN305]: pipeline/nyc_taxi_train: Forbidden: no rights"
    assert where in err
    train = (project / "specs" / "nyc_taxi.yaml").read_text().split("\n").index("train:") + 1
    assert f"  help: it comes from specs/nyc_taxi.yaml:{train}:1\n" in err
    assert "error[SYN306]: pipeline/nyc_taxi was not sent: pipeline/nyc_taxi_train failed" in err
    assert "published notebook/nyc_taxi_prepare" in err
    assert "artifacts published to" in err
    assert TOKEN not in err


def test_ctrl_c_during_a_publish_is_130_and_says_what_is_where(
    faulty: FaultyServer, project: Path, command_line: CommandLine
) -> None:
    faulty.on(
        "PUT", "/notebooks/nyc_taxi_prepare", lambda s: Answer(202, b"", faulty.accepted(s).headers, first=interrupt)
    )
    code, out, err = command_line("publish", "--env", "local", "--project", project)
    assert (code, out) == (130, "")
    assert "published notebook/nyc_taxi_prepare" in err
    assert "interrupted; not sent: " in err
    assert "pipeline/nyc_taxi" in err.split("not sent: ")[1]
    assert not faulty.requests("PUT", "/pipelines/nyc_taxi_train")
