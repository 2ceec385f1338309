"""Plans that were saved."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.diagnostics import SynapseGenError
from generator.publish.plan import (
    Change,
    Conflict,
    FieldDifference,
    Left,
    Plan,
    PoolState,
    SqlChange,
    TriggerStep,
)
from generator.publish.saved import moved, read_plan

FULL = Plan(
    project="p",
    environment="dev",
    workspace="w",
    serial=3,
    prune=True,
    changes=(
        Change(
            artifact="pipeline/a",
            action="update",
            reason="it changed",
            file="artifacts/dev/pipeline/a.json",
            sha256="1" * 64,
            etag="e",
            live="2" * 64,
            fields=(FieldDifference(path="x", old=None, new={"a": [1, 1.5, "ü"]}), FieldDifference(path="y", new=1)),
        ),
        Change(artifact="notebook/b", action="create", reason="new"),
    ),
    triggers=(TriggerStep(trigger="t", action="start", reason="it ran", is_restored=True),),
    conflicts=(Conflict(artifact="pipeline/c", reason="foreign", fields=(FieldDifference(path="z", old=1),)),),
    left=(Left(artifact="pipeline/d", reason="kept"),),
    pools=(PoolState(type="SqlPoolReference", name="s", state="Online"),),
    missing_pools=(Left(artifact="pipeline/e", reason="no pool"),),
    sql=(SqlChange(file="sql/dev/a.sql", action="update"),),
)


def saved(folder: Path, value: Any) -> Path:
    path = folder / "plan.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2), encoding="utf-8")
    return path


def refused(path: Path) -> tuple[Any, ...]:
    with pytest.raises(SynapseGenError) as caught:
        read_plan(path, "plan.json")
    return caught.value.diagnostics


def test_a_plan_is_read_as_it_was_saved(tmp_path: Path) -> None:
    found = read_plan(saved(tmp_path, FULL.to_json()), "plan.json")
    assert found == FULL
    assert found.to_json() == FULL.to_json()
    assert list(moved(found, FULL, "plan.json")) == []


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.tuples(st.text(), VALUES, st.sampled_from(["old", "new"])), max_size=4))
def test_any_difference_is_read_as_it_was_saved(
    tmp_path_factory: pytest.TempPathFactory, differences: list[tuple[str, Any, str]]
) -> None:
    fields = tuple(FieldDifference(path=path, **{side: value}) for path, value, side in differences)
    plan = FULL.model_copy(update={"changes": (FULL.changes[0].model_copy(update={"fields": fields}),)})
    folder = tmp_path_factory.mktemp("plan")
    found = read_plan(saved(folder, plan.to_json()), "plan.json")
    assert found == plan
    assert [f.model_fields_set for f in found.changes[0].fields] == [f.model_fields_set for f in fields]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return every place of a saved plan whose type is fixed."""
    if path and path[-1] in ("old", "new"):
        return []
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [*([path] if path else []), *(p for k, v in inner for p in places(v, (*path, k)))]


SAVED = json.loads(FULL.to_json())
PLACES = places(SAVED)
REQUIRED = {"artifact", "action", "reason", "path", "trigger", "name", "type", "state", "file", "serial"}
REQUIRED |= {"project", "environment", "workspace", "changes", "version"}
DEFAULTS = [p for p in PLACES if (p[-1] in ("file", "sha256", "etag", "live", "fields") and p[:2] == ("changes", 1))]
DEFAULTS += [("purpose",), ("adopt",)]


def with_value(path: tuple[Any, ...], value: Any) -> Any:
    whole = copy.deepcopy(SAVED)
    parent = whole
    for step in path[:-1]:
        parent = parent[step]
    parent[path[-1]] = value
    return whole


def at(path: tuple[Any, ...]) -> Any:
    found = SAVED
    for step in path:
        found = found[step]
    return found


def is_wrong(path: tuple[Any, ...], value: Any) -> bool:
    """Whether a place takes no such value: a text may stand where a text may be, a number where a number is."""
    right = at(path)
    if path[-1] in ("artifact", "action", "purpose", "type", "version"):
        return True
    return not isinstance(value, (str, type(None)) if isinstance(right, str) or right is None else type(right))


WRONG = [(path, value) for path in PLACES for value in ({"no": 1}, [7], 1.5, "nonsense", 2) if is_wrong(path, value)]


@pytest.mark.parametrize(("path", "wrong"), WRONG, ids=lambda value: repr(value).replace(" ", ""))
def test_a_value_of_the_wrong_type_is_told_at_its_place(path: tuple[Any, ...], wrong: Any, tmp_path: Path) -> None:
    file = saved(tmp_path, with_value(path, wrong))
    found = refused(file)
    lines = file.read_text(encoding="utf-8").splitlines()
    for diagnostic in found:
        assert diagnostic.code == "SYN339"
        assert 1 <= diagnostic.location.line <= len(lines)
        assert diagnostic.location.column >= 1
        assert diagnostic.hint
    name = path[-1] if isinstance(path[-1], str) else path[-2]
    assert any(f'"{name}"' in "\n".join(lines[: d.location.line]) for d in found)


