"""What people are told when a cell raises: the useful line of a stack trace, and where it happened."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.local.lake import OPEN_DATA_HOST
from generator.local.trips import MONTH_URL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.local.lake import LakePaths

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_CELL_LINE = re.compile(r"Cell In\[\d+\], line (\d+)")
_REFERENCED = re.compile(r"<notebook ([^,>]+), cell (\d+)>(?::|, line )(\d+)")
_URI = re.compile(r"Could not initialize target File System for URI : (\S+?)/?$", re.MULTILINE)
_ELSEWHERE = re.compile(r"URI: (\S+) is an invalid Har URI|No FileSystem for scheme \"(\w+)\"")
_DELTA = re.compile(r"Failed to find the data source: delta|No module named 'delta'|io\.delta\.|DeltaSparkSession")
_JAVA_CAUSE = re.compile(r"^(?:Caused by: |: )((?:[\w$]+\.)+[\w$]+(?:: .*)?)$", re.MULTILINE)
_UPWARDS = re.compile(r"StringIndexOutOfBoundsException[\s\S]*\bviewfs\b")
_PYTHON_CAUSE = re.compile(r"PythonException: (Traceback \(most recent call last\):\n.*?)\n\tat ", re.DOTALL)
_NO_JVM = re.compile(r"An error occurred while calling [\w.:]+|Answer from Java side is empty")
_CELL_FILE = re.compile(r" \(\d+\.py, line \d+\)$")
_PLAN = re.compile(r"^(?:['+ ]|:[ +]|== )")
_LARGEST = 3000
_MOST_LINES = 6


def explain(name: str, value: str, lake: LakePaths) -> str:
    """Return an exception as one line or a few; ``name`` is its class, ``value`` its text."""
    value = _COLOUR.sub("", value).strip()
    if name == "SystemExit":
        code = "" if value in ("", "None") else f" {value}"
        return f"{name}{code}: the code told Python to end; a notebook ends with notebookutils.notebook.exit"
    known = _known(value, lake)
    if known:
        return f"{name}: {known}"
    if name.startswith("Py4J") and _NO_JVM.fullmatch(value):
        return f"{name}: the session's JVM does not answer: it was killed, or had too little memory"
    if name.startswith("Py4J") and (raised := _PYTHON_CAUSE.findall(value)):
        return f"{name}: {_last_line(raised[-1])} (raised in a Python function on Spark)"[:_LARGEST]
    if name.startswith("Py4J") and (causes := _JAVA_CAUSE.findall(value)):
        return f"{name}: {causes[-1]}"[:_LARGEST]
    if name == "PythonException":
        return f"{name}: {_last_line(value)} (raised in a Python function on Spark)"[:_LARGEST]
    if name in ("SyntaxError", "IndentationError", "TabError"):
        value = _CELL_FILE.sub("", value)  # the cell is named by its number
    return f"{name}: {_useful(value)}"[:_LARGEST].removesuffix(": ")


def place(cell: str, source: str, traceback: Sequence[str]) -> str:
    """Return where a cell raised: ``cell 3, line 2``, and the place in the notebook that it ran, if it did."""
    text = _COLOUR.sub("", "\n".join(traceback))
    where = cell
    if match := _CELL_LINE.search(text):
        # IPython drops the empty lines at the beginning of a cell before it counts.
        skipped = len(source) - len(source.lstrip("\n"))
        where += f", line {int(match[1]) + skipped}"
    if inner := _REFERENCED.findall(text):
        name, number, line = inner[-1]
        where += f": notebook {name}, cell {number}, line {line}"
    return where


def _known(value: str, lake: LakePaths) -> str | None:
    """Return the explanation of what only a local run says."""
    if match := _URI.search(value):
        return _no_container(match[1], lake)
    if match := _ELSEWHERE.search(value):
        what = match[1] or f"a URL of the scheme {match[2]}"
        return f"{what} leads out of the local workspace, which reaches no network"
    if _UPWARDS.search(value):
        return "a path with .. leads out of its container"
    if _DELTA.search(value):
        return (
            "the local Spark has no Delta Lake: its library is not on the Python package index. "
            "Read and write parquet, or run this notebook on a real pool"
        )
    if "PATH_NOT_FOUND" in value and OPEN_DATA_HOST in value:
        return f"{_useful(value)} The local workspace has one month of that dataset, which is generated: {MONTH_URL}"
    return None


def _no_container(url: str, lake: LakePaths) -> str:
    authority = url.partition("://")[2]
    container, _, host = authority.partition("@")
    hosts = {key.partition("@")[2] for key in lake.containers()}
    if host in hosts:
        return f"{url}: there is no container {container} in the storage account {host} of the local workspace"
    return f"{url}: the storage account {host} is not in the local workspace, which has {lake.account_host}"


def _useful(value: str) -> str:
    """Return the lines that say something: neither a Java stack nor a query plan."""
    lines: list[str] = []
    for line in value.splitlines():
        if line.startswith(("\tat ", "JVM stacktrace")) or (lines and _PLAN.match(line)):
            break
        if line.strip():
            lines.append(line.strip())
    return " ".join(lines[:_MOST_LINES])


def _last_line(value: str) -> str:
    lines = [line.strip() for line in value.splitlines() if line.strip() and not line.startswith("\tat ")]
    return lines[-1] if lines else ""
