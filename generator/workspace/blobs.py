"""A store of objects in a container of Azure Blob Storage, over azure-storage-blob's own client.

Also for accounts with a hierarchical namespace (ADLS Gen2): a list of blobs then has their directories too ("Known issues
with Azure Data Lake Storage"), as empty blobs with ``hdi_isfolder`` in their metadata (tests of Azure CLI's ``az storage
blob list``).
"""

from __future__ import annotations

import importlib.metadata
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from azure.core import MatchConditions
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.storage.blob import BlobClient, ContainerClient, ExponentialRetry

from generator.workspace import holders
from generator.workspace.blob_errors import code_of, store_errors
from generator.workspace.leases import HeldLease, LeaseTimes
from generator.workspace.object_names import LOCK, checked_folder, checked_name
from generator.workspace.objects import ChangedError, StoredObject, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.spec.state import StatePlace
    from generator.workspace.objects import Holder

# Everything used here is older. The SDK's newest version is refused where the service is not as new: in China's and the US
# government's clouds for a while, and by Azurite.
_API_VERSION = "2023-11-03"
# PathNotFound is what a hierarchical namespace says of a directory.
_NOTHING_THERE = frozenset({"BlobNotFound", "PathNotFound"})
_CHANGED = frozenset({"ConditionNotMet", "BlobAlreadyExists"}) | _NOTHING_THERE
_FOLDER_MARK = "hdi_isfolder"
_WRITE_ID = "write"


class BlobStore:
    """The blobs below a folder of a container, which has to be there: to create it takes more rights than to use it."""

    def __init__(self, place: StatePlace, credential: Any, times: LeaseTimes | None = None, **options: Any) -> None:
        """``credential`` and ``options`` are the SDK's own; nothing is sent yet.

        StoreError where the account is to be spoken to without TLS; that is done on the loopback only.
        """
        self.location = f"{place.account_url}/{place.container}/{place.folder}"
        """Where the objects are, for people."""
        url = urlsplit(place.account_url)
        is_local = url.hostname == "127.0.0.1"
        if url.scheme != "https" and not is_local:
            raise StoreError(f"{self.location}: only https is spoken to a storage account")
        self._folder = f"{place.folder}/"
        self._times = times or LeaseTimes()
        with store_errors(self.location):
            self._container = ContainerClient(
                place.account_url,
                place.container,
                credential=credential,
                **_options(is_local=is_local) | options,
            )

    def close(self) -> None:
        """Close the connections."""
        self._container.close()

    def read(self, name: str) -> StoredObject | None:
        """Return an object; None where there is none."""
        with store_errors(self.location):
            found = _downloaded(self._blob(checked_name(name)))
        return None if found is None else StoredObject(found.content, found.version)

    def write(self, name: str, content: bytes, *, replaces: str | None) -> str:
        """Write an object whole; ChangedError where it is not the version that it must be."""
        blob = self._blob(checked_name(name))
        condition: dict[str, Any] = (
            {"match_condition": MatchConditions.IfMissing}
            if replaces is None
            else {"match_condition": MatchConditions.IfNotModified, "etag": replaces}
        )
        write_id = str(uuid.uuid4())
        with store_errors(self.location):
            try:
                done = blob.upload_blob(content, overwrite=True, metadata={_WRITE_ID: write_id}, **condition)
            except HttpResponseError as error:
                if code_of(error) not in _CHANGED:
                    raise
                # Where the answer to the first attempt was lost, the second one finds what the first one wrote.
                found = _downloaded(blob)
                if found is None or found.write_id != write_id:
                    raise ChangedError(f"{self.location}/{name} was changed by somebody else") from error
                return found.version
        return str(done["etag"])

    def delete(self, name: str) -> None:
        """Remove an object; nothing where there is none."""
        with store_errors(self.location):
            try:
                self._blob(checked_name(name)).delete_blob()
            except HttpResponseError as error:
                if code_of(error) not in _NOTHING_THERE:
                    raise

    def names(self, folder: str) -> list[str]:
        """Return the names of all objects below a folder, sorted."""
        prefix = self._folder + checked_folder(folder)
        with store_errors(self.location):
            try:
                listed = list(self._container.list_blobs(name_starts_with=prefix, include=["metadata"]))
            except HttpResponseError as error:
                if code_of(error) not in _NOTHING_THERE:
                    raise
                return []
        found = (blob.name.removeprefix(self._folder) for blob in listed if _FOLDER_MARK not in (blob.metadata or {}))
        return sorted(name for name in found if name != LOCK)

    @contextmanager
    def lock(self, holder: Holder) -> Iterator[HeldLease]:
        """Take the store's lock, a lease on a blob that says who holds it; LockedError where another has it."""
        blob = self._blob(LOCK)
        note_id = str(uuid.uuid4())
        held = HeldLease(blob, self.location, self._times)
        try:
            with store_errors(self.location):
                if not held.acquire(holders.to_bytes(holder, id=note_id)):
                    raise holders.locked(self.location, _other_holder(blob, note_id))
            held.keep()
            yield held
        finally:
            held.release()

    def _blob(self, name: str) -> BlobClient:
        return self._container.get_blob_client(self._folder + name)


@dataclass(frozen=True, slots=True)
class _Found:
    content: bytes
    version: str
    write_id: str | None


def _downloaded(blob: BlobClient) -> _Found | None:
    """Return a blob; None where there is none."""
    try:
        # A large one comes in parts, all of the version of the first.
        stream = blob.download_blob()
        content = stream.readall()
    except HttpResponseError as error:
        if code_of(error) in _NOTHING_THERE:
            return None
        raise
    return _Found(content, str(stream.properties.etag), stream.properties.metadata.get(_WRITE_ID))


def _other_holder(blob: BlobClient, note_id: str) -> Holder | None:
    """Return who holds the lock; None where the blob still says what we wrote there: two came at once, the other won."""
    found = _downloaded(blob)
    return None if found is None or note_id.encode() in found.content else holders.from_bytes(found.content)


class StoreRetry(ExponentialRetry):
    """The SDK's retries, but for a credential that has no token: the SDK asks it again and again, for half a minute."""

    def increment(self, settings: dict[str, Any], request: Any, response: Any = None, error: Any = None) -> bool:
        """Count a failure; False where the request is not to be sent again."""
        return not isinstance(error, ClientAuthenticationError) and super().increment(
            settings, request, response, error
        )


def _options(*, is_local: bool) -> dict[str, Any]:
    """Return the options of the SDK's client.

    Its own wait 20 s for a connection and 60 s for an answer, and 15 s and more before each of three retries: an account
    that cannot be reached is to be reported within seconds.
    """
    return {
        "api_version": _API_VERSION,
        "retry_policy": StoreRetry(
            initial_backoff=0, increment_base=2, random_jitter_range=1, retry_total=3, retry_connect=1, retry_read=1
        ),
        "connection_timeout": 5,
        "read_timeout": 15,
        # No answer takes a token and a body to another host.
        "permit_redirects": False,
        # The loopback is never reached through a proxy, nor with a password, of the environment.
        "use_env_settings": not is_local,
        "user_agent": f"synapse-gen/{importlib.metadata.version('synapse-gen')}",
    }
