"""The column contract: one typed list from which Spark, SQL and ONNX types follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.tsql.types import SqlType, parse_sql_type

if TYPE_CHECKING:
    from generator.spec.automl import AutoMlSpec


@dataclass(frozen=True, slots=True)
class ContractColumn:
    """A column with the types that each engine gives it."""

    name: str
    type: SqlType
    expression: str
    fill: Any

    @property
    def predict_type(self) -> SqlType:
        """The type that PREDICT's input has; ValueError for a column that cannot be one."""
        if self.type.predict_type is None:
            raise ValueError(f"{self.name} is {self.type.ddl}, which PREDICT does not take")
        return parse_sql_type(self.type.predict_type)

    @property
    def onnx_type(self) -> str:
        """``FLOAT``, ``INT64`` or ``STRING``: AutoML makes float32 of floats and int64 of integers."""
        if self.type.onnx_type is None:
            raise ValueError(f"{self.name} is {self.type.ddl}, which has no ONNX type")
        return self.type.onnx_type


@dataclass(frozen=True, slots=True)
class Contract:
    """The columns of a spec, and those among them that are key, target and features."""

    columns: tuple[ContractColumn, ...]
    key: ContractColumn
    target: ContractColumn
    features: tuple[ContractColumn, ...]
    prediction_type: SqlType
    """What PREDICT returns: real for a number, bigint or nvarchar for a label."""

    @classmethod
    def of(cls, spec: AutoMlSpec) -> Contract:
        """Type the columns of a validated spec."""
        columns = {
            c.name: ContractColumn(c.name, parse_sql_type(c.type), c.expression or _spark_name(c.name), c.fill)
            for c in spec.columns
        }
        target = columns[spec.target.name]
        return cls(
            columns=tuple(columns.values()),
            key=columns[spec.key.name],
            target=target,
            features=tuple(columns[c.name] for c in spec.features),
            prediction_type=_prediction_type(spec.train.task, target.type),
        )

    @property
    def inputs(self) -> dict[str, str]:
        """Input name to ONNX element type, in the contract's order."""
        return {c.name: c.onnx_type for c in self.features}

    @property
    def output_type(self) -> str:
        """The ONNX element type of the output that predicts."""
        return {"real": "FLOAT", "bigint": "INT64"}.get(self.prediction_type.name, "STRING")


def _prediction_type(task: str, target: SqlType) -> SqlType:
    if task == "regression":
        return parse_sql_type("real")
    return target if target.is_text else parse_sql_type("bigint")


def _spark_name(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"
