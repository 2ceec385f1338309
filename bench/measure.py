"""Timing of whole commands, each in a process of its own."""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parent.parent
_COMMAND = (sys.executable, "-c", "from generator.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table."""

    what: str
    value: str
    aim: str = ""


def said(what: str) -> None:
    """Say what is measured now: it takes minutes."""
    sys.stderr.write(f"measuring {what} ...\n")


def python(code: str) -> float:
    """Return the seconds that an interpreter takes for a piece of code."""
    return _timed([sys.executable, "-c", code], ROOT)


def command(folder: Path, *arguments: str) -> float:
    """Return the seconds that a command takes in a project; CalledProcessError where it fails."""
    return _timed([*_COMMAND, *arguments], folder)


def output(folder: Path, *arguments: str) -> str:
    """Return what a command prints; its progress is shown."""
    done = subprocess.run([*_COMMAND, *arguments], cwd=folder, stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout


def median(measure: Callable[[], float], times: int) -> float:
    """Return the median of several measurements, after one that fills the caches."""
    measure()
    return statistics.median(measure() for _ in range(times))


def project(folder: Path, specs: int) -> Path:
    """Make a project with the taxi scenario, or with so many copies of its spec under other names."""
    folder.mkdir()
    shutil.copy(ROOT / "synapse.yaml", folder)
    (folder / "specs").mkdir()
    text = (ROOT / "specs" / "nyc_taxi.yaml").read_text(encoding="utf-8")
    for number in range(specs):
        name = f"taxi_{number:03}" if specs > 1 else "nyc_taxi"
        renamed = text.replace("nyc_taxi", name).replace("NYCTaxi", name if specs > 1 else "NYCTaxi")
        (folder / "specs" / f"{name}.yaml").write_text(renamed, encoding="utf-8")
    return folder


def _timed(arguments: list[str], folder: Path) -> float:
    started = time.perf_counter()
    subprocess.run(arguments, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - started
