"""``notebookutils.credentials``: secrets from Key Vault, tokens for the audiences that Synapse has.

Source: "Introduction to Microsoft Spark Utilities", credentials.
"""

from __future__ import annotations

import os

import requests

_AUDIENCES = {
    "Storage", "Vault", "AzureManagement", "DW", "Synapse", "DataLakeStore", "DF", "ADF", "AzureDataExplorer", "AzureOSSDB",
}  # fmt: skip


def getSecret(akvName: str, secret: str, linkedService: str = "") -> str:  # noqa: N802, N803 - the real one's names
    """Return a secret; with a linked service, as the workspace's managed identity."""
    url = f"https://{akvName}.vault.azure.net/secrets/{secret}?api-version=7.4"
    token = os.environ["SYNAPSE_LOCAL_VAULT_TOKEN"]
    response = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
    if response.status_code != 200:
        message = response.json().get("error", {}).get("message", response.status_code)
        raise RuntimeError(f"cannot read the secret {secret} of {akvName}: {message}")
    return str(response.json()["value"])


def getToken(audience: str, name: str = "") -> str:  # noqa: N802 - the real one's signature
    """Refuse audiences that Synapse does not have; hand out a token that only this workspace knows."""
    if audience not in _AUDIENCES:
        raise ValueError(f"audience {audience!r} is not one of {', '.join(sorted(_AUDIENCES))}")
    return f"local-managed-identity:{audience}"
