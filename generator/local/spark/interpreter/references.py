"""Notebooks that a notebook refers to: ``%run`` and ``notebookutils.notebook.run``.

Source: "Reference a notebook" of "Create, develop, and maintain Synapse notebooks" and of "Introduction to Microsoft
Spark Utilities": published notebooks only, five deep at most, none within itself.
"""

from __future__ import annotations

import linecache
import signal
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from notebookutils.mssparkutils.handlers.notebookHandler import NotebookExit

from generator.local.spark.cells import NotebookRefusedError, first_magic, kernel_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 5
_running: list[str] = []
_WITHOUT_EFFECT = ("configure", "time", "timeit", "capture")


class _TimeIsUp(BaseException):
    """Ends a notebook that ran too long; not an Exception, so that nothing on the way takes it for its own."""


def current_notebook() -> str:
    """Return the name of the notebook that runs."""
    from generator.local.spark.interpreter.start import SESSION

    return _running[-1] if _running else str(SESSION["notebook"])


def run_in(path: str, namespace: dict[str, Any], parameters: dict[str, Any]) -> None:
    """Run a published notebook in a namespace, cell by cell; an exit ends it and its callers."""
    from generator.local.spark.interpreter.start import SESSION

    name = _name_of(path)
    if name.lower() in (n.lower() for n in (*_running, SESSION["notebook"])):
        raise RecursionError(f"notebook {name} runs itself; Synapse does not allow it")
    if len(_running) >= _DEEPEST:
        raise RecursionError(f"notebook {name} stands more than {_DEEPEST} references deep; Synapse does not allow it")
    try:
        cells = kernel_cells(_document(name, path)["properties"], parameters)
    except NotebookRefusedError as error:
        raise NotImplementedError(f"notebook {name}: {error}") from error
    _running.append(name)
    try:
        for cell in cells:
            _execute(cell.code, f"<notebook {name}, {cell.name}>", namespace)
    finally:
        _running.pop()


def run_apart(path: str, seconds: float, parameters: dict[str, Any]) -> str:
    """Run a published notebook with variables of its own; returns its exit value, or an empty text."""
    from IPython import get_ipython

    from generator.local.spark.interpreter.start import preloaded

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
        code = "" if "configure" in magic else code.replace(magic, "#", 1)
    python = get_ipython().transform_cell(code)
    linecache.cache[place] = (len(python), None, python.splitlines(keepends=True), place)
    exec(compile(python, place, "exec"), namespace)  # noqa: S102 - running notebooks is what this is for


@contextmanager
def _limit(seconds: float, name: str) -> Iterator[None]:
    """Let a notebook run for so long and no longer."""

    def ring(*_: object) -> None:
        raise _TimeIsUp

    began = time.monotonic()
    left, _ = signal.getitimer(signal.ITIMER_REAL)
    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, min(seconds, left) if left else seconds)
    try:
        yield
    except _TimeIsUp:
        _cancel_spark()
        if time.monotonic() - began < seconds:
            raise  # an outer notebook's time is up
        raise TimeoutError(f"notebook {name} did not end within {seconds:g} seconds") from None
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if left:
            signal.setitimer(signal.ITIMER_REAL, max(0.001, left - (time.monotonic() - began)))


def _cancel_spark() -> None:
    import sys

    if "pyspark" in sys.modules:
        from pyspark import SparkContext

        if SparkContext._active_spark_context is not None:  # noqa: SLF001 - there is no public way to ask
            SparkContext._active_spark_context.cancelAllJobs()  # noqa: SLF001 - see above
