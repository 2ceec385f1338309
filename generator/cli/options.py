"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable


class _Folder(click.Path):
    """A folder; an empty name is refused, which would be the current one: so comes a shell's variable that is unset."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("the name of the folder is empty", param, ctx)
        return super().convert(value, param, ctx)


def _once(context: click.Context, option: click.Parameter, given: tuple[Any, ...]) -> Any:
    if len(given) > 1:
        raise click.BadParameter("give it once", context, option)
    return given[0] if given else None


def _single(*declarations: str, default: str | None = None, **attributes: Any) -> Callable[..., Any]:
    """Declare an option that is refused where it is given twice, of which click would take the last."""
    defaults = None if default is None else (default,)
    return click.option(*declarations, multiple=True, default=defaults, callback=_once, **attributes)


project_option = _single(
    "--project",
    "project",
    type=_Folder(file_okay=False, path_type=Path),
    help="Project folder; by default the nearest parent that holds synapse.yaml.",
)
environment_option = _single(
    "--env", "environment", metavar="E", help="Environment; by default the project's default one."
)
every_environment_option = _single(
    "--env", "environment", metavar="E", help="Only this environment; by default every one."
)
format_option = _single(
    "--format", "output_format", type=click.Choice(["text", "json"]), default="text", help="Form of the result."
)
plan_format_option = _single(
    "--format",
    "output_format",
    type=click.Choice(["text", "json", "markdown"]),
    default="text",
    help="Form of the result; markdown is for a pull request.",
)
out_option = _single(
    "--out", "out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Save the plan to a file."
)
saved_plan_option = _single(
    "--plan",
    "saved",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Carry out this saved plan, and nothing else.",
)
live_option = click.option("--live", is_flag=True, help="Change a workspace that is connected to git all the same.")
prune_option = click.option("--prune", is_flag=True, help="Delete artifacts of this project that left the tree.")
adopt_option = click.option(
    "--adopt", is_flag=True, help="Take over what somebody else made or changed in the workspace."
)
yes_option = click.option("--yes", is_flag=True, help="Ask nothing.")
