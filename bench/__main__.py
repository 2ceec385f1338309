"""``make bench``: measures, prints a table and writes it to docs/figures.md."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from functools import partial
from pathlib import Path

from bench import publishing
from bench.measure import ROOT, Figure, command, median, output, project, python, said

_SPECS = 40
_TARGET = ROOT / "docs" / "figures.md"
_HEAD = """# Figures

Written by `make bench`: {cores} cores, {system}, Python {python}. Medians of whole processes; the scenario and publishing are
measured once. No test depends on any of them.

| what | measured | aim |
|---|---|---|
"""


def main() -> None:
    """Measure everything; some minutes."""
    with tempfile.TemporaryDirectory(prefix="synapse-gen-bench-") as folder:
        figures = [
            *_start_up(),
            *_rendering(Path(folder)),
            *_publishing(Path(folder)),
            *publishing.figures(Path(folder)),
            *_scenario(Path(folder)),
        ]
    head = _HEAD.format(cores=os.cpu_count(), system=platform.system(), python=platform.python_version())
    table = head + "".join(f"| {f.what} | {f.value} | {f.aim} |\n" for f in figures)
    _TARGET.write_text(table, encoding="utf-8")
    _TARGET.with_suffix(".json").write_text(json.dumps([asdict(f) for f in figures], indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(table)


def _start_up() -> list[Figure]:
    said("start-up")
    bare = median(lambda: python("import click"), 9)
    help_text = median(lambda: command(ROOT, "--help"), 9)
    return [
        Figure('`python -c "import click"`', f"{bare * 1000:.0f} ms"),
        Figure("`synapse-gen --help`", f"{help_text * 1000:.0f} ms, {help_text / bare:.2f} times that", "2 times"),
    ]


def _rendering(folder: Path) -> list[Figure]:
    said("render and validate")
    one, many = project(folder / "one", 1), project(folder / "many", _SPECS)
    figures = [Figure("`render`, one spec, three environments, into nothing", f"{command(one, 'render'):.2f} s")]
    for name, where, specs in (("one spec", one, 1), (f"{_SPECS} specs", many, _SPECS)):
        if specs > 1:
            command(where, "render")
        again = median(partial(command, where, "render"), 3)
        checked = median(partial(command, where, "validate"), 3)
        files = sum(1 for tree in ("artifacts", "sql") for p in (where / tree).rglob("*") if p.is_file())
        figures += [
            Figure(f"`render`, {name}, {files} files, nothing to change", f"{again:.2f} s"),
            Figure(f"`validate`, {name}, three environments", f"{checked:.2f} s"),
        ]
    return figures


def _publishing(folder: Path) -> list[Figure]:
    said("publish")
    many = folder / "many"
    artifacts = sum(1 for _ in (many / "artifacts" / "local").rglob("*.json"))
    command(many, "local", "start")
    try:
        taken = command(many, "publish")
    finally:
        command(many, "local", "stop")
    rate = f"{taken:.1f} s, {artifacts / taken:.0f} a second"
    return [Figure(f"`publish` of {artifacts} artifacts to the embedded workspace, process and all", rate)]


def _scenario(folder: Path) -> list[Figure]:
    said("the taxi scenario")
    where = folder / "one"
    try:
        text = output(where, "run", "nyc_taxi", "--publish", "--baseline", "tripDistance", "--format", "json")
    finally:
        command(where, "local", "stop")
    document = json.loads(text)
    run, measures = document["run"], document["measures"]
    steps = {a["name"]: a["seconds"] for a in run["activities"]}
    train = next(a["run"] for a in run["activities"] if a["name"] == "Train")
    steps |= {a["name"]: a["seconds"] for a in train["activities"]}
    named = ("Prepare", "Wait for job", "Deploy", "Score")
    spread = ", ".join(f"{name} {steps[name]:.0f} s" for name in named)
    half = measures["baseline_rmse"] / 2
    return [
        Figure("the run of `nyc_taxi`", f"{run['seconds']:.0f} s ({spread})", "`make run` 2 min once set up"),
        Figure("RMSE on the test rows", f"{measures['rmse']:.3f}", f"{half:.3f}, half of fare per mile"),
        Figure("largest difference, PREDICT and estimator", f"{measures['max_diff']:.1e}", "1e-3"),
    ]


if __name__ == "__main__":
    main()
