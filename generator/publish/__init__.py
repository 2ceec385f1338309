"""Publishing a committed tree: what was reviewed is what is sent."""

from generator.publish.execute import ArtifactOutcome, PublishReport, publish
from generator.publish.order import dependencies

__all__ = ["ArtifactOutcome", "PublishReport", "dependencies", "publish"]
