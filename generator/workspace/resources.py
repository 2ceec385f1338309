"""Resources of the data plane: where each kind is, and reading one or a page of them with their own text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from generator.artifact import ArtifactKey, ArtifactKind
from generator.workspace.connection import API_VERSION
from generator.workspace.port import LiveArtifact, WorkspaceError
from generator.workspace.raw_json import Raw, Reader

_NOTHING = Raw(None, "null")


@dataclass(frozen=True, slots=True)
class Route:
    """Where a kind is and in which version of the interface."""

    collection: str
    version: str = API_VERSION


# azure-synapse-artifacts 0.22.0 names these versions in its operations, and has none for credentials, which Microsoft's
# own deployment task writes in this one; all other kinds have the common one.
_VERSIONS = {
    ArtifactKind.CREDENTIAL: "2019-06-01-preview",
    ArtifactKind.KQL_SCRIPT: "2021-11-01-preview",
    ArtifactKind.SPARK_CONFIGURATION: "2021-06-01-preview",
}
ROUTES = {kind: Route(kind.collection, _VERSIONS.get(kind, API_VERSION)) for kind in ArtifactKind}
"""The route of each kind."""


def path(key: ArtifactKey) -> str:
    """Return the path of an artifact."""
    return f"/{ROUTES[key.kind].collection}/{quote(key.name, safe='')}"


def resource(kind: ArtifactKind, response: Any) -> LiveArtifact | None:
    """Return the artifact that an answer holds; None where it holds none (the result of an operation may say only that).

    WorkspaceError where it is no JSON object.
    """
    reader = _reader(response)
    try:
        found = _resource(kind, reader)
        reader.end()
    except ValueError as error:
        raise _no_json(response) from error
    return found if found.key.name else None


def page(kind: ArtifactKind, response: Any) -> tuple[list[LiveArtifact], str | None]:
    """Return the artifacts of a page and the link to the next; WorkspaceError where it is no page."""
    reader = _reader(response)
    # An answer without a list is no empty list: what is ours would look deleted.
    found: list[LiveArtifact] | None = None
    link: Any = None
    try:
        for name in reader.members():
            if name == "value":
                found = _listed(kind, reader)
            elif name == "nextLink":
                link = reader.value().value
            else:
                reader.value()
        reader.end()
    except ValueError as error:
        raise _no_json(response) from error
    if found is None or not all(artifact.key.name for artifact in found) or not isinstance(link, str | None):
        raise _no_json(response)
    return found, link or None


def _listed(kind: ArtifactKind, reader: Reader) -> list[LiveArtifact]:
    if not reader.begins("[") and reader.value().value is None:
        return []  # as some services write an empty list
    return [_resource(kind, reader) for _ in reader.items()]


def _resource(kind: ArtifactKind, reader: Reader) -> LiveArtifact:
    values = {name: reader.value() for name in reader.members()}
    name, etag, properties = (values.get(key, _NOTHING) for key in ("name", "etag", "properties"))
    return LiveArtifact(
        ArtifactKey(kind, str(name.value or "")), str(etag.value or ""), properties.value, properties.text
    )


def _reader(response: Any) -> Reader:
    try:
        # Not `response.text()`: a body without a charset is guessed at, which takes longer than reading it.
        return Reader(response.content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise _no_json(response) from error


def _no_json(response: Any) -> WorkspaceError:
    from generator.workspace.errors import object_of

    try:
        object_of(response)
    except WorkspaceError as error:
        return error
    return WorkspaceError("the answer is not of the form of an artifact", status=response.status_code)
