"""What rules know beside the documents: the workspace's own things, its network, where documents stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import Location
from generator.documents import JsonPath

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

Locate = Callable[[ArtifactKey, JsonPath], tuple[Location, str | None]]
"""From a place in a document to its place in a file, and that line's text."""


def nowhere(key: ArtifactKey, path: JsonPath) -> tuple[Location, str | None]:  # noqa: ARG001 - a Locate
    """Locate a document that is in no file: by its kind and name."""
    return Location(str(key)), None


@dataclass(frozen=True, slots=True)
class Given:
    """What a workspace has that no document of ours describes."""

    artifacts: frozenset[ArtifactKey] = frozenset()
    pools: Mapping[str, frozenset[str]] | None = None
    """Names by the type of reference (``BigDataPoolReference``, ``SqlPoolReference``); None: not known, not checked."""

    @classmethod
    def of_workspace(cls, workspace: str, *, spark_pools: Collection[str], sql_pools: Collection[str]) -> Given:
        """Return what every workspace is created with, and the pools named.

        The default linked services, the integration runtime, the credential and the managed virtual network that a
        new workspace holds (seen in the git folders of public workspaces; tools for deployment skip the same).
        """
        names = (
            (ArtifactKind.LINKED_SERVICE, f"{workspace}-WorkspaceDefaultStorage"),
            (ArtifactKind.LINKED_SERVICE, f"{workspace}-WorkspaceDefaultSqlServer"),
            (ArtifactKind.INTEGRATION_RUNTIME, "AutoResolveIntegrationRuntime"),
            (ArtifactKind.CREDENTIAL, "WorkspaceSystemIdentity"),
            (ArtifactKind.MANAGED_VIRTUAL_NETWORK, "default"),
        )
        return cls(
            frozenset(ArtifactKey(kind, name) for kind, name in names),
            {"BigDataPoolReference": frozenset(spark_pools), "SqlPoolReference": frozenset(sql_pools)},
        )


@dataclass(frozen=True, slots=True)
class RuleContext:
    """What the rules are told about the environment of a set of documents."""

    given: Given = Given()
    data_exfiltration_protection: bool = False
    locate: Locate = nowhere

    @classmethod
    def of_workspace(
        cls,
        workspace: str,
        *,
        spark_pools: Collection[str],
        sql_pools: Collection[str],
        data_exfiltration_protection: bool = False,
        locate: Locate = nowhere,
    ) -> RuleContext:
        """Return the context of a workspace with these pools."""
        given = Given.of_workspace(workspace, spark_pools=spark_pools, sql_pools=sql_pools)
        return cls(given, data_exfiltration_protection, locate)
