"""Datastore URIs: which folder of the lake they name.

Short (``azureml://datastores/<name>/paths/<path>``) and long (``azureml://subscriptions/.../workspaces/.../
datastores/<name>/paths/<path>``, as azure-ai-ml sends it); also with one colon, as older SDKs write it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.local.azureml.body import JobBodyError
from generator.local.lake import LakePathError, LakePaths

if TYPE_CHECKING:
    from pathlib import Path

    from generator.local.ports import LocalSettings

_URI = re.compile(
    r"azureml:(?://subscriptions/(?P<subscription>[^/]+)/resourcegroups/(?P<group>[^/]+)"
    r"(?:/providers/Microsoft\.MachineLearningServices)?/workspaces/(?P<workspace>[^/]+))?"
    r"(?://|/)datastores/(?P<datastore>[^/]+)/paths/(?P<path>.*)",
    re.IGNORECASE,
)


class DatastorePaths:
    """The one datastore of the workspace: the environment's own container."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._lake = LakePaths(settings)

    def folder(self, uri: str) -> Path:
        """Return the folder of a URI; JobBodyError for another workspace, datastore or a path that leads outside."""
        settings = self._settings
        match = _URI.fullmatch(uri)
        if match is None:
            raise JobBodyError(f"'{uri}' is no path of a datastore (azureml://datastores/<name>/paths/<path>)")
        here = {
            "subscription": settings.subscription_id,
            "group": settings.azure_ml_resource_group,
            "workspace": settings.azure_ml_workspace,
        }
        for part, name in here.items():
            if match[part] is not None and match[part].casefold() != name.casefold():
                raise JobBodyError(f"the path names the {part} {match[part]}, the workspace is in {name}")
        if match["datastore"] != settings.datastore:
            raise JobBodyError(f"there is no datastore '{match['datastore']}' in the workspace")
        try:
            return self._lake.local_path(f"https://{self._lake.account_host}/{settings.container}/{match['path']}")
        except LakePathError as error:
            raise JobBodyError(f"'{match['path']}' is no path in the datastore: {error}") from error
