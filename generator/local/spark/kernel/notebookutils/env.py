"""``notebookutils.env``."""

from __future__ import annotations

import json
import os


def getWorkspaceName() -> str:  # noqa: N802 - the real one's name
    """Return the workspace's name."""
    return str(json.loads(os.environ["SYNAPSE_LOCAL_SETTINGS"])["workspace"])


def getJobId() -> str:  # noqa: N802 - the real one's name
    """Return the pipeline run's id."""
    return os.environ["SYNAPSE_LOCAL_RUN_ID"]


def getPoolName() -> str:  # noqa: N802 - the real one's name
    """Return the Spark pool's name."""
    return str(json.loads(os.environ["SYNAPSE_LOCAL_SETTINGS"])["spark_pool"])
