"""``notebookutils.credentials``: secrets from Key Vault, tokens for the audiences that Synapse has.

Source: "Introduction to Microsoft Spark Utilities", credentials utilities. There is no audience of Azure Machine
Learning among them.
"""

from __future__ import annotations

import base64
import json
import os
import re
import time
from typing import Any
from urllib.parse import quote, urlsplit

from ._refused import refused

_AUDIENCES = {
    "Storage": "https://storage.azure.com",
    "Vault": "https://vault.azure.net",
    "AzureManagement": "https://management.azure.com",
    "DW": "https://database.windows.net",
    "Synapse": "https://dev.azuresynapse.net",
    "DataLakeStore": "https://datalake.azure.net",
    "ADF": "https://management.azure.com",
    "AzureDataExplorer": "https://kusto.kusto.windows.net",
    "AzureOSSDB": "https://ossrdbms-aad.database.windows.net",
}
_SECONDS = 60


def getSecret(akvName: str, secret: str, linkedService: str = "") -> str:  # noqa: N802, N803 - the real one's names
    """Return a secret, as the workspace's managed identity; a linked service that is named must be published."""
    import requests

    if not re.fullmatch(r"[A-Za-z0-9-]+", akvName):
        raise ValueError(f"{akvName!r} is no name of a vault; getSecret takes the name alone, without its host")
    if linkedService:
        _vault_of(linkedService)
    url = f"https://{akvName}.vault.azure.net/secrets/{quote(secret, safe='')}?api-version=7.4"
    headers = {"Authorization": f"Bearer {getToken('Vault')}"}
    try:
        response = requests.get(url, headers=headers, timeout=_SECONDS)
    except requests.exceptions.ConnectionError as error:
        raise RuntimeError(f"cannot reach the vault {akvName}: it is not in the local workspace") from error
    if response.status_code != 200:
        raise RuntimeError(f"cannot read the secret {secret} of {akvName}: {_message(response)}")
    return str(response.json()["value"])


def getSecretWithLS(linkedService: str, secret: str) -> str:  # noqa: N802, N803 - the real one's names
    """Return a secret of the vault that a published linked service leads to."""
    return getSecret(_vault_of(linkedService), secret)


def getToken(audience: str, name: str = "") -> str:  # noqa: N802 - the real one's signature
    """Return a token of the workspace's managed identity, for one of the audiences that Synapse has."""
    import requests

    from generator.local.spark.interpreter.start import SETTINGS

    if audience not in _AUDIENCES:
        # The words of Synapse's token service for a resource's URL; for other names they are ours.
        reason = (
            f"Audience has invalid characters: {audience}." if "://" in audience else f"Unknown audience {audience}."
        )
        raise ValueError(f"Access token couldn't be obtained. {reason} There are {', '.join(_AUDIENCES)}")
    url = f"https://login.microsoftonline.com/{SETTINGS.tenant_id}/oauth2/v2.0/token"
    form = {
        "grant_type": "client_credentials",
        "client_id": SETTINGS.workspace,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": os.environ["SYNAPSE_LOCAL_IDENTITY"],
        "scope": f"{_AUDIENCES[audience]}/.default",
    }
    response = requests.post(url, data=form, timeout=_SECONDS)
    if response.status_code != 200:
        raise RuntimeError(f"Access token couldn't be obtained. {_message(response)}")
    return str(response.json()["access_token"])


def isValidToken(token: str) -> bool:  # noqa: N802 - the real one's name
    """Whether a token has not expired yet."""
    try:
        claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1]))
        return bool(claims["exp"] > time.time())
    except (ValueError, IndexError, KeyError, TypeError):
        return False


def _vault_of(linked_service: str) -> str:
    """Return the name of the vault that a published linked service leads to."""
    from generator.artifact import ArtifactKind
    from generator.local.clock import SystemClock
    from generator.local.spark.interpreter.start import SETTINGS
    from generator.local.store import ArtifactStore

    store = ArtifactStore(SETTINGS.root / "artifacts", SystemClock())
    document = store.document(ArtifactKind.LINKED_SERVICE, linked_service)
    if document is None:
        raise ValueError(f"there is no linked service {linked_service} in the workspace; it must be published")
    properties = document["properties"]
    if properties.get("type") != "AzureKeyVault":
        raise ValueError(f"the linked service {linked_service} is of type {properties.get('type')}, not AzureKeyVault")
    host = urlsplit(str(properties["typeProperties"]["baseUrl"])).hostname or ""
    return host.partition(".")[0]


def _message(response: Any) -> str:
    try:
        body = response.json()
        return str(body.get("error_description") or body["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"status {response.status_code}"


getConnectionStringOrCreds = refused("credentials.getConnectionStringOrCreds")  # noqa: N816 - the real one's name
getFullConnectionString = refused("credentials.getFullConnectionString")  # noqa: N816 - the real one's name
getPropertiesAll = refused("credentials.getPropertiesAll")  # noqa: N816 - the real one's name
putSecret = refused("credentials.putSecret")  # noqa: N816 - the real one's name
putSecretWithLS = refused("credentials.putSecretWithLS")  # noqa: N816 - the real one's name
