"""Rules on what callers pass: to pipelines, datasets, linked services and notebooks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKind, canonical_name
from generator.diagnostics import Severity, did_you_mean
from generator.documents import as_array, as_object
from generator.rules.graphs import cycles
from generator.rules.rule import Finding, Rule, label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from generator.documents import ActivityPlace, Document, JsonPath
    from generator.rules.rule import Workspace

_ASSIGNED = re.compile(r"^(?:val\s+|var\s+)?((?:[A-Za-z_]\w*\s*,\s*)*[A-Za-z_]\w*)\s*(?::[^=\n]*)?=(?!=)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class _CallSite:
    """Somebody who passes parameters to a document."""

    document: Document
    path: JsonPath
    label: str
    target: Document
    passed: Mapping[str, Any]

    @property
    def what(self) -> str:
        return f'{self.target.key.kind.folder} "{self.target.key.name}"'

    @property
    def declared(self) -> dict[str, Any]:
        return as_object(self.target.properties.get("parameters"))


def _call_sites(workspace: Workspace) -> Iterator[_CallSite]:
    yield from _execute_pipelines(workspace)
    yield from _triggers(workspace)
    for document, reference in workspace.references:
        if reference.type not in ("DatasetReference", "LinkedServiceReference") or reference.key is None:
            continue
        target = workspace.find(reference.key.kind, reference.name)
        if target is not None:
            yield _CallSite(document, reference.path, "", target, as_object(reference.value.get("parameters")))


def _execute_pipelines(workspace: Workspace) -> Iterator[_CallSite]:
    for document, place in workspace.all_activities("ExecutePipeline"):
        reference = as_object(place.type_properties.get("pipeline"))
        target = workspace.find(ArtifactKind.PIPELINE, str(reference.get("referenceName")))
        if target is not None:
            passed = as_object(place.type_properties.get("parameters"))
            yield _CallSite(document, (*place.path, "typeProperties"), label(place), target, passed)


def _triggers(workspace: Workspace) -> Iterator[_CallSite]:
    for document in workspace.of_kind(ArtifactKind.TRIGGER):
        started: list[tuple[JsonPath, Any]] = [
            (("properties", "pipelines", index), value)
            for index, value in enumerate(as_array(document.properties.get("pipelines")))
        ]
        # A tumbling window trigger starts one.
        started.append((("properties", "pipeline"), document.properties.get("pipeline")))
        for path, value in started:
            reference = as_object(as_object(value).get("pipelineReference"))
            target = workspace.find(ArtifactKind.PIPELINE, str(reference.get("referenceName")))
            if target is not None:
                yield _CallSite(document, path, "", target, as_object(as_object(value).get("parameters")))


class UndeclaredArgument(Rule):
    """A caller passes a parameter that the called document does not declare."""

    code = "SYN130"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look at ExecutePipeline, triggers, and references to datasets and linked services."""
        for site in _call_sites(workspace):
            declared = {canonical_name(name) for name in site.declared}
            for name in site.passed:
                if canonical_name(name) not in declared:
                    near = did_you_mean(name, site.declared)
                    message = f'{site.label}{site.what} declares no parameter "{name}"{near}'
                    yield Finding(site.document.key, (*site.path, "parameters", name), message)


class MissingArgument(Rule):
    """A caller leaves out a parameter that has no default.

    A warning: Studio commits such pipelines, and those that never read the parameter run.
    """

    code = "SYN131"
    severity = Severity.WARNING

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look at the same callers."""
        for site in _call_sites(workspace):
            passed = {canonical_name(name) for name in site.passed}
            missing = [
                name
                for name, declaration in site.declared.items()
                if canonical_name(name) not in passed and "defaultValue" not in as_object(declaration)
            ]
            if missing:
                plural = "s" if len(missing) > 1 else ""
                message = f"{site.label}{site.what} is given no value for its parameter{plural} {_listed(missing)}"
                yield Finding(site.document.key, site.path, message)


class NotebookParameter(Rule):
    """A notebook is given a parameter that its parameters cell does not assign.

    A warning: Synapse puts the parameters in a cell of their own after the parameters cell, or first where there is
    none, so that the notebook runs; but the notebook does not say that it takes them.
    """

    code = "SYN132"
    severity = Severity.WARNING

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Compare every SynapseNotebook activity with its notebook."""
        for document, place in workspace.all_activities("SynapseNotebook"):
            reference = as_object(place.type_properties.get("notebook"))
            notebook = workspace.find(ArtifactKind.NOTEBOOK, str(reference.get("referenceName")))
            passed = as_object(place.type_properties.get("parameters"))
            if notebook is None or not passed:
                continue
            yield from _unassigned(document, place, notebook, passed)


def _unassigned(
    document: Document, place: ActivityPlace, notebook: Document, passed: Mapping[str, Any]
) -> Iterator[Finding]:
    path = (*place.path, "typeProperties", "parameters")
    assigned = assigned_parameters(notebook)
    if assigned is None:
        message = f'{label(place)}notebook "{notebook.key.name}" has no parameters cell for {_listed(list(passed))}'
        yield Finding(document.key, path, message, hint='tag the cell that assigns them with "parameters"')
        return
    missing = [name for name in passed if name not in assigned]
    if missing:
        near = did_you_mean(missing[0], assigned) if len(missing) == 1 else ""
        message = f'{label(place)}the parameters cell of "{notebook.key.name}" does not assign {_listed(missing)}{near}'
        yield Finding(document.key, (*path, missing[0]), message)


def assigned_parameters(notebook: Document) -> frozenset[str] | None:
    """Return the names that a notebook's parameters cell assigns; None where it has no such cell."""
    found: set[str] | None = None
    for cell in as_array(notebook.properties.get("cells")):
        tags = as_object(as_object(cell).get("metadata")).get("tags")
        if "parameters" not in as_array(tags):
            continue
        found = found or set()
        source = as_object(cell).get("source")
        text = source if isinstance(source, str) else "".join(str(line) for line in as_array(source))
        for match in _ASSIGNED.finditer(text):
            found.update(name.strip() for name in match.group(1).split(","))
    return None if found is None else frozenset(found)


class PipelineCycle(Rule):
    """Pipelines call each other in a circle."""

    code = "SYN133"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Follow ExecutePipeline from pipeline to pipeline."""
        called: dict[str, dict[str, tuple[Document, ActivityPlace]]] = {
            d.key.name: {} for d in workspace.of_kind(ArtifactKind.PIPELINE)
        }
        for document, place in workspace.all_activities("ExecutePipeline"):
            reference = as_object(place.type_properties.get("pipeline"))
            target = workspace.find(ArtifactKind.PIPELINE, str(reference.get("referenceName")))
            if target is not None:
                called[document.key.name].setdefault(target.key.name, (document, place))
        for circle in cycles({name: list(targets) for name, targets in called.items()}):
            document, place = called[circle[0]][circle[1]]
            message = f"{label(place)}pipelines call each other without end: {' -> '.join(circle)}"
            yield Finding(document.key, (*place.path, "typeProperties", "pipeline"), message)


def _listed(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


RULES: tuple[type[Rule], ...] = (UndeclaredArgument, MissingArgument, NotebookParameter, PipelineCycle)
