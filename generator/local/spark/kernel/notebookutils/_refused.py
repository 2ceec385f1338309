"""What the real package has and a local run does not."""

from __future__ import annotations

from typing import Any


def refused(name: str) -> Any:
    """Return a function that says so when it is called."""

    def refuse(*_: Any, **__: Any) -> None:
        raise NotImplementedError(f"notebookutils.{name} is not supported in a local run")

    return refuse
