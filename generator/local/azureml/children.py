"""The children of a job: for each trial a record, the estimator that it ends with, and its ONNX form."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import yaml

from generator.local.azureml.ensemble import best_of_each, vote
from generator.local.azureml.onnx_export import NoOnnxFormError, export
from generator.local.azureml.search import fit
from generator.local.files import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from generator.local.azureml.features import Inputs
    from generator.local.azureml.plan import Plan, Validation
    from generator.local.azureml.search import Data, Trial

_LIBRARIES = ("flaml", "lightgbm", "numpy", "onnx", "onnxmltools", "onnxruntime", "pandas", "scikit-learn", "skl2onnx",
              "xgboost-cpu")  # fmt: skip
_LONGEST_TAG = 500


@dataclass(frozen=True, slots=True)
class JobPlace:
    """Where a job's records and its children's outputs go."""

    name: str
    experiment: str
    folder: Path
    """Records: ``children/<number>.json`` and ``result.json``."""
    artifacts: Path
    """Outputs: ``dcid.<child>/outputs/`` below it."""


@dataclass(frozen=True, slots=True)
class Features:
    """The inputs, the training rows in their types, and what turns them into a matrix."""

    inputs: Inputs
    rows: pd.DataFrame
    transformer: Any


class Children:
    """Finishes trials: fits each on all rows, keeps the estimator, and its ONNX form where it has a faithful one.

    Records appear while the search goes on, as in Azure Machine Learning; ``result.json`` names the best so far.
    """

    def __init__(self, place: JobPlace, plan: Plan, data: Data, features: Features, tags: dict[str, str]) -> None:
        self._place = place
        self._plan = plan
        self._data = data
        self._features = features
        self._tags = tags
        self._trials: list[tuple[Trial, Any]] = []
        self._number = 0
        self._best: tuple[float, str] | None = None

    @property
    def completed(self) -> int:
        """How many children have a model."""
        return len(self._trials)

    def add(self, trial: Trial) -> None:
        """Finish a trial; one that fails or took too long becomes a failed child."""
        limit = self._plan.trial_seconds
        if limit is not None and trial.seconds > limit:
            self._keep(trial, error=f"the trial took {trial.seconds:.1f} s, its timeout is {limit:g} s")
            return
        try:
            estimator = fit(trial, self._data, self._plan.task)
        except Exception as error:  # noqa: BLE001 - a learner's own failure fails its child, not the job
            self._keep(trial, error=f"{type(error).__name__}: {error}")
            return
        self._keep(trial, estimator)

    def add_ensemble(self, validation: Validation) -> None:
        """Add the voting ensemble of what there is, where two algorithms have a child."""
        estimators = {id(t): e for t, e in self._trials}
        members = [(t.algorithm, estimators[id(t)]) for t in best_of_each((t for t, _ in self._trials), self._plan)]
        if len(members) < 2:
            return
        trial, estimator = vote(members, self._plan, self._data, validation)
        self._keep(trial, estimator)

    def _keep(self, trial: Trial, estimator: Any = None, *, error: str | None = None) -> None:
        run_id = f"{self._place.name}_{self._number}"
        tags = self._tags | {"run_algorithm": trial.algorithm}
        if estimator is not None:
            tags |= self._outputs(run_id, estimator)
            self._trials.append((trial, estimator))
        if error:
            tags["error"] = error[:_LONGEST_TAG]
        record = {
            "run_id": run_id,
            "parent": self._place.name,
            "experiment": self._place.experiment,
            "status": "Failed" if error else "Completed",
            "metrics": {} if error else trial.metrics,
            "tags": tags,
            "config": trial.config,
            "start": trial.started,
            "end": time.time(),
        }
        write_atomic(self._place.folder / "children" / f"{self._number:05}.json", json.dumps(record).encode())
        self._number += 1
        if not error:
            self._compare(run_id, trial)

    def _outputs(self, run_id: str, estimator: Any) -> dict[str, str]:
        """Write the model, before and after conversion; returns tags."""
        import joblib
        from sklearn.pipeline import Pipeline

        features = self._features
        pipeline = Pipeline([("features", features.transformer), ("model", estimator)])
        outputs = self._place.artifacts / f"dcid.{run_id}" / "outputs"
        outputs.mkdir(parents=True, exist_ok=True)
        joblib.dump(pipeline, outputs / "model.pkl")
        write_atomic(outputs / "conda_env_v_1_0_0.yml", _environment())
        if not self._plan.onnx:
            return {}
        try:
            content = export(pipeline, features.inputs, features.rows, self._plan.task)
        except NoOnnxFormError as error:
            return {"synapse_gen.no_onnx": str(error)[:_LONGEST_TAG]}
        write_atomic(outputs / "model.onnx", content)
        return {}

    def _compare(self, run_id: str, trial: Trial) -> None:
        value = trial.metrics[self._plan.metric]
        if self._best is not None and not self._plan.is_better(value, self._best[0]):
            return
        self._best = (value, run_id)
        result = {"best": run_id, "metrics": trial.metrics, "tags": self._tags}
        write_atomic(self._place.folder / "result.json", json.dumps(result).encode())


def _environment() -> bytes:
    """Return what a model was made with, as AutoML keeps it beside each model."""
    packages = [f"{name}=={version(name)}" for name in _LIBRARIES]
    document = {"name": "synapse_gen_local", "dependencies": [{"pip": packages}]}
    return yaml.safe_dump(document, sort_keys=False).encode()
