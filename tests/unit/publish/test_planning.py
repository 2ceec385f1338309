"""The plan: each case of what is wanted, what is there and what is ours."""

from __future__ import annotations

from typing import Any

import pytest

from generator.publish.planning import settled
from generator.publish.state import Pending
from generator.workspace.port import Pool
from tests.unit.publish.building import (
    actions,
    by_identity,
    key,
    live_of,
    owned_of,
    pipeline,
    plan_of,
    state_of,
    wanted_of,
)

P = "pipeline/p"
ONE, TWO, THREE = pipeline(description="one"), pipeline(description="two"), pipeline(description="three")


def change(plan: Any) -> Any:
    (found,) = plan.changes
    return found


def test_what_is_not_there_is_created() -> None:
    found = change(plan_of({P: ONE}))
    assert (found.action, found.reason, found.etag, found.live) == ("create", "it is not in the workspace", None, None)
    wanted = wanted_of(P, ONE)
    assert (found.file, found.sha256, found.fields) == (wanted.file, wanted.sha256, ())


def test_what_is_ours_and_changed_in_the_tree_is_updated_with_its_fields() -> None:
    there = live_of(P, ONE)
    found = change(plan_of({P: TWO}, [there], {P: owned_of(P, ONE)}))
    assert (found.action, found.reason, found.etag) == ("update", "it changed in the tree", "e1")
    assert found.live == there.content.fingerprint
    assert [(f.path, f.old, f.new) for f in found.fields] == [("description", "one", "two")]


def test_what_is_as_it_was_published_is_unchanged_though_the_service_writes_it_in_another_way() -> None:
    owned = {P: owned_of(P, ONE, live=TWO)}
    assert change(plan_of({P: ONE}, [live_of(P, TWO)], owned)).action == "unchanged"
    assert change(plan_of({P: ONE}, [live_of(P, TWO, "e2")], owned)).action == "unchanged"


def test_an_etag_that_is_the_published_one_says_that_nothing_moved() -> None:
    # The content is never looked at, so that of a thousand unchanged artifacts nobody compares any.
    assert change(plan_of({P: ONE}, [live_of(P, THREE)], {P: owned_of(P, ONE)})).action == "unchanged"


@pytest.mark.parametrize("etag", ["", "e2"])
def test_without_a_known_etag_the_content_decides(etag: str) -> None:
    owned = {P: owned_of(P, ONE, etag)}
    assert actions(plan_of({P: ONE}, [live_of(P, ONE, "")], owned)) == {P: "unchanged"}
    assert actions(plan_of({P: ONE}, [live_of(P, TWO, "")], owned)) == {P: "conflict"}


def test_what_somebody_else_made_is_a_conflict_with_both_versions() -> None:
    plan = plan_of({P: ONE}, [live_of(P, TWO)])
    assert actions(plan) == {P: "conflict"}
    (conflict,) = plan.conflicts
    assert "did not publish it" in conflict.reason
    assert [(f.path, f.old, f.new) for f in conflict.fields] == [("description", "two", "one")]
    assert plan.is_empty


def test_what_somebody_else_made_is_a_conflict_also_where_it_is_the_same() -> None:
    assert actions(plan_of({P: ONE}, [live_of(P, ONE)])) == {P: "conflict"}


def test_what_somebody_else_made_is_taken_over_where_the_user_says_so() -> None:
    found = change(plan_of({P: ONE}, [live_of(P, TWO)], adopt=True))
    assert (found.action, found.reason[:11], len(found.fields)) == ("update", "taken over:", 1)
    assert actions(plan_of({P: ONE}, [live_of(P, ONE)], adopt=True)) == {P: "unchanged"}


def test_what_was_changed_under_us_is_a_conflict() -> None:
    owned = {P: owned_of(P, ONE)}
    plan = plan_of({P: TWO}, [live_of(P, THREE, "e2")], owned)
    assert actions(plan) == {P: "conflict"}
    assert "since it was published" in plan.conflicts[0].reason
    assert actions(plan_of({P: TWO}, [live_of(P, THREE, "e2")], owned, adopt=True)) == {P: "update"}


def test_the_same_change_made_by_somebody_else_loses_nothing() -> None:
    assert actions(plan_of({P: TWO}, [live_of(P, TWO, "e2")], {P: owned_of(P, ONE)})) == {P: "unchanged"}


