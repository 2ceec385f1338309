"""The plan: what a publish or a rollback will do, and why, as data that is shown, saved and carried out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, model_serializer

from generator.artifact import ArtifactKey


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def _artifact(text: str) -> str:
    ArtifactKey.parse(text)
    return text


ArtifactText = Annotated[str, AfterValidator(_artifact)]
"""Folder and name of an artifact: ``pipeline/nyc_taxi``."""


class FieldDifference(_Part):
    """A field that differs; a member that is missing here is missing there."""

    path: str
    """From the artifact's properties: ``activities["Copy"].policy.timeout``."""
    old: Any = None
    new: Any = None

    @model_serializer
    def _only_set(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("path", "old", "new") if name in self.model_fields_set}


class Change(_Part):
    """What becomes of one artifact."""

    artifact: ArtifactText
    """Folder and name: ``pipeline/nyc_taxi``."""
    action: Literal["create", "update", "delete", "unchanged"]
    reason: str
    file: str | None = None
    """Of the committed tree, relative to the project."""
    sha256: str | None = None
    """Of the file's bytes."""
    etag: str | None = None
    """Of what the workspace has."""
    live: str | None = None
    """Hash of what counts of what the workspace has."""
    fields: tuple[FieldDifference, ...] = ()

    @property
    def key(self) -> ArtifactKey:
        """The artifact's key."""
        return ArtifactKey.parse(self.artifact)


class TriggerStep(_Part):
    """A trigger that is stopped or started."""

    trigger: str
    action: Literal["stop", "start"]
    reason: str
    is_restored: bool = False
    """Whether it ran before, so that it is started again whatever becomes of the rest."""


class Conflict(_Part):
    """An artifact that somebody else made or changed, and that is not touched."""

    artifact: ArtifactText
    reason: str
    fields: tuple[FieldDifference, ...] = ()
    """Old is what the workspace has, new what the tree has."""


class Left(_Part):
    """Something that is not touched, and why."""

    artifact: ArtifactText
    reason: str


class PoolState(_Part):
    """A pool that artifacts refer to."""

    type: Literal["BigDataPoolReference", "SqlPoolReference"]
    name: str
    state: str
    """The service's own word: ``Online``, ``Paused``, ``Succeeded``, ..."""


class SqlChange(_Part):
    """A file of T-SQL that differs from what it was at the last publish."""

    file: str
    action: Literal["create", "update", "delete"]


class Plan(_Part):
    """What a publish will do."""

    version: Literal[1] = 1
    purpose: Literal["publish", "rollback"] = "publish"
    project: str
    environment: str
    workspace: str
    serial: int
    """Of the state that the plan was made from."""
    prune: bool = False
    adopt: bool = False
    changes: tuple[Change, ...] = ()
    triggers: tuple[TriggerStep, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    left: tuple[Left, ...] = ()
    """Artifacts of ours that left the tree and are kept, and those that belong to the workspace."""
    pools: tuple[PoolState, ...] = ()
    missing_pools: tuple[Left, ...] = ()
    """Artifacts that refer to a pool that there is not."""
    sql: tuple[SqlChange, ...] = ()

    def having(self, *actions: str) -> tuple[Change, ...]:
        """Return the changes with these actions."""
        return tuple(c for c in self.changes if c.action in actions)

    @property
    def is_empty(self) -> bool:
        """Whether nothing would be done in the workspace."""
        return not self.triggers and not self.having("create", "update", "delete")

    def to_json(self) -> str:
        """Return the plan as a file holds it."""
        return self.model_dump_json(indent=2)
