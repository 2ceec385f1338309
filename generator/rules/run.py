"""Runs every rule over a set of documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.diagnostics import Diagnostic
from generator.rules import (
    activities,
    expressions,
    machine_learning,
    names,
    parameters,
    scripts,
    secrets,
    shape,
    triggers,
)
from generator.rules import references as reference_rules
from generator.rules.rule import Rule, Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.documents import Document
    from generator.rules.context import RuleContext
    from generator.rules.rule import Finding

RULES: tuple[Rule, ...] = tuple(
    rule()
    for module in (
        shape,
        names,
        reference_rules,
        activities,
        expressions,
        parameters,
        secrets,
        scripts,
        machine_learning,
        triggers,
    )
    for rule in module.RULES
)
"""Every rule, in the order of the codes."""


def run_rules(documents: Sequence[Document], context: RuleContext) -> list[Diagnostic]:
    """Return every finding of every rule, in the order of the documents' files; nothing is raised."""
    workspace = Workspace(documents, context)
    found = [_diagnostic(rule, finding, context) for rule in RULES for finding in rule.check(workspace)]
    return sorted(found, key=_place)


def _diagnostic(rule: Rule, finding: Finding, context: RuleContext) -> Diagnostic:
    location, line = context.locate(finding.key, finding.path)
    return Diagnostic(
        rule.code,
        finding.message,
        location,
        finding.severity or rule.severity,
        line if rule.shows_source else None,
        finding.hint,
    )


def _place(diagnostic: Diagnostic) -> tuple[str, int, int, str]:
    where = diagnostic.location
    return (where.path, where.line or 0, where.column or 0, diagnostic.code) if where else ("", 0, 0, diagnostic.code)
