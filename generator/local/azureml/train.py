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
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.local.azureml.plan import LOCAL_SECONDS, NothingToTrainError, Plan, plan_of, validation_of
from generator.local.azureml.table import TrainingDataError, read_mltable
from generator.local.files import write_atomic

if TYPE_CHECKING:
    import pandas as pd

    from generator.local.azureml.search import Data

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
    except Exception as error:  # noqa: BLE001 - the job's record is the only place where its owner looks
        traceback.print_exc()
        write_atomic(folder / "failure", f"the training failed: {type(error).__name__}: {error}".encode())
        return 1
    return 0


def _die_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _train(task: dict[str, Any], folder: Path) -> None:
    """Train the children of a job, the best of which ``result.json`` names."""
    from generator.local.azureml.children import Children, JobPlace
    from generator.local.azureml.search import Search

    deadline_from = time.monotonic()
    plan = plan_of(task["details"])
    frame = _read(Path(task["data"]), plan)
    features, data = _learnable(frame, plan)
    validation = validation_of(task["details"], len(frame))
    place = JobPlace(task["name"], task["experiment"], folder, Path(task["artifacts"]))
    children = Children(place, plan, data, features, _tags(plan))
    Search(plan, data, validation, deadline_from + plan.seconds).run(children.add)
    if plan.vote_ensemble:
        children.add_ensemble(validation)
    if not children.completed:
        raise TrainingDataError("no trial ended before the job's timeout")


def _tags(plan: Plan) -> dict[str, str]:
    tags = {"synapse_gen.engine": "FLAML, local"}
    if plan.is_capped:
        tags["synapse_gen.local_cap"] = f"{LOCAL_SECONDS:g} s instead of the job's timeout"
    return tags


def _read(data: Path, plan: Plan) -> pd.DataFrame:
    frame = read_mltable(data)
    if plan.target not in frame.columns:
        raise TrainingDataError(f"the target column '{plan.target}' is not in the training data")
    frame = frame[frame[plan.target].notna()].reset_index(drop=True)
    if len(frame) < _FEWEST_ROWS:
        raise TrainingDataError(
            f"the training data has {len(frame)} rows with a target; AutoML wants at least {_FEWEST_ROWS}"
        )
    if frame[plan.target].nunique() < 2:
        raise TrainingDataError(f"the target column '{plan.target}' has one value only")
    return frame


def _learnable(frame: pd.DataFrame, plan: Plan) -> tuple[Any, Data]:
    """Return the features and what is learned from; TrainingDataError for columns that no model takes."""
    import numpy as np

    from generator.local.azureml.children import Features
    from generator.local.azureml.features import cast, inspect, transformer
    from generator.local.azureml.search import Data

    inputs = inspect(frame, plan.target)
    rows = cast(frame, inputs)
    columns = transformer(inputs).fit(rows)
    matrix = np.asarray(columns.transform(rows), dtype=np.float32)
    target, classes = _target(frame, plan)
    return Features(inputs, rows, columns), Data(matrix, target, classes)


def _target(frame: pd.DataFrame, plan: Plan) -> tuple[Any, tuple[Any, ...]]:
    import numpy as np
    import pandas as pd

    column = frame[plan.target]
    if plan.task == "Classification":
        if pd.api.types.is_float_dtype(column):
            raise TrainingDataError(f"the target column '{plan.target}' holds fractions: a label is whole or text")
        classes, numbers = np.unique(column.to_numpy(), return_inverse=True)
        return numbers, tuple(classes.tolist())
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        raise TrainingDataError(f"the target column '{plan.target}' is {column.dtype}: regression predicts numbers")
    values = column.to_numpy(dtype=np.float64)
    if not np.isfinite(values).all():
        raise TrainingDataError(f"the target column '{plan.target}' holds infinite values")
    return values, ()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
