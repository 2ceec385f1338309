import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.diagnostics import SynapseGenError, render_text
from generator.source import KeyPath, load_json


def refused(text: str) -> list[str]:
    with pytest.raises(SynapseGenError) as caught:
        load_json(text, "f.json")
    return [render_text(d) for d in caught.value.diagnostics]


def test_values_and_their_places() -> None:
    document = load_json('{\n\t"name": "p",\n\t"properties": {"activities": [1, {"x": null}]}\n}', "f.json")
    assert document.value == {"name": "p", "properties": {"activities": [1, {"x": None}]}}
    assert str(document.location(("name",))) == "f.json:2:10"
    assert str(document.location(("name",), key=True)) == "f.json:2:2"
    assert str(document.location(("properties", "activities", 1, "x"))) == "f.json:3:41"
    assert document.written(("properties", "activities")) == '[1, {"x": null}]'
    assert document.line_text(2) == '\t"name": "p",'


def test_every_duplicate_key_is_told_with_both_places() -> None:
    assert refused('{"a": 1, "b": {"c": 1, "c": 2},\n"a": 2}') == [
        'f.json:1:24: error[SYN005]: the key "c" stands twice; the first is at 1:16\n'
        '    {"a": 1, "b": {"c": 1, "c": 2},\n' + " " * 27 + "^",
        'f.json:2:1: error[SYN005]: the key "a" stands twice; the first is at 1:2\n    "a": 2}\n    ^',
    ]


@pytest.mark.parametrize(
    ("text", "column", "problem"),
    [
        ("", 1, "a value is expected here"),
        ("[1,]", 4, "a value is expected here"),
        ('{"a": tru}', 7, "a value is expected here"),
        ("[NaN]", 2, "a value is expected here"),
        ("[-Infinity]", 2, "a value is expected here"),
        ("[01]", 3, '"," or "]" is missing to close the "[" at 1:1'),
        ('{"a": [1, 2}', 12, '"," or "]" is missing to close the "[" at 1:7'),
        ('{"a": 1', 8, '"," or "}" is missing to close the "{" at 1:1'),
        ("{a: 1}", 2, 'a key in double quotes is expected, or "}" after the last value'),
        ('{"a" 1}', 6, '":" is expected after a key'),
        ('{"a": 1} x', 10, "nothing may follow the value"),
        ('["x', 2, "the quote that opens here is never closed"),
        ('["a\tb"]', 4, "a control character (a line break, a tab) is written as an escape inside quotes"),
        ('["\\ud800"]', 2, r"half of a pair of \u escapes stands alone"),
        ("1e999", 1, "this number is too large"),
        ("9" * 5000, 1, "this number has too many digits"),
    ],
)
def test_what_is_refused(text: str, column: int, problem: str) -> None:
    (message,) = refused(text)
    assert message.splitlines()[0] == f"f.json:1:{column}: error[SYN004]: this is no JSON: {problem}"


def test_nesting_has_an_end() -> None:
    (message,) = refused("[" * 100_000)
    assert message == "f.json:1:202: error[SYN006]: values are nested more than 200 deep"


def assume_known(known: bool, refusal: str) -> None:
    """Fail for a text that the standard library reads and we refuse for no reason of ours."""
    assert known, refusal


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=15,
)


def paths(value: Any, path: KeyPath = ()) -> list[tuple[KeyPath, Any]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(path, value), *(found for step, child in children for found in paths(child, (*path, step)))]


@given(VALUES, st.sampled_from([None, "\t", 2]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_positions_point_at_the_text_of_the_value(value: Any, indent: int | str | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    document = load_json(text, "f.json")
    assert document.value == value
    assert list(document.positions) == [path for path, _ in paths(value)]
    for path, expected in paths(value):
        assert json.loads(document.written(path) or "") == expected
        key_start = document.positions[path].key_start
        if path and isinstance(path[-1], str):
            assert key_start is not None
            assert json.JSONDecoder().raw_decode(text, key_start)[0] == path[-1]
        else:
            assert key_start is None


@given(st.text(alphabet=st.sampled_from('ab1 \t\n\r:-[]{}"\\,.eE+u0tfn\0é\ud800'), max_size=40))
@settings(max_examples=300, deadline=None)
def test_what_is_read_is_what_the_standard_library_reads(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        assert refused(text)[0].startswith("f.json:")
        return
    try:
        value = load_json(text, "f.json").value
    except SynapseGenError as error:
        reasons = ["stands twice", "too large", "stands alone", "a value is expected"]
        refusal = error.diagnostics[0].message
        assume_known(any(reason in refusal for reason in reasons), refusal)
    else:
        assert value == expected
