"""synapse.yaml: environments that fit each other and themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKind, canonical_name, naming_error
from generator.spec.wording import meant_or_known, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.diagnostics import Diagnostic
    from generator.source import KeyPath, SourceDocument
    from generator.spec.project import Environment, Project

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")


def project_findings(project: Project, source: SourceDocument) -> Iterator[Diagnostic]:
    """Yield what is wrong between the parts of synapse.yaml."""
    if project.default_environment not in project.environments:
        guess = meant_or_known(project.default_environment, project.environments, "there are")
        message = f"default_environment {shown(project.default_environment)} is not an environment{guess}"
        yield source.diagnostic("SYN011", message, ("default_environment",))
    yield from _names(project, source)
    yield from _workspaces(project, source)
    yield from _git(project, source)
    for name, environment in project.environments.items():
        yield from _environment(environment, ("environments", name), source)


def _names(project: Project, source: SourceDocument) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for name in project.environments:
        at = ("environments", name)
        if not _NAME.fullmatch(name):
            message = (
                f"the environment {shown(name)} names folders: use up to 32 letters, digits, _ and -, a letter first"
            )
            yield source.diagnostic("SYN020", message, at, key=True)
        # Folders named after them must differ on file systems that do not tell case apart.
        other = first.setdefault(name.casefold(), name)
        if other != name:
            message = f'the environments "{other}" and "{name}" differ in case only'
            yield source.diagnostic("SYN020", message, at, key=True)


def _workspaces(project: Project, source: SourceDocument) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for name, environment in project.environments.items():
        other = first.setdefault(environment.workspace, name)
        if other != name:
            message = f'the workspace "{environment.workspace}" is that of the environment "{other}" already'
            hint = "each environment has a workspace of its own: publishing one would overwrite the other"
            yield source.diagnostic("SYN039", message, ("environments", name, "workspace"), hint=hint)


def _git(project: Project, source: SourceDocument) -> Iterator[Diagnostic]:
    connected = [name for name, environment in project.environments.items() if environment.git == "connected"]
    for name in connected[1:]:
        message = f'the environment "{connected[0]}" is connected to git already; at most one is'
        yield source.diagnostic("SYN039", message, ("environments", name, "git"))


def _environment(environment: Environment, path: KeyPath, source: SourceDocument) -> Iterator[Diagnostic]:
    if "-ondemand" in environment.workspace:
        # "Naming rules and restrictions for Azure resources": the serverless endpoint is named so.
        message = f'a workspace name cannot hold "-ondemand": "{environment.workspace}"'
        yield source.diagnostic("SYN020", message, (*path, "workspace"))
    if (environment.kind == "embedded") != (environment.authentication == "embedded"):
        message = f"kind: {environment.kind} does not go with authentication: {environment.authentication}"
        hint = "the embedded workspace, and only it, has authentication: embedded"
        key = "authentication" if (*path, "authentication") in source.positions else "kind"
        yield source.diagnostic("SYN039", message, (*path, key), hint=hint)
    yield from _linked_services(environment, path, source)


def _linked_services(environment: Environment, path: KeyPath, source: SourceDocument) -> Iterator[Diagnostic]:
    names = {"key_vault": environment.key_vault.linked_service, "azure_ml": environment.azure_ml.linked_service}
    for owner, name in names.items():
        at = (*path, owner, "linked_service")
        problem = naming_error(ArtifactKind.LINKED_SERVICE, name)
        if problem is None and canonical_name(name).endswith(
            ("-workspacedefaultstorage", "-workspacedefaultsqlserver")
        ):
            problem = f'"{name}" is the name of a linked service that comes with the workspace'
        if problem:
            yield source.diagnostic("SYN020", problem, at)
    if canonical_name(names["key_vault"]) == canonical_name(names["azure_ml"]):
        message = f'the linked service "{names["azure_ml"]}" is that of the key vault already'
        yield source.diagnostic("SYN020", message, (*path, "azure_ml", "linked_service"))
