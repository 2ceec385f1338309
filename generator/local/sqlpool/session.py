"""One batch or procedure at work: variables, temporary tables, results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from generator.local.ports import ResultSet
from generator.local.sqlpool.copy import copy_into
from generator.local.sqlpool.errors import SqlError, syntax_error, unsupported
from generator.local.sqlpool.predict import has_predict_call, replace_predict
from generator.local.sqlpool.statements import Block, CreateProcedure, If, Plain, Statement, Text, While, parse_batch
from generator.local.sqlpool.tables import TEMPORARY, Reader, create_statement, parse_create_table
from generator.local.sqlpool.translate import (
    Names,
    declared_type,
    duckdb_name,
    object_name,
    translate,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generator.local.lake import LakePaths
    from generator.tsql.types import SqlType

_DEEPEST_CALL = 32  # "Nested stored procedures": at most 32 levels
_MOST_ROUNDS = 1_000_000
_SESSION_OPTIONS = ("NOCOUNT", "XACT_ABORT", "ANSI_NULLS", "QUOTED_IDENTIFIER", "ANSI_WARNINGS")
# T-SQL's names of what DuckDB returns.
_TYPE_NAMES = {"BIGINT": "bigint", "HUGEINT": "bigint", "INTEGER": "int", "SMALLINT": "smallint", "UTINYINT": "tinyint",
               "DOUBLE": "float", "FLOAT": "real", "VARCHAR": "nvarchar", "BLOB": "varbinary", "BOOLEAN": "bit",
               "TIMESTAMP": "datetime2", "DATE": "date", "TIME": "time", "UUID": "uniqueidentifier"}  # fmt: skip


class _Return(Exception):  # noqa: N818 - control flow, not an error
    """RETURN was met."""


class Session:
    """Runs statements on one connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, lake: LakePaths, *, has_predict: bool) -> None:
        self._connection = connection
        self._lake = lake
        self._has_predict = has_predict
        self._types: dict[str, SqlType] = {}
        self._values: dict[str, Any] = {}
        self._depth = 0
        self.result_sets: list[ResultSet] = []
        self.records_affected = 0
        self.messages: list[str] = []

    def run_batch(self, text: str, parameters: Mapping[str, Any]) -> None:
        """Run a batch; raises SqlError at the first statement that fails."""
        for name, value in parameters.items():
            self._declare(name.lstrip("@").lower(), _type_of(value), value)
        self._refuse_predict(text)
        try:
            self._run(parse_batch(text))
        except _Return:
            return

    def run_procedure(self, name: str, parameters: Mapping[str, Any]) -> None:
        """Run a stored procedure in a scope of its own."""
        schema, bare = object_name(name)
        row = self._first(
            "SELECT source FROM __pool.procedures WHERE lower(schema_name) = lower(?) AND lower(name) = lower(?)",
            [schema, bare],
        )
        if row is None:
            raise SqlError(f"Could not find stored procedure '{name}'.", 2812)
        if self._depth >= _DEEPEST_CALL:
            raise SqlError("Maximum stored procedure nesting level exceeded (limit 32).", 217)
        self._refuse_predict(row[0])
        procedure = parse_batch(row[0]).statements[0]
        if not isinstance(procedure, CreateProcedure):
            raise SqlError(f"'{name}' is no procedure.", 2809)
        outer = self._types, self._values
        self._types, self._values = {}, {}
        given = {k.lstrip("@").lower(): v for k, v in parameters.items()}
        for parameter, declared in procedure.parameters:
            if parameter not in given:
                raise SqlError(
                    f"Procedure or function '{bare}' expects parameter '@{parameter}', which was not supplied.", 201
                )
            self._declare(parameter, declared_type(declared), given.pop(parameter))
        if given:
            raise SqlError(f"@{next(iter(given))} is not a parameter for procedure {bare}.", 8145)
        self._depth += 1
        try:
            self._run(procedure.body)
        except _Return:
            return
        finally:
            self._depth -= 1
            self._types, self._values = outer

    def _first(self, sql: str, values: Any = None) -> tuple[Any, ...] | None:
        # Everything is fetched: DuckDB holds a connection until a result is read to its end.
        rows = self._connection.execute(sql, values).fetchall()
        return rows[0] if rows else None

    def _refuse_predict(self, text: str) -> None:
        # What pools say that have PREDICT switched off, even when a procedure that uses it is created.
        if not self._has_predict and has_predict_call(text):
            raise SqlError("Incorrect syntax near 'MODEL'.", 102)

    def _declare(self, name: str, sql_type: SqlType, value: Any) -> None:
        self._types[name] = sql_type
        self._values[name] = value

    def _run(self, statement: Statement) -> None:
        match statement:
            case Block(statements):
                for inner in statements:
                    self._run(inner)
            case If(condition, then, otherwise):
                if self._holds(condition):
                    self._run(then)
                elif otherwise is not None:
                    self._run(otherwise)
            case While(condition, body):
                rounds = 0
                while self._holds(condition):
                    self._run(body)
                    rounds += 1
                    if rounds > _MOST_ROUNDS:
                        raise SqlError("the loop does not end", 50000, condition.line)
            case CreateProcedure():
                self._create_procedure(statement)
            case Plain(verb, text):
                self._run_plain(verb, text)

    def _run_plain(self, verb: str, text: Text) -> None:
        special = _STATEMENTS.get(verb)
        try:
            if special:
                special(self, text)
            elif verb in ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE"):
                self._run_sql(verb, text)
            else:
                raise unsupported(f"the statement {verb}")
        except SqlError as error:
            raise error.at(text.line) from error
        except duckdb.Error as error:
            raise _from_duckdb(error).at(text.line) from error

    def _names(self) -> Names:
        return Names(self._types, self._object_id, self._is_text_column)

    def _run_sql(self, verb: str, text: Text) -> None:
        if verb == "WITH" and any(t.upper in ("INSERT", "UPDATE", "DELETE", "MERGE") for t in text.tokens):
            # "WITH common_table_expression", features and limitations in Azure Synapse Analytics: a CTE is followed
            # by a single SELECT.
            raise syntax_error(next(t.text for t in text.tokens if t.upper in ("INSERT", "UPDATE", "DELETE", "MERGE")))
        if any(t.upper == "INTO" for t in text.tokens) and verb in ("SELECT", "WITH"):
            raise unsupported("SELECT ... INTO (use CREATE TABLE ... AS SELECT)")
        self._execute(plain_sql(text), keep_rows=True)

    def _execute(self, sql: str, *, keep_rows: bool) -> list[tuple[Any, ...]]:
        sql, drop = replace_predict(sql, self._connection, self._query_arrow, self._query_model)
        try:
            translated = translate(sql, self._names())
            values = {name: self._values[name] for name in translated.variables}
            cursor = self._connection.execute(translated.sql, values or None)
            rows = cursor.fetchall()
            if translated.kind == "query" and keep_rows:
                columns = tuple(
                    (d[0], _TYPE_NAMES.get(str(d[1]).split("(")[0], str(d[1]).lower())) for d in cursor.description
                )
                self.result_sets.append(ResultSet(columns, tuple(rows)))
            elif translated.kind == "rows":
                self.records_affected += rows[0][0] if rows else 0
            return rows
        finally:
            drop()

    def _query_arrow(self, sql: str) -> Any:
        translated = translate(sql, self._names())
        values = {name: self._values[name] for name in translated.variables}
        return self._connection.sql(translated.sql, params=values or None).to_arrow_table()

    def _query_model(self, sql: str) -> Any:
        translated = translate(f"SELECT {sql}", self._names())
        values = {name: self._values[name] for name in translated.variables}
        row = self._first(translated.sql, values or None)
        return row[0] if row else None

    def _holds(self, condition: Text) -> bool:
        try:
            rows = self._execute(f"SELECT CASE WHEN {plain_sql(condition)} THEN 1 ELSE 0 END", keep_rows=False)
        except SqlError as error:
            raise error.at(condition.line) from error
        except duckdb.Error as error:
            raise _from_duckdb(error).at(condition.line) from error
        return bool(rows and rows[0][0])

    def _value_of(self, expression: str) -> Any:
        return self._execute(f"SELECT {expression}", keep_rows=False)[0][0]

    def _object_id(self, text: str, kind: str | None) -> int | None:
        if text.lower().startswith("tempdb..#"):
            return self._find("temp", TEMPORARY + text.split("#", 1)[1], kind)
        return self._find(*object_name(text), kind)

    def _find(self, schema: str, name: str, kind: str | None = None) -> int | None:
        """Return the id of a table (kind U) or procedure (kind P); None where there is none."""
        tables = (
            "SELECT table_oid FROM duckdb_tables() WHERE lower(table_name) = lower(?) "
            "AND (temporary OR lower(schema_name) = lower(?))"
        )
        procedures = "SELECT rowid + 1000000 FROM __pool.procedures WHERE lower(name) = lower(?) AND lower(schema_name) = lower(?)"
        wanted = [tables] if kind == "U" else [procedures] if kind == "P" else [tables, procedures]
        for query in wanted:
            row = self._first(query, [name, schema])
            if row:
                return int(row[0]) + 1
        return None

    def _is_text_column(self, name: str) -> bool:
        row = self._first(
            "SELECT bool_and(data_type IN ('VARCHAR', 'BLOB')) FROM duckdb_columns() WHERE lower(column_name) = lower(?)",
            [name],
        )
        return bool(row and row[0])

    def _create_procedure(self, procedure: CreateProcedure) -> None:
        schema, name = object_name(procedure.name.text)
        if self._find(schema, name) is not None:
            raise SqlError(f"There is already an object named '{name}' in the database.", 2714, procedure.line)
        for _, declared in procedure.parameters:
            declared_type(declared)
        self._connection.execute("INSERT INTO __pool.procedures VALUES (?, ?, ?)", [schema, name, procedure.source])

    def _declare_statement(self, text: Text) -> None:
        reader = Reader(text)
        reader.take("DECLARE")
        for part in _split(text.tokens[1:]):
            name = part[0].text[1:].lower() if part and part[0].kind == "variable" else None
            if name is None:
                raise syntax_error(part[0].text if part else "DECLARE", text.line)
            equals = next((i for i, t in enumerate(part) if t.text == "="), len(part))
            words = part[1:equals]
            if words and words[0].upper == "AS":
                words = words[1:]
            declared = declared_type(_source(text, words))
            self._declare(name, declared, None)
            if equals < len(part):
                self._values[name] = self._value_of(plain_source(text, part[equals + 1 :]))

    def _set_statement(self, text: Text) -> None:
        target = text.tokens[1] if len(text.tokens) > 1 else text.tokens[0]
        if target.upper in _SESSION_OPTIONS:
            return
        if target.kind != "variable":
            raise unsupported(f"SET {target.text}")
        name, sign = target.text[1:].lower(), text.tokens[2].text if len(text.tokens) > 2 else ""
        if name not in self._types:
            raise SqlError(f'Must declare the scalar variable "{target.text}".', 137)
        value = plain_source(text, text.tokens[3:])
        if sign in ("+=", "-=", "*="):
            value = f"{target.text} {sign[0]} ({value})"
        elif sign != "=":
            raise syntax_error(sign or "SET")
        self._values[name] = self._value_of(value)

    def _create(self, text: Text) -> None:
        what = text.tokens[1].upper if len(text.tokens) > 1 else ""
        if what == "SCHEMA":
            self._connection.execute(f'CREATE SCHEMA "{text.tokens[2].name}"')
            return
        if what != "TABLE":
            raise unsupported(f"CREATE {what}")
        table = parse_create_table(text)
        if self._find(table.schema, table.name) is not None:
            raise SqlError(f"There is already an object named '{table.name}' in the database.", 2714)
        head = create_statement(table)
        if table.select is None:
            self._connection.execute(head)
            return
        translated = translate(_without_temporaries(table.select), self._names())
        values = {name: self._values[name] for name in translated.variables}
        self._connection.execute(f"{head} AS {translated.sql}", values or None)

    def _drop(self, text: Text) -> None:
        reader = Reader(text)
        reader.take("DROP")
        what = reader.take("TABLE", "PROCEDURE", "PROC").upper
        following = reader.peek()
        if following is not None and following.upper == "IF":
            # "DROP TABLE" and "DROP PROCEDURE": IF EXISTS is not in the syntax of Azure Synapse Analytics.
            raise syntax_error("IF", text.line)
        schema, name = reader.name()
        if what == "TABLE":
            target = f'"{name}"' if name.startswith(TEMPORARY) else duckdb_name(schema, name)
            self._connection.execute(f"DROP TABLE {target}")
            return
        gone = self._first(
            "DELETE FROM __pool.procedures WHERE lower(schema_name) = lower(?) AND lower(name) = lower(?)",
            [schema, name],
        )
        if not gone or not gone[0]:
            raise SqlError(f"Cannot drop the procedure '{name}', because it does not exist.", 3701)

    def _rename(self, text: Text) -> None:
        # "RENAME (Transact-SQL)": RENAME OBJECT [ :: ] [ schema. ] name TO new_name
        reader = Reader(text)
        reader.take("RENAME")
        reader.take("OBJECT")
        reader.found("::")
        schema, name = reader.name()
        reader.take("TO")
        new = reader.take().name
        if self._find(schema, new) is not None:
            raise SqlError(f"There is already an object named '{new}' in the database.", 2714)
        self._connection.execute(f"ALTER TABLE {duckdb_name(schema, name)} RENAME TO {duckdb_name('', new)[3:]}")

    def _truncate(self, text: Text) -> None:
        reader = Reader(text)
        reader.take("TRUNCATE")
        reader.take("TABLE")
        self._connection.execute(f"DELETE FROM {duckdb_name(*reader.name())}")

    def _copy(self, text: Text) -> None:
        self.records_affected += copy_into(text, self._connection, self._lake)

    def _throw(self, text: Text) -> None:
        parts = _split(text.tokens[1:])
        if len(parts) != 3:
            raise syntax_error("THROW")
        number, message = (self._value_of(plain_source(text, p)) for p in parts[:2])
        raise SqlError(str(message), int(number))

    def _raiserror(self, text: Text) -> None:
        parts = Reader(text)
        parts.take("RAISERROR")
        first = parts.parenthesised()[0]
        raise SqlError(str(self._value_of(plain_source(text, first))), 50000)

    def _print(self, text: Text) -> None:
        self.messages.append(str(self._value_of(plain_source(text, text.tokens[1:]))))

    def _exec(self, text: Text) -> None:
        reader = Reader(text)
        reader.take("EXEC", "EXECUTE")
        schema, name = reader.name()
        given: dict[str, Any] = {}
        for part in _split(text.tokens[reader.at :]) if reader.peek() else []:
            if len(part) < 3 or part[0].kind != "variable" or part[1].text != "=":
                raise unsupported("a positional argument of EXEC")
            given[part[0].text] = self._value_of(plain_source(text, part[2:]))
        self.run_procedure(f"[{schema.replace(']', ']]')}].[{name.replace(']', ']]')}]", given)

    def _grant(self, text: Text) -> None:
        self.messages.append(f"not enforced locally: {text.text}")

    def _return(self, text: Text) -> None:
        raise _Return


