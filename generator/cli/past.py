"""What is said of publishes that were: those that a rollback undoes, and one that did not come to its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.cli.plan_text import writable
from generator.cli.terminal import progress
from generator.diagnostics import SynapseGenError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.diagnostics import Diagnostic
    from generator.publish import Place
    from generator.publish.history import Record
    from generator.publish.state import State
    from generator.workspace.objects import ObjectStore

_MOST_SAID = 5


def record_line(record: Record) -> str:
    """Return a publish in a line: its id, which sorts by time, what it did, and who did it."""
    actions = [entry.action for entry in record.entries.values()]
    counts = ", ".join(f"{actions.count(a)} {a}d" for a in ("create", "update", "delete") if a in actions)
    return writable(f"{record.id}  {record.purpose}, {record.outcome}: {counts or 'triggers only'}; by {record.who}")


def records_of(store: ObjectStore) -> tuple[list[Record], list[Diagnostic]]:
    """Return the publishes that are kept, the newest first, and what cannot be read of them."""
    from generator.publish.history import load_record, record_ids

    found: list[Record] = []
    unreadable: list[Diagnostic] = []
    for record_id in reversed(record_ids(store)):
        try:
            found.append(load_record(store, record_id))
        except SynapseGenError as error:
            unreadable += error.diagnostics
    return found, unreadable


def tell_undone(place: Place, publish_id: str | None) -> None:
    """Say which publishes a rollback undoes, by whom and when."""
    from generator.publish.history import load_record
    from generator.publish.rollback import load_past

    for line in _undone(load_past(place.store, publish_id).records):
        progress(line)
    if publish_id:
        record = load_record(place.store, publish_id)
        progress(writable(f"goes back to what {record.purpose} {record.id} left, by {record.who}, {_when(record)}"))


def _undone(records: tuple[Record, ...]) -> Iterator[str]:
    for record in records[:_MOST_SAID]:
        yield writable(f"undoes {record.purpose} {record.id}, by {record.who}, {_when(record)}")
    if len(records) > _MOST_SAID:
        yield f"undoes {len(records) - _MOST_SAID} more before these (`synapse-gen rollback --list`)"


def _when(record: Record) -> str:
    return f"{record.started} ({record.outcome})"


def tell_of_unfinished(place: Place, state: State) -> None:
    """Say that a publish did not come to its end, where one did not: the plan goes on from there."""
    from generator.publish.history import load_record

    if state.pending is None:
        return
    try:
        record = load_record(place.store, state.pending.publish_id)
    except SynapseGenError:
        # A process may have died before it wrote the record; and what is wrong with one stands in no plan's way.
        progress(f"publish {state.pending.publish_id} was begun and has not ended; this plan goes on where it is")
        return
    if record.finished is None:
        what = "has not ended: it is under way or was killed"
    else:
        what = f"ended, {record.outcome}, and what became of some of it is not known"
    line = f"{record.purpose} {record.id} by {record.who}, {record.started}, {what}; this plan goes on where it is"
    progress(writable(line))
