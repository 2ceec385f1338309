from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from generator.local.azureml.features import cast, inspect, transformer
from generator.local.azureml.table import TrainingDataError, read_mltable


def write(folder: Path, definition: str) -> Path:
    (folder / "data").mkdir(exist_ok=True)
    pd.DataFrame({"a": [1, 2], "b": ["x", "ü"]}).to_csv(folder / "data/a.csv", index=False)
    pd.DataFrame({"a": [3], "b": ["z"]}).to_csv(folder / "data/b.csv", index=False, sep=";", encoding="latin-1")
    pd.DataFrame({"a": [4]}).to_parquet(folder / "data/c.parquet")
    (folder / "data/_SUCCESS").write_text("")
    (folder / "data/bad.parquet").write_bytes(b"no parquet")
    (folder / "MLTable").write_text(definition)
    return folder


def test_files_of_each_form_of_path(tmp_path: Path) -> None:
    by_pattern = "paths:\n  - pattern: ./data/a*.csv\ntransformations:\n  - read_delimited:\n      encoding: utf8\n"
    assert read_mltable(write(tmp_path, by_pattern))["b"].tolist() == ["x", "ü"]
    by_file = "paths:\n  - file: data/c.parquet\ntransformations:\n  - read_parquet\n"
    assert read_mltable(write(tmp_path, by_file))["a"].tolist() == [4]
    (tmp_path / "data/bad.parquet").unlink()
    by_folder = "paths:\n  - folder: ./only\ntransformations:\n  - read_parquet: {}\n"
    (tmp_path / "only").mkdir()
    (tmp_path / "data/c.parquet").rename(tmp_path / "only/c.parquet")
    assert read_mltable(write(tmp_path, by_folder))["a"].tolist() == [4]


def test_options_of_delimited_files(tmp_path: Path) -> None:
    definition = (
        "paths:\n  - file: ./data/b.csv\ntransformations:\n"
        "  - read_delimited:\n      delimiter: ';'\n      encoding: latin1\n      header: no_header\n"
    )
    assert read_mltable(write(tmp_path, definition)).columns.tolist() == ["Column1", "Column2"]


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        ("paths: [", "is no YAML"),
        ("- a\n", "no mapping"),
        ("paths: data\n", "paths of the MLTable is no list"),
        ("paths:\n  - ./data\n", "is a file, folder or pattern"),
        ("paths:\n  - pattern: ../../*\ntransformations:\n  - read_parquet\n", "names no file that exists"),
        ("paths:\n  - file: https://elsewhere/x.csv\n", "is not relative"),
        ("paths:\n  - file: ./data/a.csv\n", "neither parquet nor delimited"),
        ("paths:\n  - file: ./data/bad.parquet\ntransformations:\n  - read_parquet\n", "bad.parquet cannot be read"),
        (
            "paths:\n  - file: ./data/c.parquet\ntransformations:\n  - read_parquet\n  - take: 1\n",
            "transformation take of the MLTable is not supported locally",
        ),
        (
            "paths:\n  - file: ./data/a.csv\ntransformations:\n  - read_delimited: {support_multi_line: true}\n",
            "support_multi_line of read_delimited is not supported locally",
        ),
        (
            "paths:\n  - file: ./data/a.csv\ntransformations:\n  - read_delimited: {encoding: ebcdic}\n",
            "no encoding ebcdic",
        ),
    ],
)
def test_an_mltable_that_cannot_be_used(tmp_path: Path, definition: str, words: str) -> None:
    with pytest.raises(TrainingDataError, match=words):
        read_mltable(write(tmp_path, definition))


@pytest.mark.parametrize("path", ["pattern: ../other/*.parquet", "folder: ../other", "file: ../other/x.parquet"])
def test_no_path_leads_out_of_the_folder(tmp_path: Path, path: str) -> None:
    (tmp_path / "table").mkdir()
    (tmp_path / "other").mkdir()
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other/x.parquet")
    definition = f"paths:\n  - {path}\ntransformations:\n  - read_parquet\n"
    with pytest.raises(TrainingDataError, match="names no file that exists"):
        read_mltable(write(tmp_path / "table", definition))


def test_a_folder_without_an_mltable(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="there is no MLTable file"):
        read_mltable(tmp_path)


def test_columns_are_typed_as_automl_does() -> None:
    frame = pd.DataFrame(
        {
            "i": [1, 2],
            "n": pd.array([1, None], dtype="Int64"),
            "f": [0.5, 1.5],
            "s": ["a", None],
            "nothing": [None, None],
            "y": [1.0, 2.0],
        }
    )
    inputs = inspect(frame, "y")
    kinds = dict(zip(inputs.names, inputs.kinds, strict=True))
    assert kinds == {"i": "INT64", "n": "FLOAT", "f": "FLOAT", "s": "STRING"}
    assert inputs.gaps == ("n",)
    rows = cast(frame, inputs)
    assert rows.dtypes.astype(str).to_dict() == {"i": "int64", "n": "float32", "f": "float32", "s": "object"}
    assert rows["s"].tolist() == ["a", ""]


def test_the_matrix_is_float32_whatever_the_inputs() -> None:
    frame = pd.DataFrame({"i": [2**24 + 1, 5], "f": [0.1, 0.2], "s": ["a", "b"], "y": [1.0, 2.0]})
    inputs = inspect(frame, "y")
    matrix = transformer(inputs).fit_transform(cast(frame, inputs))
    assert str(matrix.dtype) == "float32"
    assert matrix[0, 0] == 2**24


@pytest.mark.parametrize(
    ("column", "words"),
    [
        (pd.Series([True, False]), "bad is bool"),
        (pd.to_datetime(["2026-01-01", "2026-01-02"]), "bad is datetime64"),
        (pd.Series([b"x", b"y"]), "bad holds bytes"),
        (pd.Series([1e300, 1.0]), "numbers that a float32 cannot"),
    ],
)
def test_a_column_that_no_model_takes(column: object, words: str) -> None:
    with pytest.raises(TrainingDataError, match=words):
        inspect(pd.DataFrame({"bad": column, "y": [1.0, 2.0]}), "y")


def test_a_text_with_too_many_values() -> None:
    frame = pd.DataFrame({"s": [f"v{n}" for n in range(300)], "y": range(300)})
    with pytest.raises(TrainingDataError, match="the text column s has more than 200 values"):
        inspect(frame, "y")
