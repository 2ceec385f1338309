"""One batch or procedure at work: control flow, variables, results."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import duckdb

from generator.local.sqlpool.batch import parse_batch
from generator.local.sqlpool.catalogue import Catalogue
from generator.local.sqlpool.engine_errors import translated_error
from generator.local.sqlpool.errors import SqlError, refused, syntax_error
from generator.local.sqlpool.grammar import parse
from generator.local.sqlpool.names import object_name
from generator.local.sqlpool.predict import calls_of, position_of, replaced
from generator.local.sqlpool.queries import Queries
from generator.local.sqlpool.schema_changes import SchemaChanges
from generator.local.sqlpool.statements import Block, CreateProcedure, If, Plain, Statement, Text, Try, While
from generator.local.sqlpool.tables import parse_create_table
from generator.local.sqlpool.typemap import declared_type
from generator.local.sqlpool.variables import Variables, type_of_value
from generator.local.sqlpool.verbs import KNOWN_VERBS, PLAIN_VERBS, Verbs, unknown_verb

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from generator.local.lake import LakePaths
    from generator.local.ports import ResultSet
    from generator.tsql.tokens import Token

# "Using stored procedures for dedicated SQL pool": eight levels, against SQL Server's 32.
_DEEPEST_CALL = 8
# "Use transactions in dedicated SQL pool", transaction state: after an error a transaction is to be rolled back before any
# DDL, DML or SELECT; variables, conditions and messages still work.
_WITHOUT_DATA = frozenset({"DECLARE", "EXEC", "EXECUTE", "PRINT", "RAISERROR", "ROLLBACK", "SET", "THROW"})
_DOOMED = (
    "The current transaction has aborted, and any pending changes have been rolled back. The cause of this issue is that a "
    "transaction in a rollback-only state is not explicitly rolled back before a DDL, DML, or SELECT statement."
)


class _Return(Exception):  # noqa: N818 - control flow, not an error
    """RETURN was met."""


class _Break(Exception):  # noqa: N818 - control flow, not an error
    """BREAK was met."""


class _Continue(Exception):  # noqa: N818 - control flow, not an error
    """CONTINUE was met."""


class Session:
    """Runs statements on one connection, which lives as long as the batch, with its temporary tables."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        lake: LakePaths,
        *,
        database: str,
        has_predict: bool,
        cancel: threading.Event | None = None,
    ) -> None:
        self._cancel = cancel
        self._has_predict = has_predict
        self._depth = 0
        self._error: SqlError | None = None
        self.result_sets: list[ResultSet] = []
        self.records_affected = 0
        self.messages: list[str] = []
        self.connection = connection
        self.lake = lake
        self.in_transaction = False
        self.is_doomed = False
        """Whether the transaction has failed, so that it can only be rolled back."""
        self.variables = Variables()
        self.catalogue = Catalogue(connection)
        self.queries = Queries(connection, self.catalogue, self.variables, database)
        self.changes = SchemaChanges(self)
        self._verbs = Verbs(self)

    def run_batch(self, text: str, parameters: Mapping[str, Any]) -> None:
        """Run a batch; raises SqlError at the first statement that fails, and before any if one cannot be read."""
        block = parse_batch(text)
        self._check(block)
        for name, value in parameters.items():
            self.variables.declare(name.lstrip("@"), type_of_value(value), value)
        try:
            self._run(block)
        except _Return:
            return

    def run_procedure(self, name: str, parameters: Mapping[str, Any]) -> None:
        """Run a stored procedure in a scope of its own."""
        schema, bare = object_name(name)
        source = self.catalogue.procedure(schema, bare)
        if source is None:
            raise SqlError(f"Could not find stored procedure '{schema}.{bare}'.", 2812)
        if self._depth >= _DEEPEST_CALL:
            raise SqlError(
                f"Maximum stored procedure, function, trigger, or view nesting level exceeded (limit {_DEEPEST_CALL}).",
                217,
            )
        procedure = parse_batch(source).statements[0]
        assert isinstance(procedure, CreateProcedure)  # noqa: S101 - only CREATE PROCEDURE is ever kept
        self._check(procedure)
        outer = self.variables.enter()
        self._depth += 1
        try:
            self._bind(procedure, bare, parameters)
            self._run(procedure.body)
        finally:
            self._depth -= 1
            self.variables.leave(outer)

    def _bind(self, procedure: CreateProcedure, name: str, parameters: Mapping[str, Any]) -> None:
        given = {k.lstrip("@").casefold(): v for k, v in parameters.items()}
        for parameter in procedure.parameters:
            if parameter.name not in given:
                raise SqlError(
                    f"Procedure or function '{name}' expects parameter '@{parameter.name}', which was not supplied.",
                    201,
                )
            self.assign(parameter.name, declared_type(parameter.type), given.pop(parameter.name))
        if given:
            raise SqlError(f"@{next(iter(given))} is not a parameter for procedure {name}.", 8145)

    def assign(self, name: str, declared: Any, value: Any) -> None:
        """Declare a variable with a Python value, converted to its type."""
        self.variables.declare(name, declared, self.queries.converted_value(value, declared))

    def positional(self, name: str, values: list[Any]) -> dict[str, Any]:
        """Return positional arguments by the names of a procedure's parameters."""
        schema, bare = object_name(name)
        source = self.catalogue.procedure(schema, bare)
        if source is None:
            return {}
        procedure = parse_batch(source).statements[0]
        assert isinstance(procedure, CreateProcedure)  # noqa: S101 - only CREATE PROCEDURE is ever kept
        if len(values) > len(procedure.parameters):
            raise SqlError(f"Procedure or function {bare} has too many arguments specified.", 8144)
        return {p.name: v for p, v in zip(procedure.parameters, values, strict=False)}

    # Reading everything before anything runs, as a server compiles a batch

    def _check(self, statement: Statement) -> None:
        match statement:
            case Block(statements):
                for inner in statements:
                    self._check(inner)
            case If(condition, then, otherwise):
                self.queries.check_condition(condition)
                self._check(then)
                if otherwise is not None:
                    self._check(otherwise)
            case While(condition, body):
                self.queries.check_condition(condition)
                self._check(body)
            case Try(body, handler):
                self._check(body)
                self._check(handler)
            case CreateProcedure(_, parameters, body, _):
                for parameter in parameters:
                    declared_type(parameter.type)
                self._check(body)
            case Plain(verb, text):
                self._check_plain(verb, text)

    def _check_plain(self, verb: str, text: Text) -> None:
        if verb not in (*PLAIN_VERBS, *KNOWN_VERBS):
            raise unknown_verb(verb).at(*text.place())
        if verb in PLAIN_VERBS:
            self._check_query(text)
        if verb == "CREATE" and text.tokens[1:2] and text.tokens[1].upper == "TABLE":
            select = parse_create_table(text).select
            if select is not None:
                self._check_query(select)
        if verb == "WITH" and any(t.upper in ("INSERT", "UPDATE", "DELETE", "MERGE") for t in text.tokens):
            # "WITH common_table_expression", Azure Synapse Analytics: a CTE is followed by a single SELECT.
            wrong = next(t for t in text.tokens if t.upper in ("INSERT", "UPDATE", "DELETE", "MERGE"))
            raise syntax_error(wrong.text, *text.place(wrong))

    def _check_query(self, text: Text) -> None:
        calls = self._calls_of(text)
        try:
            parse(replaced(text, calls))
        except SqlError as error:
            raise text.located(error) from error

    def _calls_of(self, text: Text) -> list[Any]:
        at = None if self._has_predict else position_of(text.tokens)
        if at is not None:
            # What pools say that have PREDICT switched off, even when a procedure with it is created.
            raise syntax_error("MODEL", *text.place(text.tokens[min(at + 2, len(text.tokens) - 1)]))
        return calls_of(text)

    # Running

    def _run(self, statement: Statement) -> None:
        if self._cancel is not None and self._cancel.is_set():
            raise SqlError("The statement was cancelled.", 0)
        match statement:
            case Block(statements):
                for inner in statements:
                    self._run(inner)
            case If(condition, then, otherwise):
                chosen = then if self._holds(condition) else otherwise
                if chosen is not None:
                    self._run(chosen)
            case While(condition, body):
                self._run_while(condition, body)
            case Try(body, handler):
                self._run_try(body, handler)
            case CreateProcedure():
                self._refuse_if_doomed()
                self.changes.create_procedure(statement)
            case Plain(verb, text):
                self._jump(verb, text)
                if verb not in _WITHOUT_DATA:
                    self._placed(text, self._refuse_if_doomed)
                self._placed(text, lambda: self._run_plain(verb, text))

    @staticmethod
    def _jump(verb: str, text: Text) -> None:
        if verb == "BREAK":
            raise _Break
        if verb == "CONTINUE":
            raise _Continue
        if verb == "RETURN":
            if len(text.tokens) > 1:
                raise refused("RETURN with a value", *text.place())
            raise _Return

    def _run_plain(self, verb: str, text: Text) -> None:
        if verb in PLAIN_VERBS:
            outcome = self.queries.run(text)
            if outcome.result is not None:
                self.result_sets.append(outcome.result)
            self.records_affected += outcome.affected
        elif verb == "THROW" and len(text.tokens) == 1:
            if self._error is None:
                raise SqlError("To rethrow an error, a THROW statement must be used inside a CATCH block.", 10704)
            raise self._error
        else:
            self._verbs.run(verb, text)

    def _refuse_if_doomed(self) -> None:
        if self.is_doomed:
            raise SqlError(_DOOMED, 111233)

    def _holds(self, condition: Text) -> bool:
        return bool(self._placed(condition, lambda: self.queries.holds(condition)))

    def _run_while(self, condition: Text, body: Statement) -> None:
        while self._holds(condition):
            try:
                self._run(body)
            except _Break:
                return
            except _Continue:
                continue

    def _run_try(self, body: Block, handler: Block) -> None:
        try:
            self._run(body)
        except SqlError as error:
            if error.number == 0:
                raise
            outer, self._error = self._error, error
            if self.in_transaction and not self.is_doomed:
                self.connection.execute("ROLLBACK")
                self.is_doomed = True
            self.variables.set_error(error, in_transaction=self.in_transaction)
            try:
                self._run(handler)
            finally:
                self._error = outer
                self.variables.set_error(outer, in_transaction=self.in_transaction)

    def _placed(self, text: Text, work: Any) -> Any:
        """Do work for a piece of text; errors without a place get the place of that piece."""
        try:
            return work()
        except SqlError as error:
            raise error.at(*text.place()) from error
        except duckdb.Error as error:
            translated = translated_error(error, self._tables())
            raise translated.at(*text.place(_named(translated, text))) from error

    def _tables(self) -> list[tuple[str, str]]:
        try:
            return self.catalogue.table_names()
        except duckdb.Error:  # in an aborted transaction nothing can be asked
            return []


def _named(error: SqlError, text: Text) -> Token | None:
    """Return the token of the name that an error complains of, where it is written in the text."""
    quoted = re.search(r"""['"](.+?)['"]""", error.message) if error.number in (207, 208, 209, 4104, 8120) else None
    name = quoted[1].rpartition(".")[2].casefold() if quoted else None
    return next((t for t in text.tokens if t.is_name and t.name.lstrip("#").casefold() == name), None)
