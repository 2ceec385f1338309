"""Runs SELECT, INSERT, UPDATE and DELETE, and values and conditions of other statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from generator.local.ports import ResultSet
from generator.local.sqlpool.conversion import converted
from generator.local.sqlpool.engine_errors import missing_table
from generator.local.sqlpool.errors import SqlError, syntax_error
from generator.local.sqlpool.grammar import is_condition, parse
from generator.local.sqlpool.names import shown
from generator.local.sqlpool.predict import PredictCall, calls_of, frame_name, replaced
from generator.local.sqlpool.scoring import score
from generator.local.sqlpool.tables import CreateTable, TableOptions, check_columns, comments, nameless
from generator.local.sqlpool.translate import Names, Translated, translate
from generator.local.sqlpool.typemap import duckdb_type, from_duckdb_type
from generator.local.sqlpool.variables import Variables, type_of_value

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from generator.local.sqlpool.catalogue import Catalogue
    from generator.local.sqlpool.inference import Column
    from generator.local.sqlpool.statements import Text
    from generator.tsql.types import SqlType


_WHERE = "SELECT 1 WHERE "


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a statement did."""

    result: ResultSet | None = None
    affected: int = 0


class Queries:
    """Runs queries on one connection."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, variables: Variables, database: str
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._variables = variables
        self._database = database

    def run(self, text: Text) -> Outcome:
        """Run a statement: its result, or the number of rows that it changed."""
        calls = calls_of(text)
        try:
            for number, call in enumerate(calls):
                self._predict(call, number)
            return self._run(text, self._translated(replaced(text, calls), text))
        finally:
            self._forget(calls)

    def create_as(self, table: CreateTable) -> None:
        """Run CREATE TABLE AS SELECT."""
        text = table.select
        assert text is not None  # noqa: S101 - the caller knows
        calls = calls_of(text)
        try:
            for number, call in enumerate(calls):
                self._predict(call, number)
            self._create(table, self._translated(replaced(text, calls), text), text)
        finally:
            self._forget(calls)

    def _forget(self, calls: list[PredictCall]) -> None:
        for number in range(len(calls)):
            self._connection.unregister(frame_name(number))
            self._connection.unregister(f"{frame_name(number)}_out")

    def _run(self, text: Text, translated: Translated) -> Outcome:
        if translated.kind == "into" and translated.into is not None:
            # SELECT INTO makes a round robin columnstore table ("SELECT - INTO").
            table = CreateTable(*translated.into, (), TableOptions(), text)
            return Outcome(affected=self._create(table, translated, text))
        rows, columns = self._fetched(translated)
        if translated.assigned:
            if rows:
                for name, value, (_, kind) in zip(translated.assigned, rows[-1], translated.columns, strict=True):
                    self._assign(name, value, kind)
            return Outcome()
        if translated.kind == "rows":
            return Outcome(affected=rows[0][0] if rows else 0)
        return Outcome(ResultSet(columns, tuple(rows)))

    def _create(self, table: CreateTable, translated: Translated, text: Text) -> int:
        described = self._connection.execute(f"DESCRIBE {translated.sql}", self._values(translated)).fetchall()
        types = _types(translated, [(r[0], r[1]) for r in described])
        if any(not name for name, _ in translated.columns):
            raise nameless(text)
        columns: list[tuple[str, SqlType]] = [(str(r[0]), kind) for r, (_, kind) in zip(described, types, strict=True)]
        check_columns(table, columns, text)
        if self._catalogue.id_of(table.schema, table.name) is not None:
            raise SqlError(f"There is already an object named '{table.name}' in the database.", 2714)
        rows = self._connection.execute(f"{table.head} AS {translated.sql}", self._values(translated)).fetchall()
        for statement in comments(table, columns):
            self._connection.execute(statement)
        return int(rows[0][0]) if rows else 0

    def _assign(self, name: str, value: Any, kind: SqlType | None) -> None:
        self._variables.set(name, self.converted_value(value, self._variables.type(name), kind))

    def converted_value(self, value: Any, target: SqlType, source: SqlType | None = None) -> Any:
        """Return a Python value as a variable of a type takes it; SqlError where it cannot."""
        if value is None:
            return None
        source = source if source is not None else type_of_value(value)
        from_type = exp.DataType.build(duckdb_type(source), dialect="duckdb")
        node = converted(exp.Cast(this=exp.Placeholder(this="v"), to=from_type), source, target)
        rows = self._connection.execute(f"SELECT {node.sql(dialect='duckdb')}", {"v": value}).fetchall()
        return rows[0][0]

    def value(self, text: Text) -> tuple[Any, SqlType | None]:
        """Return the value of an expression, and its type."""
        translated = self._translated("SELECT " + text.source, text, "SELECT ")
        rows, _ = self._fetched(translated)
        if len(translated.columns) != 1:
            raise syntax_error(text.tokens[-1].text, *text.place(text.tokens[-1]))
        return rows[0][0] if rows else None, translated.columns[0][1]

    def assigned_value(self, text: Text, target: SqlType) -> Any:
        """Return the value of an expression as a variable of a type takes it."""
        value, kind = self.value(text)
        return self.converted_value(value, target, kind)

    def holds(self, condition: Text) -> bool:
        """Whether a condition is true."""
        rows, _ = self._fetched(self._translated(_WHERE + condition.source, condition, _WHERE))
        return bool(rows)

    def check_condition(self, condition: Text) -> None:
        """Read a condition; SqlError where it is none."""
        try:
            tree = parse(_WHERE + condition.source)
        except SqlError as error:
            raise condition.located(error, _WHERE) from error
        where = tree.args.get("where")
        if where is None or not is_condition(where.this):
            raise syntax_error(condition.tokens[-1].text, *condition.place(condition.tokens[-1]))

    def _translated(self, source: str, text: Text, before: str = "") -> Translated:
        """Translate the source of a piece of text, with words before it; errors get their places in the batch."""
        names = Names(
            self._variables.types,
            self._catalogue.object_id,
            self._catalogue.schema_id,
            self._catalogue.columns,
            lambda schema, name: missing_table(shown(schema, name), self._catalogue.table_names()),
            self._database,
        )
        try:
            return translate(source, names)
        except SqlError as error:
            raise text.located(error, before) from error

    def _fetched(self, translated: Translated) -> tuple[list[tuple[Any, ...]], tuple[tuple[str, str], ...]]:
        cursor = self._connection.execute(translated.sql, self._values(translated))
        rows = cursor.fetchall()
        described = [(str(d[0]), str(d[1])) for d in cursor.description or []]
        return rows, tuple((name, kind.ddl) for name, kind in _types(translated, described))

    def _values(self, translated: Translated) -> dict[str, Any] | None:
        return self._variables.values(translated.variables)

    def _predict(self, call: PredictCall, number: int) -> None:
        model = self._model(call)
        try:
            translated = self._translated(call.data_query, call.data)
        except SqlError as error:
            # The query is made of two pieces: its places are none of the batch.
            raise SqlError(error.message, error.number, *call.data.place()) from error
        data: pa.Table = self._connection.sql(translated.sql, params=self._values(translated)).to_arrow_table()
        described = [(f.name, "") for f in data.schema]
        types: list[Column] = list(translated.columns)
        if len(types) != len(described):
            types = [(name, None) for name, _ in described]
        predicted = score(model, data, types, call.outputs)
        self._connection.register(frame_name(number), data)
        self._connection.register(f"{frame_name(number)}_out", predicted)

    def _model(self, call: PredictCall) -> bytes:
        content, _ = self.value(call.model)
        if not isinstance(content, bytes | bytearray):
            raise SqlError("The MODEL of PREDICT is null or no varbinary: no such model is stored.", 39051)
        return bytes(content)


def _types(translated: Translated, described: list[tuple[str, str]]) -> list[tuple[str, SqlType]]:
    """Return the columns of a result: names as DuckDB has them, types as T-SQL has them where those are known."""
    known = translated.columns if len(translated.columns) == len(described) else [("", None)] * len(described)
    return [
        (name, kind or from_duckdb_type(duckdb)) for (name, duckdb), (_, kind) in zip(described, known, strict=True)
    ]
