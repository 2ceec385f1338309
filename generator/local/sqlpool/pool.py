"""The "dedicated SQL pool": a DuckDB file for each pool, and the engine's interface."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import duckdb

from generator.local.lake import LakePaths
from generator.local.ports import ActivityError, SqlResult
from generator.local.sqlpool.catalogue import SETUP, Catalogue
from generator.local.sqlpool.engine_errors import translated_error
from generator.local.sqlpool.errors import SqlError
from generator.local.sqlpool.functions import MACROS
from generator.local.sqlpool.names import duckdb_name, object_name
from generator.local.sqlpool.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from generator.local.ports import LocalSettings

# The codes with which failures of the two activities are quoted by users of the service; they are in no list.
_SCRIPT_FAILED = "2011"
_PROCEDURE_FAILED = "2402"
_POOL_UNAVAILABLE = "2100"
_FAULT = "2000"
_LOG = logging.getLogger(__name__)


class _PoolUnavailableError(Exception):
    """The database file cannot be opened or written on this machine."""


class DuckDbSqlPool:
    """Batches run one at a time; each has a session of its own, with its temporary tables and variables."""

    def __init__(self, settings: LocalSettings) -> None:
        self._settings = settings
        self._lake = LakePaths(settings)
        self._lock = threading.Lock()
        self._databases: dict[str, duckdb.DuckDBPyConnection] = {}

    def execute(
        self,
        pool: str,
        text: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        cancel: threading.Event | None = None,
    ) -> SqlResult:
        """Run one batch of T-SQL; ``parameters`` are values of ``@name`` in it. Never raises for the user's work."""
        return self._run(pool, _SCRIPT_FAILED, cancel, lambda session: session.run_batch(text, parameters or {}))

    def execute_procedure(
        self, pool: str, name: str, parameters: Mapping[str, Any], *, cancel: threading.Event | None = None
    ) -> SqlResult:
        """Run a stored procedure by its name, quoted or not. Never raises for the user's work."""
        return self._run(pool, _PROCEDURE_FAILED, cancel, lambda session: session.run_procedure(name, parameters))

    def read_table(self, pool: str, name: str) -> pa.Table:
        """Return a table's rows; SqlError where there is none."""
        with self._lock:
            try:
                connection = self._connect(pool).cursor()
            except _PoolUnavailableError as error:
                raise SqlError(str(error)) from error
            try:
                schema, bare = object_name(name)
                if Catalogue(connection).id_of(schema, bare, "U") is None:
                    raise SqlError(f"Invalid object name '{schema}.{bare}'.", 208)
                sql = f"SELECT * FROM {duckdb_name(schema, bare)}"
                return connection.sql(sql).to_arrow_table()
            finally:
                connection.close()

    def close(self) -> None:
        """Close every database."""
        with self._lock:
            for database in self._databases.values():
                database.close()
            self._databases.clear()

    def _run(self, pool: str, code: str, cancel: threading.Event | None, work: Callable[[Session], None]) -> SqlResult:
        with self._lock:
            try:
                connection = self._connect(pool).cursor()
            except SqlError as error:
                return SqlResult((), 0, (), ActivityError(code, str(error)))
            except _PoolUnavailableError as error:
                return SqlResult((), 0, (), ActivityError(_POOL_UNAVAILABLE, str(error), "SystemError"))
            session = Session(
                connection,
                self._lake,
                database=self._settings.sql_pool,
                has_predict=self._settings.predict,
                cancel=cancel,
            )
            failed: ActivityError | None = None
            try:
                work(session)
            except SqlError as error:
                failed = ActivityError(code, str(error))
            except duckdb.IOException as error:
                failed = ActivityError(_POOL_UNAVAILABLE, _unavailable(error), "SystemError")
            except duckdb.Error as error:
                failed = ActivityError(code, str(translated_error(error, ())))
            except Exception as error:  # noqa: BLE001 - an engine never raises for the work of users
                # A fault of ours, or sqlglot's: told as such, with the rest in the log.
                _LOG.exception("the local SQL pool failed")
                failed = ActivityError(_FAULT, f"The local SQL pool failed on this statement: {error!r}", "SystemError")
            finally:
                failed = failed or _left_open(session, code)
                connection.close()
            return SqlResult(tuple(session.result_sets), session.records_affected, tuple(session.messages), failed)

    def _connect(self, pool: str) -> duckdb.DuckDBPyConnection:
        name = self._settings.sql_pool
        if pool.casefold() != name.casefold():
            raise SqlError(f"Cannot open database '{pool}': the local workspace has the SQL pool {name}.", 4060)
        if name not in self._databases:
            try:
                self._databases[name] = self._open(name)
            except (duckdb.Error, OSError) as error:
                raise _PoolUnavailableError(_unavailable(error)) from error
        return self._databases[name]

    def _open(self, name: str) -> duckdb.DuckDBPyConnection:
        folder = self._settings.root / "sqlpool"
        folder.mkdir(parents=True, exist_ok=True)
        database = duckdb.connect(str(folder / f"{name}.duckdb"))
        # One transaction: one write to the disk instead of thirty.
        for statement in ("BEGIN TRANSACTION", *SETUP, *MACROS, "COMMIT"):
            database.execute(statement)
        # Files are read by COPY alone, which does it itself; nothing is loaded from anywhere.
        database.execute("SET enable_external_access = false")
        database.execute("SET lock_configuration = true")
        return database


def _left_open(session: Session, code: str) -> ActivityError | None:
    """Roll back a transaction that the batch began and did not end."""
    if not session.in_transaction:
        return None
    if not session.is_doomed:
        session.connection.execute("ROLLBACK")
    error = SqlError("Transaction count after the batch indicates a mismatching number of BEGIN and COMMIT statements: "
                     "the transaction was rolled back.", 266)  # fmt: skip
    return ActivityError(code, str(error))


def _unavailable(error: Exception) -> str:
    first = str(error).splitlines()[0] if str(error) else type(error).__name__
    if "lock" in first.lower():
        return "The local SQL pool is in use by another process: end it, or use another project folder."
    return f"The local SQL pool's file cannot be used: {first}"