_STATEMENTS: dict[str, Callable[[Session, Text], None]] = {
    "COPY": Session._copy,  # noqa: SLF001 - the class's own table of statements
    "CREATE": Session._create,  # noqa: SLF001
    "DECLARE": Session._declare_statement,  # noqa: SLF001
    "DROP": Session._drop,  # noqa: SLF001
    "EXEC": Session._exec,  # noqa: SLF001
    "EXECUTE": Session._exec,  # noqa: SLF001
    "GRANT": Session._grant,  # noqa: SLF001
    "PRINT": Session._print,  # noqa: SLF001
    "RAISERROR": Session._raiserror,  # noqa: SLF001
    "RENAME": Session._rename,  # noqa: SLF001
    "RETURN": Session._return,  # noqa: SLF001
    "SET": Session._set_statement,  # noqa: SLF001
    "THROW": Session._throw,  # noqa: SLF001
    "TRUNCATE": Session._truncate,  # noqa: SLF001
}


def _type_of(value: Any) -> SqlType:
    names = {bool: "bit", int: "bigint", float: "float", bytes: "varbinary(max)"}
    return declared_type(names.get(type(value), "nvarchar(4000)"))


def plain_sql(text: Text) -> str:
    """Return a statement's text for the translator, temporary tables by their DuckDB names."""
    return plain_source(text, text.tokens)


