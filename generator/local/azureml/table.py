"""Reads an MLTable folder: the MLTable file, and the files that it names.

Source: "CLI (v2) mltable YAML schema" of Azure Machine Learning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pandas as pd

_ENCODINGS = {
    "utf8": "utf-8",
    "iso88591": "iso-8859-1",
    "latin1": "latin-1",
    "ascii": "ascii",
    "utf16": "utf-16",
    "utf8bom": "utf-8-sig",
    "windows1252": "cp1252",
}
_HEADERS: dict[str, int | None] = {
    "all_files_same_headers": 0,
    "all_files_different_headers": 0,
    "from_first_file": 0,
    "no_header": None,
}
_DELIMITED_OPTIONS = {"delimiter", "encoding", "header", "empty_as_string", "include_path_column", "infer_column_types"}
_PARQUET_OPTIONS = {"include_path_column"}


class TrainingDataError(ValueError):
    """The training data cannot be used; the message is for the job's owner."""


def read_mltable(folder: Path) -> pd.DataFrame:
    """Return the rows of an MLTable folder; TrainingDataError where it is none.

    Understands ``paths`` of file, folder or pattern, and ``read_parquet`` or ``read_delimited`` with their usual
    options; anything else is refused by name.
    """
    import pandas as pd

    document = _document(folder)
    files = [f for entry in _list(document, "paths") for f in _files(folder, entry)]
    if not files:
        raise TrainingDataError("the MLTable names no file that exists")
    read = _reader(_list(document, "transformations"))
    rows: pd.DataFrame = pd.concat([_rows(read, f) for f in files], ignore_index=True)
    if rows.columns.has_duplicates:
        raise TrainingDataError(f"the column {rows.columns[rows.columns.duplicated()][0]} stands twice in the data")
    return rows


def _document(folder: Path) -> Mapping[str, Any]:
    definition = folder / "MLTable"
    if not definition.is_file():
        raise TrainingDataError(f"there is no MLTable file in {folder.name}")
    try:
        document = yaml.safe_load(definition.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise TrainingDataError(f"the MLTable file is no YAML: {error}") from error
    if not isinstance(document, dict):
        raise TrainingDataError("the MLTable file holds no mapping of keys to values")
    return document


def _list(document: Mapping[str, Any], key: str) -> list[Any]:
    value = document.get(key) or []
    if not isinstance(value, list):
        raise TrainingDataError(f"{key} of the MLTable is no list")
    return value


def _files(folder: Path, entry: Any) -> list[Path]:
    kind, value = next(iter(entry.items()), ("", "")) if isinstance(entry, dict) else ("", "")
    if kind not in ("file", "folder", "pattern") or not isinstance(value, str):
        raise TrainingDataError(f"a path of the MLTable is a file, folder or pattern, not {entry!r}")
    relative = value.removeprefix("./")
    if relative.startswith("/") or "://" in relative:
        raise TrainingDataError(f"the MLTable's path {value} is not relative: the local workspace reads its own folder")
    if kind == "pattern":
        found = sorted(folder.glob(relative))
    elif kind == "folder":
        found = sorted((folder / relative).rglob("*"))
    else:
        found = [folder / relative]
    inside = [f for f in found if f.is_file() and f.resolve().is_relative_to(folder.resolve())]
    return [f for f in inside if not f.name.startswith(("_", "."))]


def _reader(transformations: list[Any]) -> Callable[[Path], pd.DataFrame]:
    steps = [(t, {}) if isinstance(t, str) else next(iter(t.items())) for t in transformations if t]
    if not any(name in ("read_parquet", "read_delimited") for name, _ in steps):
        raise TrainingDataError("the MLTable reads neither parquet nor delimited files")
    name, options = steps[0]
    options = options or {}
    if len(steps) > 1:
        raise TrainingDataError(f"the transformation {steps[1][0]} of the MLTable is not supported locally")
    known = _PARQUET_OPTIONS if name == "read_parquet" else _DELIMITED_OPTIONS
    unknown = sorted(set(options) - known)
    if unknown or options.get("include_path_column"):
        option = unknown[0] if unknown else "include_path_column"
        raise TrainingDataError(f"{option} of {name} is not supported locally")
    return _parquet if name == "read_parquet" else _delimited(options)


def _parquet(file: Path) -> pd.DataFrame:
    import pandas as pd

    return pd.read_parquet(file)


def _delimited(options: Mapping[str, Any]) -> Callable[[Path], pd.DataFrame]:
    import pandas as pd

    encoding, header = options.get("encoding", "utf8"), options.get("header", "all_files_same_headers")
    if encoding not in _ENCODINGS or header not in _HEADERS:
        raise TrainingDataError(f"read_delimited has no encoding {encoding} or no header {header}")

    def read(file: Path) -> pd.DataFrame:
        rows: pd.DataFrame = pd.read_csv(
            file, sep=options.get("delimiter", ","), encoding=_ENCODINGS[encoding], header=_HEADERS[header]
        )
        # Columns without a header are Column1, Column2, ... in Azure Machine Learning.
        return rows if _HEADERS[header] == 0 else rows.rename(columns=lambda n: f"Column{n + 1}")

    return read


def _rows(read: Callable[[Path], pd.DataFrame], file: Path) -> pd.DataFrame:
    try:
        return read(file)
    except (ValueError, OSError) as error:  # pyarrow's and pandas' errors of a bad file are ValueError or OSError
        raise TrainingDataError(f"{file.name} cannot be read: {error}") from error
