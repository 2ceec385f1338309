"""What rendering would change: compares rendered files with the disk and the manifest; writes nothing."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.diagnostics import Diagnostic, Location, SynapseGenError
from generator.tree.canonical import sha256
from generator.tree.layout import MANIFEST
from generator.tree.manifest import Entry, Manifest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class RenderedFile:
    """A file as the specs have it now."""

    content: bytes
    spec: str


@dataclass(frozen=True, slots=True)
class Change:
    """A file that differs: ``new`` is None where it goes, ``old`` where it comes."""

    path: str
    old: bytes | None
    new: bytes | None

    @property
    def action(self) -> str:
        """``create``, ``update`` or ``delete``."""
        if self.old is None:
            return "create"
        return "delete" if self.new is None else "update"

    def diff(self) -> str:
        """Return a unified diff of text, as ``git diff`` shows it."""
        old, new = ([] if c is None else _lines(c) for c in (self.old, self.new))
        before = "/dev/null" if self.old is None else f"a/{self.path}"
        after = "/dev/null" if self.new is None else f"b/{self.path}"
        return "".join(difflib.unified_diff(old, new, before, after))


@dataclass(frozen=True, slots=True)
class Changes:
    """All changes of one rendering, with the manifest that follows, and what stands in their way."""

    changes: tuple[Change, ...]
    manifest: Manifest
    unchanged: int
    conflicts: tuple[Diagnostic, ...]


def compare(
    root: Path,
    rendered: Mapping[str, Mapping[str, RenderedFile]],
    manifest: Manifest,
    *,
    all_environments: frozenset[str],
) -> Changes:
    """Compare; ``rendered`` maps environments to their files by path relative to ``root``.

    Environments that left ``synapse.yaml`` lose their files; ones that are not rendered now keep theirs.
    """
    changes: list[Change] = []
    conflicts: list[Diagnostic] = []
    unchanged = 0
    after = manifest.without(all_environments)
    gone: dict[str, dict[str, RenderedFile]] = {e: {} for e in manifest.environments if e not in all_environments}
    for environment, files in {**gone, **rendered}.items():
        known = manifest.of(environment)
        for path in sorted({*files, *known}):
            change, conflict = _compare_file(root, path, files.get(path), known.get(path))
            unchanged += change is None and path in files
            if change:
                changes.append(change)
            if conflict:
                conflicts.append(conflict)
        if environment in rendered:
            entries = {path: Entry(sha256(f.content), f.spec) for path, f in files.items()}
            after = after.with_environment(environment, entries)
    change, _ = _compare_file(root, MANIFEST.as_posix(), RenderedFile(after.to_bytes(), ""), None)
    return Changes((*changes, change) if change else tuple(changes), after, unchanged, tuple(conflicts))


def _compare_file(
    root: Path, path: str, file: RenderedFile | None, entry: Entry | None
) -> tuple[Change | None, Diagnostic | None]:
    old = _read(root, path)
    new = file.content if file else None
    if old == new:
        return None, None
    change = Change(path, old, new)
    ours = old is None or path == MANIFEST.as_posix() or (entry is not None and sha256(old) == entry.sha256)
    if ours:
        return change, None
    what = "was changed since it was rendered" if entry else "was not rendered by synapse-gen"
    hint = "bring the edit into the spec, or delete the file, then render again"
    return change, Diagnostic("SYN205", f"{path} {what}; it is not overwritten", Location(path), hint=hint)


def _read(root: Path, path: str) -> bytes | None:
    try:
        return (root / path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SynapseGenError(Diagnostic("SYN206", f"cannot read: {error.strerror}", Location(path))) from error


def _lines(content: bytes) -> list[str]:
    lines = content.decode("utf-8", errors="replace").splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n\\ No newline at end of file\n"
    return lines
