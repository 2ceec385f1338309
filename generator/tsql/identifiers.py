"""Names of SQL objects, and the one function that quotes them."""

from __future__ import annotations

from dataclasses import dataclass

_MAX_LENGTH = 128  # sysname, "Database identifiers" of the T-SQL reference


class TsqlNameError(ValueError):
    """A text is no name of a SQL object; the message says why."""


def quote_identifier(name: str) -> str:
    """Return ``name`` in brackets, quoted as QUOTENAME does; TsqlNameError where it cannot be a name."""
    if not name:
        raise TsqlNameError("the name is empty")
    if len(name) > _MAX_LENGTH:
        raise TsqlNameError(f"the name has {len(name)} characters; SQL allows {_MAX_LENGTH}")
    if any(ord(c) < 32 for c in name):
        raise TsqlNameError("the name holds a control character")
    return "[" + name.replace("]", "]]") + "]"


@dataclass(frozen=True, slots=True)
class ObjectName:
    """A schema and a name in it."""

    schema: str
    name: str

    @property
    def quoted(self) -> str:
        """``[schema].[name]``."""
        return f"{quote_identifier(self.schema)}.{quote_identifier(self.name)}"

    def sibling(self, suffix: str) -> ObjectName:
        """Return the object of the same schema whose name has ``suffix`` added."""
        return ObjectName(self.schema, self.name + suffix)

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"


def parse_object_name(text: str) -> ObjectName:
    """Parse ``schema.name`` or ``name``; parts may stand in brackets or double quotes. The default schema is dbo.

    Raises TsqlNameError.
    """
    parts = _parts(text)
    if len(parts) > 2:
        raise TsqlNameError(f'"{text}" has {len(parts)} parts; write schema.name')
    schema, name = parts if len(parts) == 2 else ("dbo", parts[0])
    for part in (schema, name):
        quote_identifier(part)
    return ObjectName(schema, name)


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    position = 0
    while True:
        part, position = _part(text, position)
        parts.append(part)
        if position == len(text):
            return parts
        if text[position] != ".":
            raise TsqlNameError(f'"{text}" is no object name: unexpected {text[position]!r}')
        position += 1


def _part(text: str, start: int) -> tuple[str, int]:
    closing = {"[": "]", '"': '"'}.get(text[start : start + 1])
    if closing is None:
        end = text.find(".", start)
        end = len(text) if end < 0 else end
        return text[start:end], end
    position = start + 1
    taken = []
    while position < len(text):
        if text[position] != closing:
            taken.append(text[position])
            position += 1
        elif text[position + 1 : position + 2] == closing:
            taken.append(closing)
            position += 2
        else:
            return "".join(taken), position + 1
    raise TsqlNameError(f'"{text}" is no object name: {text[start]!r} is not closed')
