"""Rules on references between documents, and to what the workspace has of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.artifact import ArtifactKind, canonical_name
from generator.diagnostics import Severity, did_you_mean
from generator.documents import REFERENCE_TYPES
from generator.rules.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.artifact import ArtifactKey
    from generator.documents import Document, Reference
    from generator.rules.rule import Workspace


# "<workspace>-WorkspaceDefaultStorage" and "-WorkspaceDefaultSqlServer": what every workspace is created with.
_DEFAULTS = tuple(canonical_name(f"-WorkspaceDefault{what}") for what in ("Storage", "SqlServer"))


def _artifact_references(workspace: Workspace) -> Iterator[tuple[Document, Reference, ArtifactKey]]:
    for document, reference in workspace.references:
        if reference.key is not None:
            yield document, reference, reference.key


class Dangling(Rule):
    """A document refers to an artifact that does not exist."""

    code = "SYN101"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look up every reference to an artifact whose name is not computed at run time."""
        for document, reference, key in _artifact_references(workspace):
            if workspace.known_name(key) is None and _own_default(workspace, key) is None:
                near = did_you_mean(key.name, workspace.names(key.kind))
                message = f'there is no {key.kind.folder} "{key.name}"{near}'
                yield Finding(document.key, (*reference.path, "referenceName"), message)


class OtherCase(Rule):
    """A reference spells an artifact's name in another case.

    A warning: the service compares names without regard to case, but tools and this project's files tell them apart.
    """

    code = "SYN102"
    severity = Severity.WARNING

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Compare by case."""
        for document, reference, key in _artifact_references(workspace):
            actual = workspace.known_name(key)
            if actual is not None and actual != key.name:
                message = f'"{key.name}" differs only by case from the {key.kind.folder} "{actual}"'
                yield Finding(document.key, (*reference.path, "referenceName"), message, hint=f'write "{actual}"')


class UnknownPool(Rule):
    """A document refers to a pool that the environment does not have."""

    code = "SYN103"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look up every reference to a pool, where the pools are known."""
        pools = workspace.context.given.pools
        if pools is None:
            return
        for document, reference in workspace.references:
            known = pools.get(reference.type)
            if known is None or reference.is_expression:
                continue
            if canonical_name(reference.name) not in {canonical_name(name) for name in known}:
                what = "Spark pool" if reference.type == "BigDataPoolReference" else "SQL pool"
                message = f'the environment has no {what} "{reference.name}"{did_you_mean(reference.name, known)}'
                yield Finding(document.key, (*reference.path, "referenceName"), message)


class ForeignDefault(Rule):
    """A document refers to a default linked service of another workspace.

    Also where its document is in the set, as Studio commits it: default linked services come with their workspace, and
    are published to no other.
    """

    code = "SYN108"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Compare the default linked services that are referred to with the environment's own, where it is known."""
        for document, reference, key in _artifact_references(workspace):
            own = _own_default(workspace, key)
            if own is not None:
                message = f'"{key.name}" is the default linked service of another workspace; here it is "{own}"'
                yield Finding(document.key, (*reference.path, "referenceName"), message, hint=f'write "{own}"')


def _own_default(workspace: Workspace, key: ArtifactKey) -> str | None:
    """Return the environment's default linked service that stands for another workspace's; None for anything else."""
    name = canonical_name(key.name)
    suffix = next((s for s in _DEFAULTS if name.endswith(s)), None)
    if key.kind is not ArtifactKind.LINKED_SERVICE or suffix is None:
        return None
    given = (k.name for k in workspace.context.given.artifacts)
    own = next((n for n in given if canonical_name(n).endswith(suffix)), None)
    return own if own is not None and canonical_name(own) != name else None


class UnknownReferenceType(Rule):
    """A reference has no type, or one that Synapse does not have."""

    code = "SYN107"
    severity = Severity.WARNING

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look at the type of every reference."""
        for document, reference in workspace.references:
            if reference.type not in REFERENCE_TYPES:
                what = f'of the type "{reference.type}"' if reference.type else "without a type"
                near = did_you_mean(reference.type, REFERENCE_TYPES)
                message = f'a reference to "{reference.name}" {what} cannot be resolved{near}'
                yield Finding(document.key, reference.path, message)


RULES: tuple[type[Rule], ...] = (Dangling, OtherCase, UnknownPool, UnknownReferenceType, ForeignDefault)
