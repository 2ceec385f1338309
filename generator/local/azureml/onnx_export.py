"""A fitted pipeline as ONNX, one input a column, checked row by row against the estimator itself."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from generator.local.azureml.features import Inputs

WORST_DIFFERENCE = 1e-3
"""A model whose ONNX form is further off on any training row is not exported, unless its predictions are so large that
float32, in which ONNX adds up trees, cannot do better."""
_RELATIVE = 4e-6
"""Of the largest prediction: some thirty steps of float32."""
_OPSET = {"": 15, "ai.onnx.ml": 3}
_IR_VERSION = 8
# AutoML's names: of a voting regressor (azureml-automl-runtime 1.62), of a classifier (the scoring wizard's script).
_REGRESSION_OUTPUT = "variable_out1"
_LABEL_OUTPUT = "output_label"


class NoOnnxFormError(Exception):
    """The model has no ONNX form that gives the same predictions; the message says why."""


def export(pipeline: Any, inputs: Inputs, rows: pd.DataFrame, task: str) -> bytes:
    """Return the model's bytes; NoOnnxFormError where it has no faithful form.

    ``rows`` are the training rows in the inputs' types. Inputs are [None, 1] under the columns' names; the first
    output is the prediction, [None, 1]. The converter puts ``_`` for what is no letter or digit in a name.
    """
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    _register_converters()
    kinds = {"INT64": Int64TensorType, "FLOAT": FloatTensorType, "STRING": StringTensorType}
    types = [(n, kinds[k]([None, 1])) for n, k in zip(inputs.names, inputs.kinds, strict=True)]
    rounded = _with_float32_thresholds(pipeline)
    options = {id(rounded.steps[-1][1]): {"zipmap": False}} if task == "Classification" else None
    try:
        model = convert_sklearn(rounded, "model", types, target_opset=_OPSET, options=options)
        _name_output(model, _REGRESSION_OUTPUT if task == "Regression" else _LABEL_OUTPUT)
    except Exception as error:
        # The converters raise whatever their models' libraries raise.
        raise NoOnnxFormError(f"conversion failed: {type(error).__name__}: {error}") from error
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

    numbers, labels = calculate_linear_regressor_output_shapes, calculate_linear_classifier_output_shapes
    classifier = {"options": {"nocl": [True, False], "zipmap": [True, False, "columns"]}}
    for model, name, shape, convert, more in (
        (LGBMRegressor, "LightGbmLGBMRegressor", numbers, convert_lightgbm, {}),
        (XGBRegressor, "XGBoostXGBRegressor", numbers, convert_xgboost, {}),
        (LGBMClassifier, "LightGbmLGBMClassifier", labels, convert_lightgbm, classifier),
        (XGBClassifier, "XGBoostXGBClassifier", labels, convert_xgboost, classifier),
    ):
        update_registered_converter(model, name, shape, convert, overwrite=True, **more)


def _with_float32_thresholds(pipeline: Any) -> Any:
    """Return the pipeline with LightGBM's thresholds in float32, rounded down; its own estimators stay as they are.

    ONNX keeps thresholds in float32. Rounded to nearest, one may pass a float32 value that lay just above it;
    rounded down it cannot, and no prediction on float32 values changes.
    """
    rounded = copy.copy(pipeline)
    rounded.steps = [*pipeline.steps[:-1], (pipeline.steps[-1][0], _rounded(pipeline.steps[-1][1]))]
    return rounded


def _rounded(model: Any) -> Any:
    if hasattr(model, "booster_"):
        return _rounded_booster(model)
    if not hasattr(model, "named_estimators_"):
        return model
    members = [_rounded(m) for m in model.estimators_]
    ensemble = copy.copy(model)
    ensemble.estimators_ = members
    ensemble.estimators = [(name, m) for (name, _), m in zip(model.estimators, members, strict=True)]
    return ensemble


def _rounded_booster(model: Any) -> Any:
    from lightgbm import Booster

    lines = [_floored(line) for line in model.booster_.model_to_string().split("\n")]
    # The sizes of the trees in the text no longer fit; LightGBM reads it without them.
    text = "\n".join(line for line in lines if not line.startswith("tree_sizes="))
    rounded = copy.copy(model)
    rounded._Booster = Booster(model_str=text)  # noqa: SLF001 - the wrapper has no setter
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
    _make_column(model, first)


def _make_column(model: Any, output: Any) -> None:
    """Give an output of shape [None] a second dimension of 1: the pool takes [None, 1] only."""
    from onnx import TensorProto, helper

    shape = output.type.tensor_type.shape
    if len(shape.dim) != 1:
        return
    flat, axes = f"{output.name}_flat", f"{output.name}_axes"
    for node in model.graph.node:
        node.output[:] = [flat if o == output.name else o for o in node.output]
        node.input[:] = [flat if i == output.name else i for i in node.input]
    model.graph.initializer.append(helper.make_tensor(axes, TensorProto.INT64, [1], [1]))
    model.graph.node.append(helper.make_node("Unsqueeze", [flat, axes], [output.name]))
    shape.dim.add().dim_value = 1


def _check(content: bytes, pipeline: Any, inputs: Inputs, rows: pd.DataFrame, task: str) -> None:
    import numpy as np
    import onnxruntime as ort

    try:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1  # its threads spin while they wait, which stalls a busy machine
        session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        # The converter changes names that are none of C; it keeps their order.
        named = zip(session.get_inputs(), inputs.names, strict=True)
        feed = {value.name: rows[name].to_numpy().reshape(-1, 1) for value, name in named}
        given = np.asarray(session.run([session.get_outputs()[0].name], feed)[0])
    except Exception as error:
        # ONNX Runtime has an exception class for each status, without a public base of their own.
        raise NoOnnxFormError(f"the converted model does not run: {error}") from error
    if given.shape != (len(rows), 1):
        raise NoOnnxFormError(f"the converted model answers {list(given.shape)} for {len(rows)} rows")
    own = np.asarray(pipeline.predict(rows)).reshape(-1)
    if task == "Classification":
        different = int((given.reshape(-1).astype(str) != own.astype(str)).sum())
        if different:
            raise NoOnnxFormError(f"the converted model predicts another label in {different} rows")
        return
    worst = float(np.abs(given.reshape(-1).astype(np.float64) - own.astype(np.float64)).max())
    allowed = max(WORST_DIFFERENCE, _RELATIVE * float(np.abs(own).max()))
    if not worst <= allowed:
        raise NoOnnxFormError(f"the converted model differs by {worst:.2g}, {allowed:.2g} is allowed")
