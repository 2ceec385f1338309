"""Integration runtimes: read on the data plane, written by Azure Resource Manager only.

The data plane's specification has GET for them and nothing else; Microsoft's own deployment task writes them here too. It
takes rights on the workspace's resource (Contributor), not a role of Synapse.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from generator.workspace.operations import Operations
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.spec.project import Environment
    from generator.workspace.clock import Clock
    from generator.workspace.connection import Connection
    from generator.workspace.pace import Pace

_API_VERSION = "2021-06-01"


class Management:
    """The workspace's resource at Azure Resource Manager."""

    def __init__(
        self,
        connection: Connection,
        environment: Environment | None,
        pace: Pace | None = None,
        clock: Clock | None = None,
    ) -> None:
        """``environment`` is None where nobody writes an integration runtime."""
        self._connection = connection
        self._environment = environment
        self._operations = Operations(connection, pace, clock)

    def put_integration_runtime(self, name: str, content: bytes, headers: Mapping[str, str]) -> Any:
        """Create or replace an integration runtime; returns the last answer."""
        environment = self._environment
        if environment is None:
            raise WorkspaceError(
                "integration runtimes are written to the workspace's resource, which is not named here"
            )
        path = (
            f"/subscriptions/{environment.subscription_id}/resourceGroups/{quote(environment.resource_group, safe='')}"
            f"/providers/Microsoft.Synapse/workspaces/{environment.workspace}/integrationRuntimes/{quote(name, safe='')}"
        )
        accepted = self._connection.send("PUT", path, content=content, headers=headers, version=_API_VERSION)
        return self._operations.finish(accepted, "PUT integrationRuntime")
