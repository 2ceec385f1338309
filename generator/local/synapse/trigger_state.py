"""The state of a trigger: whether it runs, and whether it is subscribed to its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from generator.local.store import Stored

Subscription = Literal["Enabled", "Provisioning", "Deprovisioning", "Disabled"]
"""EventSubscriptionStatus of the REST specification, but for Unknown."""
# Types of triggers that wait for Event Grid ("TriggerSubscription..." operations of azure-synapse-artifacts).
_EVENT_TYPES = ("BlobEventsTrigger", "CustomEventsTrigger")
STARTED, STOPPED = "Started", "Stopped"


def runtime_state(stored: Stored) -> str:
    """Return ``Started`` or ``Stopped``; the document has no say.

    The REST specification marks ``runtimeState`` as read-only, and a PUT without it reads back as Stopped (azure-cli,
    test_trigger).
    """
    return stored.state.get("runtimeState", STOPPED)


def subscription(stored: Stored) -> Subscription:
    """Return the state of a trigger's subscription; of one that never had any, Disabled."""
    match stored.state.get("subscription"):
        case "Enabled":
            return "Enabled"
        case "Provisioning":
            return "Provisioning"
        case "Deprovisioning":
            return "Deprovisioning"
        case _:
            return "Disabled"


def with_state(stored: Stored, **changes: str) -> dict[str, str]:
    """Return the state of a trigger after a change."""
    return {**stored.state, **changes}


def is_event_trigger(document: dict[str, Any]) -> bool:
    """Whether a trigger waits for events, so that it has to be subscribed to them."""
    return (document.get("properties") or {}).get("type") in _EVENT_TYPES


def runs_nothing(document: dict[str, Any]) -> bool:
    """Whether a trigger names no pipeline; those of tumbling windows name one, the others a list."""
    properties = document.get("properties") or {}
    return not (properties.get("pipelines") or properties.get("pipeline"))