def test_what_somebody_deleted_is_created_again() -> None:
    assert change(plan_of({P: ONE}, [], {P: owned_of(P, ONE)})).reason == "it was deleted from the workspace"


def test_an_orphan_is_kept_and_told_without_prune() -> None:
    plan = plan_of({}, [live_of(P, ONE)], {P: owned_of(P, ONE)})
    assert (plan.changes, [(left.artifact, "--prune" in left.reason) for left in plan.left]) == ((), [(P, True)])


def test_an_orphan_is_deleted_with_prune() -> None:
    found = change(plan_of({}, [live_of("pipeline/P", ONE)], {P: owned_of(P, ONE)}, prune=True))
    # In the workspace's own spelling.
    assert (found.artifact, found.action, found.reason, found.etag) == (
        "pipeline/P",
        "delete",
        "it left the tree",
        "e1",
    )


def test_an_orphan_that_somebody_changed_is_not_deleted() -> None:
    owned = {P: owned_of(P, ONE)}
    plan = plan_of({}, [live_of(P, TWO, "e2")], owned, prune=True)
    assert actions(plan) == {P: "conflict"}
    assert actions(plan_of({}, [live_of(P, TWO, "e2")], owned, prune=True, adopt=True)) == {P: "delete"}


def test_an_orphan_that_is_gone_already_is_nothing() -> None:
    for prune in (True, False):
        plan = plan_of({}, [], {P: owned_of(P, ONE)}, prune=prune)
        assert (plan.is_empty, plan.left, plan.conflicts) == (True, (), ())


def test_what_nobody_of_ours_made_and_the_tree_has_not_is_never_mentioned() -> None:
    plan = plan_of({}, [live_of(P, ONE)], prune=True, adopt=True)
    assert (plan.changes, plan.left, plan.conflicts) == ((), (), ())


def test_a_name_that_changed_only_in_case_is_one_artifact() -> None:
    owned = {"pipeline/NYC": owned_of("pipeline/NYC", ONE)}
    plan = plan_of({"pipeline/nyc": TWO}, [live_of("pipeline/NYC", ONE)], owned, prune=True)
    assert actions(plan) == {"pipeline/nyc": "update"}
    assert plan.left == ()


def test_an_artifact_that_is_known_under_two_spellings_is_deleted_and_told_once() -> None:
    pending = Pending(publish_id="x", writes={"pipeline/P": (owned_of(P, TWO).wanted,)}, running=())
    state = state_of({P: owned_of(P, ONE)}, pending=pending)
    assert len(plan_of({}, [live_of(P, ONE)], state=state, prune=True).changes) == 1
    assert len(plan_of({}, [live_of(P, ONE)], state=state).left) == 1


@pytest.mark.parametrize(
    "text",
    [
        "linkedService/w-WorkspaceDefaultStorage",
        "linkedService/W-WORKSPACEDEFAULTSQLSERVER",
        "integrationRuntime/AutoResolveIntegrationRuntime",
        "credential/WorkspaceSystemIdentity",
        "managedVirtualNetwork/default",
    ],
)
def test_what_the_workspace_has_of_its_own_is_left_whatever_the_user_allows(text: str) -> None:
    for owned in ({}, {text: owned_of(text, {})}):
        for tree in ({text: {"a": 1}}, {}):
            plan = plan_of(tree, [live_of(text, {"a": 2})], owned, prune=True, adopt=True)
            assert (plan.changes, plan.conflicts) == ((), ())
            assert [left.artifact for left in plan.left] == ([text] if tree or owned else [])


def test_an_integration_runtime_is_written_and_never_deleted() -> None:
    text = "integrationRuntime/mine"
    assert actions(plan_of({text: {"a": 1}})) == {text: "create"}
    plan = plan_of({}, [live_of(text, {"a": 1})], {text: owned_of(text, {"a": 1})}, prune=True)
    assert (plan.changes, "never deleted" in plan.left[0].reason) == ((), True)


def uses_pool(kind: str, name: str) -> dict[str, Any]:
    return {"activities": [{"name": "a", "pool": {"referenceName": name, "type": kind}}]}


