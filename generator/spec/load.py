"""Loads a project: ``synapse.yaml`` and its specs, with every finding of all files at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from generator.diagnostics import Diagnostic, ExitCode, Findings, SynapseGenError
from generator.source import SourceDocument, load_yaml, read_text
from generator.spec.automl import AutoMlSpec
from generator.spec.base import SpecModel
from generator.spec.checks import partial_findings, project_findings, shared_findings, spec_findings
from generator.spec.files import PROJECT_FILE, find_project_root, spec_files
from generator.spec.findings import shape_findings
from generator.spec.project import Environment, Project
from generator.spec.repair import as_meant
from generator.spec.wording import meant_or_known, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

__all__ = ["KINDS", "LoadedProject", "LoadedSpec", "environment_of", "find_project_root", "load_project", "load_spec"]

Model = TypeVar("Model", bound=SpecModel)

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
    """synapse.yaml."""
    specs: tuple[LoadedSpec, ...]
    """In the order of their names."""


def load_project(root: Path) -> LoadedProject:
    """Load and validate ``synapse.yaml`` and every spec that it names.

    Raises :class:`SynapseGenError` with all findings of all files, SYN001 to SYN099.
    """
    source = load_yaml(read_text(root / PROJECT_FILE, PROJECT_FILE), PROJECT_FILE)
    findings = Findings()
    project = _validated(Project, source, findings, project_findings)
    # Where synapse.yaml is wrong its specs are still read: their findings do not depend on it.
    patterns = project.specs if project else _patterns_of(source)
    loaded = [_loaded(root, path, findings) for path in spec_files(root, patterns, source, findings)]
    specs = sorted((item for item in loaded if item is not None), key=lambda item: item.spec.name)
    for finding in shared_findings([(item.spec, item.source) for item in specs]):
        findings.add(finding)
    findings.raise_errors()
    if project is None:
        raise AssertionError("a project was refused without a finding")
    return LoadedProject(root, project, source, tuple(specs))


def load_spec(text: str, display: str) -> LoadedSpec:
    """Validate the text of one spec; raises :class:`SynapseGenError` with all of its findings."""
    findings = Findings()
    spec = _spec(load_yaml(text, display), findings)
    findings.raise_errors()
    if spec is None:
        raise AssertionError("a spec was refused without a finding")
    return spec


def environment_of(project: LoadedProject, name: str | None) -> tuple[str, Environment]:
    """Return an environment by name, by default the project's own; SYN011, exit code 2, for an unknown one."""
    wanted = project.project.default_environment if name is None else name
    environments = project.project.environments
    if wanted in environments:
        return wanted, environments[wanted]
    guess = meant_or_known(wanted, environments, "there are")
    raise SynapseGenError(
        Diagnostic("SYN011", f"there is no environment {shown(wanted)}{guess}"), exit_code=ExitCode.USAGE
    )


def _validated(
    model: type[Model],
    source: SourceDocument,
    findings: Findings,
    check: Callable[[Model, SourceDocument], Iterable[Diagnostic]],
) -> Model | None:
    """Validate a file's shape and meaning; None where its shape is wrong."""
    if not isinstance(source.value, dict):
        message = f"the file holds {shown(source.value)} where a mapping of keys to values is expected"
        findings.add(source.diagnostic("SYN012", message, ()))
        return None
    validated: Model | None = None
    try:
        model_of_file = _model(model, source)
    except ValidationError as error:
        found = list(_look_further(error, model, source, check))
    else:
        validated = model_of_file
        found = list(check(model_of_file, source))
    for finding in sorted(found, key=_place):
        findings.add(finding)
    return validated


def _look_further(
    error: ValidationError,
    model: type[Model],
    source: SourceDocument,
    check: Callable[[Model, SourceDocument], Iterable[Diagnostic]],
) -> Iterable[Diagnostic]:
    """Yield what is wrong with the shape and, past what is misspelt, with what the file means."""
    shape = shape_findings(error, model, source)
    yield from shape.diagnostics
    meant = as_meant(source, shape)
    try:
        validated = _model(model, meant)
    except ValidationError as deeper:
        # What a misspelt key hid: a wrong value under it. Of the meaning, that of the columns can be told.
        known = {(d.location, d.message) for d in shape.diagnostics}
        for finding in shape_findings(deeper, model, meant).diagnostics:
            if (finding.location, finding.message) not in known:
                yield finding
        if model is AutoMlSpec:
            yield from partial_findings(meant)
    else:
        yield from check(validated, meant)


def _model(model: type[Model], source: SourceDocument) -> Model:
    # Strict: yes is no number, "1" is none either. A list is a tuple to pydantic then, which it would refuse.
    return model.model_validate(_tuples(source.value), strict=True)


def _tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(_tuples(item) for item in value)
    return value


def _place(finding: Diagnostic) -> tuple[int, int]:
    where = finding.location
    return ((where.line or 0), (where.column or 0)) if where else (0, 0)


def _patterns_of(source: SourceDocument) -> tuple[str, ...]:
    given = source.at(("specs",))
    if isinstance(given, list) and all(isinstance(pattern, str) for pattern in given):
        return tuple(given)
    return ("specs/*.yaml",)


def _loaded(root: Path, path: Path, findings: Findings) -> LoadedSpec | None:
    display = path.relative_to(root).as_posix()
    try:
        source = load_yaml(read_text(path, display), display)
    except SynapseGenError as error:
        for diagnostic in error.diagnostics:
            findings.add(diagnostic)
        return None
    return _spec(source, findings)


def _spec(source: SourceDocument, findings: Findings) -> LoadedSpec | None:
    kind = source.value.get("kind") if isinstance(source.value, dict) else None
    if isinstance(source.value, dict) and not (isinstance(kind, str) and kind in KINDS):
        findings.add(_unknown_kind(source))
        return None
    spec = _validated(AutoMlSpec, source, findings, spec_findings)
    return LoadedSpec(spec, source) if spec else None


def _unknown_kind(source: SourceDocument) -> Diagnostic:
    if "kind" not in source.value:
        hint = f'begin it with "kind: {next(iter(KINDS))}"'
        return source.diagnostic("SYN015", f"the spec names no kind; kinds are {', '.join(KINDS)}", (), hint=hint)
    kind = source.value["kind"]
    guess = meant_or_known(kind if isinstance(kind, str) else "", KINDS, "kinds are")
    return source.diagnostic("SYN015", f"there is no kind {shown(kind)}{guess}", ("kind",))
