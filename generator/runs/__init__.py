"""Starting a pipeline, following it, and what came of it."""

from generator.runs.follow import ActivityRun, RunEvent, RunReport, follow_run
from generator.runs.start import start_run

__all__ = ["ActivityRun", "RunEvent", "RunReport", "follow_run", "start_run"]
