"""A fitted pipeline as ONNX, one input a column, checked row by row against the estimator itself."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from generator.local.azureml.features import Inputs

WORST_DIFFERENCE = 1e-3
_OPSET = {"": 15, "ai.onnx.ml": 3}
_IR_VERSION = 8
_REGRESSION_OUTPUT = "variable_out1"
_LABEL_OUTPUT = "output_label"


class NoOnnxFormError(Exception):
    """The model has no ONNX form that gives the same predictions; the message says why."""


def export(pipeline: Any, inputs: Inputs, rows: pd.DataFrame, task: str) -> bytes:
    """Return the model's bytes; NoOnnxFormError where it has no faithful form."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    _register_converters()
    kinds = {"INT64": Int64TensorType, "FLOAT": FloatTensorType, "STRING": StringTensorType}
    types = [(n, kinds[k]([None, 1])) for n, k in zip(inputs.names, inputs.kinds, strict=True)]
    rounded = _with_float32_thresholds(pipeline)
    options = {id(rounded.steps[-1][1]): {"zipmap": False}} if task == "Classification" else None
    try:
        model = convert_sklearn(rounded, "model", types, target_opset=_OPSET, options=options)
    except Exception as error:
        raise NoOnnxFormError(f"conversion failed: {type(error).__name__}: {error}") from error
    _name_output(model, _REGRESSION_OUTPUT if task == "Regression" else _LABEL_OUTPUT)
    model.ir_version = min(model.ir_version, _IR_VERSION)
    content: bytes = model.SerializeToString()
    _check(content, pipeline, inputs, rows, task)
    return content


def _register_converters() -> None:
    from lightgbm import LGBMClassifier, LGBMRegressor
    from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm
    from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import (
        calculate_linear_classifier_output_shapes,
        calculate_linear_regressor_output_shapes,
    )
    from xgboost import XGBClassifier, XGBRegressor

    classifier = {"options": {"nocl": [True, False], "zipmap": [True, False, "columns"]}}
    for model, name, shape, convert, more in (
        (LGBMRegressor, "LightGbmLGBMRegressor", calculate_linear_regressor_output_shapes, convert_lightgbm, {}),
        (XGBRegressor, "XGBoostXGBRegressor", calculate_linear_regressor_output_shapes, convert_xgboost, {}),
        (
            LGBMClassifier,
            "LightGbmLGBMClassifier",
            calculate_linear_classifier_output_shapes,
            convert_lightgbm,
            classifier,
        ),
        (XGBClassifier, "XGBoostXGBClassifier", calculate_linear_classifier_output_shapes, convert_xgboost, classifier),
    ):
        update_registered_converter(model, name, shape, convert, overwrite=True, **more)


def _with_float32_thresholds(pipeline: Any) -> Any:
    """Return a copy whose LightGBM thresholds are float32, rounded down.

    ONNX keeps thresholds in float32. Rounded to nearest, one may pass a float32 value that lay just above it;
    rounded down it cannot, and no prediction on float32 values changes.
    """
    from lightgbm import Booster

    model = pipeline.steps[-1][1]
    if not hasattr(model, "booster_"):
        return pipeline
    lines = [_floored(line) for line in model.booster_.model_to_string().split("\n")]
    rounded = copy.deepcopy(pipeline)
    # The sizes of the trees in the text no longer fit; LightGBM reads it without them.
    text = "\n".join(line for line in lines if not line.startswith("tree_sizes="))
    rounded.steps[-1][1]._Booster = Booster(model_str=text)  # noqa: SLF001 - the wrapper has no setter
    return rounded


def _floored(line: str) -> str:
    import numpy as np

    if not line.startswith("threshold="):
        return line
    values = np.array(line.removeprefix("threshold=").split(" "), dtype=np.float64)
    narrow = values.astype(np.float32)
    narrow = np.where(narrow.astype(np.float64) > values, np.nextafter(narrow, np.float32(-np.inf)), narrow)
    return "threshold=" + " ".join(repr(float(v)) for v in narrow)


def _name_output(model: Any, name: str) -> None:
    first = model.graph.output[0]
    old = first.name
    for node in model.graph.node:
        node.output[:] = [name if o == old else o for o in node.output]
        node.input[:] = [name if i == old else i for i in node.input]
    first.name = name
    shape = first.type.tensor_type.shape
    while len(shape.dim) < 2:
        shape.dim.add().dim_value = 1


def _check(content: bytes, pipeline: Any, inputs: Inputs, rows: pd.DataFrame, task: str) -> None:
    import numpy as np
    import onnxruntime as ort

    try:
        session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
        feed = {n: rows[n].to_numpy().reshape(-1, 1) for n in inputs.names}
        given = np.asarray(session.run([session.get_outputs()[0].name], feed)[0]).reshape(-1)
    except Exception as error:
        raise NoOnnxFormError(f"the converted model does not run: {error}") from error
    own = np.asarray(pipeline.predict(rows)).reshape(-1)
    if task == "Classification":
        different = int((given.astype(str) != own.astype(str)).sum())
        if different:
            raise NoOnnxFormError(f"the converted model predicts another label in {different} rows")
        return
    worst = float(np.abs(given.astype(np.float64) - own.astype(np.float64)).max())
    if not worst <= WORST_DIFFERENCE:
        raise NoOnnxFormError(f"the converted model differs by {worst:.2g}")
