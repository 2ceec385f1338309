"""The collection functions of the expression language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.expressions.values import to_text

if TYPE_CHECKING:
    from generator.expressions.values import Arguments


def contains(arguments: Arguments) -> bool:
    """``contains(collection, value)``: a substring, an item or a key, by case."""
    collection = arguments.any(0)
    if isinstance(collection, str):
        return arguments.text(1) in collection
    if isinstance(collection, dict):
        return arguments.text(1) in collection
    if isinstance(collection, list):
        return arguments.any(1) in collection
    raise arguments.wrong(0, "an array, an object or a string")


def empty(arguments: Arguments) -> bool:
    """``empty(collection)``; null is empty too, on which many pipelines rely (``empty(...?.Error?.Message)``)."""
    collection = arguments.any(0)
    if collection is None or isinstance(collection, str | list | dict):
        return not collection
    raise arguments.wrong(0, "an array, an object or a string")


def first(arguments: Arguments) -> Any:
    """``first(collection)``; null where it is empty."""
    collection = arguments.collection(0)
    return collection[0] if collection else None


def last(arguments: Arguments) -> Any:
    """``last(collection)``; null where it is empty."""
    collection = arguments.collection(0)
    return collection[-1] if collection else None


def intersection(arguments: Arguments) -> Any:
    """``intersection(collection, ...)`` of arrays, or of objects."""
    collections = _alike(arguments)
    head = collections[0]
    if isinstance(head, dict):
        return {k: v for k, v in head.items() if all(k in o and o[k] == v for o in collections[1:])}
    return [v for v in head if all(v in o for o in collections[1:])]


def union(arguments: Arguments) -> Any:
    """``union(collection, ...)`` of arrays, or of objects, where the last value of a key counts."""
    collections = _alike(arguments)
    if isinstance(collections[0], dict):
        return {k: v for collection in collections for k, v in collection.items()}
    merged: list[Any] = []
    for collection in collections:
        merged += [v for v in collection if v not in merged]
    return merged


def join(arguments: Arguments) -> str:
    """``join(array, delimiter)``."""
    return arguments.text(1).join(to_text(v) for v in arguments.array(0))


def length(arguments: Arguments) -> int:
    """``length(collection)`` of a string or an array."""
    return len(arguments.collection(0))


def skip(arguments: Arguments) -> list[Any]:
    """``skip(array, count)``."""
    return arguments.array(0)[_count(arguments) :]


def take(arguments: Arguments) -> str | list[Any]:
    """``take(collection, count)`` of a string or an array."""
    return arguments.collection(0)[: _count(arguments)]


def create_array(arguments: Arguments) -> list[Any]:
    """``createArray(value, ...)``."""
    return list(arguments.all)


def _count(arguments: Arguments) -> int:
    count = arguments.integer(1)
    if count < 0:
        raise arguments.error(f"takes no negative count: {count}")
    return count


def _alike(arguments: Arguments) -> list[Any]:
    kind = dict if isinstance(arguments.any(0), dict) else list
    for index, value in enumerate(arguments.all):
        if not isinstance(value, kind):
            raise arguments.wrong(index, "an object" if kind is dict else "an array or an object")
    return arguments.all
