"""``notebookutils.notebook``."""

from __future__ import annotations

from typing import Any

from ._refused import refused
from .mssparkutils.handlers.notebookHandler import NotebookExit


def exit(value: Any = "") -> None:  # noqa: A001 - the real one's name
    """End the notebook; the value is the activity's exit value."""
    raise NotebookExit(str(value))


def run(path: str, timeout_seconds: float = 90, arguments: dict[str, Any] | None = None, workspace: str = "") -> str:
    """Run another published notebook in this session, with variables of its own; returns its exit value."""
    from generator.local.spark.interpreter import references

    if workspace:
        raise NotImplementedError("notebookutils.notebook.run in another workspace is not supported in a local run")
    return references.run_apart(path, timeout_seconds, dict(arguments or {}))


runMultiple = refused("notebook.runMultiple")  # noqa: N816 - the real one's name
validateDAG = refused("notebook.validateDAG")  # noqa: N816 - the real one's name
