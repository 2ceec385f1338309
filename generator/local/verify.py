"""Compares predictions with the estimator's own, in its own library, as it was before any conversion.

Everything comes over REST: the estimator is the child's ``outputs/model.pkl``, found through the artifact service and
downloaded by the URL that it hands out. A pickle runs code when it is loaded: only one of the local workspace, which
trained it on this machine, is ever loaded.
"""

from __future__ import annotations

import io
import json
import urllib.error
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError
from generator.local import process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.local.process import LocalServer

PREDICTION = "__prediction"
"""The column that holds what the pool predicted; no name of a contract begins so."""
_ARM = "https://management.azure.com/"
_TYPES = {"INT64": "int64", "FLOAT": "float32", "STRING": "object"}


@dataclass(frozen=True, slots=True)
class DeployedModel:
    """The child whose model is in service, and the model's inputs."""

    child_run: str
    inputs: Mapping[str, str]
    """Column to ONNX element type."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Predictions of the pool beside the estimator's own."""

    rows: int
    largest_difference: float
    """Of predicted numbers; 1 or 0 for labels: whether any differs."""
    different: int
    """Rows whose predictions are not the same."""
    mean_prediction: float | None
    """Of the estimator's own predictions; None for labels that are text."""


def largest_difference(
    model: DeployedModel, rows: Sequence[Mapping[str, Any]], server: LocalServer, azure_ml_workspace: str
) -> float:
    """Return max |prediction - estimator's prediction| over rows that hold the inputs and ``__prediction``.

    Raises SYN570 where the estimator is not kept, and what :func:`compare` raises.
    """
    return compare(model, rows, _download(model.child_run, server, azure_ml_workspace)).largest_difference


def compare(model: DeployedModel, rows: Sequence[Mapping[str, Any]], pickled: bytes) -> Comparison:
    """Compare the pool's predictions with those of a pickled estimator of the local workspace.

    Inputs are cast as the pool casts them for PREDICT: FLOAT to float32, INT64 to int64. Raises SYN571 where there
    are no rows, or where an input or a prediction is null: nothing would have been compared.
    """
    import joblib
    import numpy as np
    import pandas as pd

    if not rows:
        raise _nothing_to_compare("there are none")
    frame = pd.DataFrame(list(rows))
    missing = [n for n in (PREDICTION, *model.inputs) if n not in frame or frame[n].isna().any()]
    if missing:
        raise _nothing_to_compare(f"{missing[0]} is missing or null in them")
    frame = frame.astype({name: _TYPES[kind] for name, kind in model.inputs.items()})
    estimator = joblib.load(io.BytesIO(pickled))
    with warnings.catch_warnings():
        # LightGBM names the columns of a plain matrix itself, and scikit-learn then misses the names.
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        own = np.asarray(estimator.predict(frame[list(model.inputs)])).reshape(-1)
    given = frame[PREDICTION].to_numpy()
    if not np.issubdtype(own.dtype, np.number):
        different = int((own.astype(str) != given.astype(str)).sum())
        return Comparison(len(rows), float(different > 0), different, None)
    distance = np.abs(own.astype(np.float64) - given.astype(np.float64))
    return Comparison(len(rows), float(distance.max()), int((distance > 0).sum()), float(own.mean()))


def _nothing_to_compare(why: str) -> SynapseGenError:
    message = f"the predictions in the pool cannot be compared with the estimator's: {why}"
    return SynapseGenError(Diagnostic("SYN571", message), exit_code=ExitCode.WORKSPACE)


def _download(child_run: str, server: LocalServer, azure_ml_workspace: str) -> bytes:
    settings = json.loads(process.request(server, "GET", "/_local/status"))["azureMl"]
    path = (
        f"/artifact/v2.0/subscriptions/{settings['subscriptionId']}/resourceGroups/{settings['resourceGroup']}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{azure_ml_workspace}"
        f"/artifacts/contentinfo/ExperimentRun/dcid.{child_run}/outputs/model.pkl"
    )
    token = json.loads(process.request(server, "GET", f"/_local/token?resource={_ARM}"))["access_token"]
    try:
        info = json.loads(process.request(server, "GET", path, host=settings["regionHost"], token=token))
    except urllib.error.HTTPError as error:
        message = f"the estimator of {child_run} is not kept: {error.code} {error.reason}"
        raise SynapseGenError(Diagnostic("SYN570", message), exit_code=ExitCode.WORKSPACE) from error
    url = urlsplit(info["contentUri"])
    return process.request(server, "GET", f"{url.path}?{url.query}", host=url.hostname, token="")
