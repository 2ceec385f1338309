"""A workspace whose engines are in memory and whose time is virtual: no test waits."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from generator.local.pipeline.engine import Engines, PipelineEngine
from generator.local.pipeline.runs import RunStore
from generator.local.ports import ActivityError, HttpResponse, NotebookResult, ResultSet, SqlResult, UnroutedHostError

SOON = 20.0
"""Seconds after which a test that hangs fails; nothing takes as long."""


class VirtualClock:
    """Time passes when somebody waits for it; a clock that is held lets nobody go before he is cancelled."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)
        self.waited: list[float] = []
        self.is_held = False
        self.somebody_waits = threading.Event()
        self._lock = threading.Lock()

    def now(self) -> datetime:
        with self._lock:
            return self.moment

    def pass_by(self, seconds: float) -> None:
        with self._lock:
            self.moment += timedelta(seconds=seconds)

    def wait(self, cancel: threading.Event, seconds: float) -> bool:
        self.waited.append(seconds)
        if self.is_held:
            self.somebody_waits.set()
            assert cancel.wait(SOON)
            return True
        self.pass_by(seconds)
        return cancel.is_set()


class Notebooks:
    """Runs what the test says; by default it succeeds with an exit value."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, Any]]] = []
        self.result = NotebookResult("Succeeded", '{"rows": 3}', None, "session")
        self.work: Callable[[str, dict[str, Any], threading.Event], NotebookResult | None] = lambda *_: None

    def run(self, notebook: Any, parameters: Any, *, run_id: str, cancel: threading.Event) -> NotebookResult:
        self.seen.append((notebook["name"], dict(parameters)))
        return self.work(notebook["name"], dict(parameters), cancel) or self.result


class Sql:
    """Answers every batch with the same result, after doing what the test says."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, dict[str, Any]]] = []
        self.result = SqlResult((ResultSet((("n", "bigint"),), ((7,),)),), 2, ("printed",), None)
        self.work: Callable[[str, threading.Event], None] = lambda *_: None

    def fail_with(self, code: str, message: str) -> None:
        self.result = SqlResult((), 0, (), ActivityError(code, message))

    def execute(self, pool: str, text: str, parameters: Any = None, *, cancel: Any = None) -> SqlResult:
        self.seen.append((pool, text, dict(parameters or {})))
        self.work(text, cancel)
        return self.result

    def execute_procedure(self, pool: str, name: str, parameters: Any, *, cancel: Any = None) -> SqlResult:
        return self.execute(pool, name, parameters, cancel=cancel)

    def read_table(self, pool: str, name: str) -> Any:
        raise NotImplementedError


class Http:
    """Answers in turn; the last answer again and again."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any] | tuple[int, Any, dict[str, str]]] = [(200, {})]
        self.seen: list[tuple[str, str, dict[str, str], bytes | None]] = []

    def request(self, method: str, url: str, headers: Any, body: bytes | None) -> HttpResponse:
        if "unknown.example" in url:
            raise UnroutedHostError("unknown.example is not answered here")
        self.seen.append((method, url, dict(headers), body))
        status, value, *more = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        content = value if isinstance(value, bytes) else json.dumps(value).encode()
        return HttpResponse(status, more[0] if more else {"content-type": "application/json"}, content)


class Workspace:
    """A pipeline engine with everything that it needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pipelines: dict[str, dict[str, Any]] = {}
        self.clock, self.notebooks, self.sql, self.http = VirtualClock(), Notebooks(), Sql(), Http()
        self.runs = RunStore(folder, self.clock)
        self.engine = PipelineEngine(
            Engines(
                pipelines=self.pipelines.get,
                notebooks=lambda name: {"name": name} if name.startswith("n") else None,
                notebook_engine=self.notebooks,
                sql_engine=self.sql,
                http=self.http,
                managed_identity=lambda resource: f"token-for-{resource}",
                clock=self.clock,
                workspace="w",
            ),
            self.runs,
        )

    def publish(self, name: str, *activities: dict[str, Any], **properties: Any) -> None:
        self.pipelines[name] = {"name": name, "properties": {"activities": list(activities), **properties}}

    def start(self, name: str, run_id: str = "r", **parameters: Any) -> None:
        self.engine.start(name, parameters, run_id=run_id, invoked_by={"id": "i", "name": "Manual"})

    def end(self, run_id: str = "r") -> dict[str, Any]:
        assert self.engine.join(run_id, SOON)
        run = self.runs.run(run_id)
        assert run is not None
        return run

    def run(self, name: str, **parameters: Any) -> dict[str, Any]:
        self.start(name, **parameters)
        return self.end()

    def activity(self, name: str, run_id: str = "r") -> dict[str, Any]:
        """Return the last run of an activity."""
        return [a for a in self.runs.activities(run_id) if a["activityName"] == name][-1]

    def names(self, run_id: str = "r") -> list[str]:
        return [a["activityName"] for a in self.runs.activities(run_id)]

    def children(self) -> list[dict[str, Any]]:
        return [r for r in self.runs.runs() if r["runId"] != "r"]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def _activity(name: str, kind: str, properties: dict[str, Any], *after: tuple[str, str], **more: Any) -> dict[str, Any]:
    depends = [{"activity": a, "dependencyConditions": c.split("|")} for a, c in after]
    return {"name": name, "type": kind, "dependsOn": depends, "typeProperties": properties, **more}


@pytest.fixture
def activity() -> Callable[..., dict[str, Any]]:
    """Makes an activity: name, type, typeProperties, (activity, conditions) ..., other members."""
    return _activity


@pytest.fixture
def pause() -> Callable[..., dict[str, Any]]:
    """Makes an activity that waits for no time."""
    return lambda name, *after, **more: _activity(name, "Wait", {"waitTimeInSeconds": 0}, *after, **more)
