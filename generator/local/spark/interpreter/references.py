"""Notebooks that a notebook refers to: ``%run`` and ``notebookutils.notebook.run``.

Source: "Reference a notebook" of "Create, develop, and maintain Synapse notebooks" and of "Introduction to Microsoft
Spark Utilities": published notebooks only, five deep at most, none within itself.
"""

from __future__ import annotations

import linecache
import signal
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from notebookutils.mssparkutils.handlers.notebookHandler import NotebookExit

from generator.local.spark.cells import NotebookRefusedError, first_magic, kernel_cells

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

_DEEPEST = 5
_running: list[tuple[str, dict[str, Any]]] = []
"""The notebooks that run within the session's own, the innermost last: name and variables."""
_WITHOUT_EFFECT = ("configure", "time", "timeit", "capture")
_AGAIN_SECONDS = 0.2


class _TimeIsUp(BaseException):
    """Ends a notebook that ran too long; not an Exception, so that nothing on the way takes it for its own."""


def current_notebook() -> str:
    """Return the name of the notebook that runs."""
    from generator.local.spark.interpreter.start import SESSION

    return _running[-1][0] if _running else str(SESSION["notebook"])


def run_here(path: str, parameters: dict[str, Any]) -> None:
    """Run a published notebook with the variables of the notebook that runs."""
    from IPython import get_ipython

    run_in(path, _running[-1][1] if _running else get_ipython().user_ns, parameters)


def run_in(path: str, namespace: dict[str, Any], parameters: dict[str, Any]) -> None:
    """Run a published notebook in a namespace, cell by cell; an exit ends it and its callers."""
    from generator.local.spark.interpreter.start import SESSION

    name = _name_of(path)
    if name.lower() in (n.lower() for n in (*(n for n, _ in _running), SESSION["notebook"])):
        raise RecursionError(f"notebook {name} runs itself; Synapse does not allow it")
    if len(_running) >= _DEEPEST:
        raise RecursionError(f"notebook {name} stands more than {_DEEPEST} references deep; Synapse does not allow it")
    try:
        cells = kernel_cells(_document(name, path)["properties"], parameters)
    except NotebookRefusedError as error:
        raise NotImplementedError(f"notebook {name}: {error}") from error
    _running.append((name, namespace))
    try:
        for cell in cells:
            _execute(cell.code, f"<notebook {name}, {cell.name}>", namespace)
    finally:
        _running.pop()


def run_apart(path: str, seconds: float, parameters: dict[str, Any]) -> str:
    """Run a published notebook with variables of its own; returns its exit value, or an empty text."""
    from IPython import get_ipython

    from generator.local.spark.interpreter.start import preloaded

    if threading.current_thread() is not threading.main_thread():
        # Its time is taken by a signal, and the notebooks that run are one chain.
        raise NotImplementedError(f"notebook {path}: a local run takes one notebook after the other, none in a thread")
    shell = get_ipython()
    given = {name: shell.user_ns[name] for name in ("spark", "sc", "sqlContext") if name in shell.user_ns}
    namespace = {"__name__": "__main__", "get_ipython": get_ipython, "_synapse_sql": shell.user_ns["_synapse_sql"]}
    try:
        with _limit(seconds, _name_of(path)):
            run_in(path, namespace | preloaded() | given, parameters)
    except NotebookExit as end:
        return str(end)
    return ""


def _name_of(path: str) -> str:
    # Studio shows notebooks in folders; the artifact's name is the last part.
    return path.strip().strip("'\"").rstrip("/").rpartition("/")[2]


def _document(name: str, path: str) -> dict[str, Any]:
    from generator.artifact import ArtifactKind
    from generator.local.clock import SystemClock
    from generator.local.spark.interpreter.start import SETTINGS
    from generator.local.store import ArtifactStore

    document = ArtifactStore(SETTINGS.root / "artifacts", SystemClock()).document(ArtifactKind.NOTEBOOK, name)
    if document is None:
        raise FileNotFoundError(
            f"there is no notebook {path} in the workspace; a notebook that is run must be published"
        )
    return document


def _execute(code: str, place: str, namespace: dict[str, Any]) -> None:
    from IPython import get_ipython

    if first_magic(code) in _WITHOUT_EFFECT:
        # The rest of the cell runs; the first line stays, so that lines keep their numbers.
        magic = code.lstrip().partition("\n")[0]
        code = "" if first_magic(code) == "configure" else code.replace(magic, "#", 1)
    python = get_ipython().transform_cell(code)
    linecache.cache[place] = (len(python), None, python.splitlines(keepends=True), place)
    exec(compile(python, place, "exec"), namespace)  # noqa: S102 - running notebooks is what this is for


@contextmanager
def _limit(seconds: float, name: str) -> Iterator[None]:
    """Let a notebook run for so long and no longer.

    A call into the JVM is not broken off, for its answer would be taken for the next call's: its jobs are cancelled,
    and the notebook ends when the call has come back.
    """
    is_up = threading.Event()

    def ring(_signal: int, frame: FrameType | None) -> None:
        is_up.set()
        if not _is_in_java(frame):
            raise _TimeIsUp
        # By a connection of its own.
        threading.Thread(target=_cancel_jobs, daemon=True).start()
        signal.setitimer(signal.ITIMER_REAL, _AGAIN_SECONDS)

    began = time.monotonic()
    left, _ = signal.getitimer(signal.ITIMER_REAL)
    is_own = not left or seconds <= left
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds if is_own else left)
    try:
        yield
    except BaseException as error:
        if not (is_up.is_set() or isinstance(error, _TimeIsUp)):
            raise
        if not is_own:
            raise _TimeIsUp from None  # an outer notebook's time
        raise TimeoutError(f"notebook {name} did not end within {seconds:g} seconds") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, left - (time.monotonic() - began)))


def _is_in_java(frame: FrameType | None) -> bool:
    """Whether Python waits for the JVM."""
    while frame is not None:
        if str(frame.f_globals.get("__name__", "")).startswith("py4j."):
            return True
        frame = frame.f_back
    return False


def _cancel_jobs() -> None:
    if "pyspark" in sys.modules:
        from pyspark import SparkContext

        if SparkContext._active_spark_context is not None:  # noqa: SLF001 - there is no public way to ask
            SparkContext._active_spark_context.cancelAllJobs()  # noqa: SLF001 - see above
