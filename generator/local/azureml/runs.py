"""Runs as MLflow's REST interface shows them: their JSON, filters, order and pages.

Source: "MLflow REST API" (runs/get, runs/search) and MLflow's page on search syntax. Comparisons joined by AND of
tags, metrics, parameters and attributes are understood; what is not is refused, never guessed.
"""

from __future__ import annotations

import operator
import re
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Run = dict[str, Any]
STATUS = {
    "Completed": "FINISHED",
    "Failed": "FAILED",
    "Canceled": "KILLED",
    "Running": "RUNNING",
    "NotStarted": "SCHEDULED",
}
_FIELD = r"(?P<kind>tags?|metrics?|params?|parameters?|attributes?|run)\.(?P<key>`[^`]+`|\"[^\"]+\"|[\w.\-/]+)"
_COMPARISON = re.compile(
    rf"\s*{_FIELD}\s*(?P<operator>!=|>=|<=|=|>|<)\s*(?P<value>'[^']*'|\"[^\"]*\"|-?[\d.eE+\-]+)\s*"
)
_ORDER = re.compile(rf"\s*{_FIELD}(?:\s+(?P<direction>ASC|DESC))?\s*", re.IGNORECASE)
_AND = re.compile(r"\s+AND\s+(?=(?:[^'\"`]|'[^']*'|\"[^\"]*\"|`[^`]*`)*$)", re.IGNORECASE)
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_ATTRIBUTES = ("run_id", "run_name", "status", "start_time", "end_time", "experiment_id")
_MOST_RESULTS = 50_000  # of MLflow
_DEFAULT_RESULTS = 1000
_NAMESPACE = uuid.UUID("9f7c63a4-55d1-5c1b-9c0e-2f5a1d3f4b60")


class RunQueryError(ValueError):
    """A search that MLflow would refuse, or that is not understood here."""


def experiment_id(name: str) -> str:
    """Return the id of an experiment: a GUID, the same for a name at any time."""
    return str(uuid.uuid5(_NAMESPACE, name))


def tags_of(run: Run) -> dict[str, str]:
    """Return a run's tags, with the one that names its parent."""
    parent = {"mlflow.parentRunId": run["parent"], "mlflow.rootRunId": run["parent"]} if run["parent"] else {}
    return {**run["tags"], "mlflow.runName": run["run_id"], **parent}


def run_json(run: Run) -> Run:
    """Return a run as MLflow shows it."""
    end = {"end_time": _milliseconds(run["end"])} if run["end"] else {}
    logged = _milliseconds(run["end"] or run["start"])
    return {
        "info": {
            "run_id": run["run_id"],
            "run_uuid": run["run_id"],
            "run_name": run["run_id"],
            "experiment_id": experiment_id(run["experiment"]),
            "status": STATUS.get(run["status"], "SCHEDULED"),
            "start_time": _milliseconds(run["start"]),
            "lifecycle_stage": "active",
            **end,
        },
        "data": {
            "metrics": [{"key": k, "value": v, "timestamp": logged, "step": 0} for k, v in run["metrics"].items()],
            "params": [{"key": k, "value": str(v)} for k, v in run.get("config", {}).items()],
            "tags": [{"key": k, "value": v} for k, v in tags_of(run).items()],
        },
    }


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def search(runs: Sequence[Run], body: Mapping[str, Any]) -> tuple[list[Run], str | None]:
    """Return a page of the runs that a search finds, and the token of the next page; RunQueryError."""
    experiments = body.get("experiment_ids")
    if not isinstance(experiments, list) or not experiments:
        raise RunQueryError("experiment_ids names no experiment")
    comparisons = [_parsed(_COMPARISON, t, "filter") for t in _AND.split(str(body.get("filter") or "")) if t.strip()]
    order = [_parsed(_ORDER, t, "order") for t in _order_of(body)]
    size, start = _page(body)
    found = [r for r in runs if experiment_id(r["experiment"]) in experiments]
    found = [r for r in found if all(_holds(r, c) for c in comparisons)]
    for field in reversed(order):
        found = _sorted(found, field)
    following = str(start + size) if len(found) > start + size else None
    return found[start : start + size], following


def _order_of(body: Mapping[str, Any]) -> list[str]:
    order = body.get("order_by") or []
    return [order] if isinstance(order, str) else list(order)


def _page(body: Mapping[str, Any]) -> tuple[int, int]:
    try:
        size, start = int(body.get("max_results") or _DEFAULT_RESULTS), int(body.get("page_token") or 0)
    except (TypeError, ValueError) as error:
        raise RunQueryError(f"max_results or page_token is no number: {error}") from error
    if not 0 < size <= _MOST_RESULTS or start < 0:
        raise RunQueryError(f"max_results is not between 1 and {_MOST_RESULTS}, or the page does not exist")
    return size, start


def _parsed(pattern: re.Pattern[str], text: str, what: str) -> re.Match[str]:
    match = pattern.fullmatch(text)
    if match is None:
        raise RunQueryError(f"the {what} '{text.strip()}' is not understood here")
    if match["kind"].startswith(("attribute", "run")) and _bare(match["key"]) not in _ATTRIBUTES:
        raise RunQueryError(f"a run has no attribute {match['key']}")
    return match


def _holds(run: Run, comparison: re.Match[str]) -> bool:
    value, given = _value(run, comparison["kind"], comparison["key"]), comparison["value"]
    if value is None:
        return False
    is_text = given[0] in "'\""
    if is_text is not isinstance(value, str):
        raise RunQueryError(f"the filter '{comparison[0].strip()}' compares text with a number")
    try:
        return _OPERATORS[comparison["operator"]](value, given[1:-1] if is_text else float(given))
    except ValueError as error:
        raise RunQueryError(f"the filter '{comparison[0].strip()}' compares with no number") from error


def _sorted(runs: list[Run], field: re.Match[str]) -> list[Run]:
    valued = [(_value(r, field["kind"], field["key"]), r) for r in runs]
    known = [(v, r) for v, r in valued if v is not None]
    known.sort(key=lambda pair: pair[0], reverse=(field["direction"] or "ASC").upper() == "DESC")
    # Runs without the value come last either way, as in MLflow.
    return [r for _, r in known] + [r for v, r in valued if v is None]


def _bare(key: str) -> str:
    return key.strip('`"')


def _value(run: Run, kind: str, key: str) -> Any:
    name = _bare(key)
    if kind.startswith("tag"):
        return tags_of(run).get(name)
    if kind.startswith("metric"):
        return run["metrics"].get(name)
    if kind.startswith("param"):
        return str(run["config"][name]) if name in run.get("config", {}) else None
    return run_json(run)["info"].get(name)
