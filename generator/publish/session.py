"""A publish from its plan to its last line in the history: everything that has an effect, in order.

1. Without the lock: the state, the workspace's lists and the tree are read; the plan follows.
2. Under the lock: the state must be the one that was read. What is replaced goes into the history, what will be written
   into the state as pending; then the steps are carried out; then the state says what is ours now.

A process that is killed at any moment leaves a state from which the next publish finds out the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKey, ArtifactKind
from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError
from generator.publish.apply import WorkspaceWorker
from generator.publish.bookkeeping import entries_of, pending_of, state_after, trigger_states
from generator.publish.execute import execute
from generator.publish.given import LISTED
from generator.publish.history import Record, forget_old, new_id, save_record
from generator.publish.live import LiveReading
from generator.publish.outcome import Report
from generator.publish.planning import Target, Terms, make_plan, settled
from generator.publish.rollback import load_past, target_of
from generator.publish.state import Loaded, load_state, save_state
from generator.publish.steps import Work, graph_of
from generator.publish.tree import kinds_in, properties_of, scan_tree
from generator.workspace.objects import ChangedError, Holder, StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from generator.publish.live import LiveWorkspace
    from generator.publish.outcome import Outcome
    from generator.publish.plan import Plan, TriggerStep
    from generator.publish.state import State
    from generator.publish.steps import Graph, HasContent, Identity
    from generator.workspace.clock import Clock
    from generator.workspace.objects import ObjectStore
    from generator.workspace.port import Workspace


@dataclass(frozen=True, slots=True)
class Place:
    """Where a project publishes to: the workspace, and the store of what was published there."""

    workspace: Workspace
    store: ObjectStore
    clock: Clock
    project: str
    environment: str
    name: str
    """The workspace's name."""
    who: str
    """Who publishes, for the one who waits for the lock."""
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Source:
    """A committed tree: its folder, and which of its artifacts are the project's."""

    root: Path
    folder: Path
    sql: Path | None = None
    takes: Callable[[ArtifactKey], bool] = lambda _: True


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan, and what it was made from."""

    plan: Plan
    target: Target
    live: LiveWorkspace
    loaded: Loaded
    """The state as the store has it."""
    bytes_of: Callable[[ArtifactKey], bytes]
    disowned: frozenset[Identity] = frozenset()


@dataclass(frozen=True, slots=True)
class Published:
    """What became of a publish."""

    report: Report
    publish_id: str | None
    """Of its record in the history; None where there was nothing to do."""
    unsaved: str | None = None
    """Why the state could not be written after the last step; the next publish finds out what was done."""


def prepare_publish(place: Place, source: Source, terms: Terms) -> Prepared:
    """Read everything and plan; writes nothing.

    Raises SynapseGenError for a tree, a state or a workspace that cannot be read, and StoreError.
    """
    loaded = _load(place)
    kinds = kinds_in(source.folder) | _known_kinds(loaded)
    reading = LiveReading(place.workspace, kinds & LISTED)
    tree = scan_tree(source.root, source.folder, sql=source.sql, takes=source.takes)
    live = reading.result()
    # What an interrupted publish was about to make, and did not, may be somebody else's by now.
    known = map(ArtifactKey.parse, settled(loaded.state, live.artifacts).owned)
    gone = frozenset(key for key in known if key.identity not in tree.artifacts)
    target = Target(
        tree.artifacts,
        goes=gone if terms.prune else frozenset(),
        keeps=frozenset() if terms.prune else gone,
        others=tree.others,
        sql=tree.sql,
    )
    return _prepared(target, live, loaded, terms, tree.bytes_of)


def prepare_rollback(place: Place, publish_id: str | None, terms: Terms) -> Prepared:
    """Read everything and plan the way back: to before the last publish, or to after a named one."""
    loaded = _load(place)
    past = load_past(place.store, publish_id)
    # What an interrupted publish may have done is looked at as well: what is not seen looks deleted.
    live = LiveReading(place.workspace, (past.kinds | _known_kinds(loaded) | {ArtifactKind.TRIGGER}) & LISTED).result()
    found = target_of(past, live.artifacts)
    return _prepared(found.target, live, loaded, terms, found.bytes_of, found.disowned)


def apply(place: Place, prepared: Prepared, *, on_outcome: Callable[[Outcome], None]) -> Published:
    """Carry a plan out under the lock.

    Raises LockedError where somebody else publishes, SYN333 where somebody did since the plan was made, and StoreError
    where the state cannot be written; nothing was sent then, unless the message says so.
    """
    plan = prepared.plan
    if plan.is_empty and not _changes_state(prepared):
        return Published(Report((), 0.0), None)
    # Before anything is written: artifacts that refer to each other in a circle have no order.
    graph = _graph(prepared)
    publish_id = new_id(place.now())
    holder = Holder(place.who, _iso(place.now()), f"{plan.purpose} {publish_id}")
    with place.store.lock(holder) as lock:
        loaded = _begin(place, prepared, publish_id)
        record, version = _recorded(place, prepared, publish_id)
        wanted = prepared.target.artifacts
        worker = WorkspaceWorker(
            place.workspace,
            plan,
            {identity: w.content for identity, w in wanted.items()},
            prepared.bytes_of,
            lock,
            place.clock,
            _ours(prepared.loaded),
            _event_triggers(prepared),
        )
        report = execute(graph, worker, clock=place.clock, on_outcome=on_outcome)
        after = _state_after(prepared, loaded.state, report)
        try:
            lock.check()
            save_state(place.store, loaded, after)
            if record:
                ended = {"finished": _iso(place.now()), "outcome": _outcome(report)}
                save_record(place.store, record.model_copy(update=ended), version)
                forget_old(place.store)
        except StoreError as error:
            # What became of the artifacts must be told all the same.
            return Published(report, publish_id, unsaved=error.message)
    return Published(report, publish_id if record else None)


def _load(place: Place) -> Loaded:
    return load_state(place.store, project=place.project, environment=place.environment, workspace=place.name)


def _known_kinds(loaded: Loaded) -> set[ArtifactKind]:
    """Return the kinds of what is ours, and of what an interrupted publish may have left in disorder."""
    pending = loaded.state.pending
    found = {ArtifactKey.parse(text).kind for text in (*loaded.state.owned, *(pending.writes if pending else ()))}
    return found | ({ArtifactKind.TRIGGER} if pending and pending.running else set())


def _prepared(
    target: Target,
    live: LiveWorkspace,
    loaded: Loaded,
    terms: Terms,
    bytes_of: Callable[[ArtifactKey], bytes],
    disowned: frozenset[Identity] = frozenset(),
) -> Prepared:
    state = settled(loaded.state, live.artifacts)
    plan = make_plan(target, live, state, terms, lambda key: properties_of(bytes_of(key)))
    return Prepared(plan, target, live, Loaded(state, loaded.version), bytes_of, disowned)


def _begin(place: Place, prepared: Prepared, publish_id: str) -> Loaded:
    """Write down what is about to be done; SYN333 where the state is not the one that the plan was made from."""
    pending = pending_of(prepared.plan, publish_id, prepared.target.artifacts, prepared.loaded.state)
    try:
        return save_state(place.store, prepared.loaded, prepared.loaded.state.model_copy(update={"pending": pending}))
    except ChangedError as error:
        message = "somebody else published since the plan was made; nothing was sent"
        raise SynapseGenError(Diagnostic("SYN333", message, hint="plan again"), exit_code=ExitCode.WORKSPACE) from error


def _recorded(place: Place, prepared: Prepared, publish_id: str) -> tuple[Record | None, str | None]:
    plan = prepared.plan
    if plan.is_empty:
        return None, None
    record = Record(
        id=publish_id,
        purpose=plan.purpose,
        who=place.who,
        started=_iso(place.now()),
        entries=dict(entries_of(plan, prepared.live.artifacts, prepared.loaded.state)),
        triggers=trigger_states(plan, prepared.live.artifacts),
    )
    return record, save_record(place.store, record)


def _graph(prepared: Prepared) -> Graph:
    plan = prepared.plan

    def triggers(steps: Iterable[TriggerStep]) -> frozenset[ArtifactKey]:
        return frozenset(ArtifactKey(ArtifactKind.TRIGGER, step.trigger) for step in steps)

    starts = [t for t in plan.triggers if t.action == "start"]
    return graph_of(
        Work(
            puts=frozenset(c.key for c in plan.having("create", "update")),
            deletes=frozenset(c.key for c in plan.having("delete")),
            stops=triggers(t for t in plan.triggers if t.action == "stop"),
            starts=triggers(starts),
            restores=triggers(t for t in starts if t.is_restored),
            desired=prepared.target.artifacts,
            live=prepared.live.artifacts,
        )
    )


def _event_triggers(prepared: Prepared) -> frozenset[Identity]:
    """Return the triggers that have a subscription, or are to have one."""
    artifacts: tuple[Mapping[Identity, HasContent], ...] = (prepared.target.artifacts, prepared.live.artifacts)
    kind = ArtifactKind.TRIGGER
    return frozenset(
        i for found in artifacts for i, artifact in found.items() if i[0] is kind and artifact.content.is_event
    )


def _ours(loaded: Loaded) -> Mapping[Identity, frozenset[str | None]]:
    pending = loaded.state.pending
    writes = pending.writes if pending else {}
    found: dict[Identity, frozenset[str | None]] = {}
    for text, prints in writes.items():
        # By identity: two publishes may have spelt the name in another case.
        identity = ArtifactKey.parse(text).identity
        found[identity] = found.get(identity, frozenset()) | frozenset(prints)
    return found


def _changes_state(prepared: Prepared) -> bool:
    """Whether the state has to be written although the workspace stays as it is."""
    state = prepared.loaded.state
    return _state_after(prepared, state, Report((), 0.0)) != state


def _state_after(prepared: Prepared, state: State, report: Report) -> State:
    return state_after(
        state,
        prepared.plan,
        report,
        prepared.target.artifacts,
        prepared.live.artifacts,
        disowned=prepared.disowned,
        sql=prepared.target.sql or state.sql,
    )


def _outcome(report: Report) -> str:
    if report.is_interrupted:
        return "interrupted"
    return "failed in part" if report.failed else "done"


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
