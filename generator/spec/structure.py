"""The keys that a model knows at one of pydantic's locations."""

from __future__ import annotations

from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, Tag


def known_keys(model: type[BaseModel], location: tuple[str | int, ...]) -> list[str]:
    """Return the legal keys of the object at a location (keys, indices and tags of union forms) of a model."""
    at: Any = model
    for step in location:
        at = _step(_only_model(at), step)
    at = _only_model(at)
    return list(at.model_fields) if _is_model(at) else []


def _step(annotation: Any, step: str | int) -> Any:
    if _is_model(annotation):
        field = annotation.model_fields.get(str(step))
        return field.annotation if field else None
    if get_origin(annotation) in (tuple, list):
        return get_args(annotation)[0]
    if get_origin(annotation) is dict:
        return get_args(annotation)[1]
    return next((a for a in get_args(annotation) if _tag(a) == step), None)


def _tag(annotation: Any) -> str | None:
    if get_origin(annotation) is not Annotated:
        return None
    return next((m.tag for m in get_args(annotation)[1:] if isinstance(m, Tag)), None)


def _only_model(annotation: Any) -> Any:
    """Look through ``Annotated`` and ``X | None``; leave unions of several models alone."""
    if get_origin(annotation) is Annotated:
        return _only_model(get_args(annotation)[0])
    if get_origin(annotation) in (tuple, list, dict):
        return annotation
    models = [a for a in get_args(annotation) if _is_model(a)]
    return models[0] if len(models) == 1 else annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
