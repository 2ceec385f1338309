"""Schedules: what goes with which recurrence, and time zones that Synapse knows."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from generator.expressions import WINDOWS_ZONES, windows_zone_meant
from generator.spec.wording import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.diagnostics import Diagnostic
    from generator.source import KeyPath, SourceDocument
    from generator.spec.automl import AutoMlSpec, Schedule


def schedule_findings(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    """Yield what is wrong with the schedules of training and scoring."""
    for stage, schedule in (("train", spec.train.schedule), ("score", spec.score.schedule)):
        if schedule:
            yield from _recurrence(schedule, (stage, "schedule"), source)
            yield from _start(schedule, (stage, "schedule"), source)


def _recurrence(schedule: Schedule, path: KeyPath, source: SourceDocument) -> Iterator[Diagnostic]:
    if schedule.on and schedule.every != "week":
        message = f"days of the week do not go with every: {schedule.every}"
        yield source.diagnostic("SYN036", message, (*path, "on"), key=True, hint="use every: week")
    for index, day in enumerate(schedule.on):
        if day in schedule.on[:index]:
            yield source.diagnostic("SYN036", f"{day} stands twice", (*path, "on", index))
    if schedule.at and schedule.every in ("minute", "hour"):
        message = f"a time of day does not go with every: {schedule.every}"
        yield source.diagnostic("SYN036", message, (*path, "at"), key=True, hint="start says when the first run is")


def _start(schedule: Schedule, path: KeyPath, source: SourceDocument) -> Iterator[Diagnostic]:
    zone = schedule.time_zone
    if zone not in WINDOWS_ZONES:
        meant = windows_zone_meant(zone)
        guess = f'; did you mean "{meant}"?' if meant else ""
        message = f"{shown(zone)} is no time zone that Synapse knows{guess}"
        hint = "triggers take Windows names of time zones, such as W. Europe Standard Time"
        yield source.diagnostic("SYN036", message, (*path, "time_zone"), hint=hint)
    elif zone != "UTC" and schedule.start.endswith("Z"):
        message = f"a start with Z is in UTC, but the time zone is {zone}"
        yield source.diagnostic("SYN036", message, (*path, "start"), hint="leave the Z out")
    try:
        datetime.fromisoformat(schedule.start)
    except ValueError as error:
        yield source.diagnostic("SYN036", f"{schedule.start} is no moment: {error}", (*path, "start"))
