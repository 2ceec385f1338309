"""Starts the session that a Synapse notebook finds: ``spark``, ``sc``, ``notebookutils``, ``display``."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from generator.local.ports import LocalSettings

SESSION: dict[str, Any] = json.loads(os.environ["SYNAPSE_LOCAL_SESSION"])
SETTINGS = LocalSettings.from_json(os.environ["SYNAPSE_LOCAL_SETTINGS"], Path(os.environ["SYNAPSE_LOCAL_ROOT"]))


def start() -> None:
    """Fill the notebook's namespace; called once, before the notebook's first cell."""
    from IPython import get_ipython

    from generator.local.spark.interpreter import magics

    shell = get_ipython()
    magics.install(shell)
    shell.user_ns.update(preloaded())
    if SESSION["needs_spark"]:
        from generator.local.spark.interpreter import spark_session

        shell.user_ns.update(spark_session.start(SETTINGS, SESSION))


def preloaded() -> dict[str, Any]:
    """Return the names that every notebook finds, whether it uses Spark or not."""
    import notebookutils

    from generator.local.spark.interpreter import display, magics

    return {
        "notebookutils": notebookutils,
        "mssparkutils": notebookutils.mssparkutils,
        "display": display.display,
        "displayHTML": display.display_html,
        "exit": magics.leave,
        "quit": magics.leave,
    }
