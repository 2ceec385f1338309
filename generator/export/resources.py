"""What a template calls each kind of artifact, and which kinds Microsoft's task deploys.

Sources: TemplateForWorkspace.json of public repositories (ruippcunha/mastering_synapsecicd, lorrip0908/lorrip0928synapse,
lordozb/github-1, and JoshSLawrence/synapse-deploy's, made by Microsoft's own export); the task's
``utils/artifacts_enum.ts`` and ``clients/artifacts_client.ts`` (Azure/Synapse-workspace-deployment).
"""

from __future__ import annotations

from dataclasses import dataclass

from generator.artifact import ArtifactKind

TYPE_PREFIX = "Microsoft.Synapse/workspaces/"
API_VERSION = "2019-06-01-preview"
"""Of every resource in every template that was read."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind in a template."""

    segment: str
    """The last part of its type, and its part of a dependency's path."""
    is_recent: bool = False
    """Whether only newer versions of the task know it; an older one reports the whole deployment as failed."""


_K = ArtifactKind

# What runs others stands before what is run, as Studio lists pipelines before datasets before linked services.
RESOURCE_TYPES: dict[ArtifactKind, ResourceType] = {
    _K.TRIGGER: ResourceType("triggers"),
    _K.PIPELINE: ResourceType("pipelines"),
    _K.DATA_FLOW: ResourceType("dataflows"),
    _K.SPARK_JOB_DEFINITION: ResourceType("sparkJobDefinitions"),
    _K.NOTEBOOK: ResourceType("notebooks"),
    _K.DATASET: ResourceType("datasets"),
    _K.SQL_SCRIPT: ResourceType("sqlscripts"),
    _K.KQL_SCRIPT: ResourceType("kqlscripts"),
    _K.LINKED_SERVICE: ResourceType("linkedServices"),
    _K.CREDENTIAL: ResourceType("credentials"),
    _K.INTEGRATION_RUNTIME: ResourceType("integrationRuntimes"),
    _K.SPARK_CONFIGURATION: ResourceType("sparkConfigurations", is_recent=True),
    _K.MANAGED_VIRTUAL_NETWORK: ResourceType("managedVirtualNetworks"),
}
"""The kinds that are exported, in the order of the template where references leave a choice.

A lake database is not: in git it is a folder of tables, which a template holds as one list of statements.
"""


def resource_type(kind: ArtifactKind) -> str:
    """Return the ``type`` of an exported kind's resources."""
    return TYPE_PREFIX + RESOURCE_TYPES[kind].segment
