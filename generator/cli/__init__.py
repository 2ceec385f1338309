"""The command line. What it needs is imported inside `execute`, so that Ctrl-C finds its handler from the first moment."""

from __future__ import annotations

import sys


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with a documented code; users never see a traceback."""
    sys.exit(execute(arguments))


def execute(arguments: list[str] | None = None) -> int:
    """Run the command line and return the exit code. No command has this name, which its module would take."""
    try:
        from generator.cli.app import run_command

        return run_command(arguments)
    except KeyboardInterrupt:
        _say_interrupted()
        return 130


def _say_interrupted() -> None:
    from contextlib import suppress

    with suppress(OSError, AttributeError):  # a terminal that is gone, a stream that was closed
        # A terminal shows ^C, and no line end behind it.
        sys.stderr.write("\ninterrupted\n" if sys.stderr.isatty() else "interrupted\n")
        sys.stderr.flush()
