"""Reads a text file that people wrote, with a diagnostic for everything that is no text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.diagnostics import Diagnostic, Location, SynapseGenError

if TYPE_CHECKING:
    from pathlib import Path

_LARGEST = 5_000_000


def read_text(path: Path, display: str) -> str:
    """Return a file's text without a byte order mark.

    Raises SYN001 (missing or unreadable), SYN002 (empty) or SYN003 (binary, not UTF-8, too large).
    """
    where = Location(display)
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except OSError as error:
        raise SynapseGenError(Diagnostic("SYN001", f"cannot read: {error.strerror}", where)) from error
    if len(content) > _LARGEST:
        raise SynapseGenError(Diagnostic("SYN003", f"the file is larger than {_LARGEST:,} bytes", where))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SynapseGenError(
            Diagnostic("SYN003", "the file is no UTF-8 text", Location(display, line), hint="save it as UTF-8")
        ) from error
    if "\0" in text:
        raise SynapseGenError(Diagnostic("SYN003", "the file is binary: it holds a NUL character", where))
    if not text.strip():
        raise SynapseGenError(Diagnostic("SYN002", "the file is empty", where))
    return text
