import re

from hypothesis import given
from hypothesis import strategies as st

from generator.source.lines import LineIndex


def test_lines_end_at_lf_crlf_and_cr() -> None:
    lines = LineIndex("a\nbc\r\nd\re")
    assert [lines.line(n) for n in range(6)] == [None, "a", "bc", "d", "e", None]
    assert [lines.place(offset) for offset in (0, 1, 2, 6, 8)] == [(1, 1), (1, 2), (2, 1), (3, 1), (4, 1)]


def test_what_yaml_1_1_takes_for_line_ends_is_none_here() -> None:
    assert LineIndex("a\u2028b\x85c").place(4) == (1, 5)


def test_an_offset_behind_the_text_is_its_end() -> None:
    assert LineIndex("ab\nc").place(99) == (2, 2)
    assert LineIndex("").place(0) == (1, 1)


def test_a_line_too_long_to_show_is_not_shown() -> None:
    assert LineIndex("x" * 401 + "\ny").line(1) is None
    assert LineIndex("x" * 400 + "\ny").line(1) == "x" * 400


def test_a_line_holds_nothing_that_a_terminal_obeys() -> None:
    assert LineIndex("a\x1b[31m\tb\u202e\u2028").line(1) == "a\ufffd[31m\tb\ufffd\ufffd"


@given(st.text(alphabet="ab\r\n\u2028é", max_size=60), st.data())
def test_line_and_column_lead_back_to_the_offset(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    line, column = LineIndex(text).place(offset)
    starts = [0, *(m.end() for m in re.finditer(r"\r\n|\r|\n", text))]
    assert starts[line - 1] + column - 1 == offset
    assert line == len(starts) or offset < starts[line]
