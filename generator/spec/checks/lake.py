"""Places in the lake: where the source is, and where a run writes."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING

from generator.spec.automl import FileSource, TableSource
from generator.spec.clouds import CLOUDS
from generator.spec.wording import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.diagnostics import Diagnostic
    from generator.source import KeyPath, SourceDocument
    from generator.spec.automl import AutoMlSpec

_AT = ("prepare", "source", "path")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HOST = {"abfss": "dfs", "wasbs": "blob"}
# A source may be in any cloud: open data stays where it is, whatever cloud an environment is in.
_STORAGE = "|".join(re.escape(cloud.storage) for cloud in CLOUDS.values())
_URL = re.compile(rf"(abfss|wasbs)://([^/@]+)@([a-z0-9]{{3,24}})\.(dfs|blob)\.(?:{_STORAGE})(/.*)?")
_HTTPS = re.compile(rf"https?://([a-z0-9]{{3,24}}\.(dfs|blob)\.(?:{_STORAGE}))/([^/?]+)/?([^?]*)")


def lake_findings(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    """Yield what is wrong with paths and with where the source is."""
    yield from _written(spec, source)
    given = spec.prepare.source
    if isinstance(given, FileSource):
        yield from _location(given.path, source)
        yield from _source_is_written(given.path, spec, source)
    if isinstance(given, TableSource):
        table = given.table if "." in given.table else f"default.{given.table}"
        if table.casefold() == spec.prepare.training_table.casefold():
            message = "the source is the training table: a run would overwrite its own source"
            yield source.diagnostic("SYN035", message, ("prepare", "source", "table"))


def written_paths(spec: AutoMlSpec) -> dict[KeyPath, str]:
    """Return the folders that a run empties and writes, by the key that names them; without a slash at the end."""
    paths = {
        ("prepare", "training_path"): spec.prepare.training_path or f"{spec.name}/train",
        ("prepare", "test_path"): spec.prepare.test_path,
        ("deploy", "model_path"): spec.deploy.model_path or f"{spec.name}/models",
        ("score", "prediction_path"): spec.score.prediction_path or f"{spec.name}/predictions",
    }
    return {key: path.rstrip("/") for key, path in paths.items()}


def overlap(folder: str, other: str, owner: str) -> str:
    """Return the message that two folders which are written are one, or lie in each other."""
    if folder == other:
        return f'"{folder}" is written by {owner} too, and emptied before'
    return f'"{folder}" and "{other}" of {owner} lie in each other, and each is emptied when written'


def lie_in_each_other(one: str, other: str) -> bool:
    """Whether one folder is the other or lies in it."""
    outer, inner = sorted((one.rstrip("/") + "/", other.rstrip("/") + "/"), key=len)
    return inner.startswith(outer)


def _written(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    paths = written_paths(spec)
    for at, path in paths.items():
        parts = path.split("/")
        if "." in parts or ".." in parts:
            message = f'"{path}" is no path inside the container: "." and ".." lead nowhere in a URL'
            yield source.diagnostic("SYN035", message, at)
        elif any(part.startswith((".", "_")) for part in parts):
            # Spark's file sources and COPY skip such names (copy-into-transact-sql).
            message = f'"{path}": Spark and COPY skip what begins with "_" or "."'
            yield source.diagnostic("SYN035", message, at)
    for (first, one), (second, other) in combinations(paths.items(), 2):
        if lie_in_each_other(one, other):
            # The one that stands in the file is where to look.
            at, beside, path = (second, first, one) if second in source.positions else (first, second, other)
            yield source.diagnostic("SYN035", overlap(paths[at], path, dotted(beside)), at)


def _location(path: str, source: SourceDocument) -> Iterator[Diagnostic]:
    if "?" in path and "://" in path:
        message = "the URL has a query; a SAS token in it would be a secret in plain text"
        hint = "leave it out: Spark reads with the workspace's identity"
        finding = source.diagnostic("SYN037", message, _AT, hint=hint)
        yield _without_line(finding)
        return
    scheme = _SCHEME.match(path)
    if scheme is None:
        if path.startswith("/") or "\\" in path or ".." in path.split("/"):
            message = f'"{path}" is neither a URL nor a path inside the container, such as raw/trips'
            yield source.diagnostic("SYN035", message, _AT)
        return
    name = scheme[1].lower()
    if name not in _HOST:
        yield source.diagnostic("SYN035", f"{name}:// cannot be read here", _AT, hint=_instead(path))
        return
    url = _URL.fullmatch(path)
    if url is None or _HOST[name] != url[4]:
        form = f"{name}://container@account.{_HOST[name]}.{CLOUDS['public'].storage}/folder"
        yield source.diagnostic("SYN035", f"this is no {name} URL; it is written {form}", _AT)


def _instead(path: str) -> str:
    match = _HTTPS.match(path)
    if match is None:
        return "use abfss://, wasbs:// or a path inside the environment's container"
    host, kind, container, rest = match.groups()
    scheme = "abfss" if kind == "dfs" else "wasbs"
    return f"write {scheme}://{container}@{host}/{rest}"


def _without_line(finding: Diagnostic) -> Diagnostic:
    # The line holds what may be a secret: a log is no place for it.
    return type(finding)(finding.code, finding.message, finding.location, finding.severity, None, finding.hint)


def _source_is_written(path: str, spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    if "://" in path:
        return
    for at, written in written_paths(spec).items():
        if lie_in_each_other(path, written):
            message = (
                f'the source "{path}" and {dotted(at)} "{written}" lie in each other: a run would overwrite its source'
            )
            yield source.diagnostic("SYN035", message, _AT)
            return
