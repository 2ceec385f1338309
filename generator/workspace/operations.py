"""Long-running operations: a 202, then looks at its result until it is done.

Polled here, not by the SDK: it waits at least the recorded Retry-After of 10 s, operations take about 3 s, and it takes
a 200 that says Failed for success.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.workspace.clock import SystemClock
from generator.workspace.errors import failure, object_of
from generator.workspace.pace import Durations, Pace
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.workspace.clock import Clock
    from generator.workspace.connection import Connection

_PENDING = 202
_LONGEST_WAIT = 60.0
"""Seconds that a look is put off because the service asked for it; who asks for more does not want to be waited for."""


class Operations:
    """Waits for operations and learns how long they take; used by many threads."""

    def __init__(self, connection: Connection, pace: Pace | None = None, clock: Clock | None = None) -> None:
        self._connection = connection
        self._pace = pace or Pace()
        self._clock = clock or SystemClock()
        self._durations = Durations()

    def finish(self, answer: Any, what: str) -> Any:
        """Return the last answer of an operation: ``answer`` itself where it is done, else that of its result.

        ``what`` names operations that take equally long. Raises WorkspaceError where it failed, by its status or in
        its body, or took too long.
        """
        if answer.status_code == _PENDING:
            path = self._result_path(answer.headers.get("Location"))

            def look() -> Any:
                try:
                    found = self._connection.send("GET", path, version=None)
                except WorkspaceError as error:
                    if not error.is_too_many:
                        raise
                    # A look that was too many. Taken for a write that was, it would be written a second time.
                    wait = error.retry_after or 0.0
                    if wait > _LONGEST_WAIT:
                        message = f"{error.message}; it was accepted, and may still be carried out"
                        raise WorkspaceError(message, code=error.code) from error
                    self._clock.sleep(wait)
                    return None
                return None if _is_pending(found) else found

            answer = self.watch(look, what)
        return _succeeded(answer)

    def watch(self, look: Callable[[], Any], what: str) -> Any:
        """Look again and again until ``look`` returns something, and return it; WorkspaceError where it takes too long."""
        started = looked = self._clock.now()
        for delay in self._pace.delays(self._durations.expected(what)):
            if self._clock.now() - started + delay > self._pace.longest:
                break
            if delay:
                self._clock.sleep(delay)
            found = look()
            now = self._clock.now()
            if found is not None:
                self._durations.learn(what, looked - started, now - started)
                return found
            looked = now
        raise WorkspaceError(
            f"the operation did not end within {self._pace.longest:.0f} s; it may still be carried out"
        )

    def _result_path(self, location: str | None) -> str:
        if not location:
            raise WorkspaceError("the request was accepted, but not said where its result is: it may be carried out")
        return self._connection.path_of(location)


def _is_pending(answer: Any) -> bool:
    # The body was recorded beside the 202; one that says so is believed with any status.
    if answer.status_code == _PENDING:
        return True
    return b"InProgress" in answer.content and object_of(answer).get("status") == "InProgress"


def _succeeded(answer: Any) -> Any:
    # A resource of a megabyte is not parsed to find out that it is no failure: its status is in its first members.
    if answer.content and b'"status"' in answer.content and (failed := failure(object_of(answer))):
        raise failed
    return answer
