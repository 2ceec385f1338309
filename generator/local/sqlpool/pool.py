"""The pool: its databases on disk, and the two ways in, a batch or a procedure."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import duckdb

from generator.local.lake import LakePaths
from generator.local.ports import ActivityError, SqlResult
from generator.local.sqlpool.errors import SqlError
from generator.local.sqlpool.session import Session
from generator.local.sqlpool.translate import MACROS, duckdb_name, object_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pyarrow as pa

    from generator.local.ports import LocalSettings

_SCRIPT_FAILED = "2402"
"""The Script activity's code for a statement that the database refused."""
_CATALOGUE = (
    "CREATE SCHEMA IF NOT EXISTS dbo",
    "CREATE SCHEMA IF NOT EXISTS __pool",
    "CREATE TABLE IF NOT EXISTS __pool.procedures (schema_name VARCHAR, name VARCHAR, source VARCHAR)",
)


class DuckDbSqlPool:
    """One DuckDB file a pool. Batches run one at a time; each has a session of its own, with its temporary tables."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._lake = LakePaths(settings)
        self._lock = threading.Lock()
        self._databases: dict[str, duckdb.DuckDBPyConnection] = {}

    def execute(self, pool: str, text: str, parameters: Mapping[str, Any] | None = None) -> SqlResult:
        """Run one batch of T-SQL; ``parameters`` are values of ``@name`` in it."""
        return self._run(pool, lambda session: session.run_batch(text, parameters or {}))

    def execute_procedure(self, pool: str, name: str, parameters: Mapping[str, Any]) -> SqlResult:
        """Run a stored procedure."""
        return self._run(pool, lambda session: session.run_procedure(name, parameters))

    def read_table(self, pool: str, name: str) -> pa.Table:
        """Return a table's rows; SqlError where there is none."""
        with self._lock:
            connection = self._connect(pool).cursor()
            try:
                return connection.sql(f"SELECT * FROM {duckdb_name(*object_name(name))}").to_arrow_table()
            except duckdb.Error as error:
                raise SqlError(f"Invalid object name '{name}'.", 208) from error

    def close(self) -> None:
        """Close every database."""
        with self._lock:
            for database in self._databases.values():
                database.close()
            self._databases.clear()

    def _run(self, pool: str, work: Any) -> SqlResult:
        with self._lock:
            try:
                connection = self._connect(pool).cursor()
            except SqlError as error:
                return SqlResult((), 0, (), ActivityError(_SCRIPT_FAILED, str(error)))
            session = Session(connection, self._lake, has_predict=self._settings.predict)
            failed: ActivityError | None = None
            try:
                work(session)
            except SqlError as problem:
                failed = ActivityError(_SCRIPT_FAILED, str(problem))
            except duckdb.Error as problem:
                failed = ActivityError(_SCRIPT_FAILED, str(problem).splitlines()[0])
            finally:
                connection.close()
            return SqlResult(tuple(session.result_sets), session.records_affected, tuple(session.messages), failed)

    def _connect(self, pool: str) -> duckdb.DuckDBPyConnection:
        if pool.casefold() != self._settings.sql_pool.casefold():
            raise SqlError(
                f"Cannot open database '{pool}': the local workspace has the pool {self._settings.sql_pool}.", 4060
            )
        if pool not in self._databases:
            folder: Path = self._settings.root / "sqlpool"
            folder.mkdir(parents=True, exist_ok=True)
            database = duckdb.connect(str(folder / f"{self._settings.sql_pool}.duckdb"))
            for statement in (*_CATALOGUE, *MACROS):
                database.execute(statement)
            # Files are read by COPY alone, which does it itself; nothing is loaded from anywhere.
            database.execute("SET enable_external_access = false")
            self._databases[pool] = database
        return self._databases[pool]
