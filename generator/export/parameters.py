"""Which values of linked services become parameters of the template: those that Studio makes parameters of by default.

Names and forms: the public templates that :mod:`generator.export.resources` names. They agree with Data Factory's
documented default ("Use custom parameters with the Resource Manager template", default parameterization template),
from which the members come that no template at hand shows; Synapse's own default is not published.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKind
from generator.documents import as_object

if TYPE_CHECKING:
    from generator.documents import Document

_SECURE = ("connectionString", "sasUri", "sasToken")
_PLAIN = frozenset(
    {
        "aadResourceId",
        "accessKeyId",
        "accountName",
        "baseUrl",
        "batchUri",
        "clientId",
        "clusterResourceGroup",
        "clusterSshUserName",
        "clusterUserName",
        "dataLakeStoreUri",
        "database",
        "databaseName",
        "environmentUrl",
        "functionAppUrl",
        "host",
        "hostKeyFingerprint",
        "hostSubscriptionId",
        "poolName",
        "resourceGroupName",
        "server",
        "serviceEndpoint",
        "servicePrincipalId",
        "subscriptionId",
        "systemNumber",
        "tenant",
        "url",
        "userId",
        "userName",
        "username",
    }
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the template, with the value that the tree has."""

    name: str
    value: str
    secure: str | None = None
    """What its description says of a secure one; None for a plain one."""

    @property
    def declaration(self) -> dict[str, Any]:
        """Its entry in the template."""
        if self.secure is None:
            return {"type": "string", "defaultValue": self.value}
        return {"type": "secureString", "metadata": self.secure, "defaultValue": self.value}


def parameterised(document: Document) -> tuple[dict[str, Any], list[Parameter]]:
    """Return a document's properties with parameters in place of connection values, and those parameters."""
    properties = document.properties
    values = as_object(properties.get("typeProperties"))
    if document.key.kind is not ArtifactKind.LINKED_SERVICE or not values:
        return properties, []
    found = {
        member: parameter
        for member, value in values.items()
        if (parameter := _parameter(document.key.name, member, value)) is not None
    }
    replaced = {
        member: f"[parameters('{found[member].name}')]" if member in found else v for member, v in values.items()
    }
    return {**properties, "typeProperties": replaced}, list(found.values())


def _parameter(name: str, member: str, value: Any) -> Parameter | None:
    # A secret in an object (a Key Vault reference, a secure string) stays: what was reviewed holds no secret to replace.
    if not isinstance(value, str) or not _survives(value):
        return None
    if member in _SECURE:
        return Parameter(f"{name}_{member}", value, f"Secure string for '{member}' of '{name}'")
    return Parameter(f"{name}_properties_typeProperties_{member}", value) if member in _PLAIN else None


def _survives(text: str) -> bool:
    r"""Whether the task puts a text in as it is.

    One that is JSON it puts in without quotes (``isJsonValue``): ``123`` would become a number. One that ends in a
    backslash loses its own closing quote, because ``\\"`` is taken for an escaped quote (``replaceBackSlash``).
    """
    if text.endswith("\\"):
        return False
    try:
        json.loads(text)
    except ValueError:
        return True
    return False
