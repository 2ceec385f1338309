from __future__ import annotations

import re
from pathlib import Path

from generator.diagnostics import CATALOGUE, Diagnostic, Location, render_text


def test_every_code_is_explained_and_every_explanation_used(repository: Path) -> None:
    texts = {p: p.read_text(encoding="utf-8") for p in (repository / "generator").rglob("*.py")}
    used = {
        code
        for path, text in texts.items()
        for code in re.findall(r'["\[](SYN\d{3})["\]]', text if path.name != "diagnostics.py" else "")
    }
    assert used == set(CATALOGUE)


def test_a_diagnostic_reads_as_documented() -> None:
    found = Diagnostic("SYN021", "no column", Location("a.yaml", 3, 5), source_line="\tx: y", hint="mend it")
    assert render_text(found) == "a.yaml:3:5: error[SYN021]: no column\n     x: y\n        ^\n  help: mend it"
