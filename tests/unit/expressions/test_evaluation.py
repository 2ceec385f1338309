from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from generator.expressions import EvaluationError, Scope, check, evaluate, parse, references

SCOPE = Scope(
    utc_now=lambda: datetime(2026, 1, 31, tzinfo=UTC),
    parameters={"myNumber": 42, "myString": "foo", "none": None, "key": "b"},
    variables={"status": "Running", "list": [1, 2]},
    activities={
        "Look up": {
            "output": {"firstRow": {"a": 1, "b": 2}, "value": [{"n": 7}]},
            "error": {"message": "no"},
            "Status": "Failed",
        }
    },
    system={"RunId": "r-1", "DataFactory": "syn-taxi", "TriggeredByPipelineName": None},
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("@pipeline().parameters.myString", "foo"),
        ("@{pipeline().parameters.myString}", "foo"),
        ("@pipeline().parameters.myNumber", 42),
        ("@{pipeline().parameters.myNumber}", "42"),
        ("Answer is: @{pipeline().parameters.myNumber}", "Answer is: 42"),
        ("@concat('Answer is: ', string(pipeline().parameters.myNumber))", "Answer is: 42"),
        ("@PIPELINE().runid", "r-1"),
        ("@variables('status')", "Running"),
        ("@activity('Look up').output.firstRow.a", 1),
        ("@activity('Look up').output.firstRow[pipeline().parameters.key]", 2),
        ("@activity('Look up').output.value[0]['n']", 7),
        ("@activity('Look up').Error.Message", "no"),
        ("@activity('Look up')?.output?.missing?.deeper", None),
        ("@activity('Look up').output.value?[3]", None),
        ("@pipeline().parameters.none?.x", None),
        ("@{pipeline().parameters.none}", ""),
        ("@{activity('Look up').output.value}", '[{"n":7}]'),
    ],
)
def test_value_in_scope(value: str, expected: object) -> None:
    assert evaluate(value, SCOPE) == expected


def test_documents_are_walked_and_left_alone() -> None:
    document: dict[str, Any] = {
        "keep": [1, None, True, {"type": "Expression"}],
        "object": {"value": "@variables('status')", "type": "Expression"},
        "parameters": {"p": {"value": {"value": "@variables('list')", "type": "Expression"}, "type": "string"}},
        "plain": {"value": "no at sign", "type": "Expression"},
    }
    before = repr(document)
    assert evaluate(document, SCOPE) == {
        "keep": [1, None, True, {"type": "Expression"}],
        "object": "Running",
        "parameters": {"p": {"value": [1, 2], "type": "string"}},
        "plain": "no at sign",
    }
    assert repr(document) == before


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("@activity('Other').output", "The output of activity 'Other' can't be referenced"),
        ("@variables('nope')", "declares no variable 'nope'"),
        (
            "@pipeline().parameters.nope",
            "Property 'nope' doesn't exist, available properties are 'myNumber, myString, none, key'",
        ),
        ("@activity('Look up').output.value[9]", "The array index '9' is outside bounds (0, 0) of the array"),
        ("@pipeline().parameters.none.x", "Property 'x' cannot be selected from a value of type 'Null'"),
        ("@item()", "only inside a ForEach or Filter"),
        (
            "@activity(1)",
            "The function 'activity' expects its parameter to be a string. The provided value is of type 'Integer'",
        ),
        ("@pipeline(1)", "takes 0 arguments, not 1"),
        ("@variables()", "takes 1 argument, not 0"),
        ("@concat('a'", "is not valid: ',' or ')' is expected here (character 12)"),
        ("@pipeline()" + ".a" * 5000, "nested too deeply"),
    ],
)
def test_error(value: str, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(value, SCOPE)
    assert message in str(caught.value)


def test_item_may_be_null() -> None:
    assert evaluate("@item()", dataclasses.replace(SCOPE, item=None)) is None


def test_check_finds_every_problem_with_its_place() -> None:
    text = "a @{conact('x')} b @{not(equals(1), 2)}"
    problems = list(check(parse(text)))
    assert [(text[p.offset :].split("(", maxsplit=1)[0], p.message) for p in problems] == [
        ("conact", "'conact' is no function; did you mean 'concat'?"),
        ("not", "The function 'not' takes 1 argument, not 2"),
        ("equals", "The function 'equals' takes 2 arguments, not 1"),
    ]


def test_check_passes_what_is_documented_but_not_built() -> None:
    assert not list(check(parse("@xml('<a/>')")))


def test_references_are_found_with_their_places() -> None:
    text = (
        "@concat(pipeline().parameters.a, pipeline()['Parameters']['b'], variables('v'), activity('A')?.output,"
        " pipeline().RunId, variables(concat('computed')), dataset().c, linkedService().d)"
    )
    uses = references(parse(text))
    assert [u.name for u in uses.parameters] == ["a", "b", "c", "d"]
    assert [u.name for u in uses.variables] == ["v"]
    assert [u.name for u in uses.activities] == ["A"]
    assert [u.name for u in uses.members] == ["RunId"]
    assert uses.functions[0].name == "concat"
    assert all(
        text[u.offset :].lstrip("'").startswith(u.name) for kind in (uses.parameters, uses.variables) for u in kind
    )
