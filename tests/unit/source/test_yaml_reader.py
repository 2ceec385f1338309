from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.diagnostics import Diagnostic, SynapseGenError, render_text
from generator.source import KeyPath, SourceDocument, load_yaml


def refused(text: str) -> list[str]:
    with pytest.raises(SynapseGenError) as caught:
        load_yaml(text, "f.yaml")
    return [render_text(d) for d in caught.value.diagnostics]


def test_values_and_their_places() -> None:
    document = load_yaml("name: taxi\ncolumns:\n  - {name: tripId, type: bigint}\n  - name: fare\n", "f.yaml")
    assert document.value == {"name": "taxi", "columns": [{"name": "tripId", "type": "bigint"}, {"name": "fare"}]}
    assert str(document.location(("name",))) == "f.yaml:1:7"
    assert str(document.location(("name",), key=True)) == "f.yaml:1:1"
    assert str(document.location(("columns", 0, "type"))) == "f.yaml:3:26"
    assert str(document.location(("columns", 0, "type"), key=True)) == "f.yaml:3:20"
    assert str(document.location(("columns", 1))) == "f.yaml:4:5"
    assert document.written(("columns", 0)) == "{name: tripId, type: bigint}"


def test_a_path_that_is_not_there_stands_at_its_nearest_parent() -> None:
    document = load_yaml("train:\n  task: regression\n", "f.yaml")
    assert str(document.location(("train", "metric"))) == "f.yaml:1:1"
    assert str(document.location(("score", "table"))) == "f.yaml:1:1"
    assert document.written(("train", "metric")) is None
    assert document.at(("train", "metric")) is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True), ("off", False), ("True", True), ("~", None), ("", None), ("1_000", 1000), ("0x1F", 31),
        ("-0b11", -3), ("-3", -3), ("+1.5", 1.5), (".5", 0.5), ("6.8523015e+5", 685230.15), ("-.inf", float("-inf")),
        # Text, where YAML 1.1 has numbers in base 60 and 8, and dates.
        ("10:30", "10:30"), ("190:20:30.15", "190:20:30.15"), ("012", "012"), ("2026-01-01", "2026-01-01"),
        ("2026-01-01T00:00:00", "2026-01-01T00:00:00"),
        # Text, as PyYAML reads it.
        ("1e3", "1e3"), ("'yes'", "yes"), ('"1"', "1"), ("0o17", "0o17"), ("0b", "0b"), ("=", "="), ("y", "y"),
        ("|\n  a\n  b\n", "a\nb\n"), (">-\n  a\n  b\n", "a b"), ('"\\u00e9\\t"', "é\t"),
    ],
)  # fmt: skip
def test_scalars(text: str, value: object) -> None:
    read = load_yaml(f"a: {text}", "f.yaml").value
    assert read == {"a": value}
    assert type(read["a"]) is type(value)


def test_keys_are_text() -> None:
    assert load_yaml("on: 1\n2: 2\n? ~\n: 3\n'': 4\n", "f.yaml").value == {"on": 1, "2": 2, "~": 3, "": 4}


def test_anchors_and_aliases() -> None:
    document = load_yaml("dev: &pool\n  name: a\nprod: *pool\nlist: [&x 1, *x]\n", "f.yaml")
    assert document.value == {"dev": {"name": "a"}, "prod": {"name": "a"}, "list": [1, 1]}
    # A value behind an alias is mended where it is written; its key is the one before the alias.
    assert str(document.location(("prod", "name"))) == "f.yaml:2:9"
    assert str(document.location(("prod",), key=True)) == "f.yaml:3:1"
    assert document.written(("list", 1)) == "1"


def test_a_value_stands_behind_its_anchor() -> None:
    document = load_yaml("a: &x # why\n  # more\n  b: 1\nc: &y\nd: &z e\n", "f.yaml")
    assert [str(document.location((key,))) for key in "acd"] == ["f.yaml:3:3", "f.yaml:4:4", "f.yaml:5:7"]
    assert document.written(("c",)) == ""


