"""What a project published: the artifacts that are its own, and what an interrupted publish may have left.

Kept in an object store beside the workspace (docs/decisions/0006-state.md), so that a fresh clone in CI knows it. It
holds hashes and etags, no artifact and no secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError
from generator.publish.plan import ArtifactText

if TYPE_CHECKING:
    from generator.workspace.objects import ObjectStore

STATE = "state.json"


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Owned(_Kept):
    """An artifact that this project published."""

    wanted: str
    """Fingerprint of what was published."""
    live: str
    """Fingerprint of what the workspace had then: the service may write it in another way than we do."""
    etag: str
    """Of what the workspace had then."""


class Pending(_Kept):
    """What a publish was about to do when it began; kept until a later one has seen what became of it."""

    publish_id: str
    writes: Mapping[ArtifactText, tuple[str | None, ...]]
    """Fingerprints that may be in the workspace by our hand, by artifact; None where it may be deleted."""
    running: tuple[str, ...]
    """Triggers that ran before, and must run again."""


class State(_Kept):
    """All that is kept between two publishes."""

    version: Literal[1] = 1
    project: str
    environment: str
    workspace: str
    serial: int = 0
    """Grows with each write."""
    owned: Mapping[ArtifactText, Owned] = {}
    """By artifact: ``pipeline/nyc_taxi``."""
    sql: Mapping[str, str] = {}
    """Hashes of the files below ``sql/<environment>/`` that were current at the last publish."""
    pending: Pending | None = None

    def to_bytes(self) -> bytes:
        """Return the object's bytes."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True).encode()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A state and the version of its object; None where there is none yet."""

    state: State
    version: str | None


def load_state(store: ObjectStore, *, project: str, environment: str, workspace: str) -> Loaded:
    """Read the state; an empty one where there is none.

    Raises SYN330 where it cannot be read, or is that of another workspace: with it every artifact would look foreign.
    """
    stored = store.read(STATE)
    if stored is None:
        return Loaded(State(project=project, environment=environment, workspace=workspace), None)
    try:
        state = State.model_validate_json(stored.content)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise _refused(
            f"{STATE} in {store.location} cannot be read: {where or 'the file'}: {first['msg']}",
            "a newer synapse-gen may have written it; else restore an earlier version of it, or delete it and publish with --adopt",
        ) from error
    if (state.project, state.workspace) != (project, workspace):
        raise _refused(
            f"{store.location} is the state of {state.project} in the workspace {state.workspace},"
            f" not of {project} in {workspace}",
            "give each environment a folder of its own: `state: {folder: ...}` in synapse.yaml",
        )
    # An environment may be given another name; its workspace stays what it is.
    return Loaded(state.model_copy(update={"environment": environment}), stored.version)


def save_state(store: ObjectStore, loaded: Loaded, state: State) -> Loaded:
    """Write the state that follows the one that was loaded; ChangedError where somebody wrote in between."""
    following = state.model_copy(update={"serial": loaded.state.serial + 1})
    return Loaded(following, store.write(STATE, following.to_bytes(), replaces=loaded.version))


def _refused(message: str, hint: str) -> SynapseGenError:
    return SynapseGenError(Diagnostic("SYN330", message, hint=hint), exit_code=ExitCode.WORKSPACE)
