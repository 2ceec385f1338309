"""Turns what went wrong into diagnostics on stderr and an exit code."""

from __future__ import annotations

import errno
import os
import tempfile
import traceback

from generator.cli.terminal import echo, show_diagnostics
from generator.diagnostics import Diagnostic, ExitCode, SynapseGenError


def report_failure(error: Exception) -> int:
    """Show the error and return its exit code; a fault of ours leaves its details in a file."""
    if isinstance(error, SynapseGenError):
        show_diagnostics(error.diagnostics)
        return int(error.exit_code)
    if isinstance(error, OSError) and error.errno in (
        errno.ENOSPC,
        errno.EROFS,
        errno.EACCES,
        errno.EDQUOT,
        errno.EPERM,
    ):
        where = f" {error.filename}" if error.filename else ""
        show_diagnostics([Diagnostic("SYN430", f"this machine refused{where}: {os.strerror(error.errno)}")])
        return int(ExitCode.MACHINE)
    echo(f"error[SYN999]: a fault in synapse-gen: {type(error).__name__}: {error}", err=True)
    try:
        handle, path = tempfile.mkstemp(prefix="synapse-gen-fault-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write("".join(traceback.format_exception(error)))
        echo(f"  help: please report it with {path}", err=True)
    except OSError:
        echo("  help: please report it", err=True)
    return int(ExitCode.FAULT)
