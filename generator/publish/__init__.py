"""Publishing: a plan of what a tree changes in a workspace, carried out, kept in a history, brought back."""

from generator.publish.outcome import Outcome, Report
from generator.publish.plan import Plan
from generator.publish.planning import Terms
from generator.publish.session import Place, Prepared, Published, Source, apply, prepare_publish, prepare_rollback

__all__ = [
    "Outcome",
    "Place",
    "Plan",
    "Prepared",
    "Published",
    "Report",
    "Source",
    "Terms",
    "apply",
    "prepare_publish",
    "prepare_rollback",
]
