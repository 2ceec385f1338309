"""Publishing by several people to one workspace in which others work too, interrupted and faulty: nothing is lost.

Hypothesis makes up the story: trees that change, publishes of every kind, faults, Ctrl-C, kill -9, other people's hands
before and while we publish, rollbacks, a state that is lost, plans that were saved. The model says what must hold.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from generator.artifact import ArtifactKind
from generator.diagnostics import SynapseGenError
from generator.local.clock import SystemClock
from generator.local.faults.model import FaultFile
from generator.local.faults.serve import data_plane_server
from generator.local.faults.virtual import VirtualClock
from generator.local.store import ArtifactStore
from generator.publish import Outcome, Place, Plan, Prepared, Terms, apply, prepare_publish, prepare_rollback
from generator.publish.history import load_record, record_ids
from generator.publish.saved import moved, read_plan
from generator.workspace.azure import AzureWorkspace
from generator.workspace.folder import FolderStore
from generator.workspace.objects import StoreError
from tests.conftest import local_settings
from tests.contract import soak
from tests.contract.places import document, place_for, write_tree
from tests.contract.publish_model import (
    OURS,
    THEIRS,
    Documents,
    Model,
    Snapshot,
    identity,
    in_case,
    our_document,
    with_needs,
    without,
)
from tests.contract.test_killed import Counter, publish_and_die

if TYPE_CHECKING:
    from generator.publish.steps import Identity

names = st.sampled_from(sorted(OURS))
any_names = st.sampled_from([*sorted(OURS), *THEIRS])
clones = st.integers(0, 1)
values = st.integers(0, 3)
states = st.sampled_from([None, "Started", "Stopped"])
moments = st.integers(1, 8)


class Publishing(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.store = ArtifactStore(None, SystemClock())
        self.model = Model(self.store)
        self.trees: list[Documents] = [{}, {}]
        self.number = 0
        self.finished: dict[str, tuple[Snapshot, Snapshot]] = {}
        self.saved: tuple[Path, int, Documents, dict[Any, Any]] | None = None

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    # The tree

    @initialize(value=values, on=st.booleans())
    def begins_with_a_whole_tree(self, value: int, on: bool) -> None:
        whole = {text: our_document(text, value, upper=False, state="Started" if on else None) for text in OURS}
        self.trees = [dict(whole), dict(whole)]

    @rule(clone=clones, text=names, value=values, upper=st.booleans(), state=states)
    def edit(self, clone: int, text: str, value: int, upper: bool, state: str | None) -> None:
        """Add, change, or write the name in another case."""
        tree = {t: body for t, body in self.trees[clone].items() if identity(t) != identity(text)}
        body = our_document(text, value, upper=upper, state=state)
        self.trees[clone] = with_needs(tree, text) | {in_case(text, upper=upper): body}

    @rule(clone=clones, text=names)
    def remove(self, clone: int, text: str) -> None:
        self.trees[clone] = without(self.trees[clone], text)

    @rule()
    def pull(self) -> None:
        self.trees[1] = dict(self.trees[0])

    # Somebody else

    @rule(text=any_names)
    def somebody_writes(self, text: str) -> None:
        self.number += 1
        needs = ("pipeline/x",) if text.startswith("trigger/") else ()
        self.model.somebody_writes(text, document(text, *needs, value=f"theirs {self.number}"))

    @rule(text=any_names)
    def somebody_deletes(self, text: str) -> None:
        self.model.somebody_deletes(identity(text))

    @rule(text=st.sampled_from(["trigger/nightly", "trigger/hourly", "trigger/x"]), on=st.booleans())
    def somebody_switches(self, text: str, on: bool) -> None:
        i = identity(text)
        # What is stopped while a publish is unfinished may be ours to start again: nobody can tell.
        if self.store.get(*i) and self.model.runs.get(i) is self.model.is_running(i):
            self.model.somebody_switches(i, on=on)

    @rule()
    def the_state_is_lost(self) -> None:
        (self.root / "published" / "state.json").unlink(missing_ok=True)
        self.model.state_is_lost()

    # Publishing

    @rule(clone=clones, prune=st.booleans(), adopt=st.booleans())
    def publish(self, clone: int, prune: bool, adopt: bool) -> None:
        with self.place() as place:
            self._publish(place, clone, Terms(prune=prune, adopt=adopt))

    @rule(clone=clones, adopt=st.booleans(), at=moments, text=any_names, deletes=st.booleans())
    def publish_while_somebody_works(self, clone: int, adopt: bool, at: int, text: str, deletes: bool) -> None:
        def meanwhile() -> None:
            if deletes:
                self.somebody_deletes(text)
            elif self.store.get(*identity(text)) or text in THEIRS:
                # To create is not conditional at the service: what comes into being at that moment cannot be seen.
                self.somebody_writes(text)

        with self.place() as place:
            self._publish(place, clone, Terms(prune=True, adopt=adopt), at=at, meanwhile=meanwhile)

    @rule(clone=clones, prune=st.booleans(), at=moments)
    def publish_until_ctrl_c(self, clone: int, prune: bool, at: int) -> None:
        def interrupt() -> None:
            raise KeyboardInterrupt

        with self.place() as place:
            self._publish(place, clone, Terms(prune=prune), at=at, meanwhile=interrupt)

    @rule(clone=clones, prune=st.booleans(), adopt=st.booleans(), seed=st.integers(0, 10_000))
    def publish_with_faults(self, clone: int, prune: bool, adopt: bool, seed: int) -> None:
        faults = soak.random_faults(random.Random(seed), seed)  # noqa: S311 - no secret is made of it
        # Where nobody looks at If-Match an operation that is repeated after a fault may overtake somebody.
        with self.place(faults) as place:
            self._publish(place, clone, Terms(prune=prune, adopt=adopt))

    @rule(clone=clones, at=st.integers(1, 60), is_before=st.booleans())
    def publish_until_kill_9(self, clone: int, at: int, is_before: bool) -> None:
        tree = dict(self.trees[clone])
        source = write_tree(self.root / "tree", tree)
        configured = local_settings(self.root / "never")
        with data_plane_server(configured, store=self.store) as server:
            with self._connected(server.url, server.token) as workspace:
                if prepare_publish(place_for(workspace, self.root), source, Terms(prune=True)).plan.conflicts:
                    return
            child = os.fork()
            if child == 0:
                publish_and_die((server.url, server.token), source, self.root, Counter(at, is_before=is_before))
            os.waitpid(child, 0)
        self.model.claimed |= {identity(text) for text in tree}
        self.model.unfinished(tree)
        self.model.nothing_of_theirs_was_touched()

    @rule(clone=clones, other=clones)
    def publish_a_plan_that_was_overtaken(self, clone: int, other: int) -> None:
        with self.place() as place:
            late = self._prepared(place, clone, Terms(prune=True))
            if late.plan.conflicts or late.plan.is_empty:
                return  # nothing to do is nothing to be overtaken in
            self._publish(place, other, Terms())
            before = self.model.snapshot().contents
            if refusal := self._refusal_of(place, late, self.trees[clone]):
                assert refusal.diagnostics[0].code == "SYN333"
                assert self.model.snapshot().contents == before

    @rule(clone=clones, prune=st.booleans())
    def save_a_plan(self, clone: int, prune: bool) -> None:
        with self.place() as place:
            plan = self._prepared(place, clone, Terms(prune=prune)).plan
        path = self.root / "plan.json"
        path.write_text(plan.to_json(), encoding="utf-8")
        self.saved = path, clone, dict(self.trees[clone]), self._live_of(self.trees[clone])

    @precondition(lambda self: self.saved is not None)
    @rule()
    def publish_the_saved_plan(self) -> None:
        assert self.saved is not None
        path, clone, tree, live = self.saved
        saved = read_plan(path, "plan.json")
        with self.place() as place:
            prepared = self._prepared(place, clone, Terms(prune=saved.prune))
            refusals = list(moved(saved, prepared.plan, "plan.json"))
            if prepared.plan.conflicts or refusals:
                return
            assert not saved.conflicts or saved.conflicts == prepared.plan.conflicts
            assert tree == self.trees[clone], "the tree is not the one of the plan"
            assert live == self._live_of(tree), "the workspace is not the one of the plan"
            self._carry_out(place, prepared, self.trees[clone])
        self.saved = None

    # The way back

    @rule(adopt=st.booleans(), pick=st.integers(0, 4))
    def roll_back(self, adopt: bool, pick: int) -> None:
        ids = record_ids(FolderStore(self.root / "published"))
        if not ids:
            return
        named = ids[-1 - pick] if 0 < pick < len(ids) else None
        oldest = ids[-pick] if named else ids[-1]
        with self.place() as place:
            entries: set[Identity] = set()
            foreign: set[Identity] = set()
            for undone in reversed(ids[ids.index(oldest) :]):
                found = {
                    identity(text): entry.before for text, entry in load_record(place.store, undone).entries.items()
                }
                entries |= found.keys()
                foreign = foreign - found.keys() | {
                    i for i, before in found.items() if before and (not before.owned or '"theirs ' in str(before.text))
                }
            prepared = prepare_rollback(place, named, Terms("rollback", adopt=adopt))
            before = self.model.snapshot()
            if prepared.plan.conflicts:
                self._conflicts_are_theirs(prepared.plan, ())
                return
            allowed = entries if adopt else ()
            published = apply(place, prepared, on_outcome=lambda _: None)
            failed = published.report.failed
            # What somebody deleted and we made again is in use: there is no way back to where it was missing.
            assert all("it is referenced by" in str(o.error) or o.blocked_by for o in failed), failed
        self.model.nothing_of_theirs_was_touched(allowed)
        if adopt:
            for change in prepared.plan.changes:
                self.model.theirs.pop(change.key.identity, None)
        self.model.is_theirs_again(foreign)
        self._only_named_changed(before, prepared.plan)
        if failed:
            self.model.unfinished({text: our_document(text, 0, upper=False, state="Started") for text in OURS})
            return
        if oldest in self.finished:
            past, _ = self.finished[oldest]
            for i in entries:
                if self.model.touched.get(i) == past.touched.get(i):
                    assert self.model.snapshot().contents.get(i) == past.contents.get(i), f"{i} is not as it was"
        for change in prepared.plan.changes:
            if change.key.kind is ArtifactKind.TRIGGER:
                self.model.runs.pop(change.key.identity, None)
                self.model.runs[change.key.identity] = self.model.is_running(change.key.identity)
        self.model.all_run_that_should()

    # What holds

    @invariant()
    def no_state_holds_what_it_must_not(self) -> None:
        for path in (self.root / "published").glob("*.json"):
            assert "the-token-of-a-test" not in path.read_text(encoding="utf-8")

    @invariant()
    def foreign_triggers_are_as_they_were(self) -> None:
        i = identity("trigger/x")
        if self.store.get(*i):
            assert self.model.is_running(i) is self.model.runs[i]

    # How

    @contextmanager
    def place(self, faults: FaultFile | None = None) -> Iterator[Place]:
        clock = VirtualClock()
        faults = faults or FaultFile(check_references=False)
        configured = local_settings(self.root / "never")
        with (
            data_plane_server(configured, faults=faults, clock=clock, store=self.store) as server,
            self._connected(server.url, server.token, clock) as workspace,
        ):
            yield place_for(workspace, self.root, clock=clock)
            self.requests = server.requests()

    @contextmanager
    def _connected(self, url: str, token: str, clock: Any = None) -> Iterator[AzureWorkspace]:
        workspace = AzureWorkspace.connect_local(url, token, clock=clock)
        try:
            yield workspace
        finally:
            workspace.close()

    def _prepared(self, place: Place, clone: int, terms: Terms) -> Prepared:
        return prepare_publish(place, write_tree(self.root / "tree", self.trees[clone]), terms)

    def _publish(
        self, place: Place, clone: int, terms: Terms, *, at: int = 0, meanwhile: Callable[[], None] = lambda: None
    ) -> None:
        tree = self.trees[clone]
        try:
            prepared = self._prepared(place, clone, terms)
        except SynapseGenError:
            return  # the workspace could not be read: nothing was sent
        plan = prepared.plan
        self._conflicts_are_theirs(plan, tree)
        if not plan.conflicts:
            self._carry_out(place, prepared, tree, at=at, meanwhile=meanwhile)

    def _conflicts_are_theirs(self, plan: Plan, tree: Any) -> None:
        found = {identity(c.artifact) for c in plan.conflicts}
        assert found <= self.model.theirs.keys(), "a conflict about what nobody else touched"
        if plan.purpose == "publish" and not plan.adopt:
            wanted = {identity(text) for text in tree}
            assert wanted & self.model.theirs.keys() <= found, "what somebody else wrote is no conflict"

    def _carry_out(
        self,
        place: Place,
        prepared: Prepared,
        tree: Documents,
        *,
        at: int = 0,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        told = 0

        def on_outcome(_: Outcome) -> None:
            nonlocal told
            told += 1
            if told == at:
                meanwhile()

        plan, before = prepared.plan, self.model.snapshot()
        allowed = set(map(identity, tree)) | self.model.claimed if plan.adopt else set()
        named = {c.key.identity for c in plan.having("create", "update", "delete")}
        if plan.adopt:
            # Taken over, as it is or not: ours from now on.
            for change in plan.changes:
                if change.action == "unchanged" and change.reason.startswith("taken over"):
                    self.model.theirs.pop(change.key.identity, None)
        try:
            published = apply(place, prepared, on_outcome=on_outcome)
        except StoreError as error:
            raise AssertionError(error.message) from error
        self.model.claimed |= {identity(text) for text in tree}
        self.model.nothing_of_theirs_was_touched(allowed & named)
        self._only_named_changed(before, plan)
        report = published.report
        if report.failed or report.is_interrupted:
            self.model.unfinished(tree)
            return
        if told >= at > 0:
            self.model.unfinished(tree)
            return
        self.model.is_as(tree)
        gone = {i for i in self.model.runs if not self.store.get(*i)}
        for i in gone:
            del self.model.runs[i]
        self.model.triggers_are_right(tree)
        if published.publish_id:
            self.finished[published.publish_id] = before, self.model.snapshot()
        with self.place() as clean:
            again = self._prepared(clean, self.trees.index(tree), Terms(prune=plan.prune))
        assert again.plan.is_empty, again.plan
        assert not again.plan.conflicts

    def _refusal_of(self, place: Place, prepared: Prepared, tree: Documents) -> SynapseGenError | None:
        try:
            self._carry_out(place, prepared, tree)
        except SynapseGenError as error:
            return error
        return None

    def _only_named_changed(self, before: Snapshot, plan: Plan) -> None:
        """Nothing was written that the plan did not name."""
        after = self.model.snapshot()
        named = {c.key.identity for c in plan.having("create", "update", "delete")}
        for i in before.contents.keys() | after.contents.keys():
            if before.contents.get(i) != after.contents.get(i) and i not in named:
                assert after.touched.get(i) != before.touched.get(i), f"{i} was written, and no plan names it"

    def _live_of(self, tree: Documents) -> dict[Any, Any]:
        """What the workspace has of a tree."""
        return {i: self.model.content(i) for i in map(identity, tree)}


SOAK = int(os.environ.get("SYNAPSE_GEN_SOAK", "0"))
TestPublishing = Publishing.TestCase
TestPublishing.settings = settings(
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=SOAK or 8,
    stateful_step_count=30 if SOAK else 15,
    # A story is replayed by its seed; to make it shorter takes minutes.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
