"""ONNX Runtime under the rules of a dedicated SQL pool's PREDICT.

Sources: "Score machine learning models with PREDICT" (int, bigint, real, float, char, varchar, nvarchar; one input a
column; names and types match) and the errors that users of the real one quote: MCW-Azure-Synapse-Analytics-and-AI
issue 19, azure-synapse-analytics-day issues 11, 24 and 28, azure-docs issues 59833 and 63800.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.local.sqlpool.errors import SqlError

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from generator.tsql.types import SqlType

# ONNX element type -> T-SQL types that match it, the first as messages name it, and numpy's.
_TYPES: dict[str, tuple[tuple[str, ...], str]] = {
    "tensor(float)": (("real",), "float32"),
    "tensor(double)": (("float",), "float64"),
    "tensor(int64)": (("bigint",), "int64"),
    "tensor(int32)": (("int",), "int32"),
    "tensor(string)": (("varchar", "nvarchar", "char"), "object"),
}
_UNSUPPORTED = {"binary", "varbinary", "datetime2", "datetimeoffset", "time"}
_UNSUPPORTED_TEXT = (
    "Unsupported types are binary, varbinary, timestamp, datetime2, datetimeoffset, time, text, ntext, image, "
    "hierarchyid, xml, sql_variant and user-defined type."
)
_FAILED = "Error occurred during execution of the builtin function 'PREDICT' with HRESULT 0x80070057."
_ENGINE = "Message(s) from 'PREDICT' engine:"


def score(
    model: bytes, data: pa.Table, types: list[tuple[str, SqlType | None]], outputs: tuple[tuple[str, SqlType], ...]
) -> pa.Table:
    """Return a row of ``outputs`` for each row of ``data``; SqlError where the pool would refuse model or data."""
    import pyarrow as pa

    for number, (_, kind) in enumerate(types, start=1):
        if kind is not None and kind.name in _UNSUPPORTED:
            raise SqlError(
                f"Input data column #{number} is of type '{kind.ddl}' which is not supported. {_UNSUPPORTED_TEXT}",
                39014,
            )
    session = _session(model)
    _check_shapes(session)
    names = _check_outputs(session, outputs)
    feed = _feed(session, data, types)
    if not data.num_rows:
        return pa.table({n: pa.array([], _arrow_type(t)) for n, t in outputs})
    try:
        columns = _run(session, names, feed, data.num_rows)
    except SqlError:
        raise
    except Exception as error:  # ONNX Runtime's errors have no common base class
        raise SqlError(f"{_FAILED} {_first_line(error)}", 39051) from error
    return pa.table({n: pa.array(c, _arrow_type(t)) for (n, t), c in zip(outputs, columns, strict=True)})


def _session(model: bytes) -> Any:
    import onnxruntime as ort

    ort.set_default_logger_severity(3)
    try:
        return ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise SqlError(f"{_FAILED} Model is corrupt or invalid.", 39051) from error


def _check_shapes(session: Any) -> None:
    for number, value in enumerate(session.get_inputs(), start=1):
        shape = [d if isinstance(d, int) else None for d in value.shape]
        if len(shape) != 2 or shape[0] not in (None, 1) or shape[1] != 1:
            shown = ",".join("1" if d is None else str(d) for d in shape)
            raise SqlError(f"Input column {number} (1-based) has shape [{shown}] which is not supported.", 39053)


def _check_outputs(session: Any, outputs: tuple[tuple[str, SqlType], ...]) -> list[str]:
    """Return the model's outputs that the WITH clause names: each by its name and type."""
    found = {o.name: o for o in session.get_outputs()}
    for name, kind in outputs:
        if name not in found:
            raise SqlError(f"The column '{name}' of the WITH clause is no output of the model, which has "
                           f"{', '.join(found)}.", 39096)  # fmt: skip
        matching, _ = _TYPES.get(found[name].type, ((found[name].type,), ""))
        if kind.name not in matching:
            raise SqlError(f"The type of model output '{name}' is '{matching[0]}'. Doesn't match the type "
                           f"'{kind.ddl}' of the WITH clause.", 39096)  # fmt: skip
    return [name for name, _ in outputs]


def _feed(session: Any, data: pa.Table, types: list[tuple[str, SqlType | None]]) -> dict[str, np.ndarray[Any, Any]]:
    positions = {name.casefold(): i for i, (name, _) in enumerate(types)}
    feed = {}
    for value in session.get_inputs():
        at = positions.get(value.name.casefold())
        if at is None:
            raise SqlError(f"{_ENGINE} The model column '{value.name}' has no matching input column.", 39052)
        matching, dtype = _TYPES.get(value.type, ((value.type,), "object"))
        kind = types[at][1]
        if kind is None or kind.name not in matching:
            raise SqlError(f"{_ENGINE} The type of model column '{value.name}' is '{matching[0]}'. "
                           "Doesn't match the input column type.", 39052)  # fmt: skip
        column = data.column(at)
        if column.null_count:
            raise SqlError(f"{_ENGINE} The input column '{value.name}' holds null, which the model cannot take.", 39052)
        feed[value.name] = column.to_numpy(zero_copy_only=False).astype(dtype).reshape(-1, 1)
    return feed


def _run(session: Any, names: list[str], feed: dict[str, np.ndarray[Any, Any]], rows: int) -> list[Any]:
    """Run the model: all rows at once, or one by one where its inputs are [1,1]."""
    import numpy as np

    if any(i.shape[0] == 1 for i in session.get_inputs()):
        results = [session.run(names, {k: v[i : i + 1] for k, v in feed.items()}) for i in range(rows)]
        columns = [np.concatenate([np.asarray(r[i]).reshape(-1) for r in results]) for i in range(len(names))]
    else:
        columns = [np.asarray(c) for c in session.run(names, feed)]
    for name, column in zip(names, columns, strict=True):
        if column.size != rows:
            raise SqlError(f"The model output '{name}' has the shape {list(column.shape)} for {rows} rows, which is not "
                           "supported.", 39053)  # fmt: skip
    return [column.reshape(-1) for column in columns]


def _arrow_type(kind: SqlType) -> pa.DataType:
    import pyarrow as pa

    kinds = {"real": pa.float32(), "float": pa.float64(), "bigint": pa.int64(), "int": pa.int32()}
    return kinds.get(kind.name, pa.string())


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
