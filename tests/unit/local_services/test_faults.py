"""The fault file and its plans: what is refused, what is drawn, who is hit."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from generator.local.faults.luck import draw, seconds
from generator.local.faults.model import NO_FAULTS, FaultFile, Range
from generator.local.faults.plan import Planner, RequestPlan


def planner(*faults: dict[str, Any], **settings: Any) -> Planner:
    return Planner(FaultFile.model_validate({"faults": faults, **settings}))


def hit(plan: RequestPlan) -> bool:
    return plan.fault is not None


@pytest.mark.parametrize(
    ("file", "place", "words"),
    [
        ({"latncy": 1}, ("latncy",), "not permitted"),
        ({"latency": -1}, ("latency", "seconds"), "greater than"),
        ({"latency": {"min": 2, "max": 1}}, ("latency", "range"), "min is more than max"),
        ({"operations": {"kinds": {"notebok": 1}}}, ("operations", "kinds", "notebok", "[key]"), "no kind of artifact"),
        ({"concurrent_operations": {"limit": 0}}, ("concurrent_operations", "limit"), "greater than"),
        ({"page_size": 0}, ("page_size",), "greater than"),
        ({"sql_pool_status": "Gone"}, ("sql_pool_status",), "'Online'"),
        ({"git": {"account_name": "a"}}, ("git", "repository_name"), "required"),
        ({"faults": [{}]}, ("faults", 0, "kind"), "required"),
        ({"faults": [{"kind": "status", "path": "["}]}, ("faults", 0, "path"), "no regular expression"),
        ({"faults": [{"kind": "status", "status": 200}]}, ("faults", 0, "status"), "greater than"),
        ({"faults": [{"kind": "status", "rate": 1.5}]}, ("faults", 0, "rate"), "less than"),
        ({"faults": [{"kind": "status", "times": 0}]}, ("faults", 0, "times"), "greater than"),
        ({"faults": [{"kind": "status", "seconds": 1}]}, ("faults", 0, "seconds"), "with operation_hangs"),
        ({"faults": [{"kind": "drop_after", "code": "c"}]}, ("faults", 0, "code"), "does not go with"),
        ({"faults": [{"kind": "failed_body", "methods": ["GET"]}]}, ("faults", 0, "methods"), "only PUT and DELETE"),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else "",
)
def test_a_file_that_is_wrong_is_refused_at_its_place(file: dict[str, Any], place: Any, words: str) -> None:
    with pytest.raises(ValidationError) as caught:
        FaultFile.model_validate(file)
    (found,) = caught.value.errors()
    assert found["loc"] == place
    assert words in found["msg"]


def test_a_file_survives_being_written_for_the_server() -> None:
    file = FaultFile.model_validate(
        {
            "seed": 3,
            "latency": {"min": 0.1, "max": 0.2},
            "operations": {"duration": 2, "retry_after": 10, "kinds": {"notebook": {"min": 1, "max": 6}}},
            "concurrent_operations": {"limit": 25, "retry_after": 2},
            "git": {"account_name": "a", "repository_name": "r"},
            "faults": [{"kind": "operation_hangs", "seconds": 5, "applied": True, "methods": ["PUT"], "rate": 0.1}],
        }
    )
    assert FaultFile.model_validate(file.model_dump(mode="json", exclude_defaults=True)) == file
    assert NO_FAULTS.model_dump(mode="json", exclude_defaults=True) == {}


@given(st.integers(), st.text(), st.text())
def test_luck_is_a_number_below_one_and_the_same_again(seed: int, one: str, other: str) -> None:
    assert 0 <= draw(seed, one, other) < 1
    assert draw(seed, one, other) == draw(seed, one, other)
    assert 2 <= seconds(Range(min=2, max=3), seed, one) < 3
    assert seconds(2.5, seed, one) == 2.5


def test_luck_does_not_depend_on_how_requests_interleave() -> None:
    paths = [f"/pipelines/p{n}" for n in range(30)]
    fault = {"kind": "status", "rate": 0.4}

    def hits(order: list[str]) -> Counter[tuple[str, int]]:
        planned = planner(fault, seed=5)
        plans = [planned.plan("PUT", path) for path in order]
        return Counter((p.path, p.turn) for p in plans if hit(p))

    one = hits(paths * 3)
    assert one == hits([path for path in reversed(paths) for _ in range(3)])
    assert 20 < one.total() < 52
    assert one != Counter((p.path, p.turn) for p in map(planner(fault, seed=6).plan, ["PUT"] * 90, paths * 3) if hit(p))


def test_a_fault_passes_the_first_and_ends_after_the_last() -> None:
    planned = planner({"kind": "status", "after": 2, "times": 3})
    assert [hit(planned.plan("GET", "/x")) for _ in range(7)] == [False, False, True, True, True, False, False]


def test_a_fault_is_of_some_methods_and_paths() -> None:
    planned = planner({"kind": "status", "methods": ["PUT"], "path": "^/pipelines/a b$"})
    found = [(m, p) for m in ("GET", "PUT") for p in ("/pipelines/a b", "/x/pipelines/a b") if hit(planned.plan(m, p))]
    assert found == [("PUT", "/pipelines/a b")]


def test_faults_of_operations_happen_to_what_starts_one() -> None:
    planned = planner({"kind": "failed_body"})
    assert [m for m in ("GET", "POST", "PUT", "DELETE") if hit(planned.plan(m, "/x"))] == ["PUT", "DELETE"]
    assert planned.plan("PUT", "/x").operation_fault is not None


def test_the_first_fault_that_happens_hides_the_others() -> None:
    planned = planner({"kind": "status", "times": 1}, {"kind": "drop_before", "times": 1})
    kinds = [plan.fault.kind if plan.fault else None for plan in (planned.plan("GET", "/x") for _ in range(3))]
    assert kinds == ["status", "drop_before", None]


def test_a_fault_that_is_hidden_counts_the_request_all_the_same() -> None:
    planned = planner({"kind": "status", "times": 1}, {"kind": "drop_before", "after": 1, "times": 1})
    kinds = [plan.fault.kind if plan.fault else None for plan in (planned.plan("GET", "/x") for _ in range(3))]
    assert kinds == ["status", "drop_before", None]
