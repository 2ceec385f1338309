"""The activities that the engine runs: one function a type, in one table.

Each returns its output, or raises :class:`ActivityFailure`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.local.pipeline.child import execute_pipeline
from generator.local.pipeline.control import fail_activity, filter_items, if_condition, switch, wait
from generator.local.pipeline.loops import for_each, until
from generator.local.pipeline.notebook import synapse_notebook
from generator.local.pipeline.sql import script, stored_procedure
from generator.local.pipeline.variables import append_variable, set_variable
from generator.local.pipeline.web import web

if TYPE_CHECKING:
    from collections.abc import Callable

    from generator.local.pipeline.call import ActivityCall

HANDLERS: dict[str, Callable[[ActivityCall], dict[str, Any]]] = {
    "AppendVariable": append_variable,
    "ExecutePipeline": execute_pipeline,
    "Fail": fail_activity,
    "Filter": filter_items,
    "ForEach": for_each,
    "IfCondition": if_condition,
    "Script": script,
    "SetVariable": set_variable,
    "SqlPoolStoredProcedure": stored_procedure,
    "Switch": switch,
    "SynapseNotebook": synapse_notebook,
    "Until": until,
    "Wait": wait,
    "WebActivity": web,
}
