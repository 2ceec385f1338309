"""Documents as Studio writes them: the outer form of each kind of artifact, keys in Studio's order.

Order of keys: counted over 75 public workspaces kept by Studio. ``type`` and ``lastPublishTime`` come
only with a publish, so they are not written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.artifact import ArtifactKey, ArtifactKind
from generator.documents import Document

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from generator.build.activities import Activity


def pipeline(
    name: str,
    activities: Sequence[Activity],
    *,
    description: str,
    parameters: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    folder: str,
) -> Document:
    """Return a pipeline that runs once at a time: two runs of one name would share its tables."""
    properties: dict[str, Any] = {"description": description, "activities": list(activities)}
    if parameters:
        properties["parameters"] = dict(parameters)
    if variables:
        properties["variables"] = dict(variables)
    properties |= {"concurrency": 1, "folder": {"name": folder}, "annotations": []}
    return _document(ArtifactKind.PIPELINE, name, properties)


def linked_service(
    name: str, service_type: str, type_properties: Mapping[str, Any], *, connect_via: bool = True
) -> Document:
    """Return a linked service; with ``connect_via`` over the workspace's own integration runtime.

    Studio writes none for Key Vault.
    """
    properties = {"annotations": [], "type": service_type, "typeProperties": dict(type_properties)}
    if connect_via:
        runtime = {"referenceName": "AutoResolveIntegrationRuntime", "type": "IntegrationRuntimeReference"}
        properties["connectVia"] = runtime
    return _document(ArtifactKind.LINKED_SERVICE, name, properties)


def sql_script(name: str, query: str, *, pool: str, description: str, folder: str) -> Document:
    """Return a SQL script for people, connected to a dedicated pool."""
    properties = {
        "description": description,
        "folder": {"name": folder},
        "content": {
            "query": query,
            "metadata": {"language": "sql"},
            "currentConnection": {"databaseName": pool, "poolName": pool},
            "resultLimit": 5000,
        },
        "type": "SqlQuery",
    }
    return _document(ArtifactKind.SQL_SCRIPT, name, properties)


def schedule_trigger(
    name: str,
    pipelines: Mapping[str, Mapping[str, Any]],
    recurrence: Mapping[str, Any],
    *,
    state: str | None,
    description: str,
) -> Document:
    """Return a schedule trigger; ``pipelines`` maps the pipelines that it starts to their parameters.

    Without a ``state`` it says nothing of whether it runs: ``runtimeState`` is read-only in the service's interface,
    which starts and stops a trigger by calls of their own.
    """
    started = []
    for pipeline_name, parameters in pipelines.items():
        reference = {"pipelineReference": {"referenceName": pipeline_name, "type": "PipelineReference"}}
        started.append(reference | ({"parameters": dict(parameters)} if parameters else {}))
    properties = {
        "description": description,
        "annotations": [],
        **({"runtimeState": state} if state else {}),
        "pipelines": started,
        "type": "ScheduleTrigger",
        "typeProperties": {"recurrence": dict(recurrence)},
    }
    return _document(ArtifactKind.TRIGGER, name, properties)


# Sizes of Synapse's Spark nodes ("Apache Spark pool configurations": Small 4 vCores / 32 GB, doubling up to
# XXLarge 64 / 432); memory is what Studio writes into notebooks for each size. `conf` and `sessionKeepAliveTimeout` are in
# every notebook of the real workspaces at hand (608), `a365ComputeOptions` too, which holds what only the pool itself knows.
_SESSION = {
    "Small": ("28g", 4),
    "Medium": ("56g", 8),
    "Large": ("112g", 16),
    "XLarge": ("224g", 32),
    "XXLarge": ("400g", 64),
}


def notebook(
    name: str,
    cells: Sequence[Mapping[str, Any]],
    *,
    spark_pool: str,
    size: str,
    executors: int,
    description: str,
    folder: str,
) -> Document:
    """Return a PySpark notebook attached to a pool; outputs and execution counts are never kept."""
    memory, cores = _SESSION[size]
    properties = {
        "description": description,
        "folder": {"name": folder},
        "nbformat": 4,
        "nbformat_minor": 2,
        "bigDataPool": {"referenceName": spark_pool, "type": "BigDataPoolReference"},
        "sessionProperties": {
            "driverMemory": memory,
            "driverCores": cores,
            "executorMemory": memory,
            "executorCores": cores,
            "numExecutors": executors,
            "conf": {
                "spark.dynamicAllocation.enabled": "false",
                "spark.dynamicAllocation.minExecutors": str(executors),
                "spark.dynamicAllocation.maxExecutors": str(executors),
            },
        },
        "metadata": {
            "saveOutput": True,
            "enableDebugMode": False,
            "kernelspec": {"name": "synapse_pyspark", "display_name": "Synapse PySpark"},
            "language_info": {"name": "python"},
            "sessionKeepAliveTimeout": 30,
        },
        "cells": list(cells),
    }
    return _document(ArtifactKind.NOTEBOOK, name, properties)


def _document(kind: ArtifactKind, name: str, properties: Mapping[str, Any]) -> Document:
    return Document(ArtifactKey(kind, name), {"name": name, "properties": dict(properties)})
