from __future__ import annotations

from pathlib import Path

import pytest

from generator.diagnostics import SynapseGenError
from generator.templating import Templates


def written(root: Path, text: str) -> Templates:
    folder = root / "templates" / "sql"
    folder.mkdir(parents=True)
    (folder / "x.sql.j2").write_text(text, encoding="utf-8")
    return Templates(root)


def test_a_value_without_a_quoting_filter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SynapseGenError) as caught:
        written(tmp_path, "SELECT 1;\nSELECT {{ name }};\n").render("sql/x.sql.j2", {"name": "a"})
    diagnostic = caught.value.diagnostics[0]
    assert diagnostic.code == "SYN202"
    assert "unquoted" in diagnostic.message
    assert str(diagnostic.location) == "templates/sql/x.sql.j2:2"


def test_a_template_that_is_broken_is_shown_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(SynapseGenError) as caught:
        written(tmp_path, "SELECT 1;\n{% if %}\n").render("sql/x.sql.j2", {})
    diagnostic = caught.value.diagnostics[0]
    assert (diagnostic.code, str(diagnostic.location)) == ("SYN201", "templates/sql/x.sql.j2:2")
    assert diagnostic.source_line == "{% if %}"


def test_an_unknown_name_is_an_error_not_nothing(tmp_path: Path) -> None:
    with pytest.raises(SynapseGenError, match="missing"):
        written(tmp_path, "{{ missing | literal }}").render("sql/x.sql.j2", {})


def test_templates_are_sandboxed(tmp_path: Path) -> None:
    with pytest.raises(SynapseGenError):
        written(tmp_path, "{{ x.__class__.__mro__ | literal }}").render("sql/x.sql.j2", {"x": "a"})


def test_a_projects_own_template_stands_before_ours(tmp_path: Path) -> None:
    folder = tmp_path / "templates" / "sql" / "automl"
    folder.mkdir(parents=True)
    (folder / "swap.sql.j2").write_text("-- our own\n", encoding="utf-8")
    assert Templates(tmp_path).render("sql/automl/swap.sql.j2", {}) == "-- our own\n"


def test_quoting_per_language(tmp_path: Path) -> None:
    text = "{{ v | identifier }} {{ v | literal }} {{ v | python }} {{ v | url }}"
    shown = written(tmp_path, text).render("sql/x.sql.j2", {"v": "a]'\"b"})
    assert shown == "[a]]'\"b] N'a]''\"b' \"a]'\\\"b\" 'a]''\"b'\n"
