"""The magics of a Synapse notebook, over those of IPython; what a local run does not have is refused by name."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

from generator.local.spark.interpreter import references
from generator.local.spark.statements import statements

_INSTALLS = re.compile(r"\s*(?:\S*python[\d.]*\s+-m\s+)?(pip[\d.]*|conda|mamba|micromamba|uv)\b.*\binstall\b")
_MAGIC = re.compile(r"\s*%%(pyspark|sql|configure)\b[^\S\n]*([^\n]*)\n?")


def install(shell: Any) -> None:
    """Add the magics to a shell."""
    # In front of the others: what IPython takes for magics must be rewritten first.
    shell.input_transformers_cleanup.insert(0, rewritten)
    shell.user_ns_hidden["_synapse_sql"] = None
    shell.user_ns["_synapse_sql"] = run_sql
    shell.register_magic_function(run, "line", "run")
    shell.system = _without_installing(shell.system)
    for name in ("pip", "conda", "mamba", "micromamba", "uv"):
        shell.register_magic_function(_refuse_installing(name), "line", name)


def rewritten(lines: list[str]) -> list[str]:
    """Return a cell's lines as Python; each line keeps its number."""
    text = "".join(lines)
    match = _MAGIC.match(text)
    if match is None:
        return lines
    body = text[match.end() :]
    before = "\n" * text[: match.end()].count("\n")
    if match[1] == "pyspark":
        return (before + body).splitlines(keepends=True)
    if match[1] == "configure":
        return ["pass  # the session was started with these settings\n"]
    query = f"{match[2]}\n{body}"
    return [f"_synapse_sql({query!r})\n"]


def run_sql(text: str) -> None:
    """Run the statements of a ``%%sql`` cell, and show what each returns."""
    from pyspark.sql import SparkSession

    from generator.local.spark.interpreter.display import display

    for statement in statements(text):
        frame = SparkSession.builder.getOrCreate().sql(statement)
        if frame.columns:
            display(frame)


def run(line: str) -> None:
    """``%run``: run another notebook with this one's variables. Takes its path, and parameters as a JSON object."""
    text, brace, rest = line.partition("{")
    words = shlex.split(text)
    if len(words) != 1:
        raise ValueError(f"%run takes the path of one notebook, and parameters as a JSON object: {line.strip()}")
    try:
        parameters = json.loads(brace + rest) if brace else {}
    except ValueError as error:
        raise ValueError(f"the parameters of %run {words[0]} are no JSON object: {error}") from error
    references.run_here(words[0], parameters)


def leave(code: Any = None) -> None:
    """``exit`` and ``quit``: end the notebook with an error, as those of Python do.

    IPython's own would end the kernel after the cell and fail nothing.
    """
    raise SystemExit(code)


def _refuse_installing(name: str) -> Any:
    def refuse(line: str) -> None:
        raise _no_installing(f"%{name} {line.strip()}")

    return refuse


def _without_installing(system: Any) -> Any:
    """Return IPython's ``!``, but for installing: the shell's failure would not end the notebook."""

    def run_command(command: str) -> Any:
        if _INSTALLS.match(command):
            raise _no_installing(f"!{command.strip()}")
        return system(command)

    return run_command


def _no_installing(what: str) -> NotImplementedError:
    return NotImplementedError(
        f"{what}: a local run installs nothing, and a pipeline run of Synapse does not by default: "
        "add the package to the Spark pool, and to the environment that runs the embedded workspace"
    )
