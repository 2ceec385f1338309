"""Synapse's expression language: parsing, checking and evaluating.

Source: "Expressions and functions in Azure Data Factory and Azure Synapse Analytics".
"""

from generator.expressions.evaluation import EvaluationError, Scope, evaluate
from generator.expressions.functions import FUNCTIONS, UnsupportedFunctionError
from generator.expressions.parser import ExpressionSyntaxError, parse
from generator.expressions.syntax import Access, Call, Literal, Node, Template, calls

__all__ = [
    "FUNCTIONS",
    "Access",
    "Call",
    "EvaluationError",
    "ExpressionSyntaxError",
    "Literal",
    "Node",
    "Scope",
    "Template",
    "UnsupportedFunctionError",
    "calls",
    "evaluate",
    "parse",
]
