"""The figures of a run: rows, quality, and how far predictions are from the estimator's own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError
from generator.tsql.identifiers import ObjectName, parse_object_name, quote_identifier
from generator.tsql.literals import quote_literal

if TYPE_CHECKING:
    from generator.cli.connect import Connection
    from generator.runs import RunReport
    from generator.spec.automl import AutoMlSpec
    from generator.spec.project import Environment

_ROWS = ("prepared", "trained", "test", "loaded", "predicted")


@dataclass(frozen=True, slots=True)
class Measures:
    """Figures by name, and a few predictions beside the true values."""

    values: dict[str, Any]
    sample: list[dict[str, Any]]

    def line(self) -> str:
        """Return the last line of a run: ``prepared=N trained=N ...``."""
        parts = [f"{name}={self.values[name]}" for name in _ROWS if name in self.values]
        figures = ("r2", "rmse", "accuracy", "baseline_rmse", "max_diff")
        parts += [f"{n}={float(self.values[n]):.6g}" for n in figures if self.values.get(n) is not None]
        return " ".join(parts)


def measure(
    report: RunReport, spec: AutoMlSpec, environment: Environment, connection: Connection, baseline: str | None
) -> Measures:
    """Collect what the pipelines returned; of a local run, also what only its SQL pool and outputs can tell."""
    values: dict[str, Any] = {}
    sample: list[dict[str, Any]] = []
    for activity in report.walk():
        output = activity.output if isinstance(activity.output, dict) else {}
        if activity.name == "Return" and isinstance(output.get("value"), dict):
            values |= output["value"]
        if activity.name == "Evaluate" and len(output.get("resultSets", [])) > 1:
            sample = output["resultSets"][1]["rows"]
    if connection.local:
        local = _Local(connection, environment.sql_pool.name, spec)
        if baseline:
            values["baseline_rmse"] = local.baseline(baseline)
        if spec.train.task == "regression":
            values["max_diff"] = local.largest_difference(environment)
    return Measures(values, sample)


class _Local:
    """Asks the embedded workspace, by its REST interface."""

    def __init__(self, connection: Connection, pool: str, spec: AutoMlSpec) -> None:
        self._connection = connection
        self._pool = pool
        self._spec = spec
        table = parse_object_name(spec.score.table)
        self._input: ObjectName = table if spec.score.mode == "full" else table.sibling("_load")

    def query(self, sql: str) -> list[dict[str, Any]]:
        """Return the rows of a query; SYN310 where the pool refuses it."""
        from generator.local import process

        server = self._connection.local
        if server is None:
            raise ValueError("there is no embedded workspace")
        answer = json.loads(process.request(server, "POST", f"/_local/sqlPools/{self._pool}/query", {"query": sql}))
        if answer["error"]:
            raise SynapseGenError(Diagnostic("SYN310", answer["error"]["message"]), exit_code=ExitCode.WORKSPACE)
        rows: list[dict[str, Any]] = answer["resultSets"][0]["rows"]
        return rows

    def baseline(self, column: str) -> float:
        """RMSE of the best prediction proportional to one column, fitted on the very rows that it is measured on."""
        x, y = (f"CAST({quote_identifier(c)} AS float)" for c in (column, self._spec.train.target))
        source = self._input.quoted
        sql = (
            f"SELECT SQRT(AVG(SQUARE(f.[k] * {x} - {y}))) AS [rmse] FROM {source} AS t "
            f"CROSS JOIN (SELECT SUM({x} * {y}) / SUM({x} * {x}) AS [k] FROM {source}) AS f"
        )
        return float(self.query(sql)[0]["rmse"])

    def largest_difference(self, environment: Environment) -> float:
        """Return the largest difference between a prediction in the pool and the estimator's own."""
        from generator.local.verify import DeployedModel, largest_difference

        models, name = parse_object_name(self._spec.deploy.model_table).quoted, quote_literal(self._spec.name)
        newest = f"SELECT TOP 1 [child_run], [inputs] FROM {models} WHERE [name] = {name} ORDER BY [version] DESC"
        child = self.query(newest)[0]
        key = quote_identifier(self._spec.key.name)
        predictions = parse_object_name(self._spec.score.predictions).quoted
        inputs = json.loads(child["inputs"])
        columns = ", ".join(f"t.{quote_identifier(c)}" for c in inputs)
        rows = self.query(
            f"SELECT p.[prediction] AS [__prediction], {columns} FROM {self._input.quoted} AS t "
            f"INNER JOIN {predictions} AS p ON p.{key} = t.{key}"
        )
        server = self._connection.local
        if server is None:
            raise ValueError("there is no embedded workspace")
        return largest_difference(
            DeployedModel(child["child_run"], inputs), rows, server, environment.azure_ml.workspace
        )
