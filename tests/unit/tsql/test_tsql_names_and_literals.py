from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.tsql.identifiers import ObjectName, TsqlNameError, parse_object_name, quote_identifier
from generator.tsql.literals import quote_literal
from generator.tsql.tokens import tokenize

NAMES = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs",)), min_size=1, max_size=128)


@pytest.mark.parametrize(
    ("text", "schema", "name"),
    [
        ("models", "dbo", "models"),
        ("dbo.models", "dbo", "models"),
        ("[dbo].[models]", "dbo", "models"),
        ("[we]]ird].[o'x]", "we]ird", "o'x"),
        ('"a""b"."c.d"', 'a"b', "c.d"),
        ("[a.b]", "dbo", "a.b"),
    ],
)
def test_an_object_name_is_read(text: str, schema: str, name: str) -> None:
    assert parse_object_name(text) == ObjectName(schema, name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("a.", "empty"),
        (".a", "empty"),
        ("a.b.c", "3 parts"),
        ("[a", "not closed"),
        ("[a]b", "unexpected 'b'"),
        ("x" * 129, "129 characters"),
        ("[a\nb]", "control character"),
    ],
)
def test_what_is_no_object_name_is_said(text: str, said: str) -> None:
    with pytest.raises(TsqlNameError, match=said):
        parse_object_name(text)


def test_a_sibling_keeps_the_schema() -> None:
    assert ObjectName("sc]h", "t").sibling("_load").quoted == "[sc]]h].[t_load]"


@given(NAMES, NAMES)
def test_quoting_an_object_name_and_reading_it_gives_it_back(schema: str, name: str) -> None:
    assert parse_object_name(ObjectName(schema, name).quoted) == ObjectName(schema, name)


@given(NAMES)
def test_a_quoted_identifier_is_one_token(name: str) -> None:
    (token,) = tokenize(quote_identifier(name))
    assert (token.kind, token.name) == ("bracket", name)


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",))))
def test_a_quoted_text_is_one_token(text: str) -> None:
    (token,) = tokenize(quote_literal(text))
    assert (token.kind, token.value) == ("string", text)


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (None, "NULL"),
        (True, "1"),
        (False, "0"),
        (7, "7"),
        (-1.5, "-1.5"),
        ("it's", "N'it''s'"),
        (b"\x0a\xff", "0x0AFF"),
        (b"", "0x"),
    ],
)
def test_a_literal_is_written(value: object, literal: str) -> None:
    assert quote_literal(value) == literal  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "a\0b"])
def test_what_no_literal_can_hold_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="literal"):
        quote_literal(value)  # type: ignore[arg-type]
