"""Rules on triggers.

Source: "Create a trigger that runs a pipeline on a schedule", section Time zone option: start and end are written
``yyyy-MM-ddTHH:mm:ssZ`` in UTC and ``yyyy-MM-ddTHH:mm:ss`` in any other zone. Z renders another zone useless, and UTC
without Z fails when the trigger is activated.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.artifact import ArtifactKind
from generator.diagnostics import Severity
from generator.documents import as_object
from generator.expressions import WINDOWS_ZONES, windows_zone_meant
from generator.rules.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from generator.documents import Document
    from generator.rules.rule import Workspace

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,7})?)?(Z|[+-]\d{2}:\d{2})?")
_RECURRENCE = ("properties", "typeProperties", "recurrence")


def _recurrences(workspace: Workspace) -> Iterator[tuple[Document, dict[str, Any]]]:
    for document in workspace.of_kind(ArtifactKind.TRIGGER):
        if document.properties.get("type") == "ScheduleTrigger":
            yield document, as_object(as_object(document.properties.get("typeProperties")).get("recurrence"))


class MomentOfTrigger(Rule):
    """The start or end of a schedule trigger does not fit its time zone."""

    code = "SYN160"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look at the form of both, and at their Z."""
        for document, recurrence in _recurrences(workspace):
            zone = recurrence.get("timeZone", "UTC")
            for member in ("startTime", "endTime"):
                text = recurrence.get(member)
                path = (*_RECURRENCE, member)
                match = _MOMENT.fullmatch(text) if isinstance(text, str) else None
                if text is not None and match is None:
                    message = f'{member} "{text}" is no moment such as 2026-01-31T02:00:00'
                    yield Finding(document.key, path, message)
                elif match and zone == "UTC" and match[1] is None:
                    message = f"{member} is in UTC and does not end in Z: the trigger cannot be started"
                    yield Finding(document.key, path, message, hint=f'write "{text}Z"')
                elif match and zone != "UTC" and match[1] is not None:
                    message = f'{member} ends in {match[1]}, so that its time zone "{zone}" does not count'
                    hint = "write local time, without a zone"
                    yield Finding(document.key, path, message, hint, Severity.WARNING)


class ZoneOfTrigger(Rule):
    """A schedule trigger names a time zone that Windows does not have."""

    code = "SYN161"

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look up the zone of each recurrence: Windows names, not IANA ones."""
        for document, recurrence in _recurrences(workspace):
            zone = recurrence.get("timeZone")
            if zone is None or zone in WINDOWS_ZONES:
                continue
            meant = windows_zone_meant(str(zone))
            near = f'; did you mean "{meant}"?' if meant else ""
            message = f'"{zone}" is no time zone of Windows{near}'
            yield Finding(document.key, (*_RECURRENCE, "timeZone"), message)


RULES: tuple[type[Rule], ...] = (MomentOfTrigger, ZoneOfTrigger)
