"""Opening a project and rendering it: what most commands begin with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from generator.build import Built, build
from generator.spec.load import LoadedProject, environment_of, find_project_root, load_project
from generator.templating import Templates
from generator.tree.canonical import canonical_bytes
from generator.tree.changes import Changes, RenderedFile, compare
from generator.tree.layout import artifact_path, sql_path
from generator.tree.locate import locator
from generator.tree.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.diagnostics import Diagnostic
    from generator.spec.project import Environment


@dataclass(frozen=True, slots=True)
class Rendering:
    """What the specs render to, per environment."""

    project: LoadedProject
    built: Mapping[str, Built]
    files: Mapping[str, Mapping[str, RenderedFile]]

    def changes(self) -> Changes:
        """Compare with what is on disk."""
        names = frozenset(self.project.project.environments)
        root = self.project.root
        return compare(root, self.files, read_manifest(root), all_environments=names)

    def findings(self) -> list[Diagnostic]:
        """Return what the rules find in every rendered environment."""
        found: list[Diagnostic] = []
        for name, built in self.built.items():
            found += check(name, built, self.project.project.environments[name], self.files[name])
        return found


def open_project(folder: Path | None) -> LoadedProject:
    """Load the project around ``folder`` or the current one."""
    return load_project(find_project_root(folder or Path()))


def render(project: LoadedProject, only: str | None = None) -> Rendering:
    """Build every environment, or one; pure but for reading templates."""
    templates = Templates(project.root)
    if only is not None:
        environment_of(project, only)
    names = [only] if only else list(project.project.environments)
    specs = [loaded.spec for loaded in project.specs]
    built = {name: build(specs, project.project.environments[name], templates) for name in names}
    sources = {loaded.spec.name: loaded.source.path for loaded in project.specs}
    return Rendering(project, built, {name: _files(name, b, sources) for name, b in built.items()})


def _files(environment: str, built: Built, sources: Mapping[str, str]) -> dict[str, RenderedFile]:
    files = {
        artifact_path(environment, d.key).as_posix(): RenderedFile(
            canonical_bytes(d.body), sources[built.spec_of[d.key]]
        )
        for d in built.documents
    }
    for file in built.sql:
        spec = sources[file.path.split("/", 1)[0]]
        files[sql_path(environment, file.path).as_posix()] = RenderedFile(file.text.encode(), spec)
    return files


def check(name: str, built: Built, environment: Environment, files: Mapping[str, RenderedFile]) -> Sequence[Diagnostic]:
    """Run the rules over one environment's documents."""
    from generator.rules import RuleContext, run_rules

    contents = {path: file.content for path, file in files.items()}
    context = RuleContext.of_workspace(
        environment.workspace,
        spark_pools=(environment.spark_pool.name,),
        sql_pools=(environment.sql_pool.name,),
        data_exfiltration_protection=environment.network.data_exfiltration_protection,
        locate=locator(name, contents),
    )
    return run_rules(built.documents, context)
