"""``synapse.yaml``: the project, its environments and its spec files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from generator.spec.automl import LakePath  # noqa: TC001 - pydantic reads annotations when the class is made
from generator.spec.base import Guid, SpecModel
from generator.spec.clouds import CLOUDS, Cloud, CloudName

Name = Annotated[str, StringConstraints(min_length=1, max_length=260)]

# These names become parts of URLs and ARM ids. Lengths and characters: "Naming rules and restrictions for Azure
# resources", under Microsoft.Synapse, Microsoft.Resources, Microsoft.KeyVault and Microsoft.MachineLearningServices.
WorkspaceName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$")]
SparkPoolName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9]{0,14}$")]
SqlPoolName = Annotated[str, StringConstraints(pattern=r"^[^<>*%&:\\/?@\x00-\x1f-]{0,59}[^<>*%&:\\/?@\x00-\x1f. -]$")]
ResourceGroupName = Annotated[str, StringConstraints(pattern=r"^[-\w().]{0,89}[-\w()]$")]
MlWorkspaceName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{2,32}$")]
# The page names no limits for these two; what keeps a URL one path segment is kept.
DatastoreName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$")]
ComputeName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,62}$")]


class SparkPool(SpecModel):
    """The Spark pool that runs the notebooks, and the size of their sessions."""

    name: SparkPoolName
    version: Literal["3.5"] = "3.5"
    """Only 3.5 is in support (facts of November 2026: 3.4 ended 2026-03-31)."""
    executor_size: Literal["Small", "Medium", "Large", "XLarge", "XXLarge"] = "Small"
    executors: Annotated[int, Field(ge=1, le=200)] = 2


class SqlPool(SpecModel):
    """The dedicated SQL pool that keeps the models and scores."""

    name: SqlPoolName
    resume: bool = False
    """Whether the pipelines resume the pool where it is paused."""


StorageAccount = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{3,24}$")]
Container = Annotated[str, StringConstraints(pattern=r"^[a-z0-9](-?[a-z0-9]){2,62}$")]


class Storage(SpecModel):
    """The workspace's primary ADLS Gen2 account and container."""

    account: StorageAccount
    container: Container


class State(SpecModel):
    """Where publishing keeps what it owns, its lock and its history."""

    account: StorageAccount | None = None
    """By default the environment's storage account."""
    container: Container | None = None
    """By default the environment's container."""
    folder: LakePath | None = None
    """By default synapse-gen/<project>/<environment>."""


class KeyVault(SpecModel):
    """The vault that holds secrets, and the linked service that reaches it."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{1,22}[A-Za-z0-9]$")]
    linked_service: Name


class ServicePrincipal(SpecModel):
    """The identity with which the deploy notebook reads Azure Machine Learning."""

    tenant_id: Guid
    client_id: Guid
    secret_name: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,127}$")]
    """Name of the Key Vault secret; the secret itself is never written anywhere."""


class AzureMl(SpecModel):
    """The Azure Machine Learning workspace that trains."""

    workspace: MlWorkspaceName
    resource_group: ResourceGroupName | None = None
    """Where it differs from the environment's."""
    datastore: DatastoreName
    """A datastore over the environment's storage container, by name."""
    compute: ComputeName | None = None
    """A compute cluster for specs that name none of their own."""
    linked_service: Name
    service_principal: ServicePrincipal
    poll_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    """How long the pipeline waits between two looks at the job."""


class Network(SpecModel):
    """What the workspace's network forbids."""

    managed_virtual_network: bool = False
    data_exfiltration_protection: bool = False


class Embedded(SpecModel):
    """Settings of the embedded workspace; they never reach an artifact."""

    predict: bool = True
    """Whether the emulated SQL pool has PREDICT switched on."""


class Environment(SpecModel):
    """One workspace that the project is rendered for and published to."""

    kind: Literal["azure", "embedded"] = "azure"
    cloud: CloudName = "public"
    """The public cloud, the one that 21Vianet operates in China, or that of the US government."""
    workspace: WorkspaceName
    tenant_id: Guid | None = None
    subscription_id: Guid
    resource_group: ResourceGroupName
    region: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+$")]
    git: Literal["connected", "none"] = "none"
    authentication: Literal[
        "cli", "environment", "workload_identity", "managed_identity", "azure_pipelines", "embedded"
    ] = "cli"
    """Which credential publishes and runs; no other kind is tried."""
    spark_pool: SparkPool
    sql_pool: SqlPool
    storage: Storage
    state: State = State()
    key_vault: KeyVault
    azure_ml: AzureMl
    network: Network = Network()
    embedded: Embedded = Embedded()

    @property
    def hosts(self) -> Cloud:
        """The hosts of the environment's cloud."""
        return CLOUDS[self.cloud]


class Project(SpecModel):
    """The whole of ``synapse.yaml``."""

    version: Literal[1]
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
    default_environment: Name = "local"
    specs: tuple[str, ...] = ("specs/*.yaml",)
    """Spec files, as globs relative to the project root."""
    environments: Annotated[dict[str, Environment], Field(min_length=1)]
