"""The credential that an environment names, and a clear word within two seconds where there is none."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import AzureError
from azure.identity import (
    AzureCliCredential,
    AzureDeveloperCliCredential,
    ChainedTokenCredential,
    EnvironmentCredential,
    ManagedIdentityCredential,
    WorkloadIdentityCredential,
)

from generator.workspace.errors import credential_reason
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

    from generator.spec.project import Environment

# What the SDK logs of failed credentials is in our own message; without a handler it would go to stderr as well.
logging.getLogger("azure").addHandler(logging.NullHandler())

SCOPE = "https://dev.azuresynapse.net/.default"
# Without these a managed identity's endpoint that never answers is waited for over minutes (azure-identity 1.27).
_QUICK: dict[str, Any] = {"connection_timeout": 1, "read_timeout": 1, "retry_total": 0}
# Sign-in is further away, but there: 300 s is what the SDK waits for it.
_ANSWERED: dict[str, Any] = {"connection_timeout": 5, "read_timeout": 20, "retry_total": 0}


def credential_for(environment: Environment) -> TokenCredential:
    """Return the credential of ``authentication``, with a token already had.

    Raises WorkspaceError, before anything is sent to the workspace.
    """
    try:
        credential = _credential(environment)
        credential.get_token(SCOPE)
    # AzureError: refused, or nobody reached; ValueError: settings that make no sense; OSError: a token file is missing.
    except (AzureError, ValueError, OSError) as error:
        raise WorkspaceError(f"no credential ({environment.authentication}): {credential_reason(error)}") from error
    return credential


def _credential(environment: Environment) -> TokenCredential:
    match environment.authentication:
        case "cli":
            return ChainedTokenCredential(
                AzureCliCredential(tenant_id=environment.tenant_id or ""), AzureDeveloperCliCredential()
            )
        case "environment":
            return EnvironmentCredential(**_ANSWERED)
        case "workload_identity":
            return WorkloadIdentityCredential(**_ANSWERED)
        case "managed_identity":
            return ManagedIdentityCredential(**_QUICK)
        case "embedded":
            raise ValueError("only the embedded workspace signs in this way")
