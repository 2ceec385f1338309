"""What does not count when an artifact is compared: added by the service, written in another way, or left by a run.

A path begins in ``properties``, or with ``<activity>``: each activity of a pipeline, in containers too, and nothing
else, because a request's body may have members of the same names. ``*`` stands for each item or member. Rows hold from
the inside out: an object that is empty once its members are left out is an empty object.
"Recorded" is what Azure/azure-cli's recordings of the real service show, PUT and answer side by side; what is inferred
is listed in docs/open-questions.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from generator.artifact import ArtifactKind


@dataclass(frozen=True, slots=True)
class Ignored:
    """A member that is left out of every comparison."""

    kind: ArtifactKind
    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Default:
    """A member that says the same where it has this value and where it is missing."""

    kind: ArtifactKind
    path: str
    value: Any
    reason: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A time that may be written in several ways: the same moment is the same value."""

    kind: ArtifactKind
    path: str
    reason: str


ACTIVITY = "<activity>"
_K = ArtifactKind
_TIME = "the service adds the time of the last publish to what it answers (recorded; in the git files of 507 real pipelines)"
_RUN = "what the last interactive run left in the notebook, not what it does"

IGNORED: tuple[Ignored, ...] = (
    Ignored(_K.PIPELINE, "lastPublishTime", _TIME),
    Ignored(
        _K.TRIGGER,
        "runtimeState",
        "a state, not a definition: read-only in the REST reference; starting and stopping is a step of its own",
    ),
    Ignored(
        _K.LINKED_SERVICE,
        "typeProperties.encryptedCredential",
        "made by the service of a secret; differs after each write (in 230 committed files of 43 repositories)",
    ),
    Ignored(_K.NOTEBOOK, "cells.*.outputs", _RUN),
    Ignored(_K.NOTEBOOK, "cells.*.execution_count", _RUN),
    Ignored(
        _K.NOTEBOOK,
        "metadata.a365ComputeOptions",
        "the pool's size at the time of saving; the service answers null where none was sent (recorded)",
    ),
)
"""Members that never count."""

_EMPTY = "an empty collection; Studio writes it, clients and the service may leave it out"
_NULL = "the service answers it where none was sent (recorded)"
_FALSE = "the documented default of an activity's policy"
_POLICY = (
    "Studio and the service's export write it empty; with a duration in it, it is a metric that somebody asked for"
)

DEFAULTS: tuple[Default, ...] = (
    *(
        Default(kind, "annotations", [], _EMPTY)
        for kind in (_K.PIPELINE, _K.DATASET, _K.LINKED_SERVICE, _K.TRIGGER, _K.DATA_FLOW)
    ),
    Default(_K.PIPELINE, "parameters", {}, _EMPTY),
    Default(_K.PIPELINE, "variables", {}, _EMPTY),
    Default(_K.PIPELINE, "policy.elapsedTimeMetric", {}, _POLICY),
    Default(_K.PIPELINE, "policy.cancelAfter", {}, _POLICY),
    Default(_K.PIPELINE, "policy", {}, _POLICY),
    Default(_K.PIPELINE, f"{ACTIVITY}.dependsOn", [], _EMPTY),
    Default(_K.PIPELINE, f"{ACTIVITY}.userProperties", [], _EMPTY),
    Default(_K.PIPELINE, f"{ACTIVITY}.policy.secureInput", False, _FALSE),
    Default(_K.PIPELINE, f"{ACTIVITY}.policy.secureOutput", False, _FALSE),
    Default(_K.DATASET, "schema", [], _EMPTY),
    Default(_K.DATASET, "parameters", {}, _EMPTY),
    Default(_K.LINKED_SERVICE, "parameters", {}, _EMPTY),
    Default(_K.NOTEBOOK, "cells.*.metadata", {}, _EMPTY),
    Default(_K.NOTEBOOK, "entityState", None, _NULL),
    Default(_K.NOTEBOOK, "renameOperationDetails", None, _NULL),
    Default(_K.NOTEBOOK, "folder", None, _NULL),
    Default(_K.NOTEBOOK, "sessionProperties.conf", None, _NULL),
    Default(_K.NOTEBOOK, "metadata.sessionKeepAliveTimeout", 0, _NULL),
    Default(_K.NOTEBOOK, "bigDataPool", None, "no pool chosen; seen as null and missing in real notebooks"),
)
"""Members that may be missing."""

_WRITTEN = "2020-07-10T02:00:00.000Z was sent and 2020-07-10T02:00:00Z answered (recorded)"

MOMENTS: tuple[Moment, ...] = (
    Moment(_K.TRIGGER, "typeProperties.recurrence.startTime", _WRITTEN),
    Moment(_K.TRIGGER, "typeProperties.recurrence.endTime", _WRITTEN),
    Moment(_K.TRIGGER, "typeProperties.startTime", _WRITTEN),
    Moment(_K.TRIGGER, "typeProperties.endTime", _WRITTEN),
    Moment(_K.SPARK_CONFIGURATION, "created", "written as .NET does in real files, otherwise by clients"),
)
"""Times; one without a zone is a text, because the trigger's own zone says what it means."""
