from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.expressions import (
    Access,
    Call,
    ExpressionSyntaxError,
    Literal,
    Scope,
    evaluate,
    parse,
    quote_string,
)

PLAIN = Scope(utc_now=lambda: datetime(2026, 1, 31, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("parameters", "parameters"),
        ("parameters[1]", "parameters[1]"),
        ("@@", "@"),
        (" @", " @"),
        ("@@concat('a')", "@concat('a')"),
        ("user@example.com", "user@example.com"),
        ("Answer is: @@{pipeline().parameters.myNumber}", "Answer is: @{pipeline().parameters.myNumber}"),
        ("@@{a}", "@{a}"),
        ("@@{a}@{'b'}", "@{a}b"),
        ("@@ @{'b'}", "@ b"),
        ("", ""),
        ("@{ 'a}' }b@{\n1}", "a}b1"),
        ("@{true}", "True"),
        ("@true", True),
        ("@null", None),
        ("@-1.5e3", -1500.0),
        ("@ concat( 'a' ,'b' ) ", "ab"),
        ("@''", ""),
        ("@'it''s'", "it's"),
    ],
)
def test_text_means_value(text: str, value: object) -> None:
    assert evaluate(text, PLAIN) == value


def test_nodes_know_where_they_stand() -> None:
    text = "x @{concat(activity('A').output?['b c'][0], 2)}"
    (node,) = parse(text).nodes
    assert isinstance(node, Call)
    access, two = node.arguments
    assert isinstance(access, Access)
    assert isinstance(two, Literal)
    assert text[node.offset :].startswith("concat(")
    assert text[two.offset :].startswith("2)")
    assert text[access.offset :].startswith("0]")
    assert isinstance(access.target, Access)
    assert (access.is_safe, access.target.is_safe) == (False, True)
    assert text[access.target.offset :].startswith("'b c'")


def test_offsets_count_from_the_start_also_after_an_escape() -> None:
    text = "@@ and @{now()}"
    (node,) = parse(text).nodes
    assert text[node.offset :].startswith("now()")


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("@", 1, "an expression is missing"),
        ("@concat('a'", 11, "',' or ')' is expected here"),
        ("@concat('a' 'b')", 12, 'not "\'"'),
        ("@concat('a)", 8, "single quotes is not closed"),
        ('@concat("a")', 8, "text stands in single quotes"),
        ("@concat('a'))", 12, "unexpected ')' after the end"),
        ("@a", 1, "'a' is no value: a function is called as a()"),
        ("@a()..b", 5, "a property's name is expected after the dot"),
        ("@a().1", 4, "unexpected '.' after the end"),
        ("@a()[0", 6, "']' is expected here"),
        ("@a(,)", 3, "a value or a function is expected, not ','"),
        ("a @{b()", 7, "the '@{' is not closed"),
        ("a @{}", 4, "a value or a function is expected, not '}'"),
        ("a @{b() c}", 8, "unexpected 'c'"),
        ("@" + "a(" * 200 + ")" * 200, 203, "nested more than 100 deep"),
    ],
)
def test_what_is_wrong_and_where(text: str, offset: int, message: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        parse(text)
    assert message in caught.value.message
    assert caught.value.offset == offset


@given(st.text())
def test_a_quoted_text_comes_back(text: str) -> None:
    assert evaluate("@" + quote_string(text), PLAIN) == text
    assert evaluate("<@{" + quote_string(text) + "}>", PLAIN) == f"<{text}>"


_SHREDS = [
    "@",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "'",
    "''",
    ",",
    ".",
    "?.",
    "?[",
    "@{",
    "@@",
    "a",
    "1",
    "-2.5",
    " ",
    "\n",
    "null",
    '"',
]


@given(st.lists(st.sampled_from(_SHREDS), max_size=40).map("".join))
def test_nothing_but_a_syntax_error_is_raised(text: str) -> None:
    assert 0 <= _error_offset(text) <= len(text)


def _error_offset(text: str) -> int:
    try:
        parse(text)
    except ExpressionSyntaxError as error:
        return error.offset
    return 0


def test_a_long_chain_of_properties_is_no_fault_of_the_parser() -> None:
    text = "@pipeline()" + ".a" * 5000
    template = parse(text)
    assert template.is_whole
