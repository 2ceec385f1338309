"""Spec files as clumsy and hostile people write them: one diagnostic with its place, and nothing is written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import SPEC, edit, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import CommandLine


@pytest.mark.parametrize("command", ["validate", "render", "publish"])
def test_a_misspelt_target_is_shown_with_its_line_and_a_caret(
    synapse_gen: CommandLine, project: Path, command: str
) -> None:
    edit(project, "target: fareAmount", "target: fareAmout")
    before = snapshot(project)
    code, out, err = synapse_gen(command, "--project", project)
    assert (code, out) == (1, "")
    assert err == (
        'specs/nyc_taxi.yaml:24:11: error[SYN021]: target "fareAmout" is not a column; did you mean "fareAmount"?\n'
        "      target: fareAmout\n"
        "              ^\n"
    )
    assert snapshot(project) == before


@pytest.mark.parametrize(
    ("old", "new", "headline"),
    [
        (
            "trials: 25",
            "trails: 25",
            '26:25: error[SYN017]: the key "trails" is not known here; did you mean "trials"?',
        ),
        (
            "kind: AutoML",
            "kind: AutoML\nkind: AutoML",
            '2:1: error[SYN005]: the key "kind" stands twice; the first is at 1:1',
        ),
        ("  target: fareAmount\n", "", '22:1: error[SYN018]: the key "target" is missing in train'),
        (
            "type: nvarchar(30)",
            "type: nvarchr(30)",
            '11:33: error[SYN025]: "nvarchr" is no T-SQL type; did you mean "nvarchar"?',
        ),
        (
            "type: float}\n  - {name: paymentType",
            "type: decimal(9,3)}\n  - {name: paymentType",
            "6:30: error[SYN019]: type: the comma ends the value here",
        ),
        ("name: nyc_taxi\n", "name: nyc/taxi\n", "2:7: error[SYN019]: name: it must be 1 to 100 letters, digits and _"),
        ("name: nyc_taxi\n", 'name: "nyc]taxi"\n', "2:7: error[SYN019]: name: it must be 1 to 100 letters"),
        ("name: nyc_taxi\n", 'name: "nyc\'taxi"\n', "2:7: error[SYN019]: name: it must be 1 to 100 letters"),
        ("name: nyc_taxi\n", f"name: {'a' * 300}\n", "2:7: error[SYN019]: name: it must be 1 to 100 letters"),
        ("name: nyc_taxi\n", "name: nyс_taxi\n", "2:7: error[SYN019]: name: it must be 1 to 100 letters"),  # noqa: RUF001 - a Cyrillic letter is the case
        ("name: nyc_taxi\n", "name: on\n", "2:7: error[SYN019]: name: expected text, found on"),
        ("trials: 25", "trials: yes", "26:33: error[SYN019]: trials: expected a whole number, found yes"),
        ("prepare:\n", "prepare: [\n", '14:11: error[SYN004]: this is no YAML: "," or "]" is missing to close the "["'),
        ("  task: reg", "\ttask: reg", "23:1: error[SYN004]: this is no YAML: a tab cannot indent"),
        (
            "  target: fare",
            "\u00a0 target: fare",
            "24:1: error[SYN004]: this is no YAML: the character U+00A0 looks like a space and is none",
        ),
        ("role: key, ", "", "error[SYN023]"),
    ],
)
def test_one_mistake_gets_one_diagnostic(
    synapse_gen: CommandLine, project: Path, old: str, new: str, headline: str
) -> None:
    edit(project, old, new)
    before = snapshot(project)
    code, out, err = synapse_gen("render", "--project", project)
    assert (code, out) == (1, "")
    assert err.startswith(f"{SPEC}:")
    assert headline in err.splitlines()[0]
    assert err.count("error[") == 1
    assert "\n    " in err
    assert "^\n" in err
    assert snapshot(project) == before


def test_a_comma_inside_braces_says_what_to_write(synapse_gen: CommandLine, project: Path) -> None:
    edit(project, "{name: fareAmount, type: float}", "{name: fareAmount, type: decimal(9, 3)}")
    _, _, err = synapse_gen("validate", "--project", project)
    assert '  help: put it in quotes: "decimal(9, 3)"\n' in err


@pytest.mark.parametrize("file", [SPEC, "synapse.yaml"])
@pytest.mark.parametrize(
    ("content", "headline"),
    [
        (b"", "error[SYN002]: the file is empty"),
        (b"  \r\n", "error[SYN002]: the file is empty"),
        (b"\xff\xfe\x00binary", "error[SYN003]: the file is UTF-16 text"),
        (b"\x89PNG\r\n\x1a\n\0", "1:1: error[SYN003]: byte 0x89 is not UTF-8"),
        (b"ki\0nd: x", "1:3: error[SYN003]: the file is binary: it holds a NUL character"),
        (b"#" * 5_000_001, "error[SYN003]: the file is larger than 5,000,000 bytes"),
        (b"a: " + b"[" * 100_000, "error[SYN004]: this is no YAML: brackets are nested too deeply"),
        (b"a: &a [*a]\n", "1:8: error[SYN006]: *a stands inside its own anchor"),
        (b'!!python/object/apply:os.system ["true"]\n', "1:1: error[SYN006]: tags such as !!python"),
        (b"- a\n", "1:1: error[SYN012]: the file holds a list"),
    ],
)
def test_a_file_that_holds_no_spec(
    synapse_gen: CommandLine, project: Path, file: str, content: bytes, headline: str
) -> None:
    (project / file).write_bytes(content)
    before = snapshot(project)
    code, out, err = synapse_gen("render", "--project", project)
    assert (code, out) == (1, "")
    assert err.startswith(file)
    assert headline in err.splitlines()[0]
    assert err.count("error[") == 1
    assert snapshot(project) == before


def test_aliases_cannot_fill_the_memory(synapse_gen: CommandLine, project: Path) -> None:
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]" for old, new in zip("abcdefgh", "bcdefghi", strict=True)]
    (project / SPEC).write_text("\n".join(lines))
    code, _, err = synapse_gen("validate", "--project", project)
    assert code == 1
    assert "error[SYN006]: the file stands for more than 200,000 values; aliases multiply them" in err


@pytest.mark.parametrize("kind", ["folder", "loop", "dangling", "pipe"])
def test_what_a_pattern_fits_but_is_no_file_is_not_skipped(synapse_gen: CommandLine, project: Path, kind: str) -> None:
    path = project / "specs/other.yaml"
    match kind:
        case "folder":
            path.mkdir()
        case "loop":
            path.symlink_to("other.yaml")
        case "dangling":
            path.symlink_to("nowhere.yaml")
        case _:
            os.mkfifo(path)
    code, out, err = synapse_gen("render", "--project", project)
    assert (code, out) == (1, "")
    assert err.startswith("specs/other.yaml: error[SYN001]: ")
    assert err.count("error[") == 1
    assert not (project / "artifacts").exists()


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(synapse_gen: CommandLine, project: Path) -> None:
    synapse_gen("render", "--project", project)
    text = (project / SPEC).read_bytes()
    (project / SPEC).write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    assert synapse_gen("render", "--check", "--project", project)[0] == 0


def test_two_specs_of_one_name(synapse_gen: CommandLine, project: Path) -> None:
    (project / "specs/b.yaml").write_bytes((project / SPEC).read_bytes())
    code, _, err = synapse_gen("validate", "--project", project)
    assert code == 1
    assert err.startswith('specs/nyc_taxi.yaml:2:7: error[SYN016]: the name "nyc_taxi" is taken by specs/b.yaml:2:7\n')


def test_a_project_without_specs(synapse_gen: CommandLine, project: Path) -> None:
    (project / SPEC).unlink()
    code, _, err = synapse_gen("validate", "--project", project)
    assert code == 1
    assert "SYN014" in err


def test_a_file_name_reaches_no_terminal_as_a_command(synapse_gen: CommandLine, project: Path) -> None:
    (project / "specs/a\x1b[31mb\nc.yaml").write_text("kind: X\n")
    _, _, err = synapse_gen("validate", "--project", project)
    assert err.startswith("specs/a\ufffd[31mb\ufffdc.yaml:1:7: error[SYN015]")


@pytest.mark.parametrize("name", ["tip]ped", "tip'ped", "tip]; DROP TABLE x;--'ped"])
def test_a_column_may_have_any_name_that_sql_allows(synapse_gen: CommandLine, project: Path, name: str) -> None:
    edit(project, "name: tipped,", f'name: "{name}",')
    assert synapse_gen("render", "--project", project)[0] == 0
    [table] = [path.read_text() for path in (project / "sql/dev/nyc_taxi").glob("*_dbo.nyc_taxi.sql")]
    assert f"[{name.replace(']', ']]')}] int" in table


def test_a_caret_stands_under_its_character_behind_wide_ones(synapse_gen: CommandLine, project: Path) -> None:
    edit(project, "{name: tripId, type: bigint,", '{name: "旅行", type: bigintt,')
    _, _, err = synapse_gen("validate", "--project", project)
    line = next(i for i, text in enumerate(err.splitlines()) if "bigintt," in text)
    before = err.splitlines()[line].split("bigintt")[0]
    assert err.splitlines()[line + 1] == " " * (len(before) + 2) + "^"
