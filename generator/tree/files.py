"""Writes changes to disk: all of them or none, each file atomically."""

from __future__ import annotations

import os
import signal
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from generator.diagnostics import Diagnostic, ExitCode, Location, SynapseGenError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from generator.tree.changes import Change


def apply(root: Path, changes: Sequence[Change]) -> None:
    """Write, replace and delete files.

    Everything is written beside its place first, so that a full or read-only disk, or Ctrl-C, changes nothing; Ctrl-C
    waits while the files take their places. A process killed in between leaves whole files, old or new; rendering
    again finishes the work. Raises SYN207, exit code 4, where the disk refuses.
    """
    staged: list[tuple[Path, Path]] = []
    made: list[Path] = []
    at = root
    try:
        for change in changes:
            at = root / change.path
            _refuse_link(root, at)
            if change.new is not None:
                _make_folders(at.parent, made)
                staged.append((_stage(at, change.new), at))
        with _uninterrupted():
            for temporary, at in staged:
                temporary.replace(at)
            for change in changes:
                if change.new is None:
                    at = root / change.path
                    at.unlink(missing_ok=True)
                    _remove_empty_folders(at.parent, root)
    except OSError as error:
        raise _refused(error, at.relative_to(root), staged) from error
    finally:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
        for folder in reversed(made):
            with suppress(OSError):  # it holds files, as it should
                folder.rmdir()


def _refused(error: OSError, path: Path, staged: Sequence[tuple[Path, Path]]) -> SynapseGenError:
    # A file that was staged and is not there any more has taken its place.
    is_whole = all(temporary.exists() for temporary, _ in staged)
    state = "nothing was changed" if is_whole else "each file is whole, old or new"
    diagnostic = Diagnostic(
        "SYN207",
        f"cannot write: {error.strerror or error}",
        Location(path.as_posix()),
        hint=f"{state}; make room or grant access, then render again",
    )
    return SynapseGenError(diagnostic, exit_code=ExitCode.MACHINE)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back until the end of the block, on systems that can."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and its parents; note those that were not there, the outer ones first."""
    if folder.is_dir():
        return
    _make_folders(folder.parent, made)
    folder.mkdir(exist_ok=True)
    made.append(folder)


def _stage(path: Path, content: bytes) -> Path:
    handle, name = tempfile.mkstemp(prefix=".synapse-gen-", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
    except BaseException:  # Ctrl-C as well
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
