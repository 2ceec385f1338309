"""``python -m generator.local.faults``: a data plane alone, as a process that ends when its standard input is closed."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from pathlib import Path


def main() -> int:
    """Serve, and print one line of JSON that says where; 1 for a wrong fault file."""
    parser = argparse.ArgumentParser(prog="python -m generator.local.faults")
    parser.add_argument("--workspace", required=True, help="the name of the workspace")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--faults", type=Path, help="a fault file")
    parser.add_argument("--root", type=Path, help="a folder for the artifacts; without it they are in memory")
    parser.add_argument("--spark-pool", default="spark", help="the name of its Spark pool")
    parser.add_argument("--sql-pool", default="sql", help="the name of its SQL pool")
    arguments = parser.parse_args()
    import yaml
    from pydantic import ValidationError

    from generator.local.clock import SystemClock
    from generator.local.faults.model import FaultFile
    from generator.local.faults.serve import data_plane_server, plain_settings
    from generator.local.store import ArtifactStore

    try:
        text = arguments.faults.read_text(encoding="utf-8") if arguments.faults else "{}"
        faults = FaultFile.model_validate(yaml.safe_load(text) or {})
    except (OSError, yaml.YAMLError, ValidationError) as error:
        print(f"the fault file is wrong: {error}", file=sys.stderr)  # noqa: T201 - a process of its own
        return 1
    store = ArtifactStore(arguments.root, SystemClock())
    pools = {"spark_pool": arguments.spark_pool, "sql_pool": arguments.sql_pool}
    settings = plain_settings(arguments.workspace, arguments.root or Path(), **pools)
    token = secrets.token_urlsafe(32)
    with data_plane_server(settings, faults=faults, store=store, token=token, port=arguments.port) as server:
        print(json.dumps({"url": server.url, "token": token, "pid": os.getpid()}), flush=True)  # noqa: T201 - the same
        sys.stdin.buffer.read()
    return 0


if __name__ == "__main__":
    sys.exit(main())
