"""Loads a project: ``synapse.yaml`` and its specs, with every finding of all files at once."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from generator.diagnostics import Diagnostic, ExitCode, Findings, Location, SynapseGenError
from generator.source import SourceDocument, load_yaml, read_text
from generator.spec.automl import AutoMlSpec
from generator.spec.base import SpecModel
from generator.spec.findings import validation_findings
from generator.spec.project import Environment, Project
from generator.spec.semantics import project_findings, spec_findings

if TYPE_CHECKING:
    from pathlib import Path

Model = TypeVar("Model", bound=SpecModel)

PROJECT_FILE = "synapse.yaml"
KINDS: dict[str, type[AutoMlSpec]] = {"AutoML": AutoMlSpec}


@dataclass(frozen=True, slots=True)
class LoadedSpec:
    """A spec and the file that it comes from."""

    spec: AutoMlSpec
    source: SourceDocument


@dataclass(frozen=True, slots=True)
class LoadedProject:
    """A whole project, validated."""

    root: Path
    project: Project
    source: SourceDocument
    specs: tuple[LoadedSpec, ...]


def find_project_root(start: Path) -> Path:
    """Return the nearest folder at or above ``start`` that holds synapse.yaml; SYN010, exit code 2, where none does."""
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / PROJECT_FILE).exists():
            return folder
    raise SynapseGenError(
        Diagnostic(
            "SYN010",
            f"no {PROJECT_FILE} in {start} or above it",
            hint="run the command inside a project, or name it with --project",
        ),
        exit_code=ExitCode.USAGE,
    )


def load_project(root: Path) -> LoadedProject:
    """Load and validate ``synapse.yaml`` and every spec that it names.

    Raises :class:`SynapseGenError` with all findings of all files.
    """
    source = load_yaml(read_text(root / PROJECT_FILE, PROJECT_FILE), PROJECT_FILE)
    findings = Findings()
    project = _validate(Project, source, findings)
    if project is None:
        findings.raise_errors()
        raise AssertionError("validation failed without a finding")
    for finding in project_findings(project, source):
        findings.add(finding)
    specs = []
    for path in _spec_files(root, project, source, findings):
        loaded = _load_spec(root, path, findings)
        if loaded:
            specs.append(loaded)
    _refuse_same_names(specs, findings)
    findings.raise_errors()
    return LoadedProject(root, project, source, tuple(sorted(specs, key=lambda s: s.spec.name)))


def environment_of(project: LoadedProject, name: str | None) -> tuple[str, Environment]:
    """Return an environment by name, by default the project's own; SYN011, exit code 2, for an unknown one."""
    wanted = name or project.project.default_environment
    environments = project.project.environments
    if wanted in environments:
        return wanted, environments[wanted]
    near = difflib.get_close_matches(wanted, environments, n=1)
    guess = f'; did you mean "{near[0]}"?' if near else f"; there are {', '.join(environments)}"
    raise SynapseGenError(Diagnostic("SYN011", f'there is no environment "{wanted}"{guess}'), exit_code=ExitCode.USAGE)


def _validate(model: type[Model], source: SourceDocument, findings: Findings) -> Model | None:
    if not isinstance(source.value, dict):
        findings.add(source.diagnostic("SYN012", "the file holds no mapping of keys to values", ()))
        return None
    try:
        return model.model_validate(source.value)
    except ValidationError as error:
        for finding in validation_findings(error, model, source):
            findings.add(finding)
        return None


def _spec_files(root: Path, project: Project, source: SourceDocument, findings: Findings) -> list[Path]:
    found: set[Path] = set()
    for index, pattern in enumerate(project.specs):
        at = ("specs", index)
        if pattern.startswith("/") or "\\" in pattern or ".." in pattern.split("/") or not pattern:
            findings.add(source.diagnostic("SYN013", f'"{pattern}" leads out of the project', at))
            continue
        matches = [p for p in root.glob(pattern) if p.is_file()]
        outside = [p for p in matches if not p.resolve().is_relative_to(root.resolve())]
        if outside:
            findings.add(source.diagnostic("SYN013", f'"{pattern}" leads out of the project by a link', at))
        found.update(p for p in matches if p not in outside)
    if not found and not findings.has_errors:
        hint = "write one; `synapse-gen schema` describes it"
        findings.add(source.diagnostic("SYN014", "the project has no specs", ("specs",), hint=hint))
    return sorted(found)


def _load_spec(root: Path, path: Path, findings: Findings) -> LoadedSpec | None:
    display = path.relative_to(root).as_posix()
    try:
        source = load_yaml(read_text(path, display), display)
    except SynapseGenError as error:
        for diagnostic in error.diagnostics:
            findings.add(diagnostic)
        return None
    model = _model_of(source, findings)
    spec = _validate(model, source, findings) if model else None
    if spec is None:
        return None
    problems = spec_findings(spec, source)
    for problem in problems:
        findings.add(problem)
    return LoadedSpec(spec, source)


def _model_of(source: SourceDocument, findings: Findings) -> type[AutoMlSpec] | None:
    if not isinstance(source.value, dict):
        findings.add(source.diagnostic("SYN012", "the file holds no mapping of keys to values", ()))
        return None
    kind: Any = source.value.get("kind")
    if kind in KINDS:
        return KINDS[kind]
    listed = ", ".join(KINDS)
    if kind is None:
        findings.add(source.diagnostic("SYN015", "the key kind is missing", (), hint=f"kinds: {listed}"))
        return None
    near = difflib.get_close_matches(str(kind), KINDS, n=1, cutoff=0.4)
    guess = f'; did you mean "{near[0]}"?' if near else f"; kinds are {listed}"
    findings.add(source.diagnostic("SYN015", f'there is no kind "{kind}"{guess}', ("kind",)))
    return None


def _refuse_same_names(specs: list[LoadedSpec], findings: Findings) -> None:
    first: dict[str, LoadedSpec] = {}
    for loaded in specs:
        # Synapse compares names without regard to case.
        key = loaded.spec.name.casefold()
        if key in first:
            where: Location = first[key].source.location(("name",))
            message = f'the name "{loaded.spec.name}" is taken by {where}'
            findings.add(loaded.source.diagnostic("SYN016", message, ("name",)))
        first.setdefault(key, loaded)
