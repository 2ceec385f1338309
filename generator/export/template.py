"""The two documents: ``TemplateForWorkspace.json`` and ``TemplateParametersForWorkspace.json``.

Form (members, their order, indents, no newline at the end): what Synapse Studio writes into the publish branch, and the
``validate`` operation of Microsoft's task into ``ExportedArtifacts``; sources: :mod:`generator.export.resources`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.diagnostics import Diagnostic, Location, Severity
from generator.export.hazards import free_variable, hazards
from generator.export.order import dependencies, ordered
from generator.export.parameters import Parameter, parameterised
from generator.export.resources import API_VERSION, RESOURCE_TYPES, TYPE_PREFIX, resource_type
from generator.tree.canonical import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from generator.artifact import ArtifactKey
    from generator.tree.read import CommittedArtifact

TEMPLATE_FILE = "TemplateForWorkspace.json"
PARAMETERS_FILE = "TemplateParametersForWorkspace.json"
TEMPLATE_SCHEMA = "http://schema.management.azure.com/schemas/2015-01-01/deploymentTemplate.json#"
PARAMETERS_SCHEMA = "https://schema.management.azure.com/schemas/2015-01-01/deploymentParameters.json#"
_WORKSPACE = "workspaceName"


@dataclass(frozen=True, slots=True)
class Export:
    """The two documents, and what a user should know of them."""

    template: dict[str, Any]
    parameters: dict[str, Any]
    findings: tuple[Diagnostic, ...] = ()
    """Errors say what the task would deploy otherwise than the tree has it."""

    @property
    def files(self) -> dict[str, bytes]:
        """The bytes of each file by its name."""
        return {
            TEMPLATE_FILE: canonical_bytes(self.template),
            PARAMETERS_FILE: canonical_bytes(self.parameters),
        }


def export_workspace(artifacts: Iterable[CommittedArtifact], workspace: str) -> Export:
    """Return a tree as a template for ``workspace``.

    Raises SynapseGenError, SYN301, where artifacts refer to each other in a circle: the task would give up.
    """
    taken, findings = _exported(artifacts)
    documents = [artifact.document for artifact in taken]
    bodies: dict[ArtifactKey, dict[str, Any]] = {}
    found: list[Parameter] = []
    for document in documents:
        bodies[document.key], new = parameterised(document)
        found += new
    names = [_WORKSPACE, *(parameter.name for parameter in found)]
    for artifact in taken:
        findings += _refusals(artifact, names)
    variable = free_variable(documents)
    needs = dependencies(documents)
    resources = [_resource(key, bodies[key], needs[key], variable) for key in ordered(needs)]
    template = {
        "$schema": TEMPLATE_SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {
            _WORKSPACE: {"type": "string", "metadata": "Workspace name", "defaultValue": workspace},
            **{parameter.name: parameter.declaration for parameter in found},
        },
        "variables": {variable: f"[concat('{TYPE_PREFIX}', parameters('{_WORKSPACE}'))]"},
        "resources": resources,
    }
    return Export(template, _parameters_document(workspace, found), tuple(findings))


def _exported(artifacts: Iterable[CommittedArtifact]) -> tuple[list[CommittedArtifact], list[Diagnostic]]:
    taken, findings = [], []
    for artifact in artifacts:
        known = RESOURCE_TYPES.get(artifact.key.kind)
        if known is not None:
            taken.append(artifact)
        if known is None or known.is_recent:
            findings.append(_warning(artifact, is_left=known is None))
    return taken, findings


def _warning(artifact: CommittedArtifact, *, is_left: bool) -> Diagnostic:
    if is_left:
        message = f"{artifact.key} is not exported: a template does not hold its kind as git does"
        return Diagnostic("SYN321", message, Location(artifact.path), severity=Severity.WARNING)
    message = f"{artifact.key} is of a kind at which older versions of Microsoft's task fail the whole deployment"
    return Diagnostic("SYN324", message, Location(artifact.path), severity=Severity.WARNING)


def _refusals(artifact: CommittedArtifact, names: Sequence[str]) -> list[Diagnostic]:
    hint = "publish it with `synapse-gen publish`, or write the text in another way"
    return [
        Diagnostic("SYN320", f"{artifact.key}: {why}", Location(artifact.path), hint=hint)
        for why in hazards(artifact.document, names)
    ]


def _resource(
    key: ArtifactKey, properties: Mapping[str, Any], needs: Iterable[ArtifactKey], variable: str
) -> dict[str, Any]:
    return {
        "name": f"[concat(parameters('{_WORKSPACE}'), '/{key.name}')]",
        "type": resource_type(key.kind),
        "apiVersion": API_VERSION,
        "properties": properties,
        "dependsOn": [
            f"[concat(variables('{variable}'), '/{RESOURCE_TYPES[need.kind].segment}/{need.name}')]" for need in needs
        ],
    }


def _parameters_document(workspace: str, found: Iterable[Parameter]) -> dict[str, Any]:
    # Every parameter with its value: the task does not apply the template's defaults.
    values = {_WORKSPACE: workspace} | {parameter.name: parameter.value for parameter in found}
    return {
        "$schema": PARAMETERS_SCHEMA,
        "contentVersion": "1.0.0.0",
        "parameters": {name: {"value": value} for name, value in values.items()},
    }
