"""The files that COPY reads, and their rows.

Source: "COPY (Transact-SQL)": a folder means all its files and those of its subfolders; a wildcard reaches into
subfolders and minds case; names that begin with ``_`` or ``.`` are skipped unless they are written out.
"""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.local.lake import LakePathError
from generator.local.sqlpool.errors import SqlError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from generator.local.lake import LakePaths
    from generator.local.sqlpool.copy_statement import CsvFormat

ACCESS_FAILED = 13807


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A file, and the URL that messages name it by."""

    path: Path
    url: str


@dataclass(frozen=True, slots=True)
class CsvRow:
    """A row: where it is in its file (from 1), its fields, and which of them stood in quotes."""

    number: int
    fields: list[str]
    quoted: list[bool]
    size: int
    """Its bytes, about: one a character."""


def files_of(locations: tuple[str, ...], lake: LakePaths) -> list[LakeFile]:
    """Return the files of COPY's locations; SqlError where there is none, or the place is not of this workspace."""
    found: list[LakeFile] = []
    for location in locations:
        here = list(_files(location, lake))
        if not here:
            raise SqlError(f"External file access failed: no file matches '{location}'.", ACCESS_FAILED)
        found += here
    return found


def _files(location: str, lake: LakePaths) -> Iterator[LakeFile]:
    segments = location.split("/")
    first = next((i for i, s in enumerate(segments) if i > 2 and "*" in s.replace("\\*", "")), None)
    base = "/".join(segments if first is None else segments[:first]).rstrip("/").replace("\\*", "*")
    try:
        path = lake.local_path(base)
    except LakePathError as error:
        raise SqlError(f"External file access failed: {error}.", ACCESS_FAILED) from error
    if first is None and path.is_file():
        yield LakeFile(path, base)
        return
    if not path.is_dir():
        return
    pattern = re.compile(".*" if first is None else _regular("/".join(segments[first:])), re.DOTALL)
    explicit = first is not None and segments[-1].startswith(("_", "."))
    root = path.resolve()
    for candidate in sorted(path.rglob("*")):
        relative = candidate.relative_to(path)
        parts = relative.parts[:-1] if explicit else relative.parts
        if not candidate.is_file() or any(p.startswith(("_", ".")) for p in parts):
            continue
        # A link that leads out of the folder is no file of the lake.
        if pattern.fullmatch(relative.as_posix()) and candidate.resolve().is_relative_to(root):
            yield LakeFile(candidate, f"{base}/{relative.as_posix()}")


def _regular(pattern: str) -> str:
    parts = re.split(r"(\\\*|\*)", pattern)
    return "".join({"*": ".*", "\\*": r"\*"}.get(p, re.escape(p)) for p in parts)


def csv_rows(file: LakeFile, style: CsvFormat) -> Iterator[CsvRow]:
    """Yield the rows of a CSV file from FIRSTROW on; SqlError where it is no CSV."""
    text = _text(file, style)
    field = _field_pattern(style)
    position, number = 0, 1
    while position < len(text):
        begin = position
        fields: list[str] = []
        quoted: list[bool] = []
        while True:
            match = field.match(text, position)
            if match is None:
                raise SqlError(
                    f"Bulk load failed due to invalid column value in CSV data file {file.url} in row {number}, "
                    f"column {len(fields) + 1}.",
                    13812,
                )
            is_quoted = match.group("quoted") is not None
            value = match.group("quoted") if is_quoted else match.group("plain")
            fields.append(value.replace(style.quote * 2, style.quote) if is_quoted else value)
            quoted.append(is_quoted)
            position = match.end()
            if match.group("end") != style.field_terminator:
                break
        if number >= style.first_row:
            yield CsvRow(number, fields, quoted, position - begin)
        number += 1


def _text(file: LakeFile, style: CsvFormat) -> str:
    is_gzip = style.is_gzip if style.is_gzip is not None else file.path.name.endswith(".gz")
    try:
        content = file.path.read_bytes()
        return (gzip.decompress(content) if is_gzip else content).decode(style.encoding)
    except UnicodeDecodeError as error:
        raise SqlError(
            "Bulk load data conversion error (type mismatch or invalid character for the specified codepage) at byte "
            f"{error.start} in data file {file.url}.",
            13812,
        ) from error
    except (OSError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SqlError(f"External file access failed: {file.url}: {reason}.", ACCESS_FAILED) from error


def _field_pattern(style: CsvFormat) -> re.Pattern[str]:
    ends = [re.escape(style.field_terminator), re.escape(style.row_terminator)]
    if len(style.field_terminator) == len(style.row_terminator) == 1:
        plain = f"[^{ends[0]}{ends[1]}]*"
    else:
        plain = f"(?:(?!{ends[0]}|{ends[1]}).)*"
    end = rf"(?P<end>{ends[0]}|{ends[1]}|\Z)"
    if not style.quote:
        return re.compile(f"(?P<quoted>(?!))?(?P<plain>{plain}){end}", re.DOTALL)
    quote = re.escape(style.quote)
    in_quotes = f"{quote}(?P<quoted>(?:[^{quote}]|{quote}{quote})*){quote}"
    return re.compile(f"(?:{in_quotes}|(?!{quote})(?P<plain>{plain})){end}", re.DOTALL)