def test_only_yamls_own_spaces_are_left_out() -> None:
    assert load_yaml("a: \xa0\n", "f.yaml").written(("a",)) == "\xa0"


def test_columns_count_characters_and_lines_as_editors_do() -> None:
    document = load_yaml('a: "é𝄞\u2028ü" # x\nb: 1\r\nc: [ü, x]', "f.yaml")
    assert str(document.location(("b",))) == "f.yaml:2:4"
    assert str(document.location(("c", 1))) == "f.yaml:3:8"


def test_every_duplicate_key_is_told_with_both_places() -> None:
    assert refused("a: 1\nb:\n  c: 1\n  'c': 2\na: 2\n") == [
        "f.yaml:4:3: error[SYN005]: the key \"c\" stands twice; the first is at 3:3\n      'c': 2\n      ^",
        'f.yaml:5:1: error[SYN005]: the key "a" stands twice; the first is at 1:1\n    a: 2\n    ^',
    ]


def test_duplicate_keys_are_told_beside_a_syntax_error() -> None:
    assert [m.splitlines()[0] for m in refused("a: 1\na: 2\nb: [1\n")] == [
        'f.yaml:2:1: error[SYN005]: the key "a" stands twice; the first is at 1:1',
        'f.yaml:4:1: error[SYN004]: this is no YAML: "," or "]" is missing to close the "[" at 3:4',
    ]


QUOTE = "put text that begins with one of []{}&*!|>%@` in quotes"
COLON = 'put text that holds ": " in quotes; keys of one mapping stand in one column'


@pytest.mark.parametrize(
    ("text", "place", "problem", "hint"),
    [
        ("a:\n\tb: 1", "2:1", "a tab cannot indent", "indent with spaces"),
        ("keep: a: b", "1:8", 'a ":" is not expected here', COLON),
        ("a: [1, 2", "1:9", '"," or "]" is missing to close the "[" at 1:4', None),
        ("a: {x: 1\nb: 2", "2:2", '"," or "}" is missing to close the "{" at 1:4', None),
        ('a: 1\nb: "x', "2:4", "the quote that opens here is never closed", None),
        ("a: @x", "1:4", 'a value cannot begin with "@"', QUOTE),
        (
            "a: 'it's'",
            "1:8",
            "a key is expected here",
            "check the quotes before it; keys of one mapping stand in one column",
        ),
        (
            'a: "\\d"',
            "1:5",
            "this backslash begins no escape that YAML knows",
            "in double quotes write \\\\, or use single quotes",
        ),
        ("a: - b", "1:4", 'a list item ("- ") is not expected here', "begin the list on a line of its own"),
        ("a: *b", "1:4", "*b has no anchor &b before it", None),
        ("%YAML 3.0\n---\na: 1", "1:1", "only YAML 1.1 and 1.2 can be read", "leave the %YAML line out"),
        ("[" * 1001, "1:1001", "brackets are nested too deeply", None),
    ],
)
def test_syntax_errors_are_told_in_plain_words(text: str, place: str, problem: str, hint: str | None) -> None:
    (message,) = refused(text)
    headline, *rest = message.splitlines()
    assert headline == f"f.yaml:{place}: error[SYN004]: this is no YAML: {problem}"
    if len(text) < 400:
        assert rest[1] == " " * (3 + int(place.split(":")[1])) + "^"
    assert rest[2:] == ([f"  help: {hint}"] if hint else [])


