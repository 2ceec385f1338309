from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.tsql.batches import Batch, has_go, split_batches
from generator.tsql.tokens import TsqlTokenError, place_of, tokenize


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("SELECT 1\nGO\nSELECT 2", 2),
        ("SELECT 1\n  go  -- next\n", 2),
        ("SELECT 1\r\nGO 5\r\n", 2),
        ("SELECT 1 GO", None),
        ("SELECT 'a\nGO\nb'", None),
        ("/* a\nGO\n*/ SELECT 1", None),
        ("/* a /* b */\nGO\n*/ SELECT 1", None),
        ("-- GO\nSELECT [\nGO\n]", None),
        ("SELECT GO\nFROM t", None),
        ("", None),
    ],
)
def test_go_stands_alone_on_a_line_outside_of_texts_and_comments(text: str, line: int | None) -> None:
    assert has_go(text) == line


def test_a_script_is_parted_at_go() -> None:
    script = "-- first\nGO\nSELECT 1\nGO 3\n\nSELECT N'\nGO\n'\ngo\n"
    assert split_batches(script) == (Batch("SELECT 1\n", 3, 3), Batch("\nSELECT N'\nGO\n'\n", 5))


@given(st.text("ab'[]\"/*-\n GO0x.#@", max_size=40))
def test_tokens_lose_no_character(text: str) -> None:
    tokens = []
    with contextlib.suppress(TsqlTokenError):
        tokens = tokenize(text)
    end = 0
    for token in tokens:
        assert text[token.start : token.end] == token.text
        assert token.start >= end
        end = token.end


@pytest.mark.parametrize(("text", "offset"), [("SELECT 'a", 7), ("x [a", 2), ("/* a /* b */", 0), ("a \\ b", 2)])
def test_what_is_not_closed_is_found(text: str, offset: int) -> None:
    with pytest.raises(TsqlTokenError) as caught:
        tokenize(text)
    assert caught.value.offset == offset


def test_a_place_counts_from_one() -> None:
    assert place_of("ab\ncd", 0) == (1, 1)
    assert place_of("ab\ncd", 4) == (2, 2)
