from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
import pytest

from generator.diagnostics import SynapseGenError
from generator.local.verify import PREDICTION, DeployedModel, compare

if TYPE_CHECKING:
    import pandas as pd

MODEL = DeployedModel("j_1", {"i": "INT64", "f": "FLOAT"})


class Sum:
    """An estimator that tells what types it was given."""

    def predict(self, rows: pd.DataFrame) -> Any:
        assert rows.dtypes.astype(str).to_dict() == {"i": "int64", "f": "float32"}
        return rows["i"] + rows["f"]


class Name(Sum):
    def predict(self, rows: pd.DataFrame) -> Any:
        return np.where(super().predict(rows) > 2, "much", "little")


def pickled(estimator: Any) -> bytes:
    content = io.BytesIO()
    joblib.dump(estimator, content)
    return content.getvalue()


def row(i: int | None, f: float, prediction: Any) -> dict[str, Any]:
    return {"i": i, "f": f, "__prediction": prediction, "other": "x"}


def test_the_largest_difference_is_found() -> None:
    found = compare(MODEL, [row(1, 0.5, 1.5), row(2, 0.5, 3.0)], pickled(Sum()))
    assert (found.rows, found.largest_difference, found.different, found.mean_prediction) == (2, 0.5, 1, 2.0)


def test_inputs_are_float32_as_in_the_pool() -> None:
    found = compare(MODEL, [row(0, 0.1, float(np.float32(0.1)))], pickled(Sum()))
    assert found.largest_difference == 0


def test_labels_are_the_same_or_not() -> None:
    found = compare(MODEL, [row(1, 0.5, "little"), row(2, 0.5, "little")], pickled(Name()))
    assert (found.largest_difference, found.different, found.mean_prediction) == (1.0, 1, None)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "there are none"),
        ([row(1, 0.5, None)], f"{PREDICTION} is missing or null"),
        ([row(None, 0.5, 1.0)], "i is missing or null"),
        ([{"i": 1, "__prediction": 1.0}], "f is missing or null"),
    ],
)
def test_nothing_to_compare_is_no_success(rows: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(SynapseGenError, match=words):
        compare(MODEL, rows, pickled(Sum()))
