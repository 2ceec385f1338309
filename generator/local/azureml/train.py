"""The training process of one job: ``python -m generator.local.azureml.train TASK``.

Writes a record and the outputs of each child: ``outputs/model.pkl``, the estimator in its own library as it was
before any conversion, and ``outputs/model.onnx`` where it has a faithful ONNX form.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import warnings
from pathlib import Path
from typing import Any

from generator.local.azureml.body import METRICS
from generator.local.azureml.features import Inputs, cast, inspect, transformer
from generator.local.azureml.onnx_export import NoOnnxFormError, export
from generator.local.azureml.search import (
    NothingToTrainError,
    Trial,
    estimator_of,
    folds,
    metric_of,
    search,
    seconds,
)
from generator.local.azureml.table import TrainingDataError, read_mltable
from generator.local.files import write_atomic

_FEWEST_ROWS = 50  # "Data requirements": AutoML wants at least 50 rows


def main(arguments: list[str]) -> int:
    """Train; returns 0, or 1 with the reason in the job's folder."""
    warnings.filterwarnings("ignore")
    task = json.loads(Path(arguments[0]).read_bytes())
    threading.Thread(target=_die_with_parent, args=(task["parent_process"],), daemon=True).start()
    folder = Path(task["folder"])
    try:
        _train(task, folder)
    except (TrainingDataError, NothingToTrainError) as error:
        write_atomic(folder / "failure", str(error).encode())
        return 1
    return 0


def _die_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _train(task: dict[str, Any], folder: Path) -> None:
    import numpy as np

    details = task["details"]
    frame, target = _read(Path(task["data"]), details)
    inputs = inspect(frame, details["targetColumnName"])
    rows = cast(frame, inputs)
    columns = transformer(inputs).fit(rows)
    matrix = np.asarray(columns.transform(rows), dtype=np.float32)
    trials = search(details, matrix, target, folder / "trials.log")
    if not trials:
        raise TrainingDataError("no trial ended before the job's timeout")
    best: tuple[float, str] | None = None
    for number, trial in enumerate(trials):
        run_id = f"{task['name']}_{number}"
        record = _child(task, trial, run_id, matrix, target, columns, inputs, rows)
        write_atomic(folder / "children" / f"{number:05}.json", json.dumps(record).encode())
        loss = _loss(record, details)
        if best is None or loss < best[0]:
            best = (loss, run_id)
            write_atomic(folder / "best", run_id.encode())


def _read(data: Path, details: dict[str, Any]) -> tuple[Any, Any]:
    frame = read_mltable(data)
    name = details["targetColumnName"]
    if name not in frame.columns:
        raise TrainingDataError(f"the target column '{name}' is not in the training data")
    frame = frame[frame[name].notna()].reset_index(drop=True)
    if len(frame) < _FEWEST_ROWS:
        raise TrainingDataError(
            f"the training data has {len(frame)} rows with a target; AutoML wants at least {_FEWEST_ROWS}"
        )
    target = frame[name].to_numpy()
    if len(set(target.tolist())) < 2:
        raise TrainingDataError(f"the target column '{name}' has one value only")
    return frame, target


def _child(
    task: dict[str, Any], trial: Trial, run_id: str, matrix: Any, target: Any, columns: Any, inputs: Inputs, rows: Any
) -> dict[str, Any]:
    import joblib
    from sklearn.pipeline import Pipeline

    details, started = task["details"], time.time()
    metrics = _validate(details, trial, matrix, target)
    pipeline = Pipeline([("features", columns), ("model", estimator_of(trial, details["taskType"], matrix, target))])
    outputs = Path(task["artifacts"]) / f"dcid.{run_id}" / "outputs"
    outputs.mkdir(parents=True, exist_ok=True)
    joblib.dump(pipeline, outputs / "model.pkl")
    tags = {
        "run_algorithm": trial.algorithm,
        "synapse_gen.engine": "FLAML, local",
        "synapse_gen.search_seconds": f"{seconds(details):g}",
    }
    if (details.get("trainingSettings") or {}).get("enableOnnxCompatibleModels"):
        try:
            write_atomic(outputs / "model.onnx", export(pipeline, inputs, rows, details["taskType"]))
        except NoOnnxFormError as error:
            tags["synapse_gen.no_onnx"] = str(error)[:500]
    return {
        "run_id": run_id,
        "parent": task["name"],
        "experiment": task["experiment"],
        "status": "Completed",
        "metrics": metrics,
        "tags": tags,
        "config": trial.config,
        "start": started,
        "end": time.time(),
    }


def _validate(details: dict[str, Any], trial: Trial, matrix: Any, target: Any) -> dict[str, float]:
    """Return the metrics over folds that no fit has seen, as AutoML reports them for a child."""
    import numpy as np
    from sklearn.model_selection import KFold, StratifiedKFold

    task = details["taskType"]
    kind = StratifiedKFold if task == "Classification" else KFold
    splitter = kind(folds(details, len(target)), shuffle=True, random_state=1)
    spread = float(np.ptp(target)) if task == "Regression" else 1.0
    scores = []
    for train, test in splitter.split(matrix, target):
        model = estimator_of(trial, task, matrix[train], target[train])
        predicted = np.asarray(model.predict(matrix[test])).reshape(-1)
        scores.append(metric_of(details["primaryMetric"], task, target[test], predicted, spread))
    return {key: float(np.mean([s[key] for s in scores])) for key in scores[0]}


def _loss(record: dict[str, Any], details: dict[str, Any]) -> float:
    key = METRICS[details["taskType"]][details["primaryMetric"]]
    value = float(record["metrics"][key])
    return value if "error" in key else -value


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
