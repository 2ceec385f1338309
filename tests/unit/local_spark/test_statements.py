from __future__ import annotations

import pytest

from generator.local.spark.statements import statements


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT 1;\nSELECT 'a'", ["SELECT 1", "SELECT 'a'"]),
        ("SELECT ';'; SELECT \";\"; SELECT `;`", ["SELECT ';'", 'SELECT ";"', "SELECT `;`"]),
        (r"SELECT 'a\';b'; SELECT 2", [r"SELECT 'a\';b'", "SELECT 2"]),
        ("-- a; b\nSELECT 1 /* ; */;", ["-- a; b\nSELECT 1 /* ; */"]),
        ("-- nothing;\n/* here; */;;\n", []),
        ("SELECT '--'; SELECT '/*'; SELECT 3", ["SELECT '--'", "SELECT '/*'", "SELECT 3"]),
        ("", []),
    ],
)
def test_semicolons_end_statements_where_they_are_not_in_something(text: str, expected: list[str]) -> None:
    assert statements(text) == expected