@pytest.mark.parametrize(
    "path", [p for p in PLACES if isinstance(p[-1], str)], ids=lambda path: ".".join(map(str, path))
)
def test_a_member_that_is_missing_is_told_or_has_its_default(path: tuple[Any, ...], tmp_path: Path) -> None:
    whole = copy.deepcopy(SAVED)
    parent = whole
    for step in path[:-1]:
        parent = parent[step]
    del parent[path[-1]]
    if path[-1] in REQUIRED and (path[0], path[-1]) != ("changes", "file"):
        assert {d.code for d in refused(saved(tmp_path, whole))} == {"SYN339"}
    else:
        assert read_plan(saved(tmp_path, whole), "plan.json") != FULL or path in DEFAULTS


@pytest.mark.parametrize(
    ("path", "lax"),
    [
        (("serial",), "3"),
        (("serial",), 3.0),
        (("prune",), "yes"),
        (("prune",), 1),
        (("triggers", 0, "is_restored"), "true"),
        (("version",), "1"),
    ],
    ids=repr,
)
def test_what_could_only_be_read_as_the_right_type_is_the_wrong_one(
    path: tuple[Any, ...], lax: Any, tmp_path: Path
) -> None:
    assert {d.code for d in refused(saved(tmp_path, with_value(path, lax)))} == {"SYN339"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "SYN002"),
        ("{", "SYN004"),
        ("[]", "SYN339"),
        ("null", "SYN339"),
        ("{}", "SYN339"),
        ('{"changes": []}', "SYN339"),
        ('{"changes": [], "version": 2}', "SYN339"),
        ('{"changes": [], "version": true}', "SYN339"),
        ('{"changes": [], "version": 1.0}', "SYN339"),
        ('{"changes": [], "version": 1, "surprise": "\\ud800"}', "SYN004"),
        ('{"changes": [], "changes": []}', "SYN005"),
        ("[" * 5000, "SYN006"),
    ],
)
def test_what_is_no_plan_is_refused_with_its_line(text: str, code: str, tmp_path: Path) -> None:
    found = refused(saved(tmp_path, text))
    assert {d.code for d in found} == {code}
    assert all(d.location and d.location.line for d in found if code != "SYN002")


def test_a_plan_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert refused(tmp_path / "nowhere.json")[0].code == "SYN001"


def now(**changes: Any) -> Plan:
    return FULL.model_copy(update=changes)


def first(**changes: Any) -> Plan:
    return now(changes=(FULL.changes[0].model_copy(update=changes), FULL.changes[1]))


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        (now(workspace="other"), "the plan is for w (environment dev of p), not for other (environment dev of p)"),
        (now(environment="prod"), "not for w (environment prod of p)"),
        (now(project="q"), "not for w (environment dev of q)"),
        (now(purpose="rollback"), "the plan is one of another command"),
        (now(prune=False), "with other options"),
        (now(adopt=True), "with other options"),
        (first(sha256="3" * 64), "pipeline/a changed in the tree"),
        (first(etag="f"), "pipeline/a changed in the workspace"),
        (first(live="3" * 64), "pipeline/a changed in the workspace"),
        (first(action="delete"), "pipeline/a was to be updated, and is to be deleted,"),
        (first(action="unchanged"), "pipeline/a was to be updated, and is to be left as it is,"),
        (now(changes=FULL.changes[:1]), "notebook/b left the tree and the workspace"),
        (
            now(changes=(*FULL.changes, Change(artifact="dataset/x", action="create", reason=""))),
            "dataset/x came to the tree or the workspace",
        ),
        (now(triggers=()), "the states of triggers changed"),
        (now(triggers=(FULL.triggers[0].model_copy(update={"action": "stop"}),)), "the states of triggers changed"),
        (now(triggers=(FULL.triggers[0].model_copy(update={"is_restored": False}),)), "the states of triggers changed"),
        (now(sql=()), "files of T-SQL changed"),
    ],
)
def test_everything_that_moved_since_is_found(plan: Plan, message: str) -> None:
    (found,) = moved(FULL, plan, "plan.json")
    assert found.code == "SYN340"
    assert message in found.message


def test_everything_that_moved_is_found_at_once() -> None:
    plan = now(changes=(FULL.changes[0].model_copy(update={"etag": "f"}),), triggers=(), sql=())
    assert len(list(moved(FULL, plan, "plan.json"))) == 4


def test_what_is_not_sent_may_move() -> None:
    pools = (PoolState(type="SqlPoolReference", name="s", state="Paused"),)
    assert list(moved(FULL, now(serial=9, pools=pools, left=()), "plan.json")) == []
