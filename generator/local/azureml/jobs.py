"""AutoML jobs: on disk, trained in a process of their own, cancelled by killing it."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from generator.local.azureml.body import JobBodyError, validate_job
from generator.local.azureml.datastore import DatastorePaths
from generator.local.files import write_atomic
from generator.local.lake import LakePathError, LakePaths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from generator.local.azureml.runs import Run
    from generator.local.ports import LocalSettings

Job = dict[str, Any]
"""A job's record: name, properties (as they were put), status, error, created, ended."""

_FINAL = ("Completed", "Failed", "Canceled")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}")
_DEFAULT_EXPERIMENT = "Default"  # of the service, for a job that names none


class JobService:
    """Keeps and runs jobs under ``<root>/azureml/jobs``. Its methods may be called from any thread."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._lake = LakePaths(settings)
        self._datastores = DatastorePaths(settings)
        self._folder = settings.root / "azureml" / "jobs"
        self._lock = threading.RLock()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._closed = False
        for job in self.jobs():
            if job["status"] not in _FINAL:
                ended = {"status": "Failed", "ended": time.time()}
                self._save(job | ended | {"error": "the embedded workspace ended while the job was running"})

    def put(self, name: str, body: Any) -> tuple[Job, bool]:
        """Start a job; returns it, and whether it is new.

        For a name that exists nothing but its tags changes ("Jobs - Create Or Update"). Raises JobBodyError for a
        document that the service would refuse, OSError where the disk refuses the job.
        """
        if not _NAME.fullmatch(name):
            raise JobBodyError(f"'{name}' is no job name")
        properties = validate_job(body)
        with self._lock:
            known = self.job(name)
            if known:
                known["properties"]["tags"] = properties.get("tags") or {}
                self._save(known)
                return known, False
            times = {"created": time.time(), "ended": None}
            job = {"name": name, "properties": properties, "status": "NotStarted", "error": None, **times}
            self._save(job)
        threading.Thread(target=self._train, args=(name,), name=f"job-{name}", daemon=True).start()
        return job, True

    def submit(self, name: str, body: Any) -> Job:
        """Start a job, as :meth:`put` does."""
        return self.put(name, body)[0]

    def job(self, name: str) -> Job | None:
        """Return a job's record; None where there is none."""
        path = self._folder / name / "job.json"
        if not _NAME.fullmatch(name) or not path.is_file():
            return None
        record: Job = json.loads(path.read_bytes())
        return record

    def jobs(self) -> Iterator[Job]:
        """Yield every job."""
        for path in sorted(self._folder.glob("*/job.json")):
            yield json.loads(path.read_bytes())

    def children(self, name: str) -> list[Run]:
        """Return the trials of a job that have ended, in their order."""
        return [json.loads(p.read_bytes()) for p in sorted((self._folder / name / "children").glob("*.json"))]

    def run(self, run_id: str) -> Run | None:
        """Return a job or a child of one, as the run history knows it; None where there is none."""
        job = self.job(run_id)
        if job:
            return self._parent(job)
        parent = run_id.rpartition("_")[0]
        if not parent or self.job(parent) is None:
            return None
        return next((c for c in self.children(parent) if c["run_id"] == run_id), None)

    def runs(self) -> list[Run]:
        """Return every job and every child."""
        return [r for job in self.jobs() for r in (self._parent(job), *self.children(job["name"]))]

    def experiments(self) -> list[str]:
        """Return the names of the experiments that jobs belong to."""
        return sorted({_experiment(job) for job in self.jobs()})

    def tags(self, job: Job) -> dict[str, str]:
        """Return a job's tags: its own, what the training said, the best child, and why it failed."""
        tags = {**(job["properties"].get("tags") or {})}
        result = self._result(job)
        if result:
            tags |= {**result["tags"], "automl_best_child_run_id": result["best"]}
        if job["error"]:
            tags["error"] = job["error"]
        return tags

    def cancel(self, name: str) -> bool:
        """Cancel a job; False where there is none. A job that has ended stays as it is."""
        with self._lock:
            job = self.job(name)
            if job is None:
                return False
            if job["status"] not in _FINAL:
                self._save(job | {"status": "Canceled", "ended": time.time()})
            self._kill(name)
        return True

    def shutdown(self) -> None:
        """Cancel every job that is running, and start none any more."""
        with self._lock:
            self._closed = True
            for name in list(self._processes):
                self.cancel(name)

    def artifact_folder(self, run_id: str) -> Path:
        """Return where a run's outputs are; they are downloaded from the storage account."""
        return self._lake.container_path(self._lake.account_host, "azureml") / "ExperimentRun" / f"dcid.{run_id}"

    def data_folder(self, uri: str) -> Path:
        """Return the folder of a datastore's path; JobBodyError for one that is not here."""
        return self._datastores.folder(uri)

    def _parent(self, job: Job) -> Run:
        result = self._result(job)
        return {
            "run_id": job["name"],
            "parent": None,
            "experiment": _experiment(job),
            "status": job["status"],
            # A parent shows the metrics of its best child.
            "metrics": result["metrics"] if result else {},
            "tags": self.tags(job),
            "start": job["created"],
            "end": job["ended"],
        }

    def _result(self, job: Job) -> dict[str, Any] | None:
        path = self._folder / job["name"] / "result.json"
        if not path.is_file():
            return None
        result: dict[str, Any] = json.loads(path.read_bytes())
        return result

    def _train(self, name: str) -> None:
        try:
            process = self._started(name)
            if process is not None:
                self._finish(name, process.wait())
        except (JobBodyError, LakePathError) as error:
            self._fail(name, str(error))
        except OSError as error:
            self._fail(name, f"this machine refused the training: {error}")

    def _started(self, name: str) -> subprocess.Popen[bytes] | None:
        """Start the training; None where the job was cancelled before."""
        job = self.job(name)
        if job is None:
            return None
        path = self._folder / name / "task.json"
        write_atomic(path, json.dumps(self._task(job)).encode())
        with self._lock:
            job = self.job(name)
            if job is None or job["status"] in _FINAL:
                return None
            if self._closed:
                self.cancel(name)
                return None
            process = self._start(name, path)
            self._processes[name] = process
            self._save(job | {"status": "Running"})
            return process

    def _task(self, job: Job) -> dict[str, Any]:
        details = job["properties"]["taskDetails"]
        return {
            "name": job["name"],
            "details": details,
            "experiment": _experiment(job),
            "data": str(self.data_folder(details["trainingData"]["uri"])),
            "folder": str(self._folder / job["name"]),
            "artifacts": str(self.artifact_folder("x").parent),
            "parent_process": os.getpid(),
        }

    def _start(self, name: str, task: Path) -> subprocess.Popen[bytes]:
        log = self._settings.root / "logs" / "jobs" / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "generator.local.azureml.train", str(task)],
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def _finish(self, name: str, code: int) -> None:
        with self._lock:
            self._processes.pop(name, None)
            job = self.job(name)
            if job is None or job["status"] in _FINAL:
                return
            if code == 0:
                self._save(job | {"status": "Completed", "ended": time.time()})
                return
        failure = self._folder / name / "failure"
        self._fail(name, failure.read_text() if failure.is_file() else f"the training process ended with {code}")

    def _fail(self, name: str, message: str) -> None:
        with self._lock:
            job = self.job(name)
            if job and job["status"] not in _FINAL:
                self._save(job | {"status": "Failed", "error": message, "ended": time.time()})

    def _kill(self, name: str) -> None:
        process = self._processes.pop(name, None)
        if process and process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def _save(self, job: Job) -> None:
        write_atomic(self._folder / job["name"] / "job.json", json.dumps(job).encode())


def _experiment(job: Job) -> str:
    return str(job["properties"].get("experimentName") or _DEFAULT_EXPERIMENT)
