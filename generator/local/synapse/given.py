"""What every workspace is created with, and nobody writes: default linked services, runtime, identity, network.

Forms: the files that Studio commits of them (12 public repositories: linkedService/*-WorkspaceDefault*.json,
credential/WorkspaceSystemIdentity.json, integrationRuntime/AutoResolveIntegrationRuntime.json,
managedVirtualNetwork/default.json and the two private endpoints below it).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKind, canonical_name
from generator.local.store import Stored
from generator.local.synapse.answers import RefusedError

if TYPE_CHECKING:
    from generator.local.ports import LocalSettings

_ETAG = "00000000-0000-0100-0000-000000000000"
_CREATED = "0001-01-01T00:00:00"
_RUNTIME = {"referenceName": "AutoResolveIntegrationRuntime", "type": "IntegrationRuntimeReference"}
_WORDS = {
    ArtifactKind.LINKED_SERVICE: "linked service",
    ArtifactKind.INTEGRATION_RUNTIME: "integration runtime",
    ArtifactKind.MANAGED_VIRTUAL_NETWORK: "managed virtual network",
}


class Given:
    """The artifacts that a workspace has of itself."""

    def __init__(self, settings: LocalSettings) -> None:
        self._workspace = settings.workspace
        self._artifacts = {
            (kind, canonical_name(name)): Stored(name, json.dumps(body).encode(), _ETAG, _CREATED)
            for kind, name, body in _documents(settings)
        }

    def get(self, kind: ArtifactKind, name: str) -> Stored | None:
        """Return one; None where it is not given."""
        return self._artifacts.get((kind, canonical_name(name)))

    def list(self, kind: ArtifactKind) -> list[Stored]:
        """Return those of a kind."""
        return [stored for (k, _), stored in self._artifacts.items() if k is kind]

    def refuse_update(self, kind: ArtifactKind, name: str) -> None:
        """RefusedError for one that is given. Its words for linked services: MicrosoftDocs/azure-docs, issue 71026."""
        if self.get(kind, name):
            text = f"The {_word(kind)} {name} is managed by the workspace {self._workspace} and cannot be updated."
            raise RefusedError(400, "ResourceNotUpdatable", text)

    def refuse_deletion(self, kind: ArtifactKind, name: str) -> None:
        """RefusedError for one that is given. Its words: Azure-Player/azure.synapse.tools, issue 37."""
        if self.get(kind, name):
            text = f"The {_word(kind)} {name} is managed by the {self._workspace} and cannot be deleted."
            raise RefusedError(400, "ResourceNotDeletable", text)


def private_endpoints(settings: LocalSettings, resource_id: str) -> list[dict[str, Any]]:
    """Return the private endpoints of a workspace in a managed network, as Studio commits them."""
    found = []
    for group in ("sql", "sqlOnDemand"):
        host = settings.workspace if group == "sql" else f"{settings.workspace}-ondemand"
        properties = {
            "privateLinkResourceId": resource_id,
            "groupId": group,
            "fqdns": [f"{host}.sql.azuresynapse.net"],
            # Beside what git holds: the REST specification's ManagedPrivateEndpointProperties.
            "provisioningState": "Succeeded",
            "isReserved": True,
            "connectionState": {"status": "Approved", "description": "", "actionsRequired": ""},
        }
        name = f"synapse-ws-{group}--{settings.workspace}"
        found.append(
            {
                "id": f"{resource_id}/managedVirtualNetworks/default/managedPrivateEndpoints/{name}",
                "name": name,
                "type": "Microsoft.Synapse/workspaces/managedVirtualNetworks/managedPrivateEndpoints",
                "properties": properties,
            }
        )
    return found


def _word(kind: ArtifactKind) -> str:
    return _WORDS.get(kind, kind.folder)


def _documents(settings: LocalSettings) -> list[tuple[ArtifactKind, str, dict[str, Any]]]:
    server = f"tcp:{settings.workspace}.sql.azuresynapse.net,1433"
    database = {
        "typeProperties": {
            "connectionString": f"Data Source={server};Initial Catalog=@{{linkedService().DBName}}",
        },
        "parameters": {"DBName": {"type": "String"}},
        "type": "AzureSqlDW",
        "connectVia": _RUNTIME,
        "annotations": [],
    }
    storage = {
        "typeProperties": {"url": f"https://{settings.storage_account}.dfs.core.windows.net"},
        "type": "AzureBlobFS",
        "connectVia": _RUNTIME,
        "annotations": [],
    }
    flows = {"computeType": "General", "coreCount": 8, "timeToLive": 0}
    runtime = {
        "type": "Managed",
        "typeProperties": {"computeProperties": {"location": "AutoResolve", "dataFlowProperties": flows}},
        "managedVirtualNetwork": {"type": "ManagedVirtualNetworkReference", "referenceName": "default"},
    }
    return [
        (ArtifactKind.LINKED_SERVICE, f"{settings.workspace}-WorkspaceDefaultSqlServer", {"properties": database}),
        (ArtifactKind.LINKED_SERVICE, f"{settings.workspace}-WorkspaceDefaultStorage", {"properties": storage}),
        (ArtifactKind.INTEGRATION_RUNTIME, "AutoResolveIntegrationRuntime", {"properties": runtime}),
        (ArtifactKind.CREDENTIAL, "WorkspaceSystemIdentity", {"properties": {"type": "ManagedIdentity"}}),
        (ArtifactKind.MANAGED_VIRTUAL_NETWORK, "default", {}),
    ]
