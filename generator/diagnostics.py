"""Diagnostics: what the product tells its users about bad input and failed work.

A diagnostic is a value. Whoever finds something returns it or raises it inside
:class:`SynapseGenError`; only the command line turns it into text and an exit code.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum


class ExitCode(IntEnum):
    """The documented exit codes of ``synapse-gen``."""

    DONE = 0
    FINDINGS = 1
    """Findings in specs or documents, or differences under ``--check``/``--exit-code``."""
    USAGE = 2
    WORKSPACE = 3
    """The workspace refused, or a publish or run failed in part."""
    MACHINE = 4
    """This machine refused: disk, port, missing extra."""
    FAULT = 70
    """A fault of ours."""
    INTERRUPTED = 130


class Severity(StrEnum):
    """How much a finding matters; only errors stop a command."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file. Lines and columns count from 1, in characters."""

    path: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        parts = [self.path]
        if self.line is not None:
            parts.append(str(self.line))
            if self.column is not None:
                parts.append(str(self.column))
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding: where, what, and what to do about it."""

    code: str
    """A code of :data:`generator.diagnostics.CATALOGUE`, for example ``SYN021``."""
    message: str
    """One sentence without a final full stop; may end in a question (did you mean ...?)."""
    location: Location | None = None
    severity: Severity = Severity.ERROR
    source_line: str | None = None
    """The offending line of the file, without its line end."""
    hint: str | None = None
    """What to do, where the message alone does not say it."""

    @property
    def headline(self) -> str:
        """``path:line:column: error[CODE]: message``, the first line of its text form."""
        where = f"{self.location}: " if self.location else ""
        return f"{where}{self.severity.value}[{self.code}]: {self.message}"


class SynapseGenError(Exception):
    """Work that cannot go on, with everything found so far.

    Raised by any layer; caught once, by the command line.
    """

    def __init__(self, *diagnostics: Diagnostic, exit_code: ExitCode = ExitCode.FINDINGS) -> None:
        if not diagnostics:
            raise ValueError("an error needs at least one diagnostic")
        super().__init__(diagnostics[0].headline)
        self.diagnostics = diagnostics
        self.exit_code = exit_code


@dataclass(slots=True)
class Findings:
    """Collects diagnostics on the way, so that every finding is reported at once."""

    diagnostics: list[Diagnostic] = field(default_factory=list)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep one more finding."""
        self.diagnostics.append(diagnostic)

    @property
    def has_errors(self) -> bool:
        """Whether any finding is an error."""
        return any(d.severity is Severity.ERROR for d in self.diagnostics)

    def raise_errors(self) -> None:
        """Raise :class:`SynapseGenError` with all findings if one of them is an error."""
        if self.has_errors:
            raise SynapseGenError(*self.diagnostics)


def render_text(diagnostic: Diagnostic) -> str:
    """Return the diagnostic as people read it: headline, offending line with a caret, hint."""
    lines = [diagnostic.headline]
    if diagnostic.source_line is not None:
        lines.append(f"    {_untabbed(diagnostic.source_line)}")
        if diagnostic.location and diagnostic.location.column is not None:
            lines.append("    " + " " * (diagnostic.location.column - 1) + "^")
    if diagnostic.hint:
        lines.append(f"  help: {diagnostic.hint}")
    return "\n".join(lines)


def _untabbed(line: str) -> str:
    # One column a tab, so that the caret stands under the right character.
    return line.replace("\t", " ").rstrip("\r\n")


# What each code means. 0xx specs, 1xx rules over documents, 2xx tree and templates, 3xx workspace,
# publish and runs, 4xx this machine, 5xx engines of the embedded workspace.
CATALOGUE: dict[str, str] = {
}
