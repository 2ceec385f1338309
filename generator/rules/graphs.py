"""Circles in a directed graph."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def cycles(graph: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield circles as ``(a, b, a)``, each through a node that no earlier one goes through.

    Every node that stands on a circle is told of in at least one of those yielded, or is on a circle with one of
    their nodes: breaking what is yielded, and checking again, ends with none. Edges to unknown nodes do not count.
    """
    seen: set[str] = set()
    for node in graph:
        if node in seen:
            continue
        circle = _shortest(graph, node)
        if circle is not None:
            seen.update(circle)
            yield circle


def _shortest(graph: Mapping[str, Sequence[str]], start: str) -> tuple[str, ...] | None:
    before: dict[str, str] = {}
    waiting = deque([start])
    while waiting:
        node = waiting.popleft()
        for following in graph.get(node, ()):
            if following == start:
                back = [start, node]
                while back[-1] != start:
                    back.append(before[back[-1]])
                return tuple(reversed(back))
            if following not in before:
                before[following] = node
                waiting.append(following)
    return None
