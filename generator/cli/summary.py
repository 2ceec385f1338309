"""What a run made, as people read it: activities, model, predictions, and how far a local run can be trusted.

Everything is read from REST responses and SQL results.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.cli.measures import Measures, measure
from generator.cli.terminal import seconds
from generator.diagnostics import Diagnostic

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.cli.connect import Connection
    from generator.runs import ActivityRun, RunReport
    from generator.spec.automl import AutoMlSpec
    from generator.spec.project import Environment

LOOPS = ("Pause", "Look at job", "Note status", "Go on")
"""What the loop that waits for a job does again and again."""


_LONGEST = 160


@dataclass(frozen=True, slots=True)
class Summary:
    """Lines for people, and the same for programs."""

    lines: tuple[str, ...]
    measures: Measures | None
    honesty: dict[str, Any] | None
    """Of a local run: what stood in for what, and what was not checked."""


def summarise(
    report: RunReport, spec: AutoMlSpec | None, environment: Environment, connection: Connection, baseline: str | None
) -> Summary:
    """Read what there is to know about a run that has ended."""
    lines = [f"{report.pipeline}: {report.status} in {seconds(report.seconds)}", "", *_table(report)]
    honesty = _honesty(connection)
    measures = None
    if spec and report.status == "Succeeded":
        measures = measure(report, spec, environment, connection, baseline)
        lines += ["", *_model_lines(measures), "", *_prediction_lines(spec, measures)]
    if honesty:
        lines += ["", "This was a local run (local-emulation):"]
        lines += [f"  {real}: {stand_in} stood in" for real, stand_in in honesty["substitutes"].items()]
        lines += ["  not checked: " + "; ".join(honesty["not_checked"])]
    if measures:
        lines += ["", measures.line()]
    return Summary(tuple(lines), measures, honesty)


def _table(report: RunReport) -> list[str]:
    rows = list(_steps(report, 0))
    width = max((len(name) for name, _, _ in rows), default=0)
    stated = max((len(status) for _, status, _ in rows), default=0)
    return [f"  {name:<{width}}  {status:<{stated}}  {duration:>12}" for name, status, duration in rows]


def _steps(report: RunReport, depth: int) -> Iterator[tuple[str, str, str]]:
    for activity in report.activities:
        if activity.name in LOOPS and activity.status == "Succeeded":
            continue
        # The pipeline has a branch for it: a job that does not exist yet, a pool without PREDICT.
        is_handled = activity.status == "Failed" and report.status == "Succeeded"
        status = "Failed (handled)" if is_handled else activity.status
        yield "  " * depth + activity.name, status, seconds(activity.seconds)
        if activity.child:
            yield from _steps(activity.child, depth + 1)


def first_line(text: str) -> str:
    """Return the first line of an error, short enough for a line of progress."""
    line = text.strip().splitlines()[0] if text.strip() else ""
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _honesty(connection: Connection) -> dict[str, Any] | None:
    if connection.local is None:
        return None
    from generator.local import process

    status: dict[str, Any] = json.loads(process.request(connection.local, "GET", "/_local/status"))
    return {key: status[key] for key in ("engine", "substitutes", "not_checked")}


def _model_lines(measures: Measures) -> list[str]:
    values = measures.values
    if "algorithm" not in values:
        return []
    rank = f", number {values['rank']} of {values['children']} children" if "rank" in values else ""
    return [
        f"Model: {values['algorithm']}, {values['metric']} {float(values['score']):.4f}{rank}; scored by {values['engine']}"
    ]


def _prediction_lines(spec: AutoMlSpec, measures: Measures) -> list[str]:
    if not measures.sample:
        return []
    lines = [f"Predictions of {spec.train.target}:", f"  {'key':>22}  {'true':>10}  {'predicted':>10}"]
    rows = measures.sample
    return lines + [f"  {r['key']!s:>22}  {_shown(r['actual']):>10}  {_shown(r['prediction']):>10}" for r in rows]


def _shown(value: Any) -> str:
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def finding_of(report: RunReport) -> list[Diagnostic]:
    """Return why a run did not succeed, each failure with its pipeline and activity."""
    if report.status == "Cancelled":
        return [Diagnostic("SYN308", f"the run of {report.pipeline} was cancelled")]
    found = [
        Diagnostic("SYN309", f'{a.pipeline}: activity "{a.name}" failed: {a.error or "no reason given"}')
        for a in report.failures()
        if _is_final(a, report)
    ]
    return found or [
        Diagnostic("SYN309", f"the run of {report.pipeline} failed: {report.message or 'no reason given'}")
    ]


def _is_final(activity: ActivityRun, report: RunReport) -> bool:
    """Leave out failures that the pipeline dealt with: its own message names those that made it fail."""
    messages = [report.message, *(a.error or "" for a in report.walk() if a.child)]
    return any(activity.error and activity.error in message for message in messages)
