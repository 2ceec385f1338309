"""From an artifact to the lines of the spec that it comes from: where whoever reads of a failure has to look."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.artifact import ArtifactKey
    from generator.diagnostics import Location
    from generator.source import SourceDocument
    from generator.spec.load import LoadedProject


def spec_lines(project: LoadedProject, spec_of: Mapping[ArtifactKey, str]) -> dict[str, Location]:
    """Return the place of each artifact in its spec, by kind and name.

    An artifact is called after its spec and the part of it that it is made of: ``nyc_taxi_score_schedule`` comes from
    ``score: {schedule: ...}`` of nyc_taxi. What is called otherwise comes from the whole spec, where its name stands.
    """
    sources = {loaded.spec.name: loaded.source for loaded in project.specs}
    return {str(key): _place(sources[spec], key.name.removeprefix(spec)) for key, spec in spec_of.items()}


def _place(source: SourceDocument, rest: str) -> Location:
    parts = [part for part in rest.split("_") if part]
    for length in range(len(parts), 0, -1):
        path = tuple(parts[:length])
        if source.at(path) is not None:
            return source.location(path, key=True)
    return source.location(("name",))
