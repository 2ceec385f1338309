"""What the transcripts share: editing a project, comparing trees, the command in a process of its own."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SPEC = "specs/nyc_taxi.yaml"
COMMAND = [sys.executable, "-c", "from generator.cli import main; main()"]
"""The installed command, with the interpreter that runs the tests."""


def edit(project: Path, old: str, new: str, file: str = SPEC) -> None:
    path = project / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def snapshot(folder: Path) -> dict[str, str]:
    """Return every path below a folder with a hash of what is there: folders and links count too."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            content = f"link {path.readlink()}"
        else:
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "not a file"
        found[path.relative_to(folder).as_posix()] = content
    return found


def shell(script: str, cwd: Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, in which ``"${@}"`` is the command."""
    return subprocess.run(
        ["/bin/bash", "-c", script, "bash", *COMMAND],
        cwd=cwd,
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
