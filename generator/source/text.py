"""Reads a text file that people wrote, with a diagnostic for everything that is no text."""

from __future__ import annotations

import codecs
import stat
from typing import TYPE_CHECKING

from generator.diagnostics import Diagnostic, Location, SynapseGenError
from generator.source.lines import LineIndex

if TYPE_CHECKING:
    from pathlib import Path

LARGEST_BYTES = 5_000_000
_OTHER_ENCODINGS = {
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


def read_text(path: Path, display: str) -> str:
    """Return a file's text without a byte order mark.

    ``display`` names the file in diagnostics. Raises SYN001 (missing or unreadable), SYN002 (empty) or SYN003 (binary,
    not UTF-8, more than 5 MB).
    """
    content = _read_bytes(path, display)
    if len(content) > LARGEST_BYTES:
        raise _error("SYN003", f"the file is larger than {LARGEST_BYTES:,} bytes", display)
    for mark, encoding in _OTHER_ENCODINGS.items():
        if content.startswith(mark):
            raise _error("SYN003", f"the file is {encoding} text", display, hint="save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _not_utf8(content, error.start, display) from error
    nul = text.find("\0")
    if nul >= 0:
        raise _error("SYN003", "the file is binary: it holds a NUL character", display, LineIndex(text).place(nul))
    if not text.strip():
        raise _error("SYN002", "the file is empty", display, hint="fill it, or delete it")
    return text


def _read_bytes(path: Path, display: str) -> bytes:
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise _error("SYN001", "this is a folder, a file is wanted", display)
        if not stat.S_ISREG(mode):
            # A pipe or a device may never come to an end.
            raise _error("SYN001", "this is no regular file", display)
        with path.open("rb") as file:
            return file.read(LARGEST_BYTES + 1)
    except FileNotFoundError as error:
        raise _error("SYN001", "there is no such file", display) from error
    except PermissionError as error:
        raise _error("SYN001", "this file may not be read: permission denied", display) from error
    except OSError as error:
        raise _error("SYN001", f"the file cannot be read: {error.strerror or error}", display) from error
    except ValueError as error:
        # What the operating system cannot even be asked for: a NUL in a name.
        raise _error("SYN001", f"this is no file name: {error}", display) from error


def _not_utf8(content: bytes, start: int, display: str) -> SynapseGenError:
    # Bytes that are no text are counted as one column each, as editors show them.
    before = content[:start].decode("utf-8-sig", "replace")
    line, column = LineIndex(before).place(len(before))
    message = f"byte 0x{content[start]:02X} is not UTF-8: the file is binary or has another encoding"
    return _error("SYN003", message, display, (line, column), hint="save it as UTF-8")


def _error(
    code: str, message: str, display: str, place: tuple[int, int] = (0, 0), hint: str | None = None
) -> SynapseGenError:
    line, column = place
    return SynapseGenError(Diagnostic(code, message, Location(display, line or None, column or None), hint=hint))
