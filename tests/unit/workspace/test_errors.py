"""The service's words, made fit for a terminal."""

from __future__ import annotations

import pytest

from generator.workspace.errors import failure, readable
from generator.workspace.port import WorkspaceError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  two\r\n lines\t", "two lines"),
        ("red \x1b[31m and \x07 bell", "red [31m and bell"),
        ("x" * 5000, "x" * 1500 + "..."),
        ("bearer of bad news", "bearer of bad news"),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: Basic ***"),
        ("password = hunter2; user = x", "password = ***; user = x"),
    ],
)
def test_a_text_is_one_line_without_secrets(text: str, shown: str) -> None:
    assert readable(text) == shown


@pytest.mark.parametrize("body", [None, [], {}, {"status": "Succeeded"}, {"name": "Failed"}, {"status": ["Failed"]}])
def test_what_is_no_failure(body: object) -> None:
    assert failure(body) is None


@pytest.mark.parametrize(
    ("status", "is_refusal", "is_passing"),
    [
        (None, False, False),
        (202, False, False),
        (400, True, False),
        (408, False, True),
        (429, True, True),
        (500, False, True),
    ],
)
def test_what_may_have_been_done_and_what_may_pass(status: int | None, is_refusal: bool, is_passing: bool) -> None:
    error = WorkspaceError("words", status=status)
    assert (error.is_refusal, error.is_passing) == (is_refusal, is_passing)
