"""The activity types of Synapse pipelines: what contains activities, and what each cannot do without.

Source: the Activity models of azure-synapse-artifacts 0.22.0 (names, required members), and the pages of Azure Data
Factory's control-flow activities; types that only newer pages name are marked.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ActivityType:
    """A type of activity, its name verbatim."""

    name: str
    required: tuple[str, ...] = ()
    """Members of ``typeProperties`` without which the service refuses the activity."""
    containers: tuple[str, ...] = ()
    """Members of ``typeProperties`` that are lists of activities; a Switch has ``cases[].activities`` as well."""
    is_loop: bool = False


_TYPES = (
    ActivityType("AppendVariable", ("variableName", "value")),
    ActivityType("AzureDataExplorerCommand", ("command",)),
    ActivityType("AzureFunctionActivity", ("method", "functionName")),
    ActivityType("AzureMLBatchExecution"),
    ActivityType("AzureMLExecutePipeline"),
    ActivityType(
        "AzureMLUpdateResource", ("trainedModelName", "trainedModelLinkedServiceName", "trainedModelFilePath")
    ),
    ActivityType("Copy", ("source", "sink")),
    ActivityType("Custom", ("command",)),
    ActivityType("DataLakeAnalyticsU-SQL", ("scriptPath", "scriptLinkedService")),
    ActivityType("DatabricksJob"),  # newer than the SDK
    ActivityType("DatabricksNotebook", ("notebookPath",)),
    ActivityType("DatabricksSparkJar", ("mainClassName",)),
    ActivityType("DatabricksSparkPython", ("pythonFile",)),
    ActivityType("Delete", ("dataset",)),
    ActivityType("ExecuteDataFlow"),  # dataflow in Synapse, dataFlow in Data Factory
    ActivityType("ExecutePipeline", ("pipeline",)),
    ActivityType("ExecuteSSISPackage", ("packageLocation", "connectVia")),
    ActivityType("ExecuteWranglingDataflow"),  # Data Factory's
    ActivityType("Fail", ("message", "errorCode")),
    ActivityType("Filter", ("items", "condition")),
    ActivityType("ForEach", ("items", "activities"), ("activities",), is_loop=True),
    ActivityType("GetMetadata", ("dataset",)),
    ActivityType("HDInsightHive"),
    ActivityType("HDInsightMapReduce", ("className", "jarFilePath")),
    ActivityType("HDInsightPig"),
    ActivityType("HDInsightSpark", ("rootPath", "entryFilePath")),
    ActivityType("HDInsightStreaming", ("mapper", "reducer", "input", "output", "filePaths")),
    ActivityType("IfCondition", ("expression",), ("ifTrueActivities", "ifFalseActivities")),
    ActivityType("Lookup", ("source", "dataset")),
    ActivityType("Script"),
    ActivityType("SetVariable", ("variableName",)),
    ActivityType("SparkJob", ("sparkJob",)),
    ActivityType("SqlPoolStoredProcedure", ("storedProcedureName",)),
    ActivityType("SqlServerStoredProcedure", ("storedProcedureName",)),
    ActivityType("Switch", ("on",), ("defaultActivities",)),
    ActivityType("SynapseNotebook", ("notebook",)),
    ActivityType("Until", ("expression", "activities"), ("activities",), is_loop=True),
    ActivityType("Validation", ("dataset",)),
    ActivityType("Wait", ("waitTimeInSeconds",)),
    ActivityType("WebActivity", ("method", "url")),
    ActivityType("WebHook", ("method", "url")),
)
ACTIVITY_TYPES: dict[str, ActivityType] = {t.name: t for t in _TYPES}
"""Every known activity type by its name."""