@pytest.mark.parametrize(
    ("text", "headline"),
    [
        ("a: \x07", "1:4: error[SYN004]: the character U+0007 is not allowed in YAML"),
        (f"a: {'9' * 5000}", "1:4: error[SYN004]: this is no number, or one with too many digits"),
        ("--- {a: 1}\n--- {b: 1}", "2:1: error[SYN006]: a second document begins here; a file holds one"),
        ("a: !!set {x}", "1:4: error[SYN006]: tags such as !!set are not allowed; write the plain value"),
        (
            "a: !!python/object/apply:os.system [x]",
            "1:4: error[SYN006]: tags such as !!python/object/apply:os.system are not allowed; write the plain value",
        ),
        ("!x a: 1", "1:1: error[SYN006]: tags such as !x are not allowed"),
        ("a: &x {b: 1}\nc:\n  <<: *x", "3:3: error[SYN006]: merge keys (<<) are not supported; write the keys out"),
        ("? [a]\n: 1", "1:3: error[SYN006]: a key is a word; this is an alias, a list or a mapping"),
        ("a: &x b\n*x : 1", "2:1: error[SYN006]: a key is a word; this is an alias, a list or a mapping"),
        ("a: &x [*x]", "1:8: error[SYN006]: *x stands inside its own anchor, without end"),
        ("[" * 62 + "]" * 62, "1:62: error[SYN006]: values are nested more than 60 deep"),
        ("- " * 62 + "a", "1:123: error[SYN006]: values are nested more than 60 deep"),
    ],
)
def test_what_is_refused(text: str, headline: str) -> None:
    (message,) = refused(text)
    assert message.splitlines()[0] == f"f.yaml:{headline}"


def test_aliases_cannot_stand_for_billions() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (message,) = refused("\n".join(lines))
    assert message.splitlines()[0] == (
        "f.yaml:6:10: error[SYN006]: the file stands for more than 200,000 values; aliases multiply them"
    )


def test_aliases_cannot_nest_without_end() -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 70))]
    (message,) = refused("\n".join(lines))
    assert "values are nested more than 60 deep" in message


def test_only_comments_hold_no_value() -> None:
    assert load_yaml("# nothing yet\n", "f.yaml").value is None


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.text(
        alphabet=st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff"), max_size=8
    )
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abcö_ ]'", min_size=1, max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


def paths(value: Any, path: KeyPath = ()) -> list[tuple[KeyPath, Any]]:
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(path, value), *(found for step, child in children for found in paths(child, (*path, step)))]


def text_from(document: SourceDocument, line: int | None, column: int | None) -> str:
    assert line is not None
    assert column is not None
    return "\n".join(document.text.split("\n")[line - 1 :])[column - 1 :]


@given(VALUES, st.sampled_from([True, False, None]), st.booleans())
@settings(max_examples=150, deadline=None)
def test_positions_point_at_the_text_of_the_value(value: Any, flow: bool | None, unicode: bool) -> None:
    text = yaml.safe_dump(value, default_flow_style=flow, allow_unicode=unicode, width=10_000, indent=3)
    document = load_yaml(text, "f.yaml")
    assert document.value == value
    assert set(document.positions) == {path for path, _ in paths(value)}
    for path, expected in paths(value):
        where = document.location(path)
        written = document.written(path)
        assert written is not None
        assert text_from(document, where.line, where.column).startswith(written)
        if isinstance(expected, dict | list):
            continue
        assert yaml.safe_load(written) == expected
        if path and isinstance(path[-1], str):
            key = document.location(path, key=True)
            assert yaml.safe_load(text_from(document, key.line, key.column).lstrip("? ").split(":")[0]) == path[-1]


@given(st.text(alphabet=st.sampled_from("ab1 \t\n\r:-[]{}&*!|>%@`'\"#?,<\\\0\x85\u2028é\ufeff\ud800.~="), max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    found: tuple[Diagnostic, ...] = ()
    try:
        document = load_yaml(text, "f.yaml")
    except SynapseGenError as error:
        found = error.diagnostics
    else:
        assert all(p.start <= p.end <= len(text) for p in document.positions.values())
    for diagnostic in found:
        assert diagnostic.code in ("SYN004", "SYN005", "SYN006")
        assert diagnostic.location is not None
        assert diagnostic.location.line is not None