def plain_source(text: Text, tokens: Any) -> str:
    """Return the text of some of a statement's tokens, comments left out."""
    parts: list[str] = []
    end = None
    for token in tokens:
        if end is not None and token.start > end:
            parts.append(" ")
        parts.append(f"[{TEMPORARY}{token.text.lstrip('#')}]" if token.kind == "temporary" else token.text)
        end = token.end
    if not parts:
        raise syntax_error(text.tokens[-1].text, text.line)
    return "".join(parts)


def _without_temporaries(sql: str) -> str:
    block = parse_batch(sql)
    statement = block.statements[0]
    if not isinstance(statement, Plain) or len(block.statements) != 1:
        raise syntax_error("AS")
    return plain_sql(statement.text)


def _source(text: Text, tokens: Any) -> str:
    return plain_source(text, tokens).replace(" ", "") if tokens else ""


def _split(tokens: Any) -> list[list[Any]]:
    """Split tokens at the commas outside of parentheses."""
    parts: list[list[Any]] = [[]]
    depth = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
        if token.text == "," and depth == 0:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _from_duckdb(error: duckdb.Error) -> SqlError:
    """Return DuckDB's complaint in SQL Server's words where it is a known one."""
    text = str(error).splitlines()[0]
    if isinstance(error, duckdb.ConstraintException) and "NOT NULL" in text:
        column = text.rsplit(".", 1)[-1]
        return SqlError(f"Cannot insert the value NULL into column '{column}'; column does not allow nulls.", 515)
    if isinstance(error, duckdb.ConstraintException) and "CHECK" in text:
        return SqlError("String or binary data would be truncated.", 2628)
    if isinstance(error, duckdb.CatalogException) and "does not exist" in text:
        name = text.split("with name ", 1)[-1].split(" does not", 1)[0]
        return SqlError(f"Invalid object name '{name}'.", 208)
    if isinstance(error, duckdb.BinderException) and "column" in text.lower():
        return SqlError(f"Invalid column name: {text}", 207)
    if isinstance(error, duckdb.OutOfRangeException):
        return SqlError(f"Arithmetic overflow error: {text}", 8115)
    if isinstance(error, duckdb.ConversionException):
        return SqlError(f"Conversion failed: {text}", 245)
    return SqlError(text)
