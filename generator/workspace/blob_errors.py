"""What azure-storage-blob raises, as StoreError: one line, what can be done about it, and no secret.

The codes are those of "Blob service error codes" and "Common REST API error codes"; the SDK's own texts go on over lines
with the request's id and the whole answer.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from generator.workspace.errors import credential_reason, readable
from generator.workspace.objects import StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ROLE = "the identity that publishes needs the role Storage Blob Data Contributor on the container"
_FOREIGN = "is the account in the tenant that the identity signed in to?"
_HINTS = {
    "ContainerNotFound": "the container is not created from here: create it, or name another one under state",
    "ContainerBeingDeleted": "the container was deleted a moment ago",
    "AccountIsDisabled": "the storage account is disabled",
    # The role is missing, or it is one that only reads.
    "AuthorizationPermissionMismatch": _ROLE,
    "InsufficientAccountPermissions": _ROLE,
    # One code for several refusals, firewalls and network rules among them ("403 errors" of Blob Storage's
    # troubleshooting pages).
    "AuthorizationFailure": f"the account's firewall does not let this machine in, or {_ROLE}",
    "AuthenticationFailed": _FOREIGN,
    "InvalidAuthenticationInfo": _FOREIGN,
    "NoAuthenticationInformation": _FOREIGN,
    "LeaseIdMissing": "somebody holds a lease on the blob",
    "BlobImmutableDueToPolicy": "the container's immutability policy forbids to change state; name another container",
}
# azure-core's own and those of a credential that renews its token: settings that make no sense, a token file that is gone.
_RAISED = (AzureError, ValueError, OSError)


@contextmanager
def store_errors(location: str) -> Iterator[None]:
    """Turn what the SDK and its credential raise into StoreError."""
    try:
        yield
    except _RAISED as error:
        raise StoreError(_words(error, location)) from error


def code_of(error: HttpResponseError) -> str:
    """Return the service's code for a refusal; the empty string where it gave none.

    The SDK has it as a text or, for the codes that it knows, as an enumeration.
    """
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")


def _words(error: Exception, location: str) -> str:
    # Storage gives a code with each refusal; sign-in's answer, which the credential's error may carry, has another form.
    if isinstance(error, ClientAuthenticationError) and not code_of(error):
        return f"{location}: no token: {credential_reason(error)}"
    if isinstance(error, HttpResponseError) and error.response is not None:
        return _refusal(error, location)
    if isinstance(error, (ServiceRequestError, ServiceResponseError)):
        return f"{location} cannot be reached: {readable(str(error.message))}"
    return f"{location}: {_first_line(str(error))}"


def _refusal(error: HttpResponseError, location: str) -> str:
    code = code_of(error)
    status = f"HTTP {error.status_code}"
    # Without a code somebody else answered, in HTML: a proxy, a portal.
    said = f"{code}: {_first_line(error.message)}" if code else f"{status} {readable(error.reason or '')}".strip()
    hint = _HINTS.get(code)
    return f"{location}: {said}" + (f" ({hint})" if hint else "")


def _first_line(text: str) -> str:
    return readable(next(iter(text.strip().splitlines()), "no reason given"))
