"""A project's own templates that are broken: one diagnostic at their line, and nothing is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine

NAME = "templates/sql/automl/swap.sql.j2"


@pytest.mark.parametrize(
    ("content", "place", "words"),
    [
        (b"SELECT 1\n{% if %}\n", ":2: error[SYN201]", "Expected an expression"),
        (b"{% for x in y %}", ":1: error[SYN201]", "Unexpected end of template"),
        (b"{{ table | nothing }}", ":1: error[SYN201]", "No filter named 'nothing'"),
        (b"\n{{ nothing | literal }}", ":2: error[SYN202]", "'nothing' is undefined"),
        (b"x\n{{ table }}\n", ":2: error[SYN202]", "a value is printed unquoted: ObjectName"),
        (b"{{ table.__class__.__mro__ }}", ":1: error[SYN202]", "unsafe"),
        (b"{{ 1 / 0 }}", ":1: error[SYN202]", "division by zero"),
        (b"\n{% include 'nothing.j2' %}", ":2: error[SYN201]", 'there is no template "nothing.j2"'),
        (b"{% include 'sql/automl/swap.sql.j2' %}", ":1: error[SYN202]", "calls itself without end"),
        (b"{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", ":1: error[SYN202]", "calls itself without end"),
        (b"{{ 'x' | literal * 99999999999999 }}", ":1: error[SYN202]", "more memory than there is"),
        (b"SELECT\n\xff", ": error[SYN201]", "byte 0xFF at offset 7 is not UTF-8"),
        (b"SELECT 1\0", ": error[SYN202]", "a NUL character"),
    ],
)
def test_a_broken_template_stops_render(
    synapse_gen: CommandLine, project: Path, content: bytes, place: str, words: str
) -> None:
    path = project / NAME
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    before = snapshot(project)
    code, out, err = synapse_gen("render", "--project", project)
    assert (code, out) == (1, "")
    assert err.startswith(NAME + place)
    assert words in err.splitlines()[0]
    assert err.count("error[") == 1
    assert snapshot(project) == before


@pytest.mark.parametrize("kind", ["folder", "loop"])
def test_an_override_that_is_no_file_is_not_passed_over(synapse_gen: CommandLine, project: Path, kind: str) -> None:
    path = project / NAME
    path.parent.mkdir(parents=True)
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(path.name)
    code, _, err = synapse_gen("validate", "--project", project)
    assert code == 1
    assert err.startswith(f"{NAME}: error[SYN201]: template: it is no file that can be read\n")
