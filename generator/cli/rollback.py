"""``synapse-gen rollback``: bring back what a publish replaced or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from generator.cli.options import (
    adopt_option,
    environment_option,
    format_option,
    live_option,
    project_option,
    yes_option,
)
from generator.cli.outcomes import conclusion, teller
from generator.cli.past import record_line, records_of, tell_of_unfinished, tell_undone
from generator.cli.place import place_of, told
from generator.cli.plan_text import text_of
from generator.cli.project import open_project
from generator.cli.publishing import require_live, require_no_objection, warn_of_git
from generator.cli.terminal import agree, progress, result, show_diagnostics
from generator.diagnostics import ExitCode
from generator.spec.load import environment_of

if TYPE_CHECKING:
    from pathlib import Path

    from generator.publish import Place


@click.command("rollback")
@click.argument("publish_id", required=False)
@environment_option
@click.option("--list", "lists", is_flag=True, help="List the publishes that can be gone back to.")
@adopt_option
@live_option
@yes_option
@format_option
@project_option
def command(
    publish_id: str | None,
    environment: str | None,
    lists: bool,
    adopt: bool,
    live: bool,
    yes: bool,
    output_format: str,
    project: Path | None,
) -> int:
    """Bring a workspace back to before its last publish, or to what the publish PUBLISH_ID left.

    Artifacts only: tables, models and runs stay as they are. Shown first; nothing happens without consent.
    """
    from generator.publish import Terms, apply, prepare_rollback

    if lists and publish_id:
        raise click.UsageError("--list takes no PUBLISH_ID")
    loaded = open_project(project)
    name, chosen = environment_of(loaded, environment)
    if not lists:
        require_live(chosen, is_said=live)
    with told():
        place, _ = place_of(loaded, name, chosen)
        if lists:
            return _list(place, output_format)
        prepared = prepare_rollback(place, publish_id, Terms("rollback", adopt=adopt))
        # After the plan was made: whoever publishes meanwhile changes the state, and the plan is refused.
        tell_undone(place, publish_id)
        tell_of_unfinished(place, prepared.loaded.state)
        warn_of_git(chosen, prepared.live.description)
        if output_format == "json":
            result(prepared.plan.to_json())
        else:
            for line in text_of(prepared.plan):
                result(line)
        progress("artifacts only: tables, models, predictions and runs are not rolled back")
        require_no_objection(prepared.plan, loaded)
        if not prepared.plan.is_empty and not (yes or agree(f"bring this back in {chosen.workspace}")):
            progress("nothing was changed")
            return int(ExitCode.FINDINGS)
        published = apply(place, prepared, on_outcome=teller("rollback"))
    return int(conclusion(prepared.plan, published, chosen.workspace))


def _list(place: Place, output_format: str) -> int:
    records, unreadable = records_of(place.store)
    if output_format == "json":
        from generator.cli.json_output import History

        result(History.of(records).text())
    else:
        for record in records:
            result(record_line(record))
        if not records and not unreadable:
            progress("nothing was published yet")
    show_diagnostics(unreadable)
    return int(ExitCode.WORKSPACE if unreadable else ExitCode.DONE)
