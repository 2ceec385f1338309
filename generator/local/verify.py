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

from generator.local import process

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.local.process import LocalServer

_TYPES = {"INT64": "int64", "FLOAT": "float32", "STRING": "object"}


@dataclass(frozen=True, slots=True)
class DeployedModel:
    """The child whose model is in service, and the model's inputs."""

    child_run: str
    inputs: Mapping[str, str]
    """Column to ONNX element type."""


def largest_difference(
    model: DeployedModel, rows: Sequence[Mapping[str, Any]], server: LocalServer, azure_ml_workspace: str
) -> float:
    """Return max |prediction - estimator's prediction| over rows that hold the inputs and ``__prediction``."""
    import joblib
    import numpy as np
    import pandas as pd

    estimator = joblib.load(io.BytesIO(_download(model.child_run, server, azure_ml_workspace)))
    frame = pd.DataFrame(list(rows)).astype({name: _TYPES[kind] for name, kind in model.inputs.items()})
    with warnings.catch_warnings():
        # LightGBM names the columns of a plain matrix itself, and scikit-learn then misses the names.
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        own = np.asarray(estimator.predict(frame[list(model.inputs)]), dtype=np.float64)
    return float(np.abs(own - frame["__prediction"].to_numpy(dtype=np.float64)).max())


def _download(child_run: str, server: LocalServer, azure_ml_workspace: str) -> bytes:
    settings = json.loads(process.request(server, "GET", "/_local/status"))["azureMl"]
    path = (
        f"/artifact/v2.0/subscriptions/{settings['subscriptionId']}/resourceGroups/{settings['resourceGroup']}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{azure_ml_workspace}"
        f"/artifacts/contentinfo/ExperimentRun/dcid.{child_run}/outputs/model.pkl"
    )
    token = "local-managed-identity:https://management.azure.com/"  # noqa: S105 - names an identity, is no secret
    try:
        info = json.loads(process.request(server, "GET", path, host=settings["regionHost"], token=token))
    except urllib.error.HTTPError as error:
        raise LookupError(f"the estimator of {child_run} is not kept: {error.reason}") from error
    url = urlsplit(info["contentUri"])
    return process.request(server, "GET", f"{url.path}?{url.query}", host=url.hostname, token="")
