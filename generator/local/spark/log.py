"""What is kept of a notebook's session: a line a cell while it runs, and its output afterwards."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from generator.local.files import write_atomic
from generator.local.tokens import without_tokens

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HIDDEN = "[REDACTED]"


class SessionLog:
    """``<session>.log`` with a line for each thing that begins or ends; ``<session>.ipynb`` with every output.

    No secret and no token is written into either, and both are their owner's alone. A disk that is full does not end
    the notebook.
    """

    def __init__(self, folder: Path, session: str, secrets: Sequence[str]) -> None:
        self._path = folder / f"{session}.log"
        self._notebook = folder / f"{session}.ipynb"
        self._secrets = tuple(filter(None, secrets))
        self._since: dict[str, float] = {}

    def say(self, text: str) -> None:
        """Write a line with the time."""
        self.add(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ} {text}\n")

    def add(self, text: str) -> None:
        """Write a text as it is, but for secrets."""
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path, "a", encoding="utf-8", opener=_private) as file:
                file.write(self.without_secrets(text))

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
        """Return a text without the secrets that the log was given, and without tokens."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return without_tokens(text, HIDDEN)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
