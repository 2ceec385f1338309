"""``python -m generator.local``: serves one embedded workspace; the command line starts it."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path


def main() -> int:
    """Serve; 4 where this machine refuses."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--idle-seconds", type=float, default=None)
    arguments = parser.parse_args()
    from generator.local.ports import LocalSettings
    from generator.local.server import serve

    settings = LocalSettings.from_json((arguments.root / "settings.json").read_text(encoding="utf-8"), arguments.root)
    try:
        asyncio.run(serve(settings, port=arguments.port, idle_seconds=arguments.idle_seconds))
    except OSError as error:
        print(f"cannot serve: {error.strerror or error}", file=sys.stderr)  # noqa: T201 - a process of its own
        return 4
    return 0


if __name__ == "__main__":
    sys.exit(main())
