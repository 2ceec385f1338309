"""What is kept of a notebook's session: a line a cell while it runs, and its output afterwards."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from generator.local.files import write_atomic

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HIDDEN = "[REDACTED]"


class SessionLog:
    """``<session>.log`` with a line for each thing that begins or ends; ``<session>.ipynb`` with every output.

    No secret of the vault is written into either. A disk that is full does not end the notebook.
    """

    def __init__(self, folder: Path, session: str, secrets: Sequence[str]) -> None:
        self._path = folder / f"{session}.log"
        self._notebook = folder / f"{session}.ipynb"
        self._secrets = tuple(secrets)
        self._since: dict[str, float] = {}

    def say(self, text: str) -> None:
        """Write a line with the time."""
        line = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ} {self.without_secrets(text)}\n"
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line)

    def started(self, what: str) -> None:
        """Say that something begins."""
        self._since[what] = time.monotonic()
        self.say(f"{what} started")

    def ended(self, what: str, how: str) -> None:
        """Say how something that began has ended, and how long it took."""
        seconds = time.monotonic() - self._since.pop(what, time.monotonic())
        self.say(f"{what} {how} after {seconds:.1f} s")

    def keep(self, notebook: Any) -> None:
        """Write a notebook with its outputs."""
        import nbformat

        with suppress(OSError):
            write_atomic(self._notebook, self.without_secrets(nbformat.writes(notebook)).encode())

    def without_secrets(self, text: str) -> str:
        """Return a text without the vault's secrets."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text
