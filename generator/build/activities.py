"""Activities as Studio writes them: plain constructors, keys in Studio's order.

Order and defaults: counted over the activities of 75 public workspaces kept by Studio (``name``,
``description``, ``type``, ``dependsOn``, ``policy``, ``userProperties``, ``typeProperties``; a Script's
``linkedServiceName`` stands before its ``typeProperties``; a WebActivity has ``method``, ``headers``,
``url``, ``connectVia``, ``body``, ``authentication``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Activity = dict[str, Any]
Condition = Literal["Succeeded", "Failed", "Skipped", "Completed"]


def expression(text: str) -> dict[str, str]:
    """Return a value that Synapse evaluates."""
    return {"value": text, "type": "Expression"}


def after(activity: str, *conditions: Condition) -> dict[str, Any]:
    """Return a dependency; without conditions, on success. Several conditions mean any of them."""
    return {"activity": activity, "dependencyConditions": list(conditions or ("Succeeded",))}


def policy(timeout: str = "0.12:00:00", retry: int = 0, interval: int = 30) -> dict[str, Any]:
    """Return an activity's policy; ``interval`` in seconds, 30 to 86,400."""
    return {
        "timeout": timeout,
        "retry": retry,
        "retryIntervalInSeconds": interval,
        "secureOutput": False,
        "secureInput": False,
    }


@dataclass(frozen=True, slots=True)
class ScriptParameter:
    """A parameter of a script block; ``type`` as the Script activity names types."""

    name: str
    type: Literal["String", "Int32", "Int64", "Double"]
    value: Any

    def to_json(self) -> dict[str, Any]:
        """Return the parameter as the activity keeps it."""
        return {"name": self.name, "type": self.type, "value": self.value, "direction": "Input"}


