"""Synapse's expression language: parsing, checking and evaluating.

Source: "Expressions and functions in Azure Data Factory and Azure Synapse Analytics".
"""

from generator.expressions.evaluation import EvaluationError, Scope, evaluate
from generator.expressions.functions import FUNCTIONS
from generator.expressions.inspection import Problem, Use, Uses, check, references
from generator.expressions.parser import ExpressionSyntaxError, parse, quote_string
from generator.expressions.syntax import Access, Call, Literal, Node, Template, calls, walk
from generator.expressions.values import FunctionError, UnsupportedFunctionError
from generator.expressions.zones import WINDOWS_ZONES, windows_zone_meant

__all__ = [
    "FUNCTIONS",
    "WINDOWS_ZONES",
    "Access",
    "Call",
    "EvaluationError",
    "ExpressionSyntaxError",
    "FunctionError",
    "Literal",
    "Node",
    "Problem",
    "Scope",
    "Template",
    "UnsupportedFunctionError",
    "Use",
    "Uses",
    "calls",
    "check",
    "evaluate",
    "parse",
    "quote_string",
    "references",
    "walk",
    "windows_zone_meant",
]
