"""JSON with the text of each value."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.artifact import ArtifactKey, ArtifactKind
from generator.workspace.port import WorkspaceError
from generator.workspace.raw_json import Raw, Reader
from generator.workspace.resources import ROUTES, page, path, resource

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
INDENTS = st.sampled_from([None, 0, 2, "\t"])


def members(text: str) -> list[tuple[str, Raw]]:
    reader = Reader(text)
    found = [(name, reader.value()) for name in reader.members()]
    reader.end()
    return found


def items(text: str) -> list[Raw]:
    reader = Reader(text)
    found = [reader.value() for _ in reader.items()]
    reader.end()
    return found


def whole(text: str) -> Any:
    """Read everything member by member, however deep."""
    reader = Reader(text)
    value = _read(reader)
    reader.end()
    return value


def _read(reader: Reader) -> Any:
    if reader.begins("{"):
        return {name: _read(reader) for name in reader.members()}
    if reader.begins("["):
        return [_read(reader) for _ in reader.items()]
    return reader.value().value


@settings(derandomize=True, deadline=None, max_examples=200)
@given(JSON, INDENTS, st.booleans())
def test_what_is_read_is_what_the_standard_library_reads(value: Any, indent: Any, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert whole(text) == json.loads(text)
    assert whole(f" \r\n{text}\t") == json.loads(text)


@settings(derandomize=True, deadline=None)
@given(st.dictionaries(st.text(), JSON, max_size=5), INDENTS)
def test_the_texts_of_members_put_together_are_the_object(value: dict[str, Any], indent: Any) -> None:
    found = members(json.dumps(value, indent=indent))
    assert [name for name, _ in found] == list(value)
    assert all(json.loads(raw.text) == raw.value for _, raw in found)
    assert json.loads("{" + ",".join(f"{json.dumps(n)}:{raw.text}" for n, raw in found) + "}") == value
    compact = json.dumps(value, separators=(",", ":"))
    assert "{" + ",".join(f"{json.dumps(n)}:{raw.text}" for n, raw in members(compact)) + "}" == compact


@settings(derandomize=True, deadline=None)
@given(st.lists(JSON, max_size=5))
def test_the_texts_of_items_put_together_are_the_array(value: list[Any]) -> None:
    compact = json.dumps(value, separators=(",", ":"))
    assert "[" + ",".join(raw.text for raw in items(compact)) + "]" == compact


@pytest.mark.parametrize(
    "text", ["1.50", "1e5", "-0", "1E+2", "123456789012345678901234567890", '"\\u00e9\\/"', "{ }", "[ 1.0 ]"]
)
def test_a_value_keeps_how_it_was_written(text: str) -> None:
    assert members(f'{{ "a" : {text} , "b":1}}')[0][1].text == text


def test_members_that_stand_twice_are_both_told() -> None:
    assert [raw.text for _, raw in members('{"a":1,"a":2}')] == ["1", "2"]


@settings(derandomize=True, deadline=None, max_examples=500)
@given(st.text(alphabet=st.sampled_from('ab1 \t\n\r:-[]{}"\\,.eEu0tfné\0'), max_size=30) | st.text(max_size=10))
def test_what_is_no_json_raises_value_error_and_nothing_else(text: str) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError, match=r"."):
            whole(text)
    else:
        assert whole(text) == expected


@settings(derandomize=True, deadline=None)
@given(JSON, st.data())
def test_json_that_is_cut_or_followed_by_more_is_none(value: Any, data: st.DataObject) -> None:
    text = json.dumps({"a": value})
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    for broken in (cut, f"{text}}}", f"{text},", f"{text}x"):
        with pytest.raises(ValueError, match=r"."):
            whole(broken)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[1,]", '{"a":1,}', "{1:2}", '{"a" 1}', "{null:1}", "[1 2]", "{,}", "[" * 100_000, '{"a":' * 100_000],
)
def test_malformed_texts_raise_value_error(text: str) -> None:
    for read in (members, items):
        with pytest.raises(ValueError, match=r"."):
            read(text)


def answer(text: str | bytes) -> Any:
    """Return what :mod:`resources` looks at of an answer."""
    content = text if isinstance(text, bytes) else text.encode()
    return SimpleNamespace(
        content=content,
        status_code=200,
        headers={},
        reason="OK",
        json=lambda: json.loads(content),
        text=content.decode,
        request=SimpleNamespace(method="GET", url="https://w.example/pipelines"),
    )


PIPELINE = ArtifactKind.PIPELINE


def test_an_artifact_is_read_with_the_text_of_its_properties() -> None:
    found = resource(PIPELINE, answer('\ufeff{"properties": {"a": 1.50} , "name":"p","etag":"e","id":{"x":[]}}'))
    assert found
    assert (found.key, found.etag, found.text) == (ArtifactKey(PIPELINE, "p"), "e", '{"a": 1.50}')
    assert found.properties == {"a": 1.5}


@pytest.mark.parametrize("text", ["{}", '{"status":"Succeeded"}', '{"name":""}', '{"name":null}'])
def test_an_answer_without_a_name_is_no_artifact(text: str) -> None:
    assert resource(PIPELINE, answer(text)) is None


def test_a_page_has_artifacts_and_a_link() -> None:
    found, link = page(
        PIPELINE, answer('{"nextLink":"https://x/2","value":[{"name":"a"},{"name":"b","properties":{}}],"n":{}}')
    )
    assert [(a.key.name, a.etag, a.text) for a in found] == [("a", "", "null"), ("b", "", "{}")]
    assert link == "https://x/2"
    assert page(PIPELINE, answer('{"value":null}')) == ([], None)
    assert page(PIPELINE, answer('{"value":[]}')) == ([], None)


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"value":[1]}', '{"value":[{}', '{"value":[]} <html>', "<html>", b"\xff", "[" * 9000]
)
def test_an_answer_that_is_no_page_is_an_error_in_words(text: str | bytes) -> None:
    with pytest.raises(WorkspaceError):
        page(PIPELINE, answer(text))


def test_names_are_quoted_in_paths_and_each_kind_has_its_version() -> None:
    assert path(ArtifactKey(PIPELINE, "a b/ü?")) == "/pipelines/a%20b%2F%C3%BC%3F"
    assert path(ArtifactKey(ArtifactKind.KQL_SCRIPT, "k")) == "/kqlScripts/k"
    assert {ROUTES[k].version for k in ArtifactKind} == {
        "2020-12-01",
        "2019-06-01-preview",
        "2021-11-01-preview",
        "2021-06-01-preview",
    }
    assert ROUTES[ArtifactKind.CREDENTIAL].version == "2019-06-01-preview"
