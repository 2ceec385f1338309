"""Where the files of storage accounts are on this disk.

``<root>/lake/<host>/<container>/<path>``; the blob and dfs hosts of the workspace's own account share one folder.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from pathlib import Path

    from generator.local.ports import LocalSettings

OPEN_DATA_HOST = "azureopendatastorage.blob.core.windows.net"
"""The public account of the open datasets."""
HADOOP_SCHEMES = ("abfss", "abfs", "wasbs", "wasb")
"""Schemes of ``scheme://container@host/path``, whose paths Hadoop takes as they stand: nothing in them is decoded."""
_HADOOP_URL = re.compile(rf"(?:{'|'.join(HADOOP_SCHEMES)})://([^@/]+)@([^@/:]+)(?::443)?(/.*)?", re.DOTALL)


class LakePathError(ValueError):
    """A URL names no place in the local lake."""


class LakePaths:
    """Maps ``abfss://``, ``wasbs://`` and ``https://`` URLs to local paths."""

    def __init__(self, settings: LocalSettings) -> None:
        self._folder = settings.root / "lake"
        self._account = settings.storage_account
        self._container = settings.container

    @property
    def account_host(self) -> str:
        """The dfs host of the workspace's own account."""
        return f"{self._account}.dfs.core.windows.net"

    @property
    def default_url(self) -> str:
        """The URL of the workspace's default file system, without a slash at its end."""
        return f"abfss://{self._container}@{self.account_host}"

    def container_path(self, host: str, container: str) -> Path:
        """Return a container's folder; LakePathError for an account that is not here."""
        if host in (self.account_host, f"{self._account}.blob.core.windows.net"):
            return self._folder / self.account_host / self._part(container)
        if host == OPEN_DATA_HOST:
            return self._folder / host / self._part(container)
        raise LakePathError(f"the storage account {host} is not in the local workspace, which has {self.account_host}")

    def local_path(self, url: str) -> Path:
        """Return the local path of a URL; LakePathError for what leads elsewhere."""
        host, container, segments = _parts(url)
        path = self.container_path(host, container)
        for segment in segments:
            path /= self._part(segment)
        return path

    def has_container(self, url: str) -> bool:
        """Whether the container of a URL exists; LakePathError for what leads elsewhere."""
        host, container, _ = _parts(url)
        return self.container_path(host, container) in self.containers().values()

    def containers(self) -> dict[str, Path]:
        """Return the containers that exist, by the authority of their URLs: ``container@host``.

        The workspace's own container is always among them; its account is there under both of its hosts.
        """
        found: dict[str, Path] = {}
        names = {self._container, *_folders(self._folder / self.account_host)}
        for host in (self.account_host, f"{self._account}.blob.core.windows.net"):
            found |= {f"{name}@{host}": self.container_path(host, name) for name in sorted(names)}
        public = sorted(_folders(self._folder / OPEN_DATA_HOST))
        return found | {f"{name}@{OPEN_DATA_HOST}": self.container_path(OPEN_DATA_HOST, name) for name in public}

    @staticmethod
    def _part(segment: str) -> str:
        if segment in ("", ".", "..") or "/" in segment or "\\" in segment or "\0" in segment:
            raise LakePathError(f"'{segment}' is no name in a container")
        return segment


def _parts(url: str) -> tuple[str, str, list[str]]:
    """Return host, container and the path's segments."""
    if match := _HADOOP_URL.fullmatch(url):
        return match[2].lower(), match[1], [s for s in (match[3] or "").split("/") if s]
    try:
        parts = urlsplit(url)
        is_plain = parts.scheme == "https" and parts.username is None and parts.port in (None, 443)
    except ValueError as error:
        raise LakePathError(f"'{url}' is no URL: {error}") from error
    segments = [unquote(s) for s in parts.path.split("/") if s]
    if not is_plain or not segments:
        raise LakePathError(f"'{url}' is no URL of a storage account")
    return parts.hostname or "", segments[0], segments[1:]


def _folders(parent: Path) -> list[str]:
    return [p.name for p in parent.iterdir() if p.is_dir()] if parent.is_dir() else []
