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
from generator.local.files import write_atomic
from generator.local.lake import LakePaths

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from generator.local.ports import LocalSettings

_FINAL = ("Completed", "Failed", "Canceled")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,254}")
_DATASTORE = re.compile(
    r"azureml:(?://subscriptions/[^/]+/resourcegroups/[^/]+(?:/providers/Microsoft\.MachineLearningServices)?"
    r"/workspaces/[^/]+)?(?://|/)datastores/(?P<datastore>[^/]+)/paths/(?P<path>.*)",
    re.IGNORECASE,
)


class JobService:
    """Keeps and runs jobs under ``<root>/azureml/jobs``."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._lake = LakePaths(settings)
        self._folder = settings.root / "azureml" / "jobs"
        self._lock = threading.RLock()
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        for job in self.jobs():
            if job["status"] not in _FINAL:
                self._save(
                    job | {"status": "Failed", "error": "the embedded workspace ended while the job was running"}
                )

    def submit(self, name: str, body: dict[str, Any]) -> dict[str, Any]:
        """Start a job; for a name that exists, nothing but its tags changes ("Jobs - Create Or Update").

        Raises JobBodyError for a document that the service would refuse.
        """
        if not _NAME.fullmatch(name):
            raise JobBodyError(f"'{name}' is no job name")
        properties = validate_job(body)
        with self._lock:
            known = self.job(name)
            if known:
                known["properties"]["tags"] = properties.get("tags") or {}
                self._save(known)
                return known
            job = {
                "name": name,
                "properties": properties,
                "status": "NotStarted",
                "error": None,
                "created": time.time(),
                "ended": None,
            }
            self._save(job)
        threading.Thread(target=self._train, args=(name,), name=f"job-{name}", daemon=True).start()
        return job

    def job(self, name: str) -> dict[str, Any] | None:
        """Return a job's record; None where there is none."""
        path = self._folder / name / "job.json"
        if not _NAME.fullmatch(name) or not path.is_file():
            return None
        record: dict[str, Any] = json.loads(path.read_bytes())
        return record

    def jobs(self) -> Iterator[dict[str, Any]]:
        """Yield every job."""
        for path in sorted(self._folder.glob("*/job.json")):
            yield json.loads(path.read_bytes())

    def children(self, name: str) -> list[dict[str, Any]]:
        """Return the finished trials of a job."""
        return [json.loads(p.read_bytes()) for p in sorted((self._folder / name / "children").glob("*.json"))]

    def run(self, run_id: str) -> dict[str, Any] | None:
        """Return a job or a child of one, as the run history knows it; None where there is none."""
        job = self.job(run_id)
        if job:
            return {
                "run_id": run_id,
                "parent": None,
                "status": job["status"],
                "metrics": {},
                "tags": self._tags(job),
            } | {
                "experiment": job["properties"].get("experimentName") or "Default",
                "start": job["created"],
                "end": job["ended"],
            }
        parent = run_id.rpartition("_")[0]
        return next((c for c in self.children(parent) if c["run_id"] == run_id), None) if parent else None

    def _tags(self, job: dict[str, Any]) -> dict[str, str]:
        tags = dict(job["properties"].get("tags") or {})
        best = self._folder / job["name"] / "best"
        if best.is_file():
            tags["automl_best_child_run_id"] = best.read_text()
        if job["error"]:
            tags["error"] = job["error"]
        return tags

    def cancel(self, name: str) -> bool:
        """Cancel a job; False where there is none."""
        with self._lock:
            job = self.job(name)
            if job is None:
                return False
            if job["status"] not in _FINAL:
                self._save(job | {"status": "Canceled", "ended": time.time()})
            self._kill(name)
        return True

    def shutdown(self) -> None:
        """Cancel every job that is running."""
        for name in list(self._processes):
            self.cancel(name)

    def artifact_folder(self, run_id: str) -> Path:
        """Return where a run's outputs are; they are downloaded from the storage account."""
        return self._lake.container_path(self._lake.account_host, "azureml") / "ExperimentRun" / f"dcid.{run_id}"

    def data_folder(self, uri: str) -> Path:
        """Return the folder of a datastore's path; JobBodyError for a datastore that is not here."""
        match = _DATASTORE.fullmatch(uri)
        if match is None:
            raise JobBodyError(f"'{uri}' is no path of a datastore")
        if match["datastore"] != self._settings.datastore:
            raise JobBodyError(f"there is no datastore '{match['datastore']}' in the workspace")
        return self._lake.local_path(f"https://{self._lake.account_host}/{self._settings.container}/{match['path']}")

    def _train(self, name: str) -> None:
        try:
            job = self.job(name) or {}
            data = self.data_folder(job["properties"]["taskDetails"]["trainingData"]["uri"])
            task = {
                "name": name,
                "details": job["properties"]["taskDetails"],
                "experiment": job["properties"].get("experimentName") or "Default",
                "data": str(data),
                "folder": str(self._folder / name),
                "artifacts": str(self.artifact_folder("x").parent),
                "parent_process": os.getpid(),
            }
            path = self._folder / name / "task.json"
            write_atomic(path, json.dumps(task).encode())
            with self._lock:
                if (self.job(name) or {}).get("status") in _FINAL:
                    return
                self._processes[name] = self._start(name, path)
                self._save(job | {"status": "Running"})
            self._finish(name, self._processes[name].wait())
        except (JobBodyError, OSError, ValueError) as error:
            self._fail(name, str(error))

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
            job = self.job(name) or {}
            if job.get("status") in _FINAL:
                return
            failure = self._folder / name / "failure"
            if code == 0:
                self._save(job | {"status": "Completed", "ended": time.time()})
                return
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

    def _save(self, job: dict[str, Any]) -> None:
        write_atomic(self._folder / job["name"] / "job.json", json.dumps(job).encode())
