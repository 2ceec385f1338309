"""synapse.yaml: environments that fit each other and themselves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKind, canonical_name, naming_error
from generator.spec.checks.lake import lie_in_each_other
from generator.spec.project import State
from generator.spec.state import state_place
from generator.spec.wording import meant_or_known, shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.diagnostics import Diagnostic
    from generator.source import KeyPath, SourceDocument
    from generator.spec.project import Environment, Project
    from generator.spec.state import StatePlace

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
    yield from _states(project, source)
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


def _states(project: Project, source: SourceDocument) -> Iterator[Diagnostic]:
    """Yield states that are one, or lie in each other: each publish would take the other's artifacts for its own."""
    taken: dict[str, StatePlace] = {}
    for name, environment in project.environments.items():
        if environment.kind == "embedded":
            continue
        place = state_place(project, name)
        for other, its in taken.items():
            is_beside = (place.account_url, place.container) == (its.account_url, its.container)
            if is_beside and lie_in_each_other(place.folder, its.folder):
                message = f'the state of "{name}" would be in that of "{other}": {its.folder} in {its.container}'
                hint = "each environment keeps a state of its own: leave folder out, or give it another"
                at = ("environments", name, "state", "folder")
                yield source.diagnostic("SYN039", message, at, hint=hint)
                break
        taken[name] = place


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
    if environment.kind == "embedded" and environment.cloud != "public":
        message = f"the embedded workspace answers at the public cloud's hosts, not at those of {environment.cloud}"
        yield source.diagnostic("SYN039", message, (*path, "cloud"), hint="leave cloud out")
    yield from _state(environment, path, source)
    yield from _linked_services(environment, path, source)


def _state(environment: Environment, path: KeyPath, source: SourceDocument) -> Iterator[Diagnostic]:
    if environment.kind == "embedded" and environment.state != State():
        message = "an embedded workspace keeps the state of publishing beside its own"
        yield source.diagnostic("SYN039", message, (*path, "state"), key=True, hint="leave state out")
    folder = environment.state.folder or ""
    if {".", ".."} & set(folder.split("/")):
        message = f'"{folder}" is no folder of a container: "." and ".." lead nowhere in a URL'
        yield source.diagnostic("SYN035", message, (*path, "state", "folder"))


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
