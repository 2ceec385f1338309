"""What no schema can say of a spec: columns, targets, names and paths that must fit each other.

Each module checks one subject and yields findings; none of them stops at the first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.spec.checks.columns import column_findings
from generator.spec.checks.lake import lake_findings
from generator.spec.checks.names import name_findings
from generator.spec.checks.partial import partial_findings
from generator.spec.checks.project import project_findings
from generator.spec.checks.schedules import schedule_findings
from generator.spec.checks.shared import shared_findings
from generator.spec.checks.target import target_findings
from generator.spec.checks.training import training_findings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.diagnostics import Diagnostic
    from generator.source import SourceDocument
    from generator.spec.automl import AutoMlSpec

__all__ = ["partial_findings", "project_findings", "shared_findings", "spec_findings"]

_CHECKS = (
    name_findings,
    column_findings,
    target_findings,
    training_findings,
    lake_findings,
    schedule_findings,
)


def spec_findings(spec: AutoMlSpec, source: SourceDocument) -> Iterator[Diagnostic]:
    """Yield what is wrong between the parts of one spec."""
    for check in _CHECKS:
        yield from check(spec, source)
