"""Names of objects in a store: ``/``-separated, legal in Azure Blob Storage, and never a way out of a folder.

No part begins with a dot: those names belong to a folder's own files, and Blob Storage's URLs resolve ``..``.
"""

from __future__ import annotations

import re

from generator.workspace.errors import readable
from generator.workspace.objects import StoreError

LOCK = "lock"
"""The one name that is no object: the lock stands there."""
# A blob's name takes 1,024 characters ("Naming and referencing containers, blobs, and metadata"), a file's 255.
_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,199}")


def checked_name(name: str) -> str:
    """Return a name that an object may have; StoreError for another one."""
    if name == LOCK or not _is_path(name):
        raise StoreError(f"no object can be called {readable(name)!r}")
    return name


def checked_folder(folder: str) -> str:
    """Return what the names of all objects below a folder begin with; StoreError where no folder can be called so.

    The empty folder is the whole store.
    """
    if not folder:
        return ""
    if not _is_path(folder):
        raise StoreError(f"no folder can be called {readable(folder)!r}")
    return f"{folder}/"


def _is_path(name: str) -> bool:
    # Windows keeps no dot at the end of a name; Blob Storage advises against it.
    return all(_PART.fullmatch(part) and not part.endswith(".") for part in name.split("/"))
