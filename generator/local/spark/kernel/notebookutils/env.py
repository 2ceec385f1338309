"""``notebookutils.env``. A notebook of a pipeline runs as the workspace's managed identity, which has its name."""

from __future__ import annotations

import uuid


def getUserName() -> str:  # noqa: N802 - the real one's name
    """Return the name of the identity that the notebook runs as."""
    return getWorkspaceName()


def getUserId() -> str:  # noqa: N802 - the real one's name
    """Return an id that stays the same for the workspace."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{getWorkspaceName()}.azuresynapse.net"))


def getWorkspaceName() -> str:  # noqa: N802 - the real one's name
    """Return the workspace's name."""
    from generator.local.spark.interpreter.start import SETTINGS

    return SETTINGS.workspace


def getJobId() -> str:  # noqa: N802 - the real one's name
    """Return the id of the session's job."""
    from generator.local.spark.interpreter.start import SESSION

    return str(SESSION["id"])


def getPoolName() -> str:  # noqa: N802 - the real one's name
    """Return the Spark pool's name."""
    from generator.local.spark.interpreter.start import SETTINGS

    return SETTINGS.spark_pool


def getClusterId() -> str:  # noqa: N802 - the real one's name
    """Return the cluster's id: here, the session's."""
    return getJobId()
