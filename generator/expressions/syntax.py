"""The syntax tree of an expression; every node knows where it stands in its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Literal:
    """A string, number, boolean or null."""

    value: str | float | bool | None
    offset: int


@dataclass(frozen=True, slots=True)
class Call:
    """A function call; names do not tell case apart."""

    name: str
    arguments: tuple[Node, ...]
    offset: int


@dataclass(frozen=True, slots=True)
class Access:
    """``.key`` or ``[key]``; with ``?`` before it, null where the target is null or has no such key."""

    target: Node
    key: Node
    is_safe: bool
    offset: int
    """Where the key begins."""


Node = Literal | Call | Access


@dataclass(frozen=True, slots=True)
class Template:
    """A text: plain parts and expressions in turn. ``is_whole`` for ``@expression``, whose value keeps its type."""

    parts: tuple[str | Node, ...]
    is_whole: bool

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The expressions in the text."""
        return tuple(p for p in self.parts if not isinstance(p, str))


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it, outer ones first, in the order of the text."""
    # A stack of our own: a long chain of properties is deeper than Python's.
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        if isinstance(current, Call):
            waiting += reversed(current.arguments)
        elif isinstance(current, Access):
            waiting += (current.key, current.target)


def calls(node: Node) -> Iterator[Call]:
    """Yield every function call in a node, outer ones first."""
    return (n for n in walk(node) if isinstance(n, Call))
