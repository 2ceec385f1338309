"""Reads an MLTable folder: the MLTable file, and the files that it names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


class TrainingDataError(ValueError):
    """The training data cannot be used; the message is for the job's owner."""


def read_mltable(folder: Path) -> pd.DataFrame:
    """Return the rows of an MLTable folder; TrainingDataError where it is none.

    Understands ``paths`` of file, folder or pattern, and ``read_parquet`` or ``read_delimited``
    ("CLI (v2) mltable YAML schema").
    """
    import pandas as pd

    definition = folder / "MLTable"
    if not definition.is_file():
        raise TrainingDataError(f"there is no MLTable file in {folder.name}")
    document = yaml.safe_load(definition.read_text(encoding="utf-8")) or {}
    files = [f for entry in document.get("paths") or [] for f in _files(folder, entry)]
    if not files:
        raise TrainingDataError("the MLTable names no file that exists")
    reader = _reader(document.get("transformations") or [])
    rows: pd.DataFrame = pd.concat([reader(f) for f in files], ignore_index=True)
    return rows


def _files(folder: Path, entry: dict[str, str]) -> list[Path]:
    kind, value = next(iter(entry.items()))
    relative = value.removeprefix("./")
    if kind == "pattern":
        found = sorted(folder.glob(relative))
    elif kind == "folder":
        found = sorted((folder / relative).rglob("*"))
    else:
        found = [folder / relative]
    inside = [f for f in found if f.is_file() and f.resolve().is_relative_to(folder.resolve())]
    return [f for f in inside if not f.name.startswith(("_", "."))]


def _reader(transformations: list[Any]) -> Any:
    import pandas as pd

    names = [t if isinstance(t, str) else next(iter(t)) for t in transformations]
    if "read_parquet" in names:
        return pd.read_parquet
    if "read_delimited" in names:
        return pd.read_csv
    raise TrainingDataError("the MLTable reads neither parquet nor delimited files")
