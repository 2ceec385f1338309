"""``notebookutils.session``."""

from __future__ import annotations

from ._refused import refused


def stop(detach: bool = True) -> None:
    """Say that a run's session ends with its notebook: nothing is to be stopped by hand."""
    print("the session ends with the notebook")


restartPython = refused("session.restartPython")  # noqa: N816 - the real one's name
