"""What a workspace can do, and the client that does it over azure-synapse-artifacts."""

from generator.workspace.port import Workspace, WorkspaceError

__all__ = ["Workspace", "WorkspaceError"]
