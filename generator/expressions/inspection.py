"""What can be said of an expression before it runs: its problems, and what it refers to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.expressions.functions import arity_problem, name_problem
from generator.expressions.syntax import Access, Call, Literal, Node, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.expressions.syntax import Template


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with an expression that parses; ``offset`` counts characters from its text's start."""

    message: str
    offset: int


@dataclass(frozen=True, slots=True)
class Use:
    """A name that an expression uses, and where."""

    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class Uses:
    """What an expression refers to. Names that are computed at run time are not in it."""

    functions: tuple[Use, ...]
    parameters: tuple[Use, ...]
    """``pipeline().parameters.x``; in a dataset ``dataset().x``, in a linked service ``linkedService().x``."""
    variables: tuple[Use, ...]
    activities: tuple[Use, ...]
    members: tuple[Use, ...]
    """``pipeline().x`` but for ``parameters``: the system variables."""


def check(template: Template) -> Iterator[Problem]:
    """Yield what is wrong with an expression's functions: unknown names and numbers of arguments."""
    for node in template.nodes:
        for call in walk(node):
            if not isinstance(call, Call):
                continue
            if problem := name_problem(call.name) or arity_problem(call.name, len(call.arguments)):
                yield Problem(problem, call.offset)


def references(template: Template) -> Uses:
    """Return what a text's expressions refer to."""
    found: dict[str, list[Use]] = {kind: [] for kind in ("function", "parameter", "variable", "activity", "member")}
    for root in template.nodes:
        for node in walk(root):
            if isinstance(node, Call):
                found["function"].append(Use(node.name, node.offset))
            for kind, use in _uses(node):
                found[kind].append(use)
    return Uses(*(tuple(found[kind]) for kind in ("function", "parameter", "variable", "activity", "member")))


_BY_ARGUMENT = {"activity": "activity", "variables": "variable"}


def _uses(node: Node) -> Iterator[tuple[str, Use]]:
    if isinstance(node, Call) and len(node.arguments) == 1:
        kind, name = _BY_ARGUMENT.get(node.name.lower()), node.arguments[0]
        if kind and isinstance(name, Literal) and isinstance(name.value, str):
            yield kind, Use(name.value, name.offset)
    if not isinstance(node, Access) or not isinstance(node.key, Literal) or not isinstance(node.key.value, str):
        return
    use = Use(node.key.value, node.key.offset)
    if _is_call(node.target, "dataset", "linkedservice"):
        yield "parameter", use
    elif _is_call(node.target, "pipeline"):
        if use.name.lower() != "parameters":
            yield "member", use
    elif isinstance(node.target, Access) and _is_call(node.target.target, "pipeline"):
        key = node.target.key
        if isinstance(key, Literal) and str(key.value).lower() == "parameters":
            yield "parameter", use


def _is_call(node: Node, *names: str) -> bool:
    return isinstance(node, Call) and node.name.lower() in names
