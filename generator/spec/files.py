"""Which files of a project are its specs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from generator.diagnostics import Diagnostic, ExitCode, Findings, SynapseGenError

if TYPE_CHECKING:
    from generator.source import SourceDocument

PROJECT_FILE = "synapse.yaml"


def find_project_root(start: Path) -> Path:
    """Return the nearest folder at or above ``start`` that holds synapse.yaml; SYN010, exit code 2, where none does."""
    try:
        folder = start.resolve()
        if not folder.is_dir():
            raise SynapseGenError(Diagnostic("SYN010", f"{folder} is no folder"), exit_code=ExitCode.USAGE)
        for candidate in (folder, *folder.parents):
            if (candidate / PROJECT_FILE).exists():
                return candidate
    except FileNotFoundError as error:
        message = "the current folder was deleted" if start == Path() else f"there is no folder {start}"
        raise SynapseGenError(Diagnostic("SYN010", message), exit_code=ExitCode.USAGE) from error
    except (OSError, RuntimeError) as error:  # RuntimeError: links that lead to themselves
        raise SynapseGenError(
            Diagnostic("SYN010", f"{start} cannot be searched for {PROJECT_FILE}: {error}"), exit_code=ExitCode.USAGE
        ) from error
    raise SynapseGenError(
        Diagnostic(
            "SYN010",
            f"there is no {PROJECT_FILE} in {folder} or above it",
            hint="go into a project, or name one with --project",
        ),
        exit_code=ExitCode.USAGE,
    )


def spec_files(root: Path, patterns: tuple[str, ...], source: SourceDocument, findings: Findings) -> list[Path]:
    """Return the files that the project's patterns fit, sorted; what leads out of the project becomes a finding.

    Folders that begin with a dot, and synapse.yaml itself, hold no specs.
    """
    found: set[Path] = set()
    before = len(findings.diagnostics)
    for index, pattern in enumerate(patterns):
        found.update(_matches(root, pattern, index, source, findings))
    if not found and len(findings.diagnostics) == before:
        where = ("specs",) if "specs" in source.value else ()
        message = f"the project has no specs: no file fits {', '.join(patterns) or 'an empty list'}"
        hint = "write one; `synapse-gen schema` describes it" if patterns else "list patterns such as specs/*.yaml"
        findings.add(source.diagnostic("SYN014", message, where, key=True, hint=hint))
    return sorted(found)


def _matches(root: Path, pattern: str, index: int, source: SourceDocument, findings: Findings) -> set[Path]:
    at = ("specs", index)
    problem = _pattern_problem(pattern)
    if problem:
        findings.add(source.diagnostic("SYN013", problem, at))
        return set()
    try:
        matches = {path for path in root.glob(pattern) if _may_be_a_spec(path, root)}
        inside = {path for path in matches if _is_inside(path, root)}
    except (OSError, RuntimeError, ValueError, NotImplementedError) as error:
        findings.add(source.diagnostic("SYN013", f'"{pattern}" is no pattern for files: {error}', at))
        return set()
    for path in sorted(matches - inside):
        message = f"{path.relative_to(root).as_posix()} is a link that leads out of the project"
        findings.add(source.diagnostic("SYN013", message, at))
    if not matches and not any(c in pattern for c in "*?["):
        hint = f"write {pattern.rstrip('/')}/*.yaml" if (root / pattern).is_dir() else None
        findings.add(source.diagnostic("SYN014", f'there is no file "{pattern}"', at, hint=hint))
    return inside


def _pattern_problem(pattern: str) -> str | None:
    if not pattern.strip():
        return "an empty pattern fits no file"
    if "\0" in pattern or "\\" in pattern:
        return "a pattern for files parts folders with forward slashes"
    if pattern.startswith(("/", "~")) or ".." in pattern.split("/") or pattern[1:2] == ":":
        return f'"{pattern}" leads out of the project; patterns are relative to the folder of {PROJECT_FILE}'
    return None


def _may_be_a_spec(path: Path, root: Path) -> bool:
    """Leave out folders, which patterns such as ``specs/**`` fit; one that is named as a file is a mistake to report.

    So is whatever else cannot be read: a link to nothing, a pipe.
    """
    relative = path.relative_to(root)
    hidden = any(part.startswith(".") for part in relative.parts)
    is_folder = path.is_dir() and path.suffix.lower() not in (".yaml", ".yml")
    return not is_folder and not hidden and relative.as_posix() != PROJECT_FILE


def _is_inside(path: Path, root: Path) -> bool:
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError):  # a link that leads to itself leads nowhere else; reading it says what it is
        return True