@dataclass(frozen=True, slots=True)
class ScriptBlock:
    """One batch of a Script activity: it holds no GO and runs by itself."""

    text: str
    type: Literal["Query", "NonQuery"] = "NonQuery"
    parameters: tuple[ScriptParameter, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return the block; its text is a literal, escaped where it would read as an expression."""
        block: dict[str, Any] = {}
        if self.parameters:
            block["parameters"] = [p.to_json() for p in self.parameters]
        return block | {"type": self.type, "text": literal_text(self.text)}


def literal_text(text: str) -> str:
    """Escape text that Synapse would take for an expression: ``@`` first, or ``@{`` anywhere."""
    escaped = text.replace("@{", "@@{")
    return "@" + escaped if text.startswith("@") and not text.startswith("@{") else escaped


def script(
    name: str,
    linked_service: Mapping[str, Any],
    blocks: Sequence[ScriptBlock],
    *,
    depends_on: Sequence[Mapping[str, Any]] = (),
    description: str | None = None,
    timeout: str = "0.02:00:00",
) -> Activity:
    """Return a Script activity; its blocks run one after another."""
    return {
        **_head(name, "Script", description),
        "dependsOn": list(depends_on),
        "policy": policy(timeout),
        "userProperties": [],
        "linkedServiceName": dict(linked_service),
        "typeProperties": {"scripts": [b.to_json() for b in blocks], "scriptBlockExecutionTimeout": "02:00:00"},
    }


def notebook(
    name: str,
    notebook_name: str,
    parameters: Mapping[str, str],
    *,
    spark_pool: str,
    executor_size: str,
    executors: int,
    depends_on: Sequence[Mapping[str, Any]] = (),
    description: str | None = None,
    timeout: str = "0.04:00:00",
) -> Activity:
    """Return a SynapseNotebook activity; every parameter is a string expression."""
    return {
        **_head(name, "SynapseNotebook", description),
        "dependsOn": list(depends_on),
        "policy": policy(timeout),
        "userProperties": [],
        "typeProperties": {
            "notebook": {"referenceName": notebook_name, "type": "NotebookReference"},
            "parameters": {k: {"value": expression(v), "type": "string"} for k, v in parameters.items()},
            "snapshot": True,
            "sparkPool": {"referenceName": spark_pool, "type": "BigDataPoolReference"},
            "executorSize": executor_size,
            "conf": {
                "spark.dynamicAllocation.enabled": False,
                "spark.dynamicAllocation.minExecutors": executors,
                "spark.dynamicAllocation.maxExecutors": executors,
            },
            "driverSize": executor_size,
            "numExecutors": executors,
        },
    }


def web(
    name: str,
    method: Literal["GET", "POST", "PUT"],
    url: str | Mapping[str, str],
    audience: str,
    *,
    body: Mapping[str, str] | str | None = None,
    depends_on: Sequence[Mapping[str, Any]] = (),
    description: str | None = None,
    retry: int = 0,
) -> Activity:
    """Return a WebActivity that calls a service as the workspace's managed identity.

    ``audience``: the resource that its token is for, such as Azure Resource Manager of the environment's cloud.
    """
    properties: dict[str, Any] = {"method": method}
    if body is not None:
        properties["headers"] = {"Content-Type": "application/json"}
    properties["url"] = url if isinstance(url, str) else dict(url)
    properties["connectVia"] = {"referenceName": "AutoResolveIntegrationRuntime", "type": "IntegrationRuntimeReference"}
    if body is not None:
        properties["body"] = body if isinstance(body, str) else dict(body)
    properties["authentication"] = {"type": "MSI", "resource": audience}
    return {
        **_head(name, "WebActivity", description),
        "dependsOn": list(depends_on),
        "policy": policy("0.00:10:00", retry),
        "userProperties": [],
        "typeProperties": properties,
    }


def stored_procedure(
    name: str,
    sql_pool: str,
    procedure: str,
    parameters: Mapping[str, str],
    *,
    depends_on: Sequence[Mapping[str, Any]] = (),
    description: str | None = None,
) -> Activity:
    """Return a SqlPoolStoredProcedure activity; ``sqlPool`` stands beside ``typeProperties``."""
    return {
        **_head(name, "SqlPoolStoredProcedure", description),
        "dependsOn": list(depends_on),
        "policy": policy("0.02:00:00"),
        "userProperties": [],
        "sqlPool": {"referenceName": sql_pool, "type": "SqlPoolReference"},
        "typeProperties": {
            "storedProcedureName": procedure,
            "storedProcedureParameters": {k: {"value": expression(v), "type": "String"} for k, v in parameters.items()},
        },
    }


def wait(name: str, seconds: int, *, depends_on: Sequence[Mapping[str, Any]] = ()) -> Activity:
    """Return a Wait activity."""
    return _control(name, "Wait", {"waitTimeInSeconds": seconds}, depends_on)


def set_variable(name: str, variable: str, value: str, *, depends_on: Sequence[Mapping[str, Any]] = ()) -> Activity:
    """Return a SetVariable activity; ``value`` is an expression."""
    properties = {"variableName": variable, "value": expression(value)}
    return _with_policy(_control(name, "SetVariable", properties, depends_on), _UNSEEN)


def return_values(name: str, values: Mapping[str, str], *, depends_on: Sequence[Mapping[str, Any]] = ()) -> Activity:
    """Return the SetVariable activity that hands values to the calling pipeline.

    Documented as "Set Variable activity: setting a pipeline return value"; each value is an expression.
    """
    rows = [{"key": key, "value": {"type": "Expression", "content": value}} for key, value in values.items()]
    properties = {"variableName": "pipelineReturnValue", "value": rows, "setSystemVariable": True}
    return _with_policy(_control(name, "SetVariable", properties, depends_on), _UNSEEN)


def fail(name: str, message: str, code: str, *, depends_on: Sequence[Mapping[str, Any]] = ()) -> Activity:
    """Return a Fail activity; ``message`` is an expression."""
    return _control(name, "Fail", {"message": expression(message), "errorCode": code}, depends_on)


def if_condition(
    name: str,
    condition: str,
    *,
    if_false: Sequence[Activity] = (),
    if_true: Sequence[Activity] = (),
    depends_on: Sequence[Mapping[str, Any]] = (),
) -> Activity:
    """Return an IfCondition activity; an empty branch is left out."""
    properties: dict[str, Any] = {"expression": expression(condition)}
    if if_false:
        properties["ifFalseActivities"] = list(if_false)
    if if_true:
        properties["ifTrueActivities"] = list(if_true)
    return _control(name, "IfCondition", properties, depends_on)


def until(
    name: str,
    condition: str,
    activities: Sequence[Activity],
    *,
    timeout: str,
    depends_on: Sequence[Mapping[str, Any]] = (),
    description: str | None = None,
) -> Activity:
    """Return an Until activity; ``timeout`` as ``d.hh:mm:ss``."""
    properties = {"expression": expression(condition), "activities": list(activities), "timeout": timeout}
    return _control(name, "Until", properties, depends_on, description)


def execute_pipeline(
    name: str, pipeline: str, parameters: Mapping[str, Any], *, depends_on: Sequence[Mapping[str, Any]] = ()
) -> Activity:
    """Return an ExecutePipeline activity that waits for the pipeline it starts."""
    properties: dict[str, Any] = {
        "pipeline": {"referenceName": pipeline, "type": "PipelineReference"},
        "waitOnCompletion": True,
    }
    if parameters:
        properties["parameters"] = dict(parameters)
    return _with_policy(_control(name, "ExecutePipeline", properties, depends_on), {"secureInput": False})


def _head(name: str, activity_type: str, description: str | None) -> Activity:
    described = {"description": description} if description else {}
    return {"name": name, **described, "type": activity_type}


def _control(
    name: str,
    activity_type: str,
    properties: dict[str, Any],
    depends_on: Sequence[Mapping[str, Any]],
    description: str | None = None,
) -> Activity:
    return {
        **_head(name, activity_type, description),
        "dependsOn": list(depends_on),
        "userProperties": [],
        "typeProperties": properties,
    }


_UNSEEN = {"secureOutput": False, "secureInput": False}


def _with_policy(activity: Activity, seen: Mapping[str, bool]) -> Activity:
    # SetVariable and ExecutePipeline have policies of their own (667 of 700 ExecutePipeline activities of real
    # workspaces): nothing but what may be seen of them.
    head = {k: v for k, v in activity.items() if k not in ("userProperties", "typeProperties")}
    return {**head, "policy": dict(seen), "userProperties": [], "typeProperties": activity["typeProperties"]}
