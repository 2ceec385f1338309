"""The fault file: how slow, how narrow and how faulty a data plane is."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from generator.artifact import ArtifactKind

Seconds = Annotated[float, Field(ge=0, le=86_400)]
Method = Literal["GET", "PUT", "POST", "DELETE"]
FaultKind = Literal[
    "status",
    "drop_before",
    "drop_after",
    "expired_token",
    "operation_fails",
    "operation_hangs",
    "failed_body",
    "failed_body_after",
]
OPERATION_FAULTS: frozenset[FaultKind] = frozenset(
    ("operation_fails", "operation_hangs", "failed_body", "failed_body_after")
)
"""What becomes of an operation that a PUT or DELETE was accepted for; the others are about a request."""
# The keys that only some kinds of fault have.
_KEYS: dict[str, frozenset[FaultKind]] = {
    "status": frozenset(("status", "operation_fails")),
    "retry_after": frozenset(("status",)),
    "code": frozenset(("status", "operation_fails", "failed_body", "failed_body_after")),
    "message": frozenset(("status", "operation_fails", "failed_body", "failed_body_after")),
    "seconds": frozenset(("operation_hangs",)),
    "applied": frozenset(("operation_hangs",)),
}


def _is_pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise PydanticCustomError("pattern", "it is no regular expression: {why}", {"why": str(error)}) from error
    return text


def _is_kind(text: str) -> str:
    known = [kind.folder for kind in ArtifactKind]
    if text not in known:
        raise PydanticCustomError("kind", "it is no kind of artifact; known are {known}", {"known": ", ".join(known)})
    return text


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True)


class Range(_Model):
    """Seconds between two bounds, drawn anew each time."""

    min: Seconds
    max: Seconds

    @model_validator(mode="after")
    def _order(self) -> Self:
        if self.min > self.max:
            raise PydanticCustomError("range", "min is more than max")
        return self


def _form(value: Any) -> str:
    return "range" if isinstance(value, dict | Range) else "seconds"


# Which of the two is meant is settled first, so that what is wrong with it is said of that one alone.
Duration = Annotated[
    Annotated[Seconds, Tag("seconds")] | Annotated[Range, Tag("range")],
    Discriminator(_form),
]


class OperationTimes(_Model):
    """The long-running operations that PUT and DELETE start."""

    duration: Duration = 0.0
    """Seconds from the acceptance until an operation is carried out. A range lets later ones overtake."""
    retry_after: Seconds | None = None
    """The Retry-After of an acceptance and of every look at it before it is done; none by default. Recorded: 10."""
    kinds: dict[Annotated[str, AfterValidator(_is_kind)], Duration] = {}
    """Other durations, by the git folder of a kind of artifact: ``notebook: 6``."""


class ConcurrentOperations(_Model):
    """How many operations may be under way; one more is answered 429."""

    limit: int = Field(ge=1, le=1_000_000)
    retry_after: Seconds | None = None
    """The Retry-After of the 429; none by default."""


class Git(_Model):
    """The repository that the workspace is connected to, as ``GET /workspace`` shows it."""

    type: Literal["WorkspaceGitHubConfiguration", "WorkspaceVSTSConfiguration"] = "WorkspaceGitHubConfiguration"
    """Names of azure-synapse-artifacts 0.22.0, WorkspaceRepositoryConfiguration."""
    host_name: str = ""
    account_name: str
    project_name: str = ""
    repository_name: str
    collaboration_branch: str = "main"
    root_folder: str = "/"
    last_commit_id: str = ""


class Fault(_Model):
    """Something that goes wrong, and when."""

    kind: FaultKind
    methods: tuple[Method, ...] = ()
    """Requests of these methods; of all by default. Faults of operations are of PUT and DELETE."""
    path: Annotated[str, AfterValidator(_is_pattern)] = ""
    """A regular expression that is found in the path, after %-decoding; every path by default."""
    rate: float = Field(default=1.0, ge=0, le=1)
    """The share of the matching requests that it happens to."""
    times: int | None = Field(default=None, ge=1)
    """How often it happens at most."""
    after: int = Field(default=0, ge=0)
    """How many matching requests pass before it may happen."""
    status: int | None = Field(default=None, ge=400, le=599)
    """The HTTP status of ``status`` and ``operation_fails``: 503 and 500 by default."""
    retry_after: Seconds | None = None
    """The Retry-After beside ``status``."""
    code: str | None = None
    """The error's code."""
    message: str | None = None
    """The error's message."""
    seconds: Seconds | None = None
    """How much longer an operation that hangs is in progress than it should be; for ever by default."""
    applied: bool | None = None
    """Whether an operation that hangs is carried out when it is due; not, by default."""

    @field_validator(*_KEYS)
    @classmethod
    def _goes_with_kind(cls, value: Any, info: ValidationInfo) -> Any:
        kind, kinds = info.data.get("kind"), _KEYS[str(info.field_name)]
        if value is not None and kind is not None and kind not in kinds:
            raise PydanticCustomError(
                "fault",
                "it does not go with the kind {kind}, but with {kinds}",
                {"kind": kind, "kinds": ", ".join(sorted(kinds))},
            )
        return value

    @field_validator("methods")
    @classmethod
    def _starts_operations(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        kind = info.data.get("kind")
        if kind in OPERATION_FAULTS and not set(value) <= {"PUT", "DELETE"}:
            raise PydanticCustomError(
                "fault", "{kind} is about operations, which only PUT and DELETE start", {"kind": kind}
            )
        return value

    @property
    def affected_methods(self) -> tuple[str, ...]:
        """The methods of the requests that it may happen to."""
        if self.methods:
            return self.methods
        return ("PUT", "DELETE") if self.kind in OPERATION_FAULTS else ("GET", "PUT", "POST", "DELETE")


class FaultFile(_Model):
    """How a data plane misbehaves. Everything is optional; ``{}`` is a workspace without faults."""

    seed: int = 0
    """Another seed draws other luck."""
    latency: Duration = 0.0
    """Seconds before a request is looked at."""
    operations: OperationTimes = OperationTimes()
    concurrent_operations: ConcurrentOperations | None = None
    page_size: int = Field(default=100, ge=1, le=10_000)
    """Artifacts in a page of a list."""
    ignore_if_match: bool = False
    """Whether a PUT or DELETE is carried out though its If-Match names another version."""
    check_references: bool = True
    """Whether a document is refused that refers to an artifact or a pool that is not there."""
    subscription: Duration = 0.0
    """Seconds for which an event trigger is Provisioning or Deprovisioning. Recorded: at most 20."""
    sql_pool_status: Literal["Online", "Paused", "Pausing", "Resuming", "Scaling"] = "Online"
    """The status of the SQL pool in lists of pools."""
    git: Git | None = None
    faults: tuple[Fault, ...] = ()
    """Of those that a request matches the first happens."""


NO_FAULTS = FaultFile()
