"""``synapse-gen export-arm``: the committed tree as the two files that Microsoft's deployment task reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from generator.cli.options import environment_option, project_option
from generator.cli.project import open_project, render
from generator.cli.publishing import source_of
from generator.cli.terminal import progress, result, show_diagnostics
from generator.diagnostics import Diagnostic, ExitCode, Location, Severity, SynapseGenError
from generator.spec.load import environment_of
from generator.tree.changes import Change
from generator.tree.files import apply
from generator.tree.read import walk_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.export import Export

_FOLDER = "arm"


def _folder(context: click.Context, option: click.Parameter, given: tuple[str, ...]) -> Path | None:
    if len(given) > 1:
        raise click.BadParameter("give it once", context, option)
    if "" in given:
        raise click.BadParameter("the name of the folder is empty", context, option)
    return Path(given[0]) if given else None


@click.command("export-arm")
@environment_option
@click.option(
    "--out",
    "out",
    multiple=True,
    callback=_folder,
    metavar="DIR",
    help="Folder of the two files; by default arm/<environment> in the project.",
)
@click.option("--force", is_flag=True, help="Overwrite files that are no exported templates.")
@project_option
def command(environment: str | None, out: Path | None, force: bool, project: Path | None) -> int:
    """Export an environment's committed tree for Microsoft's Synapse workspace deployment task.

    Refused where the tree is not what the specs render to, where the rules find an error in it, or where the task
    would deploy something else than the tree has.
    """
    from generator.export import export_workspace

    loaded = open_project(project)
    name, settings = environment_of(loaded, environment)
    source = source_of(render(loaded, name), name)
    committed = [artifact for artifact in walk_tree(source.folder, source.root) if source.takes(artifact.key)]
    export = export_workspace(committed, settings.workspace)
    if any(finding.severity is Severity.ERROR for finding in export.findings):
        raise SynapseGenError(*export.findings)
    show_diagnostics(export.findings)
    _write(out or loaded.root / _FOLDER / name, export.files, overwrites=force)
    progress(_summary(export, name))
    return int(ExitCode.DONE)


def _summary(export: Export, name: str) -> str:
    resources, parameters = len(export.template["resources"]), len(export.parameters["parameters"])
    return f"{resources} artifacts of {name} exported with {parameters} parameters"


def _write(folder: Path, files: Mapping[str, bytes], *, overwrites: bool) -> None:
    """Write both files or neither.

    Raises SYN323 where another file would be overwritten, and SYN322, exit code 4, where the disk refuses.
    """
    changes, others = [], []
    for name, content in files.items():
        path = folder / name
        old = _read(path)
        if old is not None and not overwrites and not _is_export(old):
            others.append(_not_ours(path))
        changes.append(Change(name, old, content))
    if others:
        raise SynapseGenError(*others)
    try:
        apply(folder, [change for change in changes if change.old != change.new])
    except SynapseGenError as error:
        raise _refused(folder, error.diagnostics[0].message) from error
    for name in files:
        result(str(folder / name))


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(path, f"cannot read: {error.strerror or error}") from error


def _refused(path: Path, message: str) -> SynapseGenError:
    hint = "nothing was changed; make room or grant access, or choose another folder with --out"
    return SynapseGenError(Diagnostic("SYN322", message, Location(str(path)), hint=hint), exit_code=ExitCode.MACHINE)


def _not_ours(path: Path) -> Diagnostic:
    hint = "choose another folder with --out, or overwrite it with --force"
    return Diagnostic("SYN323", "it is no exported template; it is not overwritten", Location(str(path)), hint=hint)


def _is_export(content: bytes) -> bool:
    """Whether a file is what an export writes, whoever made it: overwriting it loses nothing that the tree does not have."""
    from generator.export.template import PARAMETERS_SCHEMA, TEMPLATE_SCHEMA

    try:
        body: Any = json.loads(content)
    except ValueError:
        return False
    return (
        isinstance(body, dict)
        and body.get("$schema") in (PARAMETERS_SCHEMA, TEMPLATE_SCHEMA)
        and "workspaceName" in (body.get("parameters") or ())
    )
