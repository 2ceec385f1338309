"""Publishing over the unmodified SDK to a workspace that misbehaves: order, concurrency, parts, interruptions."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import ExitCode, SynapseGenError
from generator.documents import Document
from generator.publish import ArtifactOutcome, publish
from tests.contract.conftest import settings_of
from tests.contract.faulty import TOKEN, Answer, FaultyServer, Seen, interrupt, pretend_embedded

if TYPE_CHECKING:
    from generator.workspace.azure import AzureWorkspace
    from tests.conftest import CommandLine

LAKE, DATA, CALLED, CALLER = "linkedService/lake", "dataset/data", "pipeline/called", "pipeline/caller"


def artifact(key: str, *needs: str) -> tuple[Document, bytes]:
    folder, name = key.split("/")
    kinds = {"linkedService": "LinkedServiceReference", "dataset": "DatasetReference", "pipeline": "PipelineReference"}
    references = [{"referenceName": n.split("/")[1], "type": kinds[n.split("/")[0]]} for n in needs]
    body = {"name": name, "properties": {"needs": references}}
    document = Document(ArtifactKey(ArtifactKind.of_folder(folder), name), body)
    return document, json.dumps(body, indent="\t").encode()


CHAIN = [artifact(CALLER, CALLED), artifact(CALLED, DATA), artifact(DATA, LAKE), artifact(LAKE)]


def path_of(key: str) -> str:
    document = artifact(key)[0]
    return f"/{document.key.kind.collection}/{document.key.name}"


def shown(outcomes: Any) -> dict[str, ArtifactOutcome]:
    return {str(o.key): o for o in outcomes}


def test_an_artifact_is_sent_when_those_that_it_needs_are_done(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    for key in (LAKE, DATA, CALLED):
        pending = Answer(202, {"status": "InProgress"})
        faulty.on("GET", f"/operationResults{path_of(key)}", pending, pending, Answer(200, {"name": "x"}))
    told: list[str] = []
    report = publish(CHAIN, workspace, on_outcome=lambda o: told.append(str(o.key)))
    assert not report.failed
    assert told == [LAKE, DATA, CALLED, CALLER]
    sent = [(s.method, s.path.removeprefix("/operationResults")) for s in faulty.seen]
    for before, after in ((LAKE, DATA), (DATA, CALLED), (CALLED, CALLER)):
        polls = [n for n, call in enumerate(sent) if call == ("GET", path_of(before))]
        assert polls[-1] < sent.index(("PUT", path_of(after)))
    assert {s.path: s.body for s in faulty.requests("PUT")} == {path_of(str(d.key)): content for d, content in CHAIN}


def test_so_many_are_under_way_and_no_more(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    together = threading.Barrier(3)

    def wait_for_two_others(seen: Seen) -> Answer:
        together.wait(10)
        return faulty.accepted(seen)

    faulty.on("PUT", "/datasets/*", wait_for_two_others)
    many = [artifact(f"dataset/d{n}") for n in range(12)]
    report = publish(many, workspace, on_outcome=lambda _: None, concurrency=3)
    assert not report.failed
    assert faulty.most_at_once == 3


def test_a_failure_stops_what_needs_it_and_nothing_else(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    refusal = Answer(403, {"error": {"code": "Forbidden", "message": "The principal lacks artifacts/write."}})
    faulty.on("PUT", path_of(DATA), refusal)
    report = publish([*CHAIN, artifact("pipeline/other", LAKE)], workspace, on_outcome=lambda _: None)
    found = shown(report.outcomes)
    assert {k for k, o in found.items() if o.is_published} == {LAKE, "pipeline/other"}
    assert found[DATA].error == "Forbidden: The principal lacks artifacts/write."
    assert [str(found[k].blocked_by) for k in (CALLED, CALLER)] == [DATA, DATA]
    assert path_of(CALLED) not in {s.path for s in faulty.seen}


def test_an_interrupted_publish_ends_what_is_under_way_and_starts_nothing(
    faulty: FaultyServer, workspace: AzureWorkspace
) -> None:
    faulty.on("PUT", path_of(DATA), lambda seen: Answer(202, b"", faulty.accepted(seen).headers, first=interrupt))
    faulty.on("PUT", "/datasets/refused", Answer(409, {"code": "Conflict", "message": "another publish is going on"}))
    many = [artifact("dataset/refused"), artifact("pipeline/blocked", "dataset/refused"), *CHAIN]
    with pytest.raises(SynapseGenError) as caught:
        publish(many, workspace, on_outcome=lambda _: None)
    assert caught.value.exit_code is ExitCode.INTERRUPTED
    failed, summary = (d.message for d in caught.value.diagnostics)
    assert failed == "dataset/refused: Conflict: another publish is going on"
    assert summary.startswith("interrupted: 2 of 6 artifacts are published; not sent: pipeline/blocked, ")
    assert summary.endswith(f"{CALLER}, {CALLED}")
    assert not faulty.requests("PUT", "/pipelines")


def test_a_second_interruption_does_not_wait(faulty: FaultyServer, workspace: AzureWorkspace) -> None:
    released = threading.Event()

    def twice(seen: Seen) -> None:
        interrupt(seen)
        released.wait(0.3)  # so that they are two
        interrupt(seen)
        released.wait(10)

    faulty.on("PUT", path_of(LAKE), Answer(202, b"", first=twice))
    with pytest.raises(SynapseGenError) as caught:
        publish(CHAIN, workspace, on_outcome=lambda _: None)
    released.set()
    messages = [d.message for d in caught.value.diagnostics]
    assert messages[0] == f"{LAKE} was sent; what became of it is not known"
    assert messages[1] == f"interrupted: 0 of 4 artifacts are published; not sent: {CALLER}, {CALLED}, {DATA}"


@pytest.fixture
def command_line(faulty: FaultyServer, project: Path, repository: Path, synapse_gen: CommandLine) -> CommandLine:
    """The command line, whose embedded workspace is the one that misbehaves."""
    settings = settings_of(project, project)
    pretend_embedded(faulty, settings.root, json.loads(settings.to_json()))
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
    assert "interrupted: " in err
    assert "; not sent: " in err
    assert "pipeline/nyc_taxi" in err.split("not sent: ")[1]
    assert not faulty.requests("PUT", "/pipelines/nyc_taxi_train")
