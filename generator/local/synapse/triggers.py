"""Starting and stopping triggers, and their subscriptions to events.

Recorded (azure-cli, test_trigger): start and stop are empty POSTs that are answered by an empty 200, also for a trigger
that is started already; subscribing answers Provisioning, unsubscribing Deprovisioning, and some seconds later
getEventSubscriptionStatus says Enabled. A trigger that is started here runs nothing: runs are created by request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generator.artifact import ArtifactKind
from generator.local.faults.plan import plan_of
from generator.local.synapse.answers import RefusedError
from generator.local.synapse.trigger_state import (
    STARTED,
    STOPPED,
    Subscription,
    is_event_trigger,
    runs_nothing,
    runtime_state,
    subscription,
    with_state,
)

if TYPE_CHECKING:
    from starlette.requests import Request

    from generator.local.faults.model import FaultFile
    from generator.local.store import ArtifactStore, Stored
    from generator.local.synapse.operations import Operations

_KIND = ArtifactKind.TRIGGER
_AFTER: dict[Subscription, Subscription] = {"Provisioning": "Enabled", "Deprovisioning": "Disabled"}
# Words of Data Factory, whose service it is: Azure-Player/azure.datafactory.tools, issue 484.
_PROVISIONING = "Resource cannot be updated during provisioning"


class TriggerApi:
    """The state of the triggers of one store."""

    def __init__(self, store: ArtifactStore, operations: Operations, faults: FaultFile) -> None:
        self._store = store
        self._operations = operations
        self._faults = faults
        for stored in store.list(_KIND):
            # What was under way when the process died is over.
            self._arrive(stored.name, subscription(stored))

    def routes(self) -> list[Route]:
        """Return the routes; they stand before those of artifacts, which take every path."""
        verbs = {
            "start": self.start,
            "stop": self.stop,
            "subscribeToEvents": self.subscribe,
            "unsubscribeFromEvents": self.unsubscribe,
            "getEventSubscriptionStatus": self.status,
        }
        return [Route(f"/triggers/{{name}}/{verb}", answer, methods=["POST"]) for verb, answer in verbs.items()]

    async def start(self, request: Request) -> Response:
        """Start a trigger; one of events must be subscribed to them."""
        stored = self._trigger(request)
        if runtime_state(stored) == STARTED:
            return Response(status_code=200)
        document = stored.document
        if runs_nothing(document):
            # "A trigger can't be started without a pipeline" is documented of Data Factory; its code is not recorded.
            raise RefusedError(
                400, "BadRequest", f"The trigger {stored.name} starts no pipeline and cannot be started."
            )
        state = subscription(stored)
        if is_event_trigger(document) and state != "Enabled":
            if state == "Disabled":
                # Not recorded: that it has to be subscribed is documented, what the refusal says is not.
                message = f"The trigger {stored.name} is not subscribed to its events."
                raise RefusedError(400, "BadRequest", message)
            raise RefusedError(400, "BadRequest", _PROVISIONING)
        return self._become(stored, STARTED)

    async def stop(self, request: Request) -> Response:
        """Stop a trigger."""
        stored = self._trigger(request)
        if runtime_state(stored) == STOPPED:
            return Response(status_code=200)
        return self._become(stored, STOPPED)

    async def subscribe(self, request: Request) -> Response:
        """Begin to subscribe a trigger to its events."""
        return self._change_subscription(request, "Provisioning", already="Enabled")

    async def unsubscribe(self, request: Request) -> Response:
        """Begin to end a trigger's subscription."""
        return self._change_subscription(request, "Deprovisioning", already="Disabled")

    async def status(self, request: Request) -> Response:
        """Return the state of a trigger's subscription."""
        stored = self._event_trigger(request)
        return _answer(stored.name, subscription(stored))

    def _become(self, stored: Stored, runtime: str) -> Response:
        # The state is part of the document that the etag is of: in the recording a trigger that runs has an etag of
        # minutes ago, one that was only subscribed has that of its PUT a year before.
        self._store.set_state(_KIND, stored.name, with_state(stored, runtimeState=runtime), is_write=True)
        return Response(status_code=200)

    def _change_subscription(self, request: Request, to: Subscription, *, already: Subscription) -> Response:
        stored = self._event_trigger(request)
        if subscription(stored) in (to, already):
            return _answer(stored.name, subscription(stored))
        self._store.set_state(_KIND, stored.name, with_state(stored, subscription=to), is_write=False)
        duration = plan_of(request.scope).draw("subscription", self._faults.subscription)
        self._operations.later(duration, lambda: self._arrive(stored.name, to))
        return _answer(stored.name, to)

    def _arrive(self, name: str, under_way: Subscription) -> None:
        """End a change of a subscription, if it is still that which is under way."""
        stored = self._store.get(_KIND, name)
        if stored and under_way in _AFTER and subscription(stored) == under_way:
            state = with_state(stored, subscription=_AFTER[under_way])
            self._store.set_state(_KIND, stored.name, state, is_write=False)

    def _trigger(self, request: Request) -> Stored:
        name = request.path_params["name"]
        stored = self._store.get(_KIND, name)
        if stored is None:
            raise RefusedError(404, "TriggerNotFound", f"Trigger {name} not found")
        return stored

    def _event_trigger(self, request: Request) -> Stored:
        stored = self._trigger(request)
        if not is_event_trigger(stored.document):
            # Not recorded.
            raise RefusedError(400, "BadRequest", f"The trigger {stored.name} does not wait for events.")
        return stored


def _answer(name: str, status: Subscription) -> Response:
    return JSONResponse({"triggerName": name, "status": status})