def test_a_pool_that_does_not_exist_is_found_before_the_first_write() -> None:
    pools = (Pool("SqlPoolReference", "Sql", "Paused"), Pool("BigDataPoolReference", "spark", ""))
    tree = {
        "pipeline/a": uses_pool("SqlPoolReference", "sQL"),
        "pipeline/b": uses_pool("BigDataPoolReference", "sql"),
        "pipeline/c": uses_pool("BigDataPoolReference", "@pipeline().parameters.pool"),
    }
    plan = plan_of(tree, pools=pools)
    assert [(p.name, p.state) for p in plan.pools] == [("Sql", "Paused")]
    assert [(m.artifact, m.reason) for m in plan.missing_pools] == [
        ("pipeline/b", 'the workspace has no Spark pool "sql"')
    ]


def test_changed_sql_is_shown_by_file() -> None:
    state = state_of(sql={"a.sql": "1", "b.sql": "1", "c.sql": "1"})
    plan = plan_of({}, state=state, sql={"b.sql": "2", "c.sql": "1", "d.sql": "1"})
    assert [(s.file, s.action) for s in plan.sql] == [("a.sql", "delete"), ("b.sql", "update"), ("d.sql", "create")]
    assert plan_of({}, state=state, sql={}, purpose="rollback").sql == ()


def test_changes_stand_in_the_order_of_folders() -> None:
    plan = plan_of({"pipeline/b": {}, "notebook/z": {}, "pipeline/a": {}})
    assert [c.artifact for c in plan.changes] == ["notebook/z", "pipeline/a", "pipeline/b"]


def pending(text: str, *bodies: Any) -> Pending:
    prints = tuple(None if body is None else wanted_of(text, body).content.fingerprint for body in bodies)
    return Pending(publish_id="x", writes={text: prints}, running=())


@pytest.mark.parametrize(
    ("owned", "writes", "there", "expected"),
    [
        pytest.param(None, (ONE,), None, None, id="not created"),
        pytest.param(None, (ONE,), ONE, ONE, id="created"),
        pytest.param(None, (ONE,), TWO, None, id="somebody else created it"),
        pytest.param(None, (ONE, TWO), TWO, TWO, id="created by the second of two"),
        pytest.param(ONE, (TWO,), ONE, ONE, id="not updated"),
        pytest.param(ONE, (TWO,), TWO, TWO, id="updated"),
        pytest.param(ONE, (TWO,), THREE, ONE, id="somebody else updated it"),
        pytest.param(ONE, (None,), None, None, id="deleted"),
        pytest.param(ONE, (None,), ONE, ONE, id="not deleted"),
        pytest.param(ONE, (None,), TWO, ONE, id="deleted and made by somebody else"),
        pytest.param(ONE, (TWO,), None, ONE, id="somebody else deleted it"),
    ],
)
def test_what_an_interrupted_publish_did_is_found_out(owned: Any, writes: Any, there: Any, expected: Any) -> None:
    state = state_of({P: owned_of(P, owned, "e0")} if owned else {}, pending=pending(P, *writes))
    live = by_identity([live_of(P, there, "e9")] if there else [])
    after = settled(state, live)
    assert {t: o.wanted for t, o in after.owned.items()} == ({P: owned_of(P, expected).wanted} if expected else {})
    assert after.pending == state.pending


def test_an_interrupted_write_under_another_spelling_leaves_one_owner() -> None:
    state = state_of({"pipeline/A": owned_of("pipeline/A", ONE)}, pending=pending("pipeline/a", TWO))
    after = settled(state, by_identity([live_of("pipeline/a", TWO, "e2")]))
    assert {t: o.etag for t, o in after.owned.items()} == {"pipeline/a": "e2"}


def test_without_an_interruption_the_state_is_what_it_was() -> None:
    state = state_of({P: owned_of(P, ONE)})
    assert settled(state, {}) is state


def test_a_publish_after_an_interrupted_one_converges_without_conflict() -> None:
    state = state_of({P: owned_of(P, ONE, "e0")}, pending=pending(P, TWO))
    for there, expected in ((ONE, "update"), (TWO, "unchanged")):
        assert actions(plan_of({P: TWO}, [live_of(P, there, "e7")], state=state)) == {P: expected}
    assert actions(plan_of({P: THREE}, [live_of(P, TWO, "e7")], state=state)) == {P: "update"}
    assert key(P).identity in by_identity([live_of(P, TWO)])
