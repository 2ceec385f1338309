"""``notebookutils.fs`` over the local lake: the same URLs as Spark's, and ``file:`` for this machine's own files."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from generator.local.lake import LakePaths
from generator.local.spark.interpreter.start import SETTINGS
from generator.local.spark.session import USER

from ._refused import refused

_LAKE = LakePaths(SETTINGS)
_FILE = re.compile(r"file:(?://(?:localhost)?)?(/.*)", re.DOTALL)


@dataclass(frozen=True)
class FileInfo:
    """A file or folder, as ``ls`` lists it."""

    path: str
    name: str
    size: int
    isDir: bool  # noqa: N815 - the real one's name
    isFile: bool  # noqa: N815 - the real one's name
    modifyTime: int = 0  # noqa: N815 - the real one's name


def _url(path: str) -> str:
    """Return a path as a URL: as Spark does, one without a scheme lies in the workspace's default container."""
    if path.startswith("file:") or "://" in path:
        return path
    return f"{_LAKE.default_url}{path if path.startswith('/') else f'/user/{USER}/{path}'}"


def _path(path: str) -> Path:
    if path.startswith("synfs:"):
        raise NotImplementedError(
            f"{path}: mounts are not supported in a local run; use the URL of the storage account"
        )
    url = _url(path)
    if url.startswith("file:"):
        match = _FILE.fullmatch(url)
        if match is None:
            raise ValueError(f"{url}: a path of this machine is written file:/folder/file")
        return Path(match[1])
    place = _LAKE.local_path(url)
    if not _LAKE.has_container(url):
        raise FileNotFoundError(f"{url}: there is no such container in the storage account")
    return place


def _kept(path: str, place: Path) -> None:
    """Refuse to remove or move a container."""
    if place in _LAKE.containers().values():
        raise PermissionError(f"{_url(path)} is a container; a notebook neither removes nor moves it")


def _apart(src: str, source: Path, dest: str, target: Path) -> None:
    """Refuse to put a file or folder onto or into itself."""
    if source == target or source in target.parents:
        raise ValueError(f"{_url(dest)} lies in {_url(src)} itself")


def _existing(path: str) -> Path:
    place = _path(path)
    if not place.exists():
        raise FileNotFoundError(f"{_url(path)} does not exist")
    return place


def ls(dir: str) -> list[FileInfo]:  # noqa: A002 - the real one's name
    """List a folder, or a file alone."""
    place, url = _existing(dir), _url(dir).rstrip("/")
    if place.is_file():
        return [_info(place, url)]
    return [_info(inner, f"{url}/{inner.name}") for inner in sorted(place.iterdir())]


def _info(place: Path, url: str) -> FileInfo:
    status = place.stat()
    is_folder = place.is_dir()
    size = 0 if is_folder else status.st_size
    return FileInfo(url, place.name, size, is_folder, not is_folder, int(status.st_mtime * 1000))


def mkdirs(dir: str) -> bool:  # noqa: A002 - the real one's name
    """Make a folder and those above it."""
    _path(dir).mkdir(parents=True, exist_ok=True)
    return True


def exists(file: str) -> bool:
    """Whether there is such a file or folder."""
    return _path(file).exists()


def put(file: str, content: str, overwrite: bool = False) -> bool:
    """Write a text file."""
    place = _path(file)
    if place.exists() and not overwrite:
        raise FileExistsError(f"{_url(file)} already exists; say overwrite=True")
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(content, encoding="utf-8", newline="")
    return True


def append(file: str, content: str, createFileIfNotExists: bool = False) -> bool:  # noqa: N803 - the real one's name
    """Add to a text file."""
    place = _path(file)
    if not place.exists() and not createFileIfNotExists:
        raise FileNotFoundError(f"{_url(file)} does not exist; say createFileIfNotExists=True")
    place.parent.mkdir(parents=True, exist_ok=True)
    with place.open("a", encoding="utf-8", newline="") as target:
        target.write(content)
    return True


def head(file: str, max_bytes: int = 100 * 1024) -> str:
    """Return the beginning of a text file."""
    with _existing(file).open("rb") as source:
        return source.read(max_bytes).decode(errors="replace")


def rm(dir: str, recurse: bool = False) -> bool:  # noqa: A002 - the real one's name
    """Remove a file, or with ``recurse`` a folder with what is in it."""
    place = _existing(dir)
    _kept(dir, place)
    if place.is_dir():
        if any(place.iterdir()) and not recurse:
            raise OSError(f"{_url(dir)} is a folder that is not empty; say recurse=True")
        shutil.rmtree(place)
    else:
        place.unlink()
    return True


def cp(src: str, dest: str, recurse: bool = False) -> bool:
    """Copy a file, or with ``recurse`` a folder; a file goes into a folder that exists."""
    source, target = _existing(src), _path(dest)
    if source.is_dir() and not recurse:
        raise IsADirectoryError(f"{_url(src)} is a folder; say recurse=True")
    if source.is_file() and target.is_dir():
        target /= source.name
    _apart(src, source, dest, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
    return True


def mv(src: str, dest: str, create_path: bool = False, overwrite: bool = False) -> bool:
    """Move a file or a folder; what is moved goes into a folder that exists."""
    source, target = _existing(src), _path(dest)
    _kept(src, source)
    if target.is_dir():
        target /= source.name
    _apart(src, source, dest, target)
    if target.exists() and not overwrite:
        raise FileExistsError(f"{_url(dest)} already exists; say overwrite=True")
    if not target.parent.exists() and not create_path:
        raise FileNotFoundError(f"the folder above {_url(dest)} does not exist; say create_path=True")
    target.parent.mkdir(parents=True, exist_ok=True)
    if target.is_dir():
        shutil.rmtree(target)
    shutil.move(source, target)
    return True


def fastcp(src: str, dest: str, recurse: bool = True, extraConfigs: object = None) -> bool:  # noqa: N803 - the real one's name
    """Copy, as :func:`cp` does."""
    return cp(src, dest, recurse)


mount = refused("fs.mount")
unmount = refused("fs.unmount")
mounts = refused("fs.mounts")
refreshMounts = refused("fs.refreshMounts")  # noqa: N816 - the real one's name
getMountPath = refused("fs.getMountPath")  # noqa: N816 - the real one's name
