"""Names of the pool's objects, and what they are called in DuckDB."""

from __future__ import annotations

from generator.local.sqlpool.errors import SqlError
from generator.tsql.identifiers import TsqlNameError, parse_object_name

TEMPORARY = "__temp__"
"""What the names of temporary tables begin with in DuckDB."""
FRAME = "__f"
"""What the names of registered frames begin with: the rows that PREDICT reads and those that it makes."""


def object_name(text: str) -> tuple[str, str]:
    """Return schema and name of an object's name; the schema of a temporary table is empty. SqlError if it is none."""
    for prefix in ("tempdb..#", "tempdb.dbo.#", "#"):
        if text.strip().lower().startswith(prefix):
            return "", TEMPORARY + text.strip()[len(prefix) :].lstrip("#")
    try:
        name = parse_object_name(text.strip())
    except TsqlNameError as error:
        raise SqlError(f"{error}.", 102) from error
    return name.schema, name.name


def quoted(name: str) -> str:
    """Return a name quoted for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def duckdb_name(schema: str, name: str) -> str:
    """Return an object's quoted name for DuckDB; temporary tables have no schema."""
    return f"{quoted(schema)}.{quoted(name)}" if schema else quoted(name)


def shown(schema: str, name: str) -> str:
    """Return an object's name as messages show it."""
    return f"{schema}.{name}" if schema else "#" + name.removeprefix(TEMPORARY)


def literal(value: object) -> str:
    """Return a text literal for DuckDB."""
    return "'" + str(value).replace("'", "''") + "'"
