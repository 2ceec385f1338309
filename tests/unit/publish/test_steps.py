"""The steps of a plan, and which waits for which."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.diagnostics import SynapseGenError
from generator.publish.steps import Graph, Step, Verb, Work, closure, graph_of
from tests.unit.publish.building import by_identity, key, live_of, notebook, pipeline, trigger, wanted_of

Artifacts = Mapping[str, Any]


def graph(
    desired: Artifacts | None = None,
    live: Artifacts | None = None,
    *,
    puts: AbstractSet[str] | None = None,
    deletes: AbstractSet[str] = frozenset(),
    stops: AbstractSet[str] = frozenset(),
    starts: AbstractSet[str] = frozenset(),
    restores: AbstractSet[str] = frozenset(),
) -> Graph:
    desired, live = desired or {}, live or {}
    return graph_of(
        Work(
            puts=frozenset(map(key, desired if puts is None else puts)),
            deletes=frozenset(map(key, deletes)),
            stops=frozenset(map(key, stops)),
            starts=frozenset(map(key, starts)),
            restores=frozenset(map(key, restores)),
            desired=by_identity(wanted_of(text, body) for text, body in desired.items()),
            live=by_identity(live_of(text, body) for text, body in live.items()),
        )
    )


def needs(found: Graph) -> dict[str, set[str]]:
    return {str(step): {str(other) for other in before} for step, before in found.needs.items()}


def test_what_is_referred_to_comes_before() -> None:
    found = graph(
        {
            "pipeline/p": pipeline("dataset/d", "notebook/n", "pipeline/q"),
            "pipeline/q": pipeline(),
            "notebook/n": notebook("helpers"),
            "notebook/helpers": notebook(),
            "dataset/d": {"linkedServiceName": {"referenceName": "l", "type": "LinkedServiceReference"}},
            "linkedService/l": {"c": {"referenceName": "c", "type": "CredentialReference"}},
            "credential/c": {},
            "trigger/t": trigger("pipeline/p"),
        }
    )
    assert needs(found) == {
        "put pipeline/p": {"put dataset/d", "put notebook/n", "put pipeline/q"},
        "put pipeline/q": set(),
        "put notebook/n": {"put notebook/helpers"},
        "put notebook/helpers": set(),
        "put dataset/d": {"put linkedService/l"},
        "put linkedService/l": {"put credential/c"},
        "put credential/c": set(),
        "put trigger/t": {"put pipeline/p"},
    }


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("LinkedServiceReference", "w-WorkspaceDefaultStorage"),
        ("PipelineReference", "only in the workspace"),
        ("BigDataPoolReference", "spark"),
        ("NobodysReference", "q"),
        ("PipelineReference", "@pipeline().parameters.which"),
        ("PipelineReference", "p"),
        ("PipelineReference", "P"),
    ],
)
def test_nobody_waits_for_what_is_not_sent(kind: str, name: str) -> None:
    found = graph({"pipeline/p": {"a": {"referenceName": name, "type": kind}}, "pipeline/q": {}})
    assert needs(found) == {"put pipeline/p": set(), "put pipeline/q": set()}


def test_references_do_not_tell_case_apart() -> None:
    assert needs(graph({"pipeline/a": pipeline("pipeline/B"), "pipeline/b": {}}))["put pipeline/a"] == {
        "put pipeline/b"
    }


def test_what_is_unchanged_is_not_waited_for() -> None:
    found = graph({"pipeline/a": pipeline("pipeline/b"), "pipeline/b": {}}, puts={"pipeline/a"})
    assert needs(found) == {"put pipeline/a": set()}


def test_deletes_go_the_other_way() -> None:
    live = {"pipeline/a": pipeline("pipeline/b"), "pipeline/b": pipeline("dataset/c"), "dataset/c": {}}
    assert needs(graph(live=live, deletes=set(live))) == {
        "delete pipeline/a": set(),
        "delete pipeline/b": {"delete pipeline/a"},
        "delete dataset/c": {"delete pipeline/b"},
    }


def test_what_is_deleted_waits_for_its_user_to_be_written_without_it() -> None:
    found = graph(
        {"pipeline/A": pipeline()},
        {"pipeline/a": pipeline("pipeline/old"), "pipeline/old": {}},
        deletes={"pipeline/old"},
    )
    assert needs(found)["delete pipeline/old"] == {"put pipeline/A"}


def test_a_trigger_is_stopped_before_and_started_after_what_it_runs_changes() -> None:
    tree = {"trigger/t": trigger("pipeline/p"), "pipeline/p": pipeline("notebook/n"), "notebook/n": notebook("deep")}
    tree |= {"notebook/deep": notebook(), "pipeline/other": pipeline()}
    found = needs(
        graph(tree, tree, puts={"notebook/deep", "pipeline/other"}, stops={"trigger/t"}, starts={"trigger/t"})
    )
    assert found == {
        "stop trigger/t": set(),
        "put notebook/deep": {"stop trigger/t"},
        "put pipeline/other": set(),
        "start trigger/t": {"put notebook/deep", "stop trigger/t"},
    }


def test_a_trigger_that_goes_is_stopped_first_and_started_again_only_where_it_cannot_go() -> None:
    live = {"trigger/t": trigger("pipeline/p"), "pipeline/p": pipeline()}
    found = graph(live=live, deletes=set(live), stops={"trigger/t"})
    assert needs(found) == {
        "stop trigger/t": set(),
        "delete trigger/t": {"stop trigger/t"},
        "delete pipeline/p": {"delete trigger/t", "stop trigger/t"},
        "start trigger/t": {"delete trigger/t"},
    }
    assert found.if_failed == {Step(Verb.START, key("trigger/t"))}
    assert not found.restores


def test_a_trigger_that_ran_is_restored_and_one_that_did_not_is_only_started() -> None:
    tree = {"trigger/ran": trigger(), "trigger/new": trigger()}
    found = graph(tree, stops={"trigger/ran"}, starts=set(tree), restores={"trigger/ran"})
    assert {str(s) for s in found.restores} == {"start trigger/ran"}
    assert not found.if_failed


def test_a_trigger_that_is_only_stopped_stays_so() -> None:
    found = graph({"trigger/t": trigger(state="Stopped")}, puts=set(), stops={"trigger/t"})
    assert needs(found) == {"stop trigger/t": set()}


def test_notebooks_that_run_each_other_are_published_all_the_same() -> None:
    tree = {"notebook/a": notebook("b"), "notebook/b": notebook("a"), "pipeline/p": pipeline("notebook/a")}
    found = needs(graph(tree))
    assert found["put pipeline/p"] == {"put notebook/a"}
    assert found["put notebook/a"] == found["put notebook/b"] == set()


def test_a_circle_is_told_in_the_direction_of_the_references() -> None:
    tree = {
        "pipeline/a": pipeline("pipeline/b"),
        "pipeline/b": pipeline("pipeline/c"),
        "pipeline/c": pipeline("pipeline/A"),
        "pipeline/d": pipeline("pipeline/a"),
    }
    with pytest.raises(SynapseGenError) as caught:
        graph(tree)
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == "SYN301"
    text = diagnostic.message.split(": ")[1].replace("pipeline/", "")
    assert text in ("a -> b -> c -> a", "b -> c -> a -> b", "c -> a -> b -> c")


def test_a_circle_of_magic_does_not_hide_one_of_references() -> None:
    tree = {"notebook/a": notebook("b"), "notebook/b": notebook("a")}
    tree |= {"pipeline/p": pipeline("pipeline/q"), "pipeline/q": pipeline("pipeline/p")}
    with pytest.raises(SynapseGenError, match="SYN301"):
        graph(tree)


def test_the_height_is_the_longest_way_to_the_end() -> None:
    tree = {"pipeline/a": pipeline("pipeline/b", "pipeline/c"), "pipeline/b": pipeline("pipeline/c"), "pipeline/c": {}}
    found = graph(tree)
    assert {str(s): h for s, h in found.height.items()} == {
        "put pipeline/a": 1,
        "put pipeline/b": 2,
        "put pipeline/c": 3,
    }


def test_nothing_to_do_is_no_step() -> None:
    assert graph().needs == {}


def test_what_is_executed_is_followed_through_both_sides_and_through_circles() -> None:
    desired = by_identity([wanted_of("notebook/a", notebook("b")), wanted_of("notebook/c", notebook("a"))])
    live = by_identity([live_of("notebook/B", notebook("c"))])
    assert closure([key("notebook/A")], (desired, live)) == {key(f"notebook/{n}").identity for n in "abc"}


NAMES = [f"pipeline/p{n}" for n in range(8)]
TRIGGERS = [f"trigger/t{n}" for n in range(3)]


@st.composite
def works(draw: st.DrawFn) -> tuple[Artifacts, Artifacts, set[str], set[str], set[str]]:
    """A tree and a workspace without circles; some are written, some deleted, triggers stopped."""

    def side() -> dict[str, Any]:
        edges = {n: draw(st.sets(st.sampled_from(NAMES[:i]))) if i else set() for i, n in enumerate(NAMES)}
        runs = {t: draw(st.sets(st.sampled_from(NAMES), min_size=1, max_size=2)) for t in TRIGGERS}
        return {n: pipeline(*sorted(e)) for n, e in edges.items()} | {t: trigger(*sorted(r)) for t, r in runs.items()}

    desired, live = side(), side()
    gone = draw(st.sets(st.sampled_from([*NAMES, *TRIGGERS])))
    desired = {n: body for n, body in desired.items() if n not in gone}
    puts = draw(st.sets(st.sampled_from(sorted(desired)))) if desired else set()
    return desired, live, puts, gone, draw(st.sets(st.sampled_from(TRIGGERS)))


@settings(derandomize=True, deadline=None, max_examples=150)
@given(works())
def test_steps_come_after_all_that_they_need(work: tuple[Artifacts, Artifacts, set[str], set[str], set[str]]) -> None:
    desired, live, puts, deletes, stops = work
    starts = {t for t in stops if t not in deletes}
    found = graph(desired, live, puts=puts, deletes=deletes, stops=stops, starts=starts)
    before = {step: set(n) for step, n in found.needs.items()}
    assert set().union(*before.values()) <= before.keys()
    for step, needed in before.items():
        # Whoever is begun by height never waits for somebody lower.
        assert all(found.height[other] > found.height[step] for other in needed)
    puts_of = {s.key.identity: s for s in before if s.verb is Verb.PUT}
    deletes_of = {s.key.identity: s for s in before if s.verb is Verb.DELETE}
    assert {str(s.key) for s in puts_of.values()} == puts
    assert {str(s.key) for s in deletes_of.values()} == deletes
    for identity, step in puts_of.items():
        for needed_key in by_identity(wanted_of(t, b) for t, b in desired.items())[identity].content.needs:
            if needed_key.identity in puts_of:
                assert puts_of[needed_key.identity] in before[step]
    there = by_identity(live_of(t, b) for t, b in live.items())
    for user in there.values():
        for used in user.content.needs:
            if used.identity in deletes_of and user.key.identity in deletes_of:
                assert deletes_of[user.key.identity] in before[deletes_of[used.identity]]
    sides = (by_identity(wanted_of(t, b) for t, b in desired.items()), there)
    for text in stops:
        stop = Step(Verb.STOP, key(text))
        ran = closure([key(text)], sides)
        for step in (*puts_of.values(), *deletes_of.values()):
            assert (step.key.identity in ran) == (stop in before[step])
        if text in starts:
            assert stop in before[Step(Verb.START, key(text))]
