"""Which fields of two artifacts differ, as a reviewer reads it."""

from __future__ import annotations

from typing import Any

import pytest

from generator.artifact import ArtifactKind
from generator.diff import ABSENT, field_changes

PIPELINE, NOTEBOOK = ArtifactKind.PIPELINE, ArtifactKind.NOTEBOOK


def found(old: Any, new: Any, kind: ArtifactKind = PIPELINE) -> list[tuple[str, Any, Any]]:
    return [(c.path, c.old, c.new) for c in field_changes(kind, old, new)]


def test_a_member_that_came_and_one_that_went_are_told_as_absent() -> None:
    assert found({"a": 1, "b": None}, {"b": None, "c": None}) == [("a", 1, ABSENT), ("c", ABSENT, None)]


def test_activities_are_compared_by_name() -> None:
    old = {"activities": [{"name": "Copy", "policy": {"timeout": "1"}}, {"name": "Load"}]}
    new = {"activities": [{"name": "First"}, {"name": "Copy", "policy": {"timeout": "2"}}, {"name": "Load"}]}
    assert found(old, new) == [
        ('activities["Copy"].policy.timeout', "1", "2"),
        ('activities["First"]', ABSENT, {"name": "First"}),
    ]


def test_activities_that_only_moved_are_a_change_of_order_also_beside_others() -> None:
    a, b, c = ({"name": name} for name in "abc")
    assert found({"activities": [a, b]}, {"activities": [b, a]}) == [("activities (order)", ["a", "b"], ["b", "a"])]
    assert found({"activities": [a, b]}, {"activities": [b, c, a]}) == [
        ('activities["c"]', ABSENT, c),
        ("activities (order)", ["a", "b"], ["b", "a"]),
    ]


def test_items_of_which_two_have_one_name_are_compared_by_place() -> None:
    old = {"activities": [{"name": "a", "x": 1}, {"name": "a", "x": 2}]}
    new = {"activities": [{"name": "a", "x": 1}, {"name": "a", "x": 3}]}
    assert found(old, new) == [("activities[1].x", 2, 3)]


def test_names_with_quotes_and_dots_are_quoted() -> None:
    assert [
        p for p, _, _ in found({"activities": [{"name": 'a"]b', "x": 1}]}, {"activities": [{"name": 'a"]b', "x": 2}]})
    ] == ['activities["a\\"]b"].x']
    assert [p for p, _, _ in found({"a.b": {"": 1}}, {"a.b": {"": 2}})] == ['"a.b".""']


def cell(*lines: str) -> dict[str, Any]:
    return {"cell_type": "code", "source": list(lines)}


def test_a_cell_that_is_inserted_is_one_change() -> None:
    cells = [cell("a\n", "b"), cell("c"), cell("d")]
    inserted = cell("new\n", "one")
    assert found({"cells": cells}, {"cells": [cells[0], inserted, *cells[1:]]}, NOTEBOOK) == [
        ("cells[1]", ABSENT, inserted)
    ]


def test_the_lines_of_a_cell_are_one_text_also_where_there_is_only_one() -> None:
    assert found({"cells": [cell("a\n", "b")]}, {"cells": [cell("a")]}, NOTEBOOK) == [("cells[0].source", "a\nb", "a")]
    assert found({"cells": [cell("a")]}, {"cells": [cell("b")]}, NOTEBOOK) == [("cells[0].source", "a", "b")]
    assert found({"cells": [cell("a\n")]}, {"cells": [cell()]}, NOTEBOOK) == [("cells[0].source", "a\n", "")]


def test_the_lines_of_a_data_flow_are_one_text() -> None:
    old, new = ({"typeProperties": {"scriptLines": ["source(", text, ") ~> a"]}} for text in ("x", "y"))
    assert found(old, new, ArtifactKind.DATA_FLOW) == [
        ("typeProperties.scriptLines", "source(\nx\n) ~> a", "source(\ny\n) ~> a")
    ]


def test_lines_that_are_cut_in_other_places_are_shown_as_they_are() -> None:
    assert found({"cells": [cell("a\n", "b")]}, {"cells": [cell("a\nb")]}, NOTEBOOK) == [
        ("cells[0].source", ["a\n", "b"], ["a\nb"])
    ]


def test_a_secure_string_is_one_value() -> None:
    old = {"typeProperties": {"password": {"type": "SecureString", "value": "a"}}}
    new = {"typeProperties": {"password": {"type": "AzureKeyVaultSecret", "secretName": "a"}}}
    assert [p for p, _, _ in found(old, new, ArtifactKind.LINKED_SERVICE)] == ["typeProperties.password"]


@pytest.mark.parametrize("length", [499, 500, 501, 3000])
def test_long_lists_are_compared_too(length: int) -> None:
    old = [{"n": n} for n in range(length)]
    new = [*old[:-1], {"n": -1}]
    assert found({"x": old}, {"x": new}) == [(f"x[{length - 1}].n", length - 1, -1)]


def test_the_whole_is_called_properties() -> None:
    assert found(None, {"a": 1}) == [("properties", None, {"a": 1})]


def test_every_path_leads_to_what_it_says() -> None:
    old = {"a": {"b": [1, 2, {"c": "x"}]}, "d": [{"name": "n", "e": 1}]}
    new = {"a": {"b": [1, 3, {"c": "y"}]}, "d": [{"name": "n", "e": 2}], "f": True}
    shown = found(old, new)
    assert shown == [
        ("a.b[1]", 2, 3),
        ("a.b[2].c", "x", "y"),
        ('d["n"].e', 1, 2),
        ("f", ABSENT, True),
    ]
