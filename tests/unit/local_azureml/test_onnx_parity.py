from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
import pytest
from sklearn.pipeline import Pipeline

from generator.local.azureml import onnx_export
from generator.local.azureml.algorithms import ALGORITHMS
from generator.local.azureml.features import cast, inspect, transformer
from generator.local.azureml.onnx_export import NoOnnxFormError, export
from generator.local.azureml.search import Data, Trial, fit
from tests.unit.local_azureml.conftest import sample

if TYPE_CHECKING:
    import pandas as pd

# LightGBM names the columns of a plain matrix itself, and scikit-learn then misses the names.
pytestmark = [
    pytest.mark.filterwarnings("ignore:X does not have valid feature names"),
    # scikit-learn 1.6 passes options that SciPy 1.17 calls deprecated.
    pytest.mark.filterwarnings("ignore:scipy.optimize. The `disp` and `iprint` options:DeprecationWarning"),
]


def fitted(task: str, learner: str, frame: pd.DataFrame) -> tuple[Any, Any, pd.DataFrame]:
    """Fit the first configuration of an algorithm, behind its features."""
    algorithm = next(a for a in ALGORITHMS[task] if a.learner == learner)
    inputs = inspect(frame, "y")
    rows = cast(frame, inputs)
    columns = transformer(inputs).fit(rows)
    matrix = np.asarray(columns.transform(rows), np.float32)
    if task == "Classification":
        classes, numbers = np.unique(frame["y"].to_numpy(), return_inverse=True)
        data = Data(matrix, numbers, tuple(classes.tolist()))
    else:
        data = Data(matrix, frame["y"].to_numpy())
    config = algorithm.start or ({"n_neighbors": 5} if learner == "kneighbor" else {})
    model = fit(Trial(algorithm.name, learner, config, {}, 0, 0), data, task)
    return Pipeline([("features", columns), ("model", model)]), inputs, rows


def run(content: bytes, rows: pd.DataFrame) -> np.ndarray[Any, Any]:
    import onnxruntime as ort

    session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    feed = {n: rows[n].to_numpy().reshape(-1, 1) for n in rows.columns}
    return np.asarray(session.run([session.get_outputs()[0].name], feed)[0])


REGRESSORS = ["lgbm", "xgb_limitdepth", "extra_tree", "rf"]


@pytest.mark.parametrize("learner", REGRESSORS)
def test_the_onnx_form_predicts_what_the_estimator_does(learner: str) -> None:
    frame = sample(600)
    # Missing numbers, missing text, and whole numbers that float32 rounds.
    frame["n"] = frame["f"].mask(frame.index % 7 == 0) * 2
    frame["s"] = frame["s"].mask(frame.index % 11 == 0)
    frame["big"] = 10**8 + frame.index * 3
    pipeline, inputs, rows = fitted("Regression", learner, frame)
    content = export(pipeline, inputs, rows, "Regression")
    given = run(content, rows)
    assert given.shape == (600, 1)
    assert np.abs(given.reshape(-1) - pipeline.predict(rows)).max() <= 1e-4
    model = onnx.load_model_from_string(content)
    types = {i.name: onnx.TensorProto.DataType.Name(i.type.tensor_type.elem_type) for i in model.graph.input}
    assert types == {"i": "INT64", "f": "FLOAT", "s": "STRING", "n": "FLOAT", "big": "INT64"}
    assert [o.name for o in model.graph.output] == ["variable_out1"]
    assert model.ir_version <= 8
    assert {o.domain: o.version for o in model.opset_import} == {"": 15, "ai.onnx.ml": 3} or (
        max(o.version for o in model.opset_import if not o.domain) <= 15
    )
    assert len(content) < 3_000_000


@pytest.mark.parametrize("scale", [1e5, 1e9])
@pytest.mark.parametrize("learner", REGRESSORS)
def test_targets_beyond_the_precision_of_float32_have_an_onnx_form(learner: str, scale: float) -> None:
    frame = sample(600)
    frame["y"] = frame["y"] * scale
    pipeline, inputs, rows = fitted("Regression", learner, frame)
    own = pipeline.predict(rows)
    given = run(export(pipeline, inputs, rows, "Regression"), rows).reshape(-1)
    assert np.abs(given - own).max() <= 4e-6 * np.abs(own).max()


def test_a_fit_on_float32_alone_is_not_enough_for_lightgbm(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason why thresholds are rounded down: without it some rows take another branch."""
    monkeypatch.setattr(onnx_export, "_rounded", lambda model: model)
    frame = sample(3000)
    step = np.arange(3000) % 200
    # Neighbours among float32: a threshold halfway between two of them rounds to one of the two.
    frame["f"] = 1 + step * 2.0**-23
    frame["y"] = (step // 10) * 3.0
    pipeline, inputs, rows = fitted("Regression", "lgbm", frame)
    with pytest.raises(NoOnnxFormError, match="differs by"):
        export(pipeline, inputs, rows, "Regression")
    monkeypatch.undo()
    assert export(pipeline, inputs, rows, "Regression")


LABELS = {"0 and 1": (0, 1), "others": (3, 7), "three": (2, 5, 9), "text": ("no", "yes")}


@pytest.mark.parametrize("labels", LABELS.values(), ids=LABELS)
@pytest.mark.parametrize("learner", ["lgbm", "xgb_limitdepth", "lrl2"])
def test_labels_survive(learner: str, labels: tuple[Any, ...]) -> None:
    frame = sample(400)
    bounds = np.quantile(frame["y"], np.linspace(0, 1, len(labels) + 1)[1:-1])
    frame["y"] = np.array(labels)[np.digitize(frame["y"], bounds)]
    pipeline, inputs, rows = fitted("Classification", learner, frame)
    content = export(pipeline, inputs, rows, "Classification")
    given = run(content, rows)
    assert given.shape == (400, 1)
    assert set(given.reshape(-1).tolist()) <= set(labels)
    output = onnx.load_model_from_string(content).graph.output[0]
    assert output.name == "output_label"
    kind = onnx.TensorProto.DataType.Name(output.type.tensor_type.elem_type)
    assert kind == ("STRING" if isinstance(labels[0], str) else "INT64")
    assert len(output.type.tensor_type.shape.dim) == 2


def test_a_model_whose_onnx_form_is_off_has_none() -> None:
    """Distances of neighbours are not computed alike: a real model that is refused."""
    pipeline, inputs, rows = fitted("Regression", "kneighbor", sample(600))
    with pytest.raises(NoOnnxFormError, match="differs by"):
        export(pipeline, inputs, rows, "Regression")


def test_a_model_that_cannot_be_converted_has_none() -> None:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.linear_model import LinearRegression

    frame = sample(100)
    pipeline, inputs, rows = fitted("Regression", "rf", frame)
    matrix = np.asarray(pipeline.steps[0][1].transform(rows), np.float32)
    model = TransformedTargetRegressor(LinearRegression(), func=np.log1p, inverse_func=np.expm1)
    pipeline.steps[-1] = ("model", model.fit(matrix, frame["y"]))
    with pytest.raises(NoOnnxFormError, match="conversion failed"):
        export(pipeline, inputs, rows, "Regression")
