"""Answers queryPipelineRuns and queryActivityruns: a window of time, filters, an order, pages.

Source: RunFilterParameters, RunQueryFilterOperand, RunQueryFilterOperator and RunQueryOrderByField of
azure-synapse-artifacts 0.22.0.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_PAGE = 100  # ours: the size of the service's pages is not documented
_FIELDS = {
    "PipelineName": "pipelineName",
    "Status": "status",
    "RunStart": "runStart",
    "RunEnd": "runEnd",
    "RunGroupId": "runGroupId",
    "ActivityName": "activityName",
    "ActivityRunStart": "activityRunStart",
    "ActivityRunEnd": "activityRunEnd",
    "ActivityType": "activityType",
    "LatestOnly": "isLatest",
}
_TRIGGERS = {"TriggerName": "name", "TriggerRunTimestamp": "id"}
_OPERATORS = {"Equals": True, "In": True, "NotEquals": False, "NotIn": False}
_ORDERS = {"ASC": False, "DESC": True}


class QueryError(ValueError):
    """A query asks for something that there is not."""


def query_pipeline_runs(runs: Iterable[Mapping[str, Any]], query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of runs in JSON form, the newest first unless ``orderBy`` says otherwise. Raises QueryError."""
    return _page(runs, query, moment="lastUpdated")


def query_activity_runs(runs: Iterable[Mapping[str, Any]], query: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of one run's activity runs in JSON form, in the order of their starts. Raises QueryError.

    The window of time is that of their last change: the end, or the start while they are in progress.
    """
    return _page(runs, query, moment="activityRunEnd", otherwise="activityRunStart")


def _page(
    records: Iterable[Mapping[str, Any]], query: Mapping[str, Any], *, moment: str, otherwise: str = ""
) -> dict[str, Any]:
    after, before = _moment(query, "lastUpdatedAfter"), _moment(query, "lastUpdatedBefore")
    filters = [_checked(f) for f in _objects(query, "filters")]
    orders = [_ordered(o) for o in reversed(_objects(query, "orderBy"))]
    found = []
    for record in records:
        changed = datetime.fromisoformat(record[moment] or record[otherwise])
        is_inside = (after is None or changed >= after) and (before is None or changed <= before)
        if is_inside and all(_passes(record, f) for f in filters):
            found.append(record)
    for name, is_descending in orders:
        found.sort(key=partial(_sort_key, name), reverse=is_descending)
    start = _offset(query.get("continuationToken"))
    page: dict[str, Any] = {"value": found[start : start + _PAGE]}
    if start + _PAGE < len(found):
        page["continuationToken"] = base64.b64encode(str(start + _PAGE).encode()).decode()
    return page


def _sort_key(operand: str, record: Mapping[str, Any]) -> str:
    return str(_value(record, operand) or "")


def _objects(query: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    values = query.get(name) or []
    if not isinstance(values, list) or not all(isinstance(v, dict) for v in values):
        raise QueryError(f"{name} is an array of objects")
    return values


def _moment(query: Mapping[str, Any], name: str) -> datetime | None:
    text = query.get(name)
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise QueryError(f"{name} is a moment in ISO 8601, not {text!r}") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _checked(condition: Mapping[str, Any]) -> tuple[str, bool, Sequence[str]]:
    operand, operator, values = condition.get("operand"), condition.get("operator"), condition.get("values")
    if operand not in _FIELDS and operand not in _TRIGGERS:
        raise QueryError(f"there is no operand {operand!r}")
    if operator not in _OPERATORS:
        raise QueryError(f"there is no operator {operator!r}")
    if not isinstance(values, list):
        raise QueryError("the values of a filter are an array")
    return str(operand), _OPERATORS[operator], [str(v).casefold() for v in values]


def _ordered(order: Mapping[str, Any]) -> tuple[str, bool]:
    name, direction = order.get("orderBy"), order.get("order")
    if (name not in _FIELDS and name not in _TRIGGERS) or direction not in _ORDERS:
        raise QueryError(f"there is no order {name!r} {direction!r}")
    return str(name), _ORDERS[direction]


def _passes(record: Mapping[str, Any], condition: tuple[str, bool, Sequence[str]]) -> bool:
    operand, is_wanted, values = condition
    return (str(_value(record, operand)).casefold() in values) == is_wanted


def _value(record: Mapping[str, Any], operand: str) -> Any:
    if operand in _TRIGGERS:
        return (record.get("invokedBy") or {}).get(_TRIGGERS[operand])
    return record.get(_FIELDS[operand])


def _offset(token: Any) -> int:
    if not token:
        return 0
    try:
        return int(base64.b64decode(str(token), validate=True))
    except (binascii.Error, ValueError) as error:
        raise QueryError("the continuationToken is none of ours") from error
