"""Azurite, Microsoft's own emulator of Blob Storage, started by the tests where Node is present (``make azurite``).

Only its Blob service, on a free port of the loopback, with everything in memory. The account and its key are the
well-known ones of its documentation.
"""

from __future__ import annotations

import shutil
import subprocess
import uuid
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from azure.storage.blob import BlobLeaseClient, ContainerClient

from generator.spec.state import StatePlace
from generator.workspace.blobs import StoreRetry

if TYPE_CHECKING:
    from collections.abc import Iterator

INSTALLED = Path(__file__).parent.parent / "azurite" / "node_modules"
# npm writes this file when everything else is there.
COMPLETE = INSTALLED / ".package-lock.json"
MAIN = INSTALLED / "azurite" / "dist" / "src" / "blob" / "main.js"
ACCOUNT = "devstoreaccount1"
KEY = {
    "account_name": ACCOUNT,
    "account_key": "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
}
LISTENS = "successfully listens on "
API_VERSION = "2023-11-03"


def at_once() -> StoreRetry:
    """The store's retries, without the pauses before them."""
    return StoreRetry(initial_backoff=0, increment_base=0, random_jitter_range=0, retry_total=2)


@dataclass(frozen=True)
class Azurite:
    url: str
    """The Blob endpoint of the account."""

    def new_place(self, credential: Any = None, **options: Any) -> StatePlace:
        """Return a folder of a container that nobody else uses."""
        place = StatePlace(self.url, f"state-{uuid.uuid4().hex}", "synapse-gen/taxi/dev")
        with container(place, credential, **options) as client:
            client.create_container()
        return place


def container(place: StatePlace, credential: Any = None, **options: Any) -> ContainerClient:
    """The SDK's client of a container, for what the store itself never does."""
    return ContainerClient(
        place.account_url, place.container, credential=credential or KEY, api_version=API_VERSION, **options
    )


def break_lease(place: StatePlace) -> None:
    """End the lease of a store's lock, as its time would."""
    with container(place) as client:
        BlobLeaseClient(client.get_blob_client(f"{place.folder}/lock")).break_lease(lease_break_period=0)


@contextmanager
def running_azurite(folder: Path, *arguments: str) -> Iterator[Azurite]:
    """Start it and wait until it says that it listens; skip the test where it cannot be."""
    node = shutil.which("node")
    if node is None or not COMPLETE.exists():
        pytest.skip("Node is not on PATH" if node is None else "Azurite is not installed: make azurite")
    command = [node, str(MAIN), "--silent", "--inMemoryPersistence", "--blobHost", "127.0.0.1", "--blobPort", "0"]
    with subprocess.Popen(
        [*command, *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout
        try:
            said = []
            for line in process.stdout:
                said.append(line)
                if LISTENS in line:
                    yield Azurite(f"{line.partition(LISTENS)[2].strip()}/{ACCOUNT}")
                    break
            else:
                pytest.fail(f"Azurite did not start: {''.join(said)}")
        finally:
            process.kill()
