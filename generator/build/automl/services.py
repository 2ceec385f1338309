"""The linked services of the machine-learning path: Key Vault and Azure Machine Learning."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.build.documents import linked_service

if TYPE_CHECKING:
    from generator.documents import Document
    from generator.spec.project import Environment


def linked_services(environment: Environment) -> list[Document]:
    """Return both; the service principal's key stays in Key Vault and is only referred to.

    Shape of AzureMLService with a service principal: no ``authentication`` key (public workspaces,
    for example bennyaustin/synapse-dataplatform).
    """
    azure_ml, vault = environment.azure_ml, environment.key_vault
    principal = azure_ml.service_principal
    return [
        linked_service(
            vault.linked_service,
            "AzureKeyVault",
            {"baseUrl": f"https://{vault.name}.{environment.hosts.key_vault}/"},
            connect_via=False,
        ),
        linked_service(
            azure_ml.linked_service,
            "AzureMLService",
            {
                "subscriptionId": environment.subscription_id,
                "resourceGroupName": azure_ml.resource_group or environment.resource_group,
                "mlWorkspaceName": azure_ml.workspace,
                "servicePrincipalId": principal.client_id,
                "servicePrincipalKey": {
                    "type": "AzureKeyVaultSecret",
                    "store": {"referenceName": vault.linked_service, "type": "LinkedServiceReference"},
                    "secretName": principal.secret_name,
                },
                "tenant": principal.tenant_id,
            },
        ),
    ]
