"""What a notebook's run comes to before any kernel is started."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from generator.local.spark.engine import SparkNotebookEngine

if TYPE_CHECKING:
    from generator.local.ports import LocalSettings, NotebookResult


def run(settings: LocalSettings, *sources: str, cancelled: bool = False, **parameters: Any) -> NotebookResult:
    cells = [{"cell_type": "code", "metadata": {}, "source": [source]} for source in sources]
    cancel = threading.Event()
    if cancelled:
        cancel.set()
    notebook = {"name": "n", "properties": {"cells": cells}}
    return SparkNotebookEngine(settings, {}).run(notebook, parameters, run_id="r", cancel=cancel)


def test_a_run_that_is_cancelled_before_it_starts_makes_no_session(settings: LocalSettings) -> None:
    result = run(settings, "1", cancelled=True)
    assert (result.status, result.error) == ("Cancelled", None)
    assert not (settings.root / "spark").exists()


def test_a_notebook_that_cannot_run_is_refused_at_once_and_logged(settings: LocalSettings) -> None:
    result = run(settings, "1", "%%spark\nval x = 1")
    assert result.error
    assert result.error.message.startswith("cell 2: %%spark: a local run has Python and SQL")
    assert result.error.message in (settings.root / f"logs/notebooks/{result.session_id}.log").read_text()
    assert not (settings.root / "spark").exists()


def test_a_disk_that_refuses_is_a_fault_of_the_machine(settings: LocalSettings) -> None:
    (settings.root / "spark").write_text("a file where the folder should be")
    result = run(settings, "1")
    assert result.error
    assert (result.status, result.error.failure_type) == ("Failed", "SystemError")
    assert result.error.message == "this machine refused: Not a directory"
