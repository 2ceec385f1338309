"""One publish in a process of its own, so that its time, CPU and memory are its own; prints them as JSON."""

from __future__ import annotations

import json
import resource
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.measure import ROOT
from generator.publish import Place, Source, Terms, apply, prepare_publish
from generator.publish.given import LISTED
from generator.publish.tree import kinds_in
from generator.spec.load import load_project
from generator.workspace.azure import AzureWorkspace
from generator.workspace.clock import SystemClock
from generator.workspace.folder import FolderStore

if TYPE_CHECKING:
    from generator.spec.project import Environment


def main() -> None:
    """``URL TOKEN WORKSPACE TREE STORE [lists]``."""
    url, token, name, tree, store = sys.argv[1:6]
    workspace = AzureWorkspace.connect_local(url, token, _environment(name))
    folder = Path(tree)
    answer = _lists(workspace, folder) if sys.argv[6:] == ["lists"] else _publish(workspace, name, folder, Path(store))
    workspace.close()
    answer["megabytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sys.stdout.write(json.dumps(answer))


def _environment(workspace: str) -> Environment:
    """Return an environment of this project, with what a data plane that is served alone says of itself."""
    project = load_project(ROOT)
    named = {
        "workspace": workspace,
        "subscription_id": "00000000-0000-0000-0000-000000000000",
        "resource_group": "local",
    }
    return project.project.environments["dev"].model_copy(update=named)


def _publish(workspace: AzureWorkspace, name: str, folder: Path, store: Path) -> dict[str, Any]:
    place = Place(workspace, FolderStore(store), SystemClock(), "bench", "bench", name, "bench")
    started, cpu = time.perf_counter(), time.process_time()
    prepared = prepare_publish(place, Source(folder.parent, folder), Terms())
    planned = time.perf_counter() - started
    published = apply(place, prepared, on_outcome=lambda _: None)
    report = published.report
    return {
        "seconds": time.perf_counter() - started,
        "planned": planned,
        "cpu": time.process_time() - cpu,
        "steps": len(report.outcomes),
        "failed": [f"{o.step}: {o.error}" for o in report.failed][:5],
        "conflicts": len(prepared.plan.conflicts),
        "most_under_way": report.most_under_way,
        "refused": report.refused_as_too_many,
        "is_empty": prepared.plan.is_empty,
    }


def _lists(workspace: AzureWorkspace, folder: Path) -> dict[str, Any]:
    """Read the same lists and throw them away: what no publish can be faster than."""
    started = time.perf_counter()
    threads = [
        threading.Thread(target=lambda kind=kind: [None for _ in workspace.artifacts(kind)])
        for kind in kinds_in(folder) & LISTED
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {"seconds": time.perf_counter() - started}


if __name__ == "__main__":
    main()
