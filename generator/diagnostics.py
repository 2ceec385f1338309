"""Diagnostics: what the product tells its users about bad input and failed work.

A diagnostic is a value. Whoever finds something returns it or raises it inside
:class:`SynapseGenError`; only the command line turns it into text and an exit code.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


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


def render_text(diagnostic: Diagnostic, *, width: int | None = None) -> str:
    """Return the diagnostic as people read it: headline, offending line with a caret, hint.

    ``width``: columns of the terminal, to which a longer offending line is cut around its caret.
    """
    where = f"{_OBEYED.sub(_UNSHOWN, str(diagnostic.location))}: " if diagnostic.location else ""
    message = _OBEYED_IN_TEXT.sub(_UNSHOWN, diagnostic.message)
    lines = [f"{where}{diagnostic.severity.value}[{diagnostic.code}]: {message}"]
    if diagnostic.source_line is not None:
        column = diagnostic.location.column if diagnostic.location else None
        line, before = _cut(_OBEYED.sub(_UNSHOWN, _untabbed(diagnostic.source_line)), column, width)
        lines.append(_INDENT + line)
        if column is not None:
            lines.append(_INDENT + " " * _columns(before) + "^")
    if diagnostic.hint:
        lines.append(f"  help: {_OBEYED_IN_TEXT.sub(_UNSHOWN, diagnostic.hint)}")
    return "\n".join(lines)


_INDENT = "    "
# What a terminal would obey instead of showing. A message may have several lines; a place has one.
_OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_OBEYED_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_UNSHOWN = "\ufffd"


def _untabbed(line: str) -> str:
    # One column a tab, so that the caret stands under the right character.
    return line.replace("\t", " ").rstrip("\r\n")


def _cut(line: str, column: int | None, width: int | None) -> tuple[str, str]:
    """Return what is shown of a line, and the part of it before the caret."""
    at = min((column or 1) - 1, len(line))
    room = max((width or 0) - len(_INDENT), 16)  # narrower than that, nothing could be read
    if width is None or _columns(line) <= room:
        return line, line[:at]
    # A third of the room shows what stands before the caret.
    start = at
    while start > 0 and _columns(line[start - 1 : at]) < room // 3:
        start -= 1
    begin = "…" if start else ""
    end = start
    while end < len(line) and _columns(begin + line[start : end + 1]) < room:
        end += 1
    rest = "…" if end < len(line) else ""
    return begin + line[start:end] + rest, begin + line[start:at]


def _columns(text: str) -> int:
    """Return how many columns of a terminal a text takes (Unicode Standard Annex 11, "East Asian Width")."""
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) != 0 for c in text)


# What each code means. 0xx specs, 1xx rules over documents, 2xx tree and templates, 3xx workspace,
# publish and runs, 4xx this machine, 5xx engines of the embedded workspace.


def nearest(word: str, options: Iterable[str]) -> str | None:
    """Return the option that was probably meant, without regard to case; None where nothing is near."""
    folded = {option.casefold(): option for option in reversed(list(options))}
    close = difflib.get_close_matches(word.casefold(), list(folded), n=1)
    return folded[close[0]] if close else None


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """Return ``; did you mean "x"?``, or nothing where nothing is near."""
    near = nearest(word, options)
    return f'; did you mean "{near}"?' if near else ""


CATALOGUE: dict[str, str] = {
    "SYN001": "a file cannot be read",
    "SYN002": "a file is empty",
    "SYN003": "a file is not UTF-8 text, or is too large",
    "SYN004": "a file is not YAML or JSON",
    "SYN005": "a key stands twice in one mapping",
    "SYN006": "YAML or JSON that is refused: tags, merge keys, several documents, too many or too deep values",
    "SYN010": "there is no project here",
    "SYN011": "there is no such environment",
    "SYN012": "a file holds no mapping of keys to values",
    "SYN013": "a pattern for spec files is wrong, or leads out of the project",
    "SYN014": "the project has no specs, or one that it names is missing",
    "SYN015": "there is no such kind of spec",
    "SYN016": "two specs have one name",
    "SYN017": "a key is not known",
    "SYN018": "a key is missing",
    "SYN019": "a value is of the wrong type or out of its bounds",
    "SYN020": "a name that Azure, Synapse or a file system refuses",
    "SYN021": "a column is named that the spec does not have",
    "SYN022": "a column's name is taken",
    "SYN023": "the spec has not exactly one key, or no feature",
    "SYN024": "a name that SQL refuses",
    "SYN025": "a type that a dedicated SQL pool does not have",
    "SYN026": "a type that a column cannot have in its role",
    "SYN027": "a fill does not fit its column",
    "SYN028": "a target's type does not fit the task",
    "SYN029": "a metric does not fit the task",
    "SYN030": "an algorithm does not fit the task, ONNX or the other lists",
    "SYN031": "the model would not be ONNX",
    "SYN032": "training settings contradict each other",
    "SYN033": "an identity's settings contradict each other",
    "SYN034": "two tables or procedures have one name",
    "SYN035": "a path in the lake is wrong, or two lie in each other",
    "SYN036": "a schedule's settings contradict each other, or its time zone is not known",
    "SYN037": "a URL may hold a secret",
    "SYN039": "environments or their settings contradict each other",
    "SYN100": "a document does not have the form of its kind",
    "SYN101": "a document refers to an artifact that does not exist",
    "SYN102": "a reference spells an artifact's name in another case",
    "SYN103": "a document refers to a pool that the environment does not have",
    "SYN104": "Synapse refuses the name of an artifact",
    "SYN105": "the name inside a document is not the name of its file",
    "SYN106": "two artifacts of a kind have the same name, or names that differ only by case",
    "SYN107": "a reference has no type, or one that Synapse does not have",
    "SYN108": "a document refers to a default linked service of another workspace",
    "SYN110": "two activities of a pipeline have the same name",
    "SYN111": "Synapse refuses the name of an activity",
    "SYN112": "an activity depends on one that is not beside it",
    "SYN113": "activities wait for each other in a circle",
    "SYN114": "a dependency has no condition, or one that Synapse does not have",
    "SYN115": "an activity has a type that this version does not know",
    "SYN116": "a container stands inside another that cannot hold it",
    "SYN117": "a pipeline has more activities than a workspace allows by default",
    "SYN118": "an activity lacks a member of typeProperties without which the service refuses it",
    "SYN120": "an expression does not parse",
    "SYN121": "an expression calls a function that Synapse does not have, or with a wrong number of arguments",
    "SYN123": "an expression reads a parameter that its document does not declare",
    "SYN124": "a variable is read or set that the pipeline does not declare",
    "SYN125": "an expression reads the output of an activity that has not run before",
    "SYN126": "an expression is longer than the service takes",
    "SYN127": "a variable is set to an expression that reads it",
    "SYN128": "item() is read where there is no item",
    "SYN129": "an expression reads a system variable that Synapse does not have",
    "SYN130": "a caller passes a parameter that the called document does not declare",
    "SYN131": "a caller leaves out a parameter that has no default",
    "SYN132": "a notebook is given a parameter that its parameters cell does not assign",
    "SYN133": "pipelines call each other in a circle",
    "SYN140": "a secret stands in plain text",
    "SYN150": "a Script activity's text has a line GO",
    "SYN151": "a Script activity has nothing to run",
    "SYN152": "Azure Machine Learning is used where data-exfiltration protection rules it out",
    "SYN153": "an Azure Machine Learning linked service uses a self-hosted integration runtime",
    "SYN160": "the start or end of a schedule trigger does not fit its time zone",
    "SYN161": "a schedule trigger names a time zone that Windows does not have",
    "SYN201": "a template is missing or is no Jinja",
    "SYN202": "a template failed, or prints a value that no filter has quoted",
    "SYN203": "a name would lead out of its folder",
    "SYN204": "artifacts/manifest.json cannot be read",
    "SYN205": "a file is not as it was rendered, or not ours; it is not overwritten",
    "SYN206": "a file of the tree cannot be read",
    "SYN207": "a file of the tree cannot be written",
    "SYN208": "an environment has no tree yet",
    "SYN209": "a file of the tree is no artifact",
    "SYN210": "a folder of the tree is none of Synapse's",
    "SYN301": "artifacts refer to each other in a circle",
    "SYN302": "the workspace refused, cannot be reached, or there is no credential",
    "SYN303": "the environment is in Azure, the command is for embedded ones",
    "SYN304": "the committed tree is not what the specs render to",
    "SYN305": "the workspace refused an artifact",
    "SYN306": "an artifact was not sent: one that it needs failed, or publishing was interrupted",
    "SYN307": "the pipeline is not published",
    "SYN308": "the run was cancelled",
    "SYN309": "an activity failed",
    "SYN310": "the local SQL pool refused a query of the summary",
    "SYN320": "Microsoft's deployment task would change an artifact, or cannot read it",
    "SYN321": "an artifact is not exported: a template does not hold its kind",
    "SYN322": "the export cannot be written",
    "SYN323": "a file is no exported template; it is not overwritten",
    "SYN324": "older versions of Microsoft's deployment task fail on a kind of artifact",
    "SYN330": "the state of what was published cannot be read, or is that of another workspace",
    "SYN331": "there is no such publish, or its record cannot be read",
    "SYN332": "an artifact cannot be brought back, because it held a secret",
    "SYN333": "somebody else published since the plan was made",
    "SYN334": "somebody else made or changed an artifact; it is not overwritten",
    "SYN335": "a pool that artifacts refer to is not in the workspace",
    "SYN336": "the workspace is connected to git",
    "SYN337": "somebody else is publishing",
    "SYN338": "the store of what was published refused, or cannot be reached",
    "SYN339": "a plan file is damaged, or of another version",
    "SYN340": "something changed since a plan was made",
    "SYN341": "a deletion was not agreed to",
    "SYN401": "the port cannot be used",
    "SYN402": "the embedded workspace did not start",
    "SYN403": "the disk refuses the embedded workspace's state",
    "SYN404": "the packages of the extra are missing",
    "SYN406": "the embedded workspace does not answer any more",
    "SYN405": "a folder is not the state of an embedded workspace",
    "SYN407": "a fault file is wrong",
    "SYN430": "this machine refused: disk or permission",
    "SYN570": "the estimator of the model in service is not kept",
    "SYN571": "there are no predictions that could be compared with the estimator's",
    "SYN999": "a fault of ours",
}
