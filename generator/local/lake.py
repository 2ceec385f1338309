"""Where the files of storage accounts are on this disk.

``<root>/lake/<host>/<container>/<path>``; the blob and dfs hosts of the workspace's own account share one folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

    from generator.local.ports import LocalSettings

OPEN_DATA_HOST = "azureopendatastorage.blob.core.windows.net"
"""The public account of the open datasets."""


class LakePathError(ValueError):
    """A URL names no place in the local lake."""


class LakePaths:
    """Maps ``abfss://``, ``wasbs://`` and ``https://`` URLs to local paths."""

    def __init__(self, settings: LocalSettings) -> None:
        self._folder = settings.root / "lake"
        self._account = settings.storage_account

    @property
    def account_host(self) -> str:
        """The dfs host of the workspace's own account."""
        return f"{self._account}.dfs.core.windows.net"

    def container_path(self, host: str, container: str) -> Path:
        """Return a container's folder; LakePathError for an account that is not here."""
        if host in (self.account_host, f"{self._account}.blob.core.windows.net"):
            return self._folder / self.account_host / self._part(container)
        if host == OPEN_DATA_HOST:
            return self._folder / host / self._part(container)
        raise LakePathError(f"the storage account {host} is not in the local workspace, which has {self.account_host}")

    def local_path(self, url: str) -> Path:
        """Return the local path of a URL; LakePathError for what leads elsewhere."""
        parts = urlsplit(url)
        segments = [unquote(s) for s in parts.path.split("/") if s]
        if parts.scheme in ("abfss", "abfs", "wasbs", "wasb"):
            container, host = parts.username or "", parts.hostname or ""
        elif parts.scheme == "https" and segments:
            container, host = segments.pop(0), parts.hostname or ""
        else:
            raise LakePathError(f"'{url}' is no URL of a storage account")
        path = self.container_path(host, container)
        for segment in segments:
            path /= self._part(segment)
        return path

    @staticmethod
    def _part(segment: str) -> str:
        if segment in ("", ".", "..") or "/" in segment or "\\" in segment or "\0" in segment:
            raise LakePathError(f"'{segment}' is no name in a container")
        return segment
