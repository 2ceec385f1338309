"""Azure's clouds and the hosts of their services: the public one, the one of 21Vianet in China, the US government's.

Sources, by field:

- ``synapse``, ``resource_manager``, ``authority``, ``storage``, ``key_vault``: Azure CLI, ``azure.cli.core.cloud``, as in
  ``az cloud show``; Azure PowerShell's ``Get-AzEnvironment`` says the same of Synapse. The sign-in hosts are also those of
  azure-identity's ``AzureAuthorityHosts``.
- ``sql``: "Azure Private Endpoint private DNS zone values", public and US government. That page has no Synapse in China;
  the host there follows the data plane's.
- ``azure_ml``: the same page (``api.azureml.ms``, ``api.ml.azure.cn``, ``api.ml.azure.us``); azure-ai-ml's
  ``_azure_environments`` puts the region before it.
- the audience of Azure Resource Manager: go-autorest's ``TokenAudience``, which is the endpoint with a slash.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

CloudName = Literal["public", "china", "usgovernment"]


@dataclass(frozen=True, slots=True)
class Cloud:
    """One of Azure's clouds; hosts and suffixes without scheme, dot or slash around them."""

    cli_name: str
    """What ``az cloud set --name`` calls it."""
    synapse: str
    """Suffix of a workspace's data plane."""
    sql: str
    """Suffix of a workspace's SQL endpoint."""
    resource_manager: str
    authority: str
    """Where identities sign in."""
    storage: str
    """What follows the service in a storage account's host."""
    key_vault: str
    """Suffix of a vault."""
    azure_ml: str
    """What follows the region in the host of Azure Machine Learning's interfaces."""

    @property
    def synapse_scope(self) -> str:
        """What a token for the data plane is asked for."""
        return f"https://{self.synapse}/.default"

    @property
    def resource_manager_url(self) -> str:
        """Azure Resource Manager's endpoint, without a slash at its end."""
        return f"https://{self.resource_manager}"

    @property
    def resource_manager_audience(self) -> str:
        """The resource that a managed identity's token for Azure Resource Manager is for."""
        return f"https://{self.resource_manager}/"

    @property
    def blob(self) -> str:
        """Suffix of a storage account's Blob service."""
        return f"blob.{self.storage}"

    @property
    def dfs(self) -> str:
        """Suffix of a storage account's Data Lake service."""
        return f"dfs.{self.storage}"

    def synapse_url(self, workspace: str) -> str:
        """Return the endpoint of a workspace's data plane, without a slash at its end."""
        return f"https://{workspace}.{self.synapse}"

    def azure_ml_host(self, region: str) -> str:
        """Return the host of Azure Machine Learning's interfaces in a region."""
        return f"{region}.{self.azure_ml}"


CLOUDS: Mapping[CloudName, Cloud] = MappingProxyType(
    {
        "public": Cloud(
            cli_name="AzureCloud",
            synapse="dev.azuresynapse.net",
            sql="sql.azuresynapse.net",
            resource_manager="management.azure.com",
            authority="login.microsoftonline.com",
            storage="core.windows.net",
            key_vault="vault.azure.net",
            azure_ml="api.azureml.ms",
        ),
        "china": Cloud(
            cli_name="AzureChinaCloud",
            synapse="dev.azuresynapse.azure.cn",
            sql="sql.azuresynapse.azure.cn",
            resource_manager="management.chinacloudapi.cn",
            authority="login.chinacloudapi.cn",
            storage="core.chinacloudapi.cn",
            key_vault="vault.azure.cn",
            azure_ml="api.ml.azure.cn",
        ),
        "usgovernment": Cloud(
            cli_name="AzureUSGovernment",
            synapse="dev.azuresynapse.usgovcloudapi.net",
            sql="sql.azuresynapse.usgovcloudapi.net",
            resource_manager="management.usgovcloudapi.net",
            authority="login.microsoftonline.us",
            storage="core.usgovcloudapi.net",
            key_vault="vault.usgovcloudapi.net",
            azure_ml="api.ml.azure.us",
        ),
    }
)
"""The clouds by the names that ``cloud`` takes."""
