"""Checks over the whole set of documents: what a workspace would refuse, and what its runs would fail of.

Each rule is a small class for one code; its docstring is the summary that people read.
"""

from generator.rules.context import Given, RuleContext
from generator.rules.run import RULES, run_rules

__all__ = ["RULES", "Given", "RuleContext", "run_rules"]
