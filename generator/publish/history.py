"""The history: what each publish replaced or deleted, so that a rollback can bring it back byte for byte."""

from __future__ import annotations

import gzip
import io
import json
import re
import secrets
import zlib
from collections.abc import Mapping
from datetime import UTC
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError
from generator.publish.plan import ArtifactText
from generator.publish.state import Owned

if TYPE_CHECKING:
    from datetime import datetime

    from generator.workspace.objects import ObjectStore

FOLDER = "history"
_SUFFIX = ".json.gz"
_ID = re.compile(r"[\w-]+")
KEPT = 100
"""Records that are kept, the newest."""


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Before(_Kept):
    """What a workspace had in the place of an artifact."""

    text: str | None
    """Its properties as the service wrote them; None where they hold a secret, which is kept nowhere."""
    owned: Owned | None
    """What was known of it, where it was ours."""
    has_moved: bool = False
    """Whether somebody else had written it since."""


class Entry(_Kept):
    """An artifact that a publish was to write or delete."""

    action: Literal["create", "update", "delete"]
    before: Before | None
    """None where there was nothing."""


class Record(_Kept):
    """One publish or rollback."""

    version: Literal[1] = 1
    id: str
    purpose: Literal["publish", "rollback"]
    who: str
    started: str
    finished: str | None = None
    """None where it never came to its end."""
    outcome: str = "begun"
    """``begun``, ``done``, ``failed in part`` or ``interrupted``."""
    entries: Mapping[ArtifactText, Entry]
    triggers: Mapping[str, Literal["Started", "Stopped"]]
    """The states of the triggers that were stopped or started, before."""


def new_id(now: datetime) -> str:
    """Return an id that sorts by time, to the microsecond: ``20261125T063012Z-4f3a9c71``."""
    now = now.astimezone(UTC)
    return f"{now:%Y%m%dT%H%M%SZ}-{now.microsecond:05x}{secrets.token_hex(2)[1:]}"


def save_record(store: ObjectStore, record: Record, version: str | None = None) -> str:
    """Write a record, the first time or again (``version``), and return its version."""
    return store.write(f"{FOLDER}/{record.id}{_SUFFIX}", _packed(record), replaces=version)


def _packed(record: Record) -> bytes:
    """Return a record as compressed JSON, made entry by entry: a large one is as large as its workspace."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=6, mtime=0) as file:
        head = record.model_dump_json(exclude={"entries"}).removesuffix("}")
        file.write(f'{head},"entries":{{'.encode())
        for number, (artifact, entry) in enumerate(record.entries.items()):
            comma = "," if number else ""
            file.write(f"{comma}{json.dumps(artifact)}:{entry.model_dump_json()}".encode())
        file.write(b"}}")
    return packed.getvalue()


def forget_old(store: ObjectStore) -> None:
    """Delete the records beyond the newest ones."""
    for record_id in record_ids(store)[:-KEPT]:
        store.delete(f"{FOLDER}/{record_id}{_SUFFIX}")


def record_ids(store: ObjectStore) -> list[str]:
    """Return the ids of all publishes that are kept, the oldest first."""
    names = (name.rpartition("/")[2] for name in store.names(FOLDER))
    return sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))


def load_record(store: ObjectStore, record_id: str) -> Record:
    """Read a record; SYN331 where there is none, or it cannot be read."""
    # An id that is none could name another object than a record.
    stored = store.read(f"{FOLDER}/{record_id}{_SUFFIX}") if _ID.fullmatch(record_id) else None
    if stored is None:
        raise SynapseGenError(
            Diagnostic("SYN331", f"there is no publish {record_id}", hint="`synapse-gen rollback --list` shows them"),
            exit_code=ExitCode.USAGE,
        )
    try:
        return Record.model_validate_json(gzip.decompress(stored.content))
    except (ValidationError, OSError, EOFError, zlib.error) as error:
        reason = _first(error) if isinstance(error, ValidationError) else "it is damaged"
        raise SynapseGenError(
            Diagnostic("SYN331", f"the record of publish {record_id} in {store.location} cannot be read: {reason}"),
            exit_code=ExitCode.WORKSPACE,
        ) from error


def _first(error: ValidationError) -> str:
    # Without what was read, which may be anything.
    found = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(step) for step in found['loc']) or 'the record'}: {found['msg']}"
