"""What a workspace has of its own: never written, never deleted, whatever a tree holds.

A new workspace comes with these (seen in the git folders of public workspaces); the service refuses to change them:
"managed by the workspace" (Azure-Player/azure.synapse.tools, issue 37). Private endpoints are approved by people on the
other side, and other tools were cursed for deleting them (Azure/Synapse-workspace-deployment, issues).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.artifact import ArtifactKind, canonical_name

if TYPE_CHECKING:
    from generator.artifact import ArtifactKey

_DEFAULTS = ("-workspacedefaultstorage", "-workspacedefaultsqlserver")
_NAMED = {
    (ArtifactKind.INTEGRATION_RUNTIME, "autoresolveintegrationruntime"): "the integration runtime of every workspace",
    (ArtifactKind.CREDENTIAL, "workspacesystemidentity"): "the workspace's own identity",
}
_KINDS = {
    ArtifactKind.MANAGED_VIRTUAL_NETWORK: "networks and their private endpoints are made with the workspace",
    ArtifactKind.DATABASE: "lake databases have an interface of their own, which this version does not speak",
}
LISTED = frozenset(ArtifactKind) - _KINDS.keys()
"""Kinds that are read; a list of the others is refused, or of another form."""
_NEVER_DELETED = {
    ArtifactKind.INTEGRATION_RUNTIME: "integration runtimes are never deleted: machines are registered with them",
}


def kept_reason(key: ArtifactKey) -> str | None:
    """Return why an artifact is never deleted; None where it may be."""
    return given_reason(key) or _NEVER_DELETED.get(key.kind)


def given_reason(key: ArtifactKey) -> str | None:
    """Return why an artifact is left to the workspace; None where it is ours to write."""
    if key.kind in _KINDS:
        return _KINDS[key.kind]
    name = canonical_name(key.name)
    if key.kind is ArtifactKind.LINKED_SERVICE and name.endswith(_DEFAULTS):
        return "a default linked service, managed by the workspace"
    return _NAMED.get((key.kind, name))
