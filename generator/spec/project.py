"""``synapse.yaml``: the project, its environments and its spec files."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from generator.spec.base import SpecModel

Guid = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=260)]


class SparkPool(SpecModel):
    """The Spark pool that runs the notebooks, and the size of their sessions."""

    name: Name
    version: Literal["3.5"] = "3.5"
    """Only 3.5 is in support (facts of November 2026: 3.4 ended 2026-03-31)."""
    executor_size: Literal["Small", "Medium", "Large", "XLarge", "XXLarge"] = "Small"
    executors: Annotated[int, Field(ge=1, le=200)] = 2


class SqlPool(SpecModel):
    """The dedicated SQL pool that keeps the models and scores."""

    name: Name
    resume: bool = False
    """Whether the pipelines resume the pool where it is paused."""


class Storage(SpecModel):
    """The workspace's primary ADLS Gen2 account and container."""

    account: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]{3,24}$")]
    container: Annotated[str, StringConstraints(pattern=r"^[a-z0-9](-?[a-z0-9]){2,62}$")]


class KeyVault(SpecModel):
    """The vault that holds secrets, and the linked service that reaches it."""

    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{2,23}$")]
    linked_service: Name


class ServicePrincipal(SpecModel):
    """The identity with which the deploy notebook reads Azure Machine Learning."""

    tenant_id: Guid
    client_id: Guid
    secret_name: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z-]{1,127}$")]
    """Name of the Key Vault secret; the secret itself is never written anywhere."""


class AzureMl(SpecModel):
    """The Azure Machine Learning workspace that trains."""

    workspace: Name
    resource_group: Name | None = None
    """Where it differs from the environment's."""
    datastore: Name
    """A datastore over the environment's storage container, by name."""
    compute: Name | None = None
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
    workspace: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$")]
    tenant_id: Guid | None = None
    subscription_id: Guid
    resource_group: Name
    region: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+$")]
    git: Literal["connected", "none"] = "none"
    authentication: Literal["cli", "environment", "workload_identity", "managed_identity", "embedded"] = "cli"
    """Which credential publishes and runs."""
    spark_pool: SparkPool
    sql_pool: SqlPool
    storage: Storage
    key_vault: KeyVault
    azure_ml: AzureMl
    network: Network = Network()
    embedded: Embedded = Embedded()


class Project(SpecModel):
    """The whole of ``synapse.yaml``."""

    version: Literal[1]
    name: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]
    default_environment: Name = "local"
    specs: tuple[str, ...] = ("specs/*.yaml",)
    """Spec files, as globs relative to the project root."""
    environments: Annotated[dict[str, Environment], Field(min_length=1)]
