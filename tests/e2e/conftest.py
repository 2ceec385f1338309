"""One taxi project, run once: the tests look at what it made."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import copy_project

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    err: str

    @property
    def figures(self) -> dict[str, float]:
        last = self.out.strip().splitlines()[-1]
        return {name: float(value) for name, _, value in (part.partition("=") for part in last.split())}


class Taxi:
    """A project with its embedded workspace, driven by the command line in a process of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def run(self, *arguments: str) -> Finished:
        done = subprocess.run(
            [sys.executable, "-c", "from generator.cli import main; main()", *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            timeout=540,
            check=False,
        )
        assert "Traceback" not in done.stderr
        return Finished(done.returncode, done.stdout, done.stderr)

    def query(self, sql: str) -> list[dict[str, Any]]:
        from generator.local import process

        server = process.find(self.root / ".synapse-gen" / "local")
        if server is None:
            assert self.run("local", "start").code == 0
            server = process.find(self.root / ".synapse-gen" / "local")
        assert server
        answer = json.loads(process.request(server, "POST", "/_local/sqlPools/sqllocal/query", {"query": sql}))
        assert answer["error"] is None, answer["error"]
        return answer["resultSets"][0]["rows"]

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="session")
def taxi(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Taxi]:
    project = Taxi(copy_project(tmp_path_factory.mktemp("taxi") / "project"))
    # Fewer trials than the scenario's: every step is the same, the wait is shorter.
    project.edit("specs/nyc_taxi.yaml", "trials: 25", "trials: 6")
    assert project.run("render").code == 0
    yield project
    project.run("local", "stop")


@pytest.fixture(scope="session")
def finished(taxi: Taxi) -> Finished:
    return taxi.run("run", "nyc_taxi", "--publish", "--baseline", "tripDistance")
