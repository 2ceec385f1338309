"""Publishing a committed tree: what was reviewed is what is sent."""

from generator.publish.execute import publish
from generator.publish.order import dependencies
from generator.publish.report import ArtifactOutcome, PublishReport

__all__ = ["ArtifactOutcome", "PublishReport", "dependencies", "publish"]
