"""Columns as AutoML sees them: float32 of floats, int64 of integers, text one-hot.

A nullable integer becomes a float, as in AutoML. Everything behind the inputs is float32, so that the ONNX form of
an estimator computes from the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.local.azureml.table import TrainingDataError

if TYPE_CHECKING:
    import pandas as pd

_MOST_CATEGORIES = 200


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of a model by kind: column names, in the order of the data."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    """``INT64``, ``FLOAT`` or ``STRING`` each."""

    def of_kind(self, *kinds: str) -> list[str]:
        """Return the names of some kinds."""
        return [n for n, k in zip(self.names, self.kinds, strict=True) if k in kinds]


def inspect(frame: pd.DataFrame, target: str) -> Inputs:
    """Return the inputs of a table; TrainingDataError for a column that no model takes."""
    import pandas as pd

    names, kinds = [], []
    for name in frame.columns:
        if name == target:
            continue
        column = frame[name]
        if pd.api.types.is_bool_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
            raise TrainingDataError(f"the column {name} is {column.dtype}: cast it to a number or to text")
        if pd.api.types.is_integer_dtype(column):
            kind = "FLOAT" if column.isna().any() else "INT64"
        elif pd.api.types.is_float_dtype(column):
            kind = "FLOAT"
        else:
            kind = "STRING"
            if column.nunique() > _MOST_CATEGORIES:
                raise TrainingDataError(f"the text column {name} has more than {_MOST_CATEGORIES} values")
        names.append(str(name))
        kinds.append(kind)
    if not names:
        raise TrainingDataError("there is no column to learn from")
    return Inputs(tuple(names), tuple(kinds))


def cast(frame: pd.DataFrame, inputs: Inputs) -> pd.DataFrame:
    """Return the inputs in exactly their types, as the pool hands them to PREDICT."""
    types = {"INT64": "int64", "FLOAT": "float32", "STRING": "object"}
    return frame[list(inputs.names)].astype({n: types[k] for n, k in zip(inputs.names, inputs.kinds, strict=True)})


def transformer(inputs: Inputs) -> Any:
    """Return the unfitted transformer from inputs to a float32 matrix."""
    import numpy as np
    from sklearn.compose import ColumnTransformer
    from sklearn.preprocessing import OneHotEncoder

    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype=np.float32)
    parts = []
    if numbers := inputs.of_kind("INT64", "FLOAT"):
        parts.append(("numbers", "passthrough", numbers))
    if texts := inputs.of_kind("STRING"):
        parts.append(("texts", encoder, texts))
    return ColumnTransformer(parts, sparse_threshold=0.0)
