"""Writes changes to disk: all of them or none, each file atomically."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from generator.diagnostics import Diagnostic, ExitCode, Location, SynapseGenError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.tree.changes import Change


def apply(root: Path, changes: Sequence[Change]) -> None:
    """Write, replace and delete files.

    Everything is written beside its place first, so that a full or read-only disk changes nothing. A process
    killed in between leaves whole files, old or new; rendering again finishes the work.
    Raises SYN207, exit code 4, where the disk refuses.
    """
    staged: list[tuple[Path, Path]] = []
    at = root
    try:
        for change in changes:
            at = root / change.path
            _refuse_link(root, at)
            if change.new is not None:
                staged.append((_stage(at, change.new), at))
        for temporary, at in staged:
            temporary.replace(at)
        for change in changes:
            if change.new is None:
                at = root / change.path
                at.unlink(missing_ok=True)
                _remove_empty_folders(at.parent, root)
    except OSError as error:
        path = at.relative_to(root).as_posix()
        raise SynapseGenError(
            Diagnostic("SYN207", f"cannot write: {error.strerror or error}", Location(path)), exit_code=ExitCode.MACHINE
        ) from error
    finally:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)


def _stage(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".synapse-gen-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _refuse_link(root: Path, path: Path) -> None:
    # A link inside the tree could lead a write out of the project.
    if not path.parent.resolve().is_relative_to(root.resolve()):
        raise OSError(None, f"{path.parent} leads out of the project")


def _remove_empty_folders(folder: Path, root: Path) -> None:
    with suppress(OSError):
        while folder != root:
            folder.rmdir()
            folder = folder.parent
