"""Which triggers a publish stops and starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from generator.publish.state import Pending
from tests.unit.publish.building import (
    live_of,
    notebook,
    owned_of,
    pipeline,
    plan_of,
    state_of,
    trigger,
    trigger_actions,
)

if TYPE_CHECKING:
    from generator.publish.plan import Plan

T, P = "trigger/t", "pipeline/p"
STOP, START = ("t", "stop"), ("t", "start")


def publish(
    *, document: str | None, was: str | None, changes: str = "nothing", interrupted: bool = False, **terms: Any
) -> Plan:
    """Return the plan for a trigger whose document has one state and which is in another; something changes or not."""
    tree = {
        T: trigger(P, state=document, description="new" if changes == "trigger" else "old"),
        P: pipeline("notebook/n", description="new" if changes == "pipeline" else "old"),
        "notebook/n": notebook("helpers"),
        "notebook/helpers": {"cells": ["new" if changes == "helpers" else "old"]},
        "dataset/d": {"a": "new" if changes == "dataset" else "old"},
    }
    old = {
        T: trigger(P, state=was, description="old"),
        P: pipeline("notebook/n", description="old"),
        "notebook/n": notebook("helpers"),
        "notebook/helpers": {"cells": ["old"]},
        "dataset/d": {"a": "old"},
    }
    if was is None:
        del old[T]
    owned = {text: owned_of(text, body) for text, body in old.items()}
    pending = Pending(publish_id="x", writes={}, running=("t",)) if interrupted else None
    there = [live_of(text, body) for text, body in old.items()]
    return plan_of(tree, there, state=state_of(owned, pending=pending), **terms)


@pytest.mark.parametrize(
    ("document", "was", "changes", "expected"),
    [
        # Nothing changes: only what the document says.
        (None, "Started", "nothing", []),
        (None, "Stopped", "nothing", []),
        ("Started", "Started", "nothing", []),
        ("Started", "Stopped", "nothing", [START]),
        ("Stopped", "Started", "nothing", [STOP]),
        ("Stopped", "Stopped", "nothing", []),
        # What it does not run changes: the same.
        ("Started", "Started", "dataset", []),
        # It changes itself, or what it runs, however deep.
        *((None, "Started", what, [STOP, START]) for what in ("trigger", "pipeline", "helpers")),
        *(("Started", "Started", what, [STOP, START]) for what in ("trigger", "pipeline", "helpers")),
        *(("Stopped", "Started", what, [STOP]) for what in ("trigger", "pipeline", "helpers")),
        *((None, "Stopped", what, []) for what in ("trigger", "pipeline", "helpers")),
        *(("Started", "Stopped", what, [START]) for what in ("trigger", "pipeline", "helpers")),
        # It is new.
        (None, None, "nothing", []),
        ("Started", None, "nothing", [START]),
        ("Stopped", None, "nothing", []),
    ],
)
def test_a_trigger_is_stopped_where_it_must_and_ends_as_its_document_says_or_as_it_was(
    document: str | None, was: str | None, changes: str, expected: list[tuple[str, str]]
) -> None:
    assert trigger_actions(publish(document=document, was=was, changes=changes)) == expected


def test_a_trigger_that_ran_is_restored_and_one_that_stood_is_not() -> None:
    ran, stood = publish(document=None, was="Started", changes="trigger"), publish(document="Started", was="Stopped")
    assert [s.is_restored for s in ran.triggers] == [False, True]
    assert [s.is_restored for s in stood.triggers] == [False]


@pytest.mark.parametrize(
    ("document", "expected"),
    [(None, [START]), ("Started", [START]), ("Stopped", [])],
    ids=["keep", "started", "stopped"],
)
def test_a_trigger_that_an_interrupted_publish_stopped_is_started(
    document: str | None, expected: list[tuple[str, str]]
) -> None:
    plan = publish(document=document, was="Stopped", interrupted=True)
    assert trigger_actions(plan) == expected
    assert all(step.is_restored and "interrupted" in step.reason for step in plan.triggers)


def test_a_trigger_that_an_interrupted_publish_stopped_and_that_left_the_tree_is_started_unless_it_goes() -> None:
    body = trigger(P, state="Stopped")
    pending = Pending(publish_id="x", writes={}, running=("T",))
    state = state_of({T: owned_of(T, body)}, pending=pending)
    assert trigger_actions(plan_of({}, [live_of(T, body)], state=state)) == [START]
    assert trigger_actions(plan_of({}, [live_of(T, body)], state=state, prune=True)) == []


def test_a_trigger_that_an_interrupted_publish_stopped_and_somebody_deleted_is_nothing() -> None:
    state = state_of(pending=Pending(publish_id="x", writes={}, running=("t",)))
    assert trigger_actions(plan_of({}, [], state=state)) == []


@pytest.mark.parametrize(("was", "expected"), [("Started", [STOP]), ("Stopped", [])])
def test_a_trigger_that_goes_is_stopped_first(was: str, expected: list[tuple[str, str]]) -> None:
    body = trigger(P, state=was)
    plan = plan_of({}, [live_of(T, body)], {T: owned_of(T, body)}, prune=True)
    assert trigger_actions(plan) == expected
    assert plan.having("delete")


def test_what_a_trigger_ran_goes_with_it_stopped() -> None:
    """The pipeline goes, and the trigger stays with another one."""
    old, new = trigger(P, state="Started"), trigger("pipeline/q")
    owned = {T: owned_of(T, old), P: owned_of(P, pipeline()), "pipeline/q": owned_of("pipeline/q", pipeline())}
    there = [live_of(T, old), live_of(P, pipeline()), live_of("pipeline/q", pipeline())]
    plan = plan_of({T: new, "pipeline/q": pipeline()}, there, owned, prune=True)
    assert trigger_actions(plan) == [STOP, START]


@pytest.mark.parametrize("adopt", [False, True])
def test_triggers_of_others_are_never_touched_though_they_run_what_changes(adopt: bool) -> None:
    foreign = live_of("trigger/foreign", trigger(P, state="Started"))
    plan = plan_of(
        {P: pipeline(a=2)}, [foreign, live_of(P, pipeline(a=1))], {P: owned_of(P, pipeline(a=1))}, adopt=adopt
    )
    assert [c.action for c in plan.changes] == ["update"]
    assert trigger_actions(plan) == []


def test_a_trigger_in_conflict_is_not_touched_and_one_taken_over_is() -> None:
    tree = {T: trigger(P, state="Stopped", a=1)}
    there = [live_of(T, trigger(P, state="Started", a=2))]
    assert trigger_actions(plan_of(tree, there)) == []
    assert trigger_actions(plan_of(tree, there, adopt=True)) == [STOP]


def test_a_trigger_that_an_interrupted_publish_stopped_and_somebody_changed_is_left_to_them() -> None:
    pending = Pending(publish_id="x", writes={}, running=("t",))
    state = state_of({T: owned_of(T, trigger(P, a=1))}, pending=pending)
    plan = plan_of({T: trigger(P, a=1)}, [live_of(T, trigger(P, state="Stopped", a=2), "e2")], state=state)
    assert plan.conflicts
    assert trigger_actions(plan) == []


def test_the_reasons_name_what_changes() -> None:
    def why(changes: str) -> list[str]:
        return [step.reason for step in publish(document=None, was="Started", changes=changes).triggers]

    assert why("trigger") == ["it changes", "it ran before"]
    assert why("helpers") == ["notebook helpers changes, which it runs", "it ran before"]
    assert [s.reason for s in publish(document="Stopped", was="Started").triggers] == ["its document says Stopped"]
    assert [s.reason for s in publish(document="Started", was="Stopped").triggers] == ["its document says Started"]
