"""Does one step in the workspace: looks at what is there, then writes, and loses no change of anybody else."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from generator.publish.execute import TooManyError
from generator.publish.live import Live
from generator.publish.outcome import Outcome
from generator.publish.planning import differences
from generator.publish.secrets import BLANK, SHORTEST, secrets_of
from generator.publish.steps import Verb
from generator.publish.tree import properties_of
from generator.workspace.objects import StoreError
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generator.artifact import ArtifactKey
    from generator.publish.content import Content
    from generator.publish.plan import Change, FieldDifference, Plan
    from generator.publish.steps import Identity, Step
    from generator.workspace.clock import Clock
    from generator.workspace.objects import Lock
    from generator.workspace.port import LiveArtifact, Workspace

_LOOK_TRIES = 6
"""Reads are limited as well; one that is too many after the client's own repetitions says nothing of the artifact."""
_LONGEST_WAIT = 60.0
"""Seconds that a look is put off at most because the service asked for it."""
_START_TRIES = 5
"""Starting a trigger right after it was written is refused now and then; other tools try five times."""


class WorkspaceWorker:
    """Carries out the steps of one plan; used by many threads."""

    def __init__(
        self,
        workspace: Workspace,
        plan: Plan,
        desired: Mapping[Identity, Content],
        bytes_of: Callable[[ArtifactKey], bytes],
        lock: Lock,
        clock: Clock,
        ours: Mapping[Identity, frozenset[str | None]],
        events: frozenset[Identity],
    ) -> None:
        """``ours`` are fingerprints that an interrupted publish may have left, ``events`` triggers with subscriptions."""
        self._workspace = workspace
        self._changes: dict[Identity, Change] = {c.key.identity: c for c in plan.changes}
        self._desired = desired
        self._bytes_of = bytes_of
        self._lock = lock
        self._clock = clock
        self._ours = ours
        self._events = events
        # Written by one thread each, and looked up by the same.
        self._sent: set[Step] = set()
        self._etags: dict[Identity, str] = {}

    def look(self, step: Step) -> Outcome | None:
        """Read the artifact again: what changed since the plan is reported, what is as wanted needs no write."""
        started = self._clock.now()
        try:
            found = self._patiently_read(step.key)
        except WorkspaceError as error:
            return self._failed(step, started, error)
        there = Live(found) if found else None
        outcome = self._judged(step, there)
        if outcome is None and there:
            self._etags[step.key.identity] = there.etag
        return replace(outcome, seconds=self._clock.now() - started) if outcome else None

    def _patiently_read(self, key: ArtifactKey) -> LiveArtifact | None:
        for tries in range(1, _LOOK_TRIES):
            try:
                return self._workspace.read(key)
            except WorkspaceError as error:
                if not error.is_too_many:
                    raise
                self._clock.sleep(min(error.retry_after or 2.0**tries, _LONGEST_WAIT))
        return self._workspace.read(key)

    def carry_out(self, step: Step) -> Outcome:
        """Do it; TooManyError where the service has too much under way."""
        started = self._clock.now()
        try:
            self._lock.check()
            self._sent.add(step)
            live = self._do(step)
        except StoreError as error:
            return Outcome(step, self._clock.now() - started, error=error.message)
        except WorkspaceError as error:
            if error.is_too_many:
                raise TooManyError(self._without_secrets(step, error.message), error.retry_after) from error
            if error.is_changed and (judged := self._look_again(step)):
                return replace(judged, seconds=self._clock.now() - started, was_sent=True)
            return replace(self._failed(step, started, error), was_sent=True)
        return Outcome(step, self._clock.now() - started, live=live)

    def _do(self, step: Step) -> Live | None:
        key = step.key
        match step.verb:
            case Verb.PUT:
                content = self._bytes_of(key)
                if hashlib.sha256(content).hexdigest() != self._changes[key.identity].sha256:
                    raise WorkspaceError("its file changed since the plan was made; nothing was sent")
                written = self._workspace.put(key, content, etag=self._etags.get(key.identity))
                if written is None or written.key.identity != key.identity or not isinstance(written.properties, dict):
                    written = self._read_back(key)
                return Live(written) if written else None
            case Verb.DELETE:
                self._workspace.delete(key, etag=self._etags.get(key.identity))
            case Verb.STOP:
                self._stop(key)
            case Verb.START:
                self._start(key)
        return None

    def _read_back(self, key: ArtifactKey) -> LiveArtifact | None:
        try:
            return self._workspace.read(key)
        except WorkspaceError as error:
            # Whatever its status: it is not that of the write, which was carried out.
            raise WorkspaceError(f"it was written, but cannot be read: {error.message}") from error

    def _stop(self, key: ArtifactKey) -> None:
        # Microsoft's deployment script for Data Factory unsubscribes before it stops, and subscribes before it starts.
        if key.identity in self._events:
            self._workspace.unsubscribe_trigger(key.name)
        self._workspace.stop_trigger(key.name)

    def _start(self, key: ArtifactKey) -> None:
        for tries in range(1, _START_TRIES + 1):
            try:
                if key.identity in self._events:
                    self._workspace.subscribe_trigger(key.name)
                self._workspace.start_trigger(key.name)
            except WorkspaceError as error:
                if tries == _START_TRIES or error.is_too_many:
                    raise
                self._clock.sleep(0.5 * 2**tries)
            else:
                return

    def _judged(self, step: Step, there: Live | None) -> Outcome | None:
        """Return the outcome where there is nothing to write or somebody was faster; None where the step is due."""
        change = self._changes[step.key.identity]
        if there is None:
            if step.verb is Verb.DELETE:
                return Outcome(step)
            return None if change.etag is None else Outcome(step, error="it was deleted meanwhile; nothing was written")
        found = there.content.fingerprint
        wanted = self._desired.get(step.key.identity)
        is_ours = step in self._sent or found in self._ours.get(step.key.identity, ())
        if step.verb is Verb.PUT and wanted and wanted.fingerprint == found and (is_ours or change.etag is not None):
            return Outcome(step, live=there)
        # A service that gives no etag does not say by an empty one that nothing changed.
        is_same = bool(there.etag) and there.etag == change.etag
        as_planned = change.etag is not None and (is_same or found == change.live)
        if as_planned or found in self._ours.get(step.key.identity, ()):
            return None
        what = "somebody made it meanwhile" if change.etag is None else "somebody changed it meanwhile"
        return Outcome(step, error=f"{what}; it was not overwritten", changed=self._both(step, there))

    def _both(self, step: Step, there: Live) -> tuple[FieldDifference, ...]:
        if step.verb is Verb.DELETE:
            return ()
        try:
            new = properties_of(self._bytes_of(step.key))
        except (WorkspaceError, ValueError):
            # Its file went, or is being written. What matters is that nothing was sent.
            return ()
        return differences(step.key.kind, there.properties, new)

    def _look_again(self, step: Step) -> Outcome | None:
        try:
            found = self._workspace.read(step.key)
        except WorkspaceError:
            return None
        there = Live(found) if found else None
        judged = self._judged(step, there)
        if judged is None and there and there.etag != self._etags.get(step.key.identity):
            error = "its etag changed meanwhile, though not its content; nothing was written"
            return Outcome(step, error=error)
        return judged

    def _failed(self, step: Step, started: float, error: WorkspaceError) -> Outcome:
        return Outcome(step, self._clock.now() - started, error=self._without_secrets(step, error.message))

    def _without_secrets(self, step: Step, message: str) -> str:
        """Return what the service says without the secrets of the document, which it may say back in any form."""
        if step.verb is not Verb.PUT:
            return message
        try:
            known = secrets_of(properties_of(self._bytes_of(step.key)))
        except (WorkspaceError, ValueError):
            return message
        for secret in sorted(known, key=len, reverse=True):
            if len(secret) >= SHORTEST:
                message = message.replace(secret, BLANK)
        return message
