"""``synapse-gen run``: start a pipeline, follow it, show what it made."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from generator.artifact import ArtifactKey, ArtifactKind
from generator.cli.connect import Connection, connect, refused
from generator.cli.options import environment_option, format_option, project_option
from generator.cli.parameters import given_parameters, typed_parameters
from generator.cli.project import open_project
from generator.cli.summary import LOOPS, finding_of, first_line, summarise
from generator.cli.terminal import progress, result, seconds, show_diagnostics
from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError
from generator.spec.load import environment_of
from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from pathlib import Path

    from generator.runs import RunEvent, RunReport
    from generator.spec.load import LoadedProject

_SUCCEEDED = "Succeeded"
_SILENCE = 10.0
"""Seconds after which a run that says nothing is said to be running."""


@click.command("run")
@click.argument("pipeline")
@environment_option
@click.option("--parameter", "parameters", multiple=True, metavar="NAME=VALUE", help="A parameter of the pipeline.")
@click.option("--publish", "publish_first", is_flag=True, help="Publish the environment's committed tree first.")
@click.option("--baseline", metavar="COLUMN", help="Compare with the best prediction proportional to this column.")
@click.option("--no-wait", is_flag=True, help="Start the run and print its id.")
@format_option
@project_option
def command(
    pipeline: str,
    environment: str | None,
    parameters: tuple[str, ...],
    publish_first: bool,
    baseline: str | None,
    no_wait: bool,
    output_format: str,
    project: Path | None,
) -> int:
    """Run a published pipeline and follow it to its end.

    Ctrl-C cancels the run. Exit code 3 where the run fails.
    """
    if not pipeline.strip():
        raise click.BadParameter("the name of the pipeline is empty", param_hint="PIPELINE")
    if "/" in pipeline or "\\" in pipeline:
        message = "a pipeline is called by its name alone; the folder that Studio shows is no part of it"
        raise click.BadParameter(message, param_hint="PIPELINE")
    given = given_parameters(parameters)
    loaded = open_project(project)
    name, chosen = environment_of(loaded, environment)
    if publish_first:
        from generator.cli.publish import Consent, publish_environment

        connection, code = publish_environment(loaded, name, Consent())
        if code is not ExitCode.DONE:
            return int(code)
    else:
        connection = connect(loaded, name, chosen)
    run_id = _start(connection, pipeline, given)
    progress(f"run {run_id} of {pipeline} started in {chosen.workspace}")
    if no_wait:
        result(run_id)
        return 0
    report = _follow(connection, run_id)
    return _show(loaded, name, connection, report, baseline, output_format)


def _start(connection: Connection, pipeline: str, given: dict[str, str]) -> str:
    from generator.runs import start_run

    try:
        published = connection.workspace.read(ArtifactKey(ArtifactKind.PIPELINE, pipeline))
        if published is None:
            hint = "publish it first: `synapse-gen publish`, or `synapse-gen run --publish`"
            raise SynapseGenError(
                Diagnostic("SYN307", f"there is no pipeline {pipeline} in the workspace", hint=hint),
                exit_code=ExitCode.WORKSPACE,
            )
        return start_run(connection.workspace, pipeline, typed_parameters(given, published.properties))
    except WorkspaceError as error:
        raise refused(error) from error


def _follow(connection: Connection, run_id: str) -> RunReport:
    from generator.runs import follow_run

    try:
        return follow_run(connection.workspace, run_id, on_event=_told, on_look=_Heartbeat(), on_trouble=_troubled)
    except KeyboardInterrupt:
        progress(f"cancelling run {run_id}")
        try:
            connection.workspace.cancel_run(run_id)
            progress("cancelled")
        except WorkspaceError as error:
            progress(f"the run could not be cancelled: {error.message}")
        raise
    except WorkspaceError as error:
        raise refused(error) from error


def _troubled(error: WorkspaceError) -> None:
    progress(f"  the workspace does not answer, looking again: {error.message}")


class _Heartbeat:
    """Says now and then what is still running, so that nobody wonders."""

    def __init__(self) -> None:
        self._started = self._said = time.monotonic()

    def __call__(self, report: RunReport) -> None:
        now = time.monotonic()
        if now - self._said < _SILENCE:
            return
        self._said = now
        names = [a.name for a in report.walk() if a.status == "InProgress" and not a.child and a.name not in LOOPS]
        progress(f"  {seconds(now - self._started)} so far: {', '.join(names)}")


def _told(event: RunEvent) -> None:
    activity, indent = event.activity, "  " * (event.depth + 1)
    if activity.status == "InProgress":
        # Loops look again and again; what they do is shown where it fails.
        if activity.type not in ("Wait", "SetVariable") and activity.name != "Look at job":
            progress(f"{indent}{activity.name} ...")
    elif activity.status != _SUCCEEDED:
        why = f": {first_line(activity.error)}" if activity.error and not activity.child else ""
        progress(f"{indent}{activity.name}: {activity.status} after {seconds(activity.seconds)}{why}")
    elif activity.type in ("SynapseNotebook", "Script", "SqlPoolStoredProcedure", "Until", "ExecutePipeline"):
        progress(f"{indent}{activity.name}: done in {seconds(activity.seconds)}")


def _show(
    project: LoadedProject,
    name: str,
    connection: Connection,
    report: RunReport,
    baseline: str | None,
    output_format: str,
) -> int:
    spec = next((s.spec for s in project.specs if s.spec.name == report.pipeline), None)
    summary = summarise(report, spec, project.project.environments[name], connection, baseline)
    if output_format == "json":
        from generator.cli.json_output import Run

        result(Run.of(report, summary).text())
    else:
        for line in summary.lines:
            result(line)
    if report.status == _SUCCEEDED:
        return int(ExitCode.DONE)
    show_diagnostics(finding_of(report))
    return int(ExitCode.WORKSPACE)
