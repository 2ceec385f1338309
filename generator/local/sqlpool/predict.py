"""PREDICT with ONNX Runtime, under the rules of a dedicated SQL pool.

Source: "Score machine learning models with PREDICT" (one input a column, names and types match exactly, the listed
types only) and the errors that users quote (MCW-Azure-Synapse-Analytics-and-AI issues 11 and 19, azure-docs 59833).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from generator.local.sqlpool.errors import SqlError, syntax_error
from generator.local.sqlpool.lexer import Token, tokenize
from generator.local.sqlpool.translate import declared_type

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb
    import numpy as np
    import pyarrow as pa

# ONNX element type -> what the pool calls it, the Arrow types that match, and numpy's name.
_TYPES = {
    "tensor(float)": ("real", {"float"}, "float32"),
    "tensor(double)": ("float", {"double"}, "float64"),
    "tensor(int64)": ("bigint", {"int64"}, "int64"),
    "tensor(int32)": ("int", {"int32"}, "int32"),
    "tensor(string)": ("varchar", {"string", "large_string"}, "object"),
}
_REFUSED = {"binary": "varbinary(max)", "large_binary": "varbinary(max)", "timestamp[us]": "datetime2",
            "time64[us]": "time", "date32[day]": "date", "bool": "bit"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PredictCall:
    """A PREDICT in a statement, with the text of its parts."""

    start: int
    end: int
    model: str
    data: str
    data_alias: str
    outputs: tuple[tuple[str, str], ...]
    alias: str


def has_predict_call(text: str) -> bool:
    """Whether a text uses PREDICT."""
    tokens = tokenize(text)
    return any(a.upper == "PREDICT" and b.text == "(" for a, b in pairwise(tokens))


def replace_predict(
    sql: str,
    connection: duckdb.DuckDBPyConnection,
    query: Callable[[str], pa.Table],
    model: Callable[[str], Any],
) -> tuple[str, Callable[[], None]]:
    """Run PREDICT and put its rows in its place; returns the statement and what clears up after it."""
    tokens = tokenize(sql)
    at = next((i for i, t in enumerate(tokens[:-1]) if t.upper == "PREDICT" and tokens[i + 1].text == "("), None)
    if at is None:
        return sql, lambda: None
    call = _parse(sql, tokens, at)
    data = query(_data_query(sql, tokens, call))
    content = model(call.model)
    if not isinstance(content, bytes | bytearray):
        raise SqlError("The MODEL of PREDICT returned no model.", 39006)
    predicted = run_model(bytes(content), data, call.outputs)
    connection.register("__predict_data", data)
    connection.register("__predicted", predicted)

    def drop() -> None:
        connection.unregister("__predict_data")
        connection.unregister("__predicted")

    rows = f"[__predict_data] AS {call.data_alias} CROSS JOIN [__predicted] AS {call.alias}"
    return sql[: call.start] + rows + sql[call.end :], drop


def _parse(sql: str, tokens: list[Token], at: int) -> PredictCall:
    close = _closing(tokens, at + 1)
    parts: dict[str, list[Token]] = {}
    for part in _split(tokens[at + 2 : close]):
        if len(part) < 3 or part[1].text != "=":
            raise syntax_error(part[0].text if part else "PREDICT")
        parts[part[0].upper] = part[2:]
    if set(parts) - {"MODEL", "DATA", "RUNTIME"} or "MODEL" not in parts or "DATA" not in parts:
        raise syntax_error("PREDICT")
    if [t.upper for t in parts.get("RUNTIME", [])] != ["ONNX"]:
        raise SqlError("PREDICT in Azure Synapse Analytics requires RUNTIME = ONNX.", 102)
    data = parts["DATA"]
    alias_at = next((i for i, t in enumerate(data) if t.upper == "AS"), len(data))
    if tokens[close + 1 : close + 2] and tokens[close + 1].upper != "WITH":
        raise syntax_error(tokens[close + 1].text)
    with_close = _closing(tokens, close + 2)
    end, alias = with_close, "[__p]"
    following = tokens[with_close + 1 : with_close + 3]
    if following and following[0].upper == "AS" and len(following) > 1:
        end, alias = with_close + 2, following[1].text
    return PredictCall(
        tokens[at].start,
        tokens[end].end,
        _text(sql, parts["MODEL"]),
        _text(sql, data[:alias_at]),
        data[alias_at + 1].text if alias_at + 1 < len(data) else "[__d]",
        tuple(_output(sql, p) for p in _split(tokens[close + 3 : with_close])),
        alias,
    )


def _output(sql: str, tokens: list[Token]) -> tuple[str, str]:
    words = [t for t in tokens if t.upper not in ("NULL", "NOT")]
    return tokens[0].name, declared_type(_text(sql, words[1:]).replace(" ", "")).name


def _data_query(sql: str, tokens: list[Token], call: PredictCall) -> str:
    """Return the query of DATA's rows: a table, or one of the statement's own common table expressions."""
    prefix = ""
    if tokens and tokens[0].upper == "WITH":
        depth = 0
        for token in tokens:
            depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
            if depth == 0 and token.upper in ("SELECT", "INSERT"):
                prefix = sql[: token.start]
                break
    return f"{prefix}SELECT * FROM {call.data}"


def _closing(tokens: list[Token], opening: int) -> int:
    if opening >= len(tokens) or tokens[opening].text != "(":
        raise syntax_error(tokens[min(opening, len(tokens) - 1)].text)
    depth = 0
    for index in range(opening, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[index].text, 0) if tokens[index].kind == "sign" else 0
        if depth == 0:
            return index
    raise syntax_error("(")


def _split(tokens: list[Token]) -> list[list[Token]]:
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _text(sql: str, tokens: list[Token]) -> str:
    return sql[tokens[0].start : tokens[-1].end]


def run_model(content: bytes, data: pa.Table, outputs: tuple[tuple[str, str], ...]) -> pa.Table:
    """Score rows with an ONNX model; raises SqlError where the pool would refuse model or data."""
    import onnxruntime as ort
    import pyarrow as pa

    try:
        session = ort.InferenceSession(content, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise SqlError(
            "Error occurred during execution of the builtin function 'PREDICT' with HRESULT 0x80070057. "
            "Model is corrupt or invalid.",
            39051,
        ) from error
    feed = _feed(session, data)
    found = {o.name: o for o in session.get_outputs()}
    if [name for name, _ in outputs] != list(found):
        raise SqlError(
            f"The WITH clause of PREDICT names {', '.join(n for n, _ in outputs)}; the model returns {', '.join(found)}.",
            39096,
        )
    for name, kind in outputs:
        expected = _TYPES.get(found[name].type, ("?",))[0]
        if expected != kind and not (expected == "varchar" and kind in ("nvarchar", "char")):
            raise SqlError(f"The type of model output '{name}' is '{expected}'. Doesn't match the WITH clause.", 39096)
    names = [name for name, _ in outputs]
    one_by_one = any(i.shape[0] == 1 for i in session.get_inputs())
    columns = _run_each(session, names, feed, data.num_rows) if one_by_one else session.run(names, feed)
    return pa.table({n: pa.array(c.reshape(-1)[: data.num_rows]) for n, c in zip(names, columns, strict=True)})


def _feed(session: Any, data: pa.Table) -> dict[str, np.ndarray[Any, Any]]:
    inputs = {i.name: i for i in session.get_inputs()}
    columns = {name.casefold(): name for name in data.column_names}
    for name in data.column_names:
        if str(data.schema.field(name).type) in _REFUSED and name in inputs:
            number = data.column_names.index(name) + 1
            kind = _REFUSED[str(data.schema.field(name).type)]
            raise SqlError(f"Input data column #{number} is of type '{kind}' which is not supported.", 39014)
    feed = {}
    for number, (name, value) in enumerate(inputs.items(), start=1):
        if name.casefold() not in columns:
            raise SqlError(f"Message(s) from 'PREDICT' engine: The model's input '{name}' is not in the data.", 39052)
        shape = [d if isinstance(d, int) else None for d in value.shape]
        if len(shape) != 2 or shape[0] not in (None, 1) or shape[1] != 1:
            shown = ",".join("1" if d is None else str(d) for d in shape)
            raise SqlError(f"Input column {number} (1-based) has shape [{shown}] which is not supported.", 39053)
        expected, arrow_types, dtype = _TYPES.get(value.type, (value.type, set(), "object"))
        column = data.column(columns[name.casefold()])
        if str(column.type) not in arrow_types:
            raise SqlError(
                f"Message(s) from 'PREDICT' engine: The type of model column '{name}' is '{expected}'. "
                "Doesn't match the input column type.",
                39052,
            )
        if column.null_count:
            raise SqlError(f"Message(s) from 'PREDICT' engine: The input column '{name}' holds null.", 39052)
        feed[name] = column.to_numpy().astype(dtype).reshape(-1, 1)
    return feed


def _run_each(session: Any, names: list[str], feed: dict[str, np.ndarray[Any, Any]], rows: int) -> list[Any]:
    import numpy as np

    results = [session.run(names, {k: v[i : i + 1] for k, v in feed.items()}) for i in range(rows)]
    return [np.concatenate([np.asarray(r[i]).reshape(-1) for r in results]) for i in range(len(names))]
