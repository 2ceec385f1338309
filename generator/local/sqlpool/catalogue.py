"""What the pool holds: its tables with the T-SQL types of their columns, its procedures, and their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from generator.local.sqlpool.names import FRAME, TEMPORARY, object_name, quoted
from generator.local.sqlpool.typemap import declared_type, from_duckdb_type

if TYPE_CHECKING:
    import duckdb

    from generator.local.sqlpool.inference import Column
    from generator.tsql.types import SqlType

SETUP = (
    "CREATE SCHEMA IF NOT EXISTS dbo",
    "CREATE SCHEMA IF NOT EXISTS __pool",
    "CREATE TABLE IF NOT EXISTS __pool.procedures (schema_name VARCHAR, name VARCHAR, source VARCHAR)",
)
_HIDDEN = ("__pool", "main", "pg_catalog", "information_schema")
_PROCEDURE_IDS = 1_000_000


class Catalogue:
    """Reads the catalogue through one connection; names compare without regard to case."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def columns(self, schema: str, name: str) -> list[Column] | None:
        """Return the columns of a table with their types; None where there is no such table."""
        definitions = self.definitions(schema, name)
        return [(n, t) for n, t, _, _ in definitions] if definitions else None

    def definitions(self, schema: str, name: str) -> list[tuple[str, SqlType, bool, bool]]:
        """Return name, type, whether it takes null and whether it has a default, of each column of a table."""
        if name.startswith(FRAME):
            rows = self._all(f"DESCRIBE {quoted(name)}")
            return [(r[0], from_duckdb_type(r[1]), True, False) for r in rows]
        rows = self._all(
            "SELECT column_name, data_type, comment, is_nullable, column_default IS NOT NULL FROM duckdb_columns() "
            "WHERE lower(schema_name) = lower(?) AND lower(table_name) = lower(?) AND (database_name = 'temp') = ? "
            "ORDER BY column_index",
            [schema or "main", name, name.startswith(TEMPORARY)],
        )
        return [(n, declared_type(c) if c else from_duckdb_type(t), bool(null), bool(d)) for n, t, c, null, d in rows]

    def object_id(self, text: str, kind: str | None) -> int | None:
        """Return the id of a table (``U``) or procedure (``P``); None where there is none of that name and kind."""
        schema, name = object_name(text)
        return self.id_of(schema, name, kind)

    def id_of(self, schema: str, name: str, kind: str | None = None) -> int | None:
        """Return an object's id by schema and name."""
        if kind in (None, "U"):
            rows = self._all(
                "SELECT table_oid FROM duckdb_tables() WHERE lower(table_name) = lower(?) "
                "AND lower(schema_name) = lower(?) AND temporary = ?",
                [name, schema or "main", name.startswith(TEMPORARY)],
            )
            if rows:
                return int(rows[0][0]) + 1
        if kind in (None, "P"):
            rows = self._all(
                "SELECT rowid FROM __pool.procedures WHERE lower(name) = lower(?) AND lower(schema_name) = lower(?)",
                [name, schema],
            )
            if rows:
                return int(rows[0][0]) + _PROCEDURE_IDS
        return None

    def schema_id(self, name: str) -> int | None:
        """Return the id of a schema, or None."""
        if name.casefold() in _HIDDEN:
            return None
        rows = self._all("SELECT oid FROM duckdb_schemas() WHERE lower(schema_name) = lower(?)", [name])
        return int(rows[0][0]) if rows else None

    def table_names(self) -> list[tuple[str, str]]:
        """Return schema and name of every table."""
        rows = self._all("SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY ALL")
        return [(s, n) for s, n in rows if s not in _HIDDEN]

    def procedure(self, schema: str, name: str) -> str | None:
        """Return the text of a procedure, or None."""
        rows = self._all(
            "SELECT source FROM __pool.procedures WHERE lower(schema_name) = lower(?) AND lower(name) = lower(?)",
            [schema, name],
        )
        return str(rows[0][0]) if rows else None

    def add_procedure(self, schema: str, name: str, source: str) -> None:
        """Keep a procedure."""
        self._all("INSERT INTO __pool.procedures VALUES (?, ?, ?)", [schema, name, source])

    def drop_procedure(self, schema: str, name: str) -> None:
        """Forget a procedure."""
        self._all(
            "DELETE FROM __pool.procedures WHERE lower(schema_name) = lower(?) AND lower(name) = lower(?)",
            [schema, name],
        )

    def _all(self, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
        # Everything is fetched: DuckDB holds a connection until a result is read to its end.
        return self._connection.execute(sql, values).fetchall()
