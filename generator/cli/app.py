"""The group of all commands: one module a command, imported only when it runs, so that ``--help`` is instant."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from generator.cli.terminal import echo, is_read

# Name -> module, line of help. The help stands here so that listing the commands imports none of them.
_COMMANDS: dict[str, tuple[str, str]] = {
    "validate": ("generator.cli.validate", "Check specs and rendered documents; every finding at once."),
    "render": ("generator.cli.render", "Render artifacts/ and sql/ from the specs."),
    "plan": ("generator.cli.plan", "Show what a publish would change, and why."),
    "publish": ("generator.cli.publish", "Publish an environment's committed tree to its workspace."),
    "rollback": ("generator.cli.rollback", "Bring back what a publish replaced or deleted."),
    "export-arm": ("generator.cli.export_arm", "Export a tree for Microsoft's Synapse workspace deployment task."),
    "run": ("generator.cli.run", "Start a pipeline, follow it, show what it made."),
    "local": ("generator.cli.local", "The embedded workspace: start, stop, status, reset."),
    "schema": ("generator.cli.schema", "Print the JSON Schema of the specs, for editors."),
}


class LazyGroup(click.Group):
    """A group that knows its commands by name and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the work."""
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(_COMMANDS[cmd_name][0])
        command: click.Command = module.command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Name the nearest command for a misspelt one."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from generator.diagnostics import nearest

            if near := nearest(args[0], _COMMANDS):
                raise click.UsageError(f'{error.message} Did you mean "{near}"?', ctx) from error
            raise

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; click would end in silence where a connection breaks that is none of its own output's."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            if is_read(sys.stdout):
                raise ConnectionAbortedError(str(error)) from error
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="synapse-gen", prog_name="synapse-gen")
def cli() -> None:
    """Azure Synapse pipelines as code: typed specs in, reviewed artifacts out, run on one machine first."""


def run_command(arguments: list[str] | None) -> int:
    """Run a command and return its exit code; KeyboardInterrupt is the caller's."""
    try:
        result = cli.main(args=arguments, prog_name="synapse-gen", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort as stop:
        raise KeyboardInterrupt from stop
    except click.ClickException as error:
        _show_usage(error)
        return 2
    except SystemExit:
        # click ends so, with 1, where the reader of its own help has gone; what we print is `terminal.echo`'s.
        return 0
    except Exception as error:  # noqa: BLE001 - the last stop before the user
        from generator.cli.failure import report_failure

        return report_failure(error)
    return result if isinstance(result, int) else 0


def _show_usage(error: click.ClickException) -> None:
    import io

    text = io.StringIO()
    error.show(text)
    echo(text.getvalue().rstrip("\n"), err=True)
