"""The activities that run T-SQL: Script, and SQL pool stored procedure."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from generator.local.pipeline.failure import ActivityFailure, cancelled, fail

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from generator.local.pipeline.call import ActivityCall
    from generator.local.ports import SqlResult

_LARGEST_ROWS = 5000
_LARGEST_BLOCK = 4 * 1024 * 1024 - 4096  # bytes of JSON; what is left is for the members around the rows


@dataclass(slots=True)
class _Collected:
    """The merged output of script blocks ("Script activity": activity output)."""

    result_sets: list[dict[str, Any]] = field(default_factory=list)
    affected: int = 0
    logs: list[str] = field(default_factory=list)
    is_truncated: bool = False
    _size: int = 0

    def add(self, result: SqlResult, *, keep_rows: bool, keep_logs: bool) -> None:
        """Add a block's output; rows beyond the limits are left out, and that is said."""
        self.affected += result.records_affected
        if keep_logs:
            self.logs += result.messages
        for rows in (s.records() for s in result.result_sets) if keep_rows else ():
            kept = self._fitting(rows)
            self.is_truncated |= len(kept) < len(rows)
            self.result_sets.append({"rowCount": len(kept), "rows": kept})

    def _fitting(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        kept: list[dict[str, Any]] = []
        for row in rows[:_LARGEST_ROWS]:
            self._size += len(json.dumps(row, ensure_ascii=False).encode())
            if self._size > _LARGEST_BLOCK:
                break
            kept.append(row)
        return kept

    def output(self) -> dict[str, Any]:
        """Return the activity's output."""
        return {
            "resultSetCount": len(self.result_sets),
            "recordsAffected": self.affected,
            "resultSets": self.result_sets,
            "outputParameters": {},
            "outputLogs": "\n".join(self.logs),
            "outputLogsLocation": "",
            "outputTruncated": "true" if self.is_truncated else "false",
        }


def script(call: ActivityCall) -> dict[str, Any]:
    """Run the blocks of a Script activity one after another; the first that fails ends it."""
    linked = call.evaluated(call.activity.get("linkedServiceName") or {})
    pool = next((v for k, v in (linked.get("parameters") or {}).items() if k.lower() == "dbname"), None)
    if not pool:
        raise fail("2400", "the linked service of the Script activity names no SQL pool (its parameter DBName)")
    properties = call.evaluated_inputs()
    # Logs are off unless logSettings ask for them.
    keep_logs = bool(properties.get("logSettings"))
    collected = _Collected()
    for block in properties.get("scripts") or []:
        if call.cancel.is_set():
            raise cancelled(collected.output())
        parameters = {p["name"]: p.get("value") for p in block.get("parameters") or []}
        result = call.engines.sql_engine.execute(str(pool), str(block["text"]), parameters, cancel=call.cancel)
        _refuse_failed(result, call.cancel)
        collected.add(result, keep_rows=block.get("type", "Query") == "Query", keep_logs=keep_logs)
    return collected.output()


def stored_procedure(call: ActivityCall) -> dict[str, Any]:
    """Run a stored procedure; what it selects is lost, as in the service."""
    pool = (call.evaluated(call.activity.get("sqlPool") or {})).get("referenceName")
    if not pool:
        raise fail("2400", "the activity names no SQL pool (sqlPool.referenceName)")
    properties = call.evaluated_inputs()
    given: Mapping[str, Any] = properties.get("storedProcedureParameters") or {}
    parameters = {name: _parameter(name, p) for name, p in given.items()}
    started = call.engines.clock.now()
    name = str(properties["storedProcedureName"])
    _refuse_failed(
        call.engines.sql_engine.execute_procedure(str(pool), name, parameters, cancel=call.cancel), call.cancel
    )
    seconds = round((call.engines.clock.now() - started).total_seconds())
    return {"executionDuration": seconds, "effectiveIntegrationRuntime": "AutoResolveIntegrationRuntime"}


def _parameter(name: str, parameter: Any) -> Any:
    """Return a parameter's value in its type ("Stored procedure activity": types of parameters)."""
    if not isinstance(parameter, dict):
        return parameter
    value, kind = parameter.get("value"), str(parameter.get("type", "String"))
    if value is None or not isinstance(value, str):
        return value
    try:
        match kind.lower():
            case "int" | "int16" | "int32" | "int64":
                return int(value)
            case "boolean" | "bool":
                return {"true": True, "false": False}[value.strip().lower()]
            case "single" | "double":
                return float(value)
            case _:
                return value
    except (ValueError, KeyError) as error:
        raise fail("2400", f"the stored procedure's parameter {name} is {kind}, '{value}' is not") from error


def _refuse_failed(result: SqlResult, cancel: threading.Event) -> None:
    if result.error and cancel.is_set():
        raise cancelled()
    if result.error:
        raise ActivityFailure(result.error)
