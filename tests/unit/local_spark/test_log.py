"""What is kept of a session, and what never is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import nbformat

from generator.local.spark.log import SessionLog
from generator.local.tokens import load_keyring

if TYPE_CHECKING:
    from pathlib import Path

    from generator.local.ports import LocalSettings


def notebook(output: str) -> Any:
    """Return a notebook with a cell that has printed something."""
    outputs = [{"output_type": "stream", "name": "stdout", "text": output}]
    cell = {"cell_type": "code", "metadata": {}, "execution_count": 1, "source": "x", "outputs": outputs}
    book = {"nbformat": 4, "nbformat_minor": 2, "metadata": {}, "cells": [cell]}
    return nbformat.reads(json.dumps(book), as_version=4)  # type: ignore[no-untyped-call]  # nbformat has no types


def test_neither_secrets_nor_tokens_are_written(settings: LocalSettings) -> None:
    keyring = load_keyring(settings)
    hidden = (keyring.secrets["deploy"], keyring.issue("w", "https://storage.azure.com"), "of the server")
    log = SessionLog(settings.root, "s", (hidden[0], hidden[2], ""))
    text = " | ".join(hidden)
    log.say(text)
    log.add(text)
    log.keep(notebook(text))
    for name in ("s.log", "s.ipynb"):
        kept = (settings.root / name).read_text()
        assert "[REDACTED] | [REDACTED] | [REDACTED]" in kept
        assert not any(value in kept for value in hidden)


def test_what_is_kept_is_its_owners_alone(tmp_path: Path) -> None:
    log = SessionLog(tmp_path / "logs", "s", ())
    log.say("a")
    log.keep(notebook("a"))
    assert {p.name: p.stat().st_mode & 0o077 for p in (tmp_path / "logs").iterdir()} == {"s.log": 0, "s.ipynb": 0}


def test_a_disk_that_refuses_does_not_end_the_notebook(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    log = SessionLog(tmp_path / "logs", "s", ())
    log.say("a")
    log.keep(notebook("a"))
