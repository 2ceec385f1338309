"""CREATE, DROP, RENAME and TRUNCATE of tables, schemas and procedures.

Sources: "Use transactions in dedicated SQL pool" (no DDL inside a transaction), "RENAME (Transact-SQL)", the syntax of
"DROP TABLE" and "DROP PROCEDURE" for Azure Synapse Analytics (no IF EXISTS).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.local.sqlpool.engine_errors import missing_table
from generator.local.sqlpool.errors import SqlError, syntax_error, unsupported
from generator.local.sqlpool.names import TEMPORARY, duckdb_name, object_name, quoted, shown
from generator.local.sqlpool.reader import Reader
from generator.local.sqlpool.tables import comments, parse_create_table

if TYPE_CHECKING:
    from generator.local.sqlpool.session import Session
    from generator.local.sqlpool.statements import CreateProcedure, Text


class SchemaChanges:
    """Changes what the pool holds, for a session."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def create(self, text: Text) -> None:
        """CREATE TABLE, CREATE TABLE AS SELECT, CREATE SCHEMA."""
        self._refuse_transaction(text)
        reader = Reader(text)
        reader.take("CREATE")
        what = reader.take()
        if what.upper == "SCHEMA":
            self._create_schema(reader)
            return
        if what.upper != "TABLE":
            raise unsupported(f"CREATE {what.text.upper()}", *text.place())
        table = parse_create_table(text)
        self._refuse_existing(table.schema, table.name)
        if table.schema and self._session.catalogue.schema_id(table.schema) is None:
            raise SqlError(f'The specified schema name "{table.schema}" either does not exist or you do not have '
                           "permission to use it.", 2760, *text.place())  # fmt: skip
        if table.select is not None:
            self._session.queries.create_as(table)
            return
        definitions = ", ".join(c.duckdb() for c in table.columns)
        self._session.connection.execute(f"{table.head} ({definitions})")
        for statement in comments(table, [(c.name, c.type) for c in table.columns]):
            self._session.connection.execute(statement)

    def _create_schema(self, reader: Reader) -> None:
        name = reader.bare_name()
        if reader.found("AUTHORIZATION"):
            reader.bare_name()
        reader.end()
        if name.casefold() in ("__pool", "main", "temp", "sys", "information_schema"):
            raise SqlError(f"There is already an object named '{name}' in the database.", 2714)
        self._session.connection.execute(f"CREATE SCHEMA {quoted(name)}")

    def create_procedure(self, procedure: CreateProcedure) -> None:
        """CREATE PROCEDURE; its text is kept, and read again when it is run."""
        text = procedure.name
        self._refuse_transaction(text)
        if text.tokens[-1].kind == "temporary":
            # "Using stored procedures for dedicated SQL pool": no temporary stored procedures.
            raise SqlError(
                "Temporary stored procedures are not supported in a dedicated SQL pool.", 104385, *text.place()
            )
        schema, name = object_name(text.source)
        if self._session.catalogue.schema_id(schema) is None:
            raise SqlError(f'The specified schema name "{schema}" either does not exist or you do not have permission to '
                           "use it.", 2760, *text.place())  # fmt: skip
        self._refuse_existing(schema, name)
        self._session.catalogue.add_procedure(schema, name, procedure.source)

    def drop(self, text: Text) -> None:
        """DROP TABLE, DROP PROCEDURE, DROP SCHEMA."""
        self._refuse_transaction(text)
        reader = Reader(text)
        reader.take("DROP")
        what = reader.take()
        if what.upper not in ("TABLE", "PROCEDURE", "PROC", "SCHEMA"):
            raise unsupported(f"DROP {what.text.upper()}", *text.place())
        following = reader.peek()
        if following is not None and following.upper == "IF":
            raise syntax_error("IF", *text.place(following))
        if what.upper == "SCHEMA":
            name = reader.bare_name()
            reader.end()
            self._session.connection.execute(f"DROP SCHEMA {quoted(name)}")
            return
        schema, name = reader.name()
        reader.end()
        kind = "U" if what.upper == "TABLE" else "P"
        if self._session.catalogue.id_of(schema, name, kind) is None:
            word = "table" if kind == "U" else "procedure"
            raise SqlError(f"Cannot drop the {word} '{shown(schema, name)}', because it does not exist or you do not have "
                           "permission.", 3701, *text.place())  # fmt: skip
        if kind == "U":
            self._session.connection.execute(f"DROP TABLE {duckdb_name(schema, name)}")
        else:
            self._session.catalogue.drop_procedure(schema, name)

    def rename(self, text: Text) -> None:
        """RENAME OBJECT [::] [schema.]name TO new_name."""
        self._refuse_transaction(text)
        reader = Reader(text)
        reader.take("RENAME")
        reader.take("OBJECT")
        reader.found("::")
        schema, name = reader.name()
        reader.take("TO")
        new = reader.bare_name()
        reader.end()
        if name.startswith(TEMPORARY) or new.startswith(TEMPORARY):
            raise SqlError(
                "RENAME of a temporary table is not supported in a dedicated SQL pool.", 104385, *text.place()
            )
        if self._session.catalogue.id_of(schema, name, "U") is None:
            raise missing_table(f"{schema}.{name}", self._session.catalogue.table_names())
        self._refuse_existing(schema, new)
        self._session.connection.execute(f"ALTER TABLE {duckdb_name(schema, name)} RENAME TO {quoted(new)}")

    def truncate(self, text: Text) -> None:
        """TRUNCATE TABLE."""
        reader = Reader(text)
        reader.take("TRUNCATE")
        reader.take("TABLE")
        schema, name = reader.name()
        reader.end()
        if self._session.catalogue.id_of(schema, name, "U") is None:
            raise SqlError(f'Cannot find the object "{shown(schema, name)}" because it does not exist or you do not have '
                           "permissions.", 4701, *text.place())  # fmt: skip
        self._session.connection.execute(f"DELETE FROM {duckdb_name(schema, name)}")

    def _refuse_existing(self, schema: str, name: str) -> None:
        if self._session.catalogue.id_of(schema, name) is not None:
            raise SqlError(
                f"There is already an object named '{shown(schema, name).split('.')[-1]}' in the database.", 2714
            )

    def _refuse_transaction(self, text: Text) -> None:
        if self._session.in_transaction:
            raise SqlError("Operation cannot be performed within a transaction.", 111212, *text.place())
