"""What publishing costs, against an embedded data plane in a process of its own: ratios to what no publisher can beat."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import ROOT, Figure, said
from bench.trees import LEVELS, change, write_tree

if TYPE_CHECKING:
    from collections.abc import Iterator

_LATENCY, _OPERATION, _LIMIT = 0.1, 3.0, 25
_ARTIFACTS = 1000
_CORPUS = "planning-inspectorate-odw"
_SLOW = {"latency": _LATENCY, "operations": {"duration": _OPERATION}}


def figures(folder: Path) -> list[Figure]:
    """Measure everything; some six minutes."""
    tree = folder / "tree"
    count = write_tree(tree, _ARTIFACTS, 12_000)
    bound = max(LEVELS * _OPERATION, count * _OPERATION / _LIMIT)
    found = [*_bounded(folder, tree, count, bound), *_unchanged(folder, tree, count), *_large(folder)]
    return [*found, *_real(folder)]


def _bounded(folder: Path, tree: Path, count: int, bound: float) -> Iterator[Figure]:
    for retry_after, aim in ((2, "1.15 times"), (None, "1.3 times")):
        narrow = _SLOW | {"concurrent_operations": {"limit": _LIMIT, "retry_after": retry_after}}
        said(f"publish under a limit, Retry-After {retry_after}")
        with _server(folder, narrow) as server:
            done = _publish(server, tree, folder / f"store-{retry_after}")
        named = "without Retry-After" if retry_after is None else f"Retry-After {retry_after}"
        what = f"`publish` of {count} artifacts, {_LIMIT} operations of {_OPERATION:.0f} s at once, {named}"
        taken, refused, cpu = done["seconds"], done["refused"], done["cpu"]
        value = f"{taken:.0f} s, {taken / bound:.2f} times the bound; {refused} refused; CPU {cpu:.1f} s"
        yield Figure(what, value, aim)


def _unchanged(folder: Path, tree: Path, count: int) -> Iterator[Figure]:
    said("publish of what did not change")
    store = folder / "store"
    with _server(folder, {"latency": _LATENCY, "operations": {"duration": 0.0}}) as server:
        done = _publish(server, tree, store)
        yield Figure(f"CPU of a `publish` of {count} artifacts, operations done at once", f"{done['cpu']:.1f} s", "6 s")
        lists = min(_publish(server, tree, store, "lists")["seconds"] for _ in range(3))
        same = min((_publish(server, tree, store) for _ in range(3)), key=lambda d: d["seconds"])
        value = f"{same['seconds']:.2f} s, {same['seconds'] / lists:.2f} times the lists"
        yield Figure(f"`publish` of {count} artifacts of which none changed", value, "1.5 times")
        change(tree, "pipeline/pipeline_2_0000")
        one = _publish(server, tree, store)
        value = f"{one['seconds']:.2f} s, {one['seconds'] - same['seconds']:.2f} s more; {one['steps']} step"
        yield Figure("the same, one pipeline changed", value, "that and its own operation")


def _large(folder: Path) -> Iterator[Figure]:
    said("publish of a large tree")
    tree = folder / "large"
    count = write_tree(tree, 5000, 12_000)
    size = sum(path.stat().st_size for path in tree.rglob("*.json")) / 1e6
    with _server(folder, {}) as server:
        done = _publish(server, tree, folder / "store-large")
        again = _publish(server, tree, folder / "store-large")
        for path in tree.rglob("*.json"):
            change(tree, f"{path.parent.name}/{path.stem}")
        # All of it changed: what is replaced goes into the history, byte for byte.
        changed = _publish(server, tree, folder / "store-large")
    most = max(done["megabytes"], again["megabytes"], changed["megabytes"])
    what = f"memory of a `publish` of {count} artifacts, {size:.0f} MB, all of them new, the same or changed"
    yield Figure(what, f"{most:.0f} MB", "400 MB")
    times = ", ".join(f"{d['seconds']:.1f} s" for d in (done, again, changed))
    yield Figure("its time: new, the same, changed", times)


def _real(folder: Path) -> Iterator[Figure]:
    corpus = os.environ.get("SYNAPSE_GEN_CORPUS")
    if not corpus:
        return
    said("publish of a real workspace")
    tree = folder / _CORPUS
    shutil.copytree(Path(corpus) / _CORPUS, tree)
    # Ten files with text that looks like a secret are not in the copy, so that a few references lead nowhere.
    with _server(
        folder, {"check_references": False}, "pins-synw-odw-dev-uks", "--spark-pool", "pinssynspodw35"
    ) as server:
        done = _publish(server, tree, folder / "store-real")
        again = _publish(server, tree, folder / "store-real")
    value = f"{done['steps']} steps, {len(done['failed'])} failed, {done['seconds']:.1f} s; second plan empty: {again['is_empty']}"
    yield Figure(f"`publish` of the workspace {_CORPUS}", value, "in one go, second plan empty")


def _publish(server: dict[str, Any], tree: Path, store: Path, *more: str) -> dict[str, Any]:
    arguments = [server["url"], server["token"], server["workspace"], str(tree), str(store), *more]
    done = subprocess.run(
        [sys.executable, "-m", "bench.publish_once", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    if answer.get("conflicts"):
        raise RuntimeError(f"{answer['conflicts']} conflicts: what is measured is no publish")
    return answer


@contextmanager
def _server(folder: Path, faults: dict[str, Any], workspace: str = "bench", *more: str) -> Iterator[dict[str, Any]]:
    """Serve a data plane that is as slow and narrow as ``faults`` say."""
    file = folder / "faults.yaml"
    file.write_text(json.dumps(faults), encoding="utf-8")
    command = [sys.executable, "-m", "generator.local.faults", "--workspace", workspace, "--faults", str(file), *more]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the data plane has no pipes")
        server = json.loads(process.stdout.readline())
        try:
            yield server | {"workspace": workspace}
        finally:
            process.stdin.close()
            process.wait(30)
