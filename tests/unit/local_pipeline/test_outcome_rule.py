"""The documented patterns of "Errors and conditional execution": try-catch, do-if-else, do-if-skip-else."""

from __future__ import annotations

from typing import Any

import pytest

from generator.local.pipeline.outcome import Decision, decide, failed_leaves, outcome


def activity(name: str, *after: tuple[str, str]) -> dict[str, Any]:
    return {"name": name, "dependsOn": [{"activity": a, "dependencyConditions": c.split("|")} for a, c in after]}


def run(activities: list[dict[str, Any]], failing: set[str]) -> dict[str, str]:
    """Settle every activity as the engine does, one after another."""
    statuses: dict[str, str] = {}
    while len(statuses) < len(activities):
        for a in activities:
            decision = decide(a, statuses)
            if a["name"] in statuses or decision is Decision.WAIT:
                continue
            skipped = decision is Decision.SKIP
            statuses[a["name"]] = "Skipped" if skipped else "Failed" if a["name"] in failing else "Succeeded"
    return statuses


TRY_CATCH = [activity("A"), activity("B", ("A", "Failed"))]
DO_IF_ELSE = [activity("A"), activity("B", ("A", "Succeeded")), activity("C", ("A", "Failed"))]
DO_IF_SKIP_ELSE = [activity("A"), activity("B", ("A", "Succeeded")), activity("C", ("B", "Skipped|Failed"))]
JOINED = [*DO_IF_ELSE, activity("D", ("A", "Succeeded|Failed"), ("B", "Succeeded|Skipped"), ("C", "Succeeded|Skipped"))]


@pytest.mark.parametrize(
    ("activities", "failing", "expected"),
    [
        (TRY_CATCH, set(), "Succeeded"),
        (TRY_CATCH, {"A"}, "Succeeded"),
        (TRY_CATCH, {"A", "B"}, "Failed"),
        (DO_IF_ELSE, set(), "Succeeded"),
        (DO_IF_ELSE, {"A"}, "Failed"),
        (DO_IF_ELSE, {"B"}, "Failed"),
        (DO_IF_SKIP_ELSE, {"A"}, "Succeeded"),
        (DO_IF_SKIP_ELSE, {"B"}, "Succeeded"),
        (JOINED, {"A"}, "Succeeded"),
        (JOINED, {"A", "C"}, "Failed"),
        (JOINED, {"D"}, "Failed"),
    ],
)
def test_the_leaves_decide(activities: list[dict[str, Any]], failing: set[str], expected: str) -> None:
    assert outcome(activities, run(activities, failing)) == expected


def test_a_skipped_leaf_names_the_activity_that_failed() -> None:
    assert failed_leaves(DO_IF_ELSE, run(DO_IF_ELSE, {"A"})) == ["A"]


@pytest.mark.parametrize(
    ("conditions", "status", "decision"),
    [
        ("Succeeded", "Succeeded", Decision.RUN),
        ("Succeeded", "Failed", Decision.SKIP),
        ("Completed", "Failed", Decision.RUN),
        ("Completed", "Skipped", Decision.SKIP),
        ("Succeeded|Skipped", "Skipped", Decision.RUN),
        ("Failed|Skipped", "Succeeded", Decision.SKIP),
    ],
)
def test_conditions_are_any_of(conditions: str, status: str, decision: Decision) -> None:
    assert decide(activity("B", ("A", conditions)), {"A": status}) is decision


def test_an_activity_waits_for_all_before_it() -> None:
    both = activity("C", ("A", "Succeeded"), ("B", "Succeeded"))
    assert decide(both, {"A": "Succeeded"}) is Decision.WAIT
    assert decide(both, {"A": "Succeeded", "B": "Failed"}) is Decision.SKIP
