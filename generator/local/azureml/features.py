"""Columns as AutoML sees them: float32 of floats, int64 of integers, text one-hot.

A nullable integer becomes a float, as in AutoML; missing numbers are replaced by their mean and missing text by the
empty text. Everything behind the inputs is float32, so that the ONNX form of an estimator computes from the same
numbers. AutoML's ONNX models take truth values and dates as text (azureml-automl-runtime 1.62); how it writes them is
not known here, so they are refused: a spec casts them itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.local.azureml.table import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_MOST_CATEGORIES = 200


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a model by kind: column names, in the order of the data."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    """``INT64``, ``FLOAT`` or ``STRING`` each."""
    gaps: tuple[str, ...] = ()
    """``FLOAT`` columns with missing values."""

    def of_kind(self, kind: str) -> list[str]:
        """Return the names of a kind."""
        return [n for n, k in zip(self.names, self.kinds, strict=True) if k == kind]


def inspect(frame: pd.DataFrame, target: str) -> Inputs:
    """Return the inputs of a table; TrainingDataError for a column that no model takes.

    A column without any value is left out, as AutoML does.
    """
    columns = {str(n): frame[n] for n in frame.columns if n != target and frame[n].notna().any()}
    kinds = {name: _kind(name, column) for name, column in columns.items()}
    if not kinds:
        raise TrainingDataError("there is no column to learn from")
    gaps = tuple(n for n, k in kinds.items() if k == "FLOAT" and columns[n].isna().any())
    return Inputs(tuple(kinds), tuple(kinds.values()), gaps)


def _kind(name: str, column: pd.Series[Any]) -> str:
    import numpy as np
    import pandas as pd

    types = pd.api.types
    if types.is_bool_dtype(column) or types.is_datetime64_any_dtype(column):
        raise TrainingDataError(f"the column {name} is {column.dtype}: cast it to a number or to text")
    if types.is_integer_dtype(column):
        return "FLOAT" if column.isna().any() else "INT64"
    if types.is_float_dtype(column):
        largest = np.abs(column.dropna().to_numpy(dtype=np.float64)).max()
        if not largest <= float(np.finfo(np.float32).max):
            raise TrainingDataError(f"the column {name} holds numbers that a float32 cannot")
        return "FLOAT"
    values = column.dropna()
    if not all(isinstance(v, str) for v in values):
        raise TrainingDataError(f"the column {name} holds {type(values.iloc[0]).__name__}: cast it to a number or text")
    if values.nunique() > _MOST_CATEGORIES:
        raise TrainingDataError(f"the text column {name} has more than {_MOST_CATEGORIES} values")
    return "STRING"


def cast(frame: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Return the inputs in exactly their types, as the pool hands them to PREDICT."""
    types = {"INT64": "int64", "FLOAT": "float32", "STRING": "object"}
    chosen = frame[list(inputs.names)].fillna(dict.fromkeys(inputs.of_kind("STRING"), ""))
    return chosen.astype({n: types[k] for n, k in zip(inputs.names, inputs.kinds, strict=True)})


def transformer(inputs: Inputs) -> Any:
    """Return the unfitted transformer from inputs to a float32 matrix."""
    import numpy as np
    from skl2onnx.sklapi import CastTransformer
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder

    floats = [n for n in inputs.of_kind("FLOAT") if n not in inputs.gaps]
    parts: list[tuple[str, Any, Sequence[str]]] = [
        # Whole numbers beyond 2**24 lose digits in float32: they must lose the same ones everywhere.
        ("integers", CastTransformer(dtype=np.float32), inputs.of_kind("INT64")),
        ("floats", "passthrough", floats),
        ("gaps", SimpleImputer(strategy="mean"), list(inputs.gaps)),
        (
            "texts",
            OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32),
            inputs.of_kind("STRING"),
        ),
    ]
    return ColumnTransformer([p for p in parts if p[2]], sparse_threshold=0.0)
