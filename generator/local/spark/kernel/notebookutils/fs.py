"""``notebookutils.fs`` over the local lake."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from generator.local.lake import LakePaths
from generator.local.ports import LocalSettings

_SETTINGS = LocalSettings.from_json(os.environ["SYNAPSE_LOCAL_SETTINGS"], Path(os.environ["SYNAPSE_LOCAL_ROOT"]))
_LAKE = LakePaths(_SETTINGS)
_DEFAULT = f"abfss://{_SETTINGS.container}@{_SETTINGS.storage_account}.dfs.core.windows.net"


@dataclass(frozen=True)
class FileInfo:
    """A file or folder, as ``ls`` lists it."""

    path: str
    name: str
    size: int
    isDir: bool  # noqa: N815 - the real one's name
    isFile: bool  # noqa: N815 - the real one's name


def _path(url: str) -> Path:
    return _LAKE.local_path(url if "://" in url else f"{_DEFAULT}/{url.lstrip('/')}")


def ls(dir: str) -> list[FileInfo]:  # noqa: A002 - the real one's name
    """List a folder."""
    found = []
    for path in sorted(_path(dir).iterdir()):
        size = 0 if path.is_dir() else path.stat().st_size
        found.append(FileInfo(f"{dir.rstrip('/')}/{path.name}", path.name, size, path.is_dir(), path.is_file()))
    return found


def mkdirs(dir: str) -> bool:  # noqa: A002 - the real one's name
    """Make a folder and those above it."""
    _path(dir).mkdir(parents=True, exist_ok=True)
    return True


def exists(file: str) -> bool:
    """Whether there is such a file or folder."""
    return _path(file).exists()


def put(file: str, content: str, overwrite: bool = False) -> bool:
    """Write a text file."""
    path = _path(file)
    if path.exists() and not overwrite:
        raise FileExistsError(f"{file} already exists")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8", newline="")
    return True


def append(file: str, content: str, createFileIfNotExists: bool = False) -> bool:  # noqa: N803 - the real one's name
    """Add to a text file."""
    path = _path(file)
    if not path.exists() and not createFileIfNotExists:
        raise FileNotFoundError(f"{file} does not exist")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8", newline="") as target:
        target.write(content)
    return True


def head(file: str, maxBytes: int = 100 * 1024) -> str:  # noqa: N803 - the real one's name
    """Return the beginning of a text file."""
    with _path(file).open("rb") as source:
        return source.read(maxBytes).decode(errors="replace")


def rm(dir: str, recurse: bool = False) -> bool:  # noqa: A002 - the real one's name
    """Remove a file, or a folder with what is in it."""
    path = _path(dir)
    if path.is_dir():
        shutil.rmtree(path) if recurse else path.rmdir()
    else:
        path.unlink()
    return True


def cp(src: str, dest: str, recurse: bool = False) -> bool:
    """Copy a file or a folder."""
    source, target = _path(src), _path(dest)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        if not recurse:
            raise IsADirectoryError(f"{src} is a folder; say recurse=True")
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
    return True


def mv(src: str, dest: str, create_path: bool = False, overwrite: bool = False) -> bool:
    """Move a file or a folder."""
    source, target = _path(src), _path(dest)
    if target.exists() and not overwrite:
        raise FileExistsError(f"{dest} already exists")
    if create_path:
        target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    return True
