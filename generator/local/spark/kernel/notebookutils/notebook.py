"""``notebookutils.notebook``."""

from __future__ import annotations

from typing import Any


class NotebookExit(BaseException):
    """Ends the notebook with a value."""


def exit(value: Any = "") -> None:  # noqa: A001 - the real one's name
    """End the notebook; the value is the activity's exit value."""
    raise NotebookExit(str(value))


def run(path: str, *_: Any, **__: Any) -> str:
    """Refused: a local run has no nested notebooks yet."""
    raise NotImplementedError(f"notebookutils.notebook.run({path!r}) is not supported in a local run")
