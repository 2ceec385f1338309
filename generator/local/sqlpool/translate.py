"""T-SQL statements to DuckDB's, with what sqlglot and DuckDB do differently put right.

Put right: integer division, ``+`` of texts, ``float`` and ``real``, casts that cut, LEN, SUM and AVG of integers,
decimal division, ISNULL, ``nvarchar(max)``, bits in arithmetic, text compared with numbers, names without a schema.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from sqlglot import exp

from generator.local.sqlpool.built import BUILT
from generator.local.sqlpool.conversion import as_text, call, cast, converted, number, stored, string
from generator.local.sqlpool.errors import SqlError, refused, unsupported
from generator.local.sqlpool.functions import ERROR_FUNCTIONS, FUNCTIONS, GLOBALS, METADATA
from generator.local.sqlpool.grammar import parse, place
from generator.local.sqlpool.inference import Column, Inference, set_type, type_named, type_of
from generator.local.sqlpool.names import FRAME, TEMPORARY
from generator.local.sqlpool.typemap import BINARY, NUMBERS, WHOLE, declared_type, duckdb_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generator.tsql.types import SqlType


@dataclass(frozen=True, slots=True)
class Names:
    """What a statement can refer to while it is translated."""

    variables: Mapping[str, SqlType]
    object_id: Callable[[str, str | None], int | None]
    schema_id: Callable[[str], int | None]
    columns: Callable[[str, str], list[Column] | None]
    """The columns of a table, by schema and name; the schema of frames and temporary tables is empty."""
    missing: Callable[[str, str], SqlError]
    """The error for a table that there is not."""
    database: str


@dataclass(slots=True)
class Translated:
    """A statement for DuckDB."""

    sql: str
    kind: str
    """``query``, ``rows`` (changes rows) or ``into`` (a query whose rows make a table)."""
    columns: list[Column]
    """Names and T-SQL types of a query's columns."""
    assigned: tuple[str, ...] = ()
    """The variables that a SELECT sets, one a column."""
    into: tuple[str, str] | None = None
    variables: set[str] = field(default_factory=set)


def translate(text: str, names: Names) -> Translated:
    """Translate one SELECT, INSERT, UPDATE or DELETE; SqlError, placed in ``text``, where it cannot be."""
    tree = parse(text)
    columns = Inference(lambda table: _table_columns(table, names, text), names.variables).statement(tree)
    translator = _Translator(names, text, tree)
    assigned = translator.take_assignments(tree)
    if assigned:
        columns = [(name, type_of(e)) for name, e in zip(assigned, tree.expressions, strict=True)]
    into = translator.take_into(tree)
    rewritten = translator.rewrite(tree)
    kind = "into" if into else "query" if isinstance(tree, exp.Query) else "rows"
    if isinstance(rewritten, exp.Insert):
        _store_inserted(rewritten, columns, names, text)
    return Translated(rewritten.sql(dialect="duckdb"), kind, columns, assigned, into, translator.variables)


def _table_columns(table: exp.Table, names: Names, text: str) -> list[Column]:
    """Return the columns of a table of the pool; SqlError where there is none, or it is no table."""
    where = place(text, table)
    if not isinstance(table.this, exp.Identifier):
        function = table.this.name if isinstance(table.this, exp.Anonymous) else table.sql(dialect="tsql")
        raise unsupported(f"the function {function.upper()} as a table", *where)
    if table.catalog and table.catalog.casefold() != names.database.casefold():
        raise SqlError(f"Reference to database '{table.catalog}' is not supported in this version.", 40515, *where)
    if table.db.casefold() in ("sys", "information_schema"):
        raise unsupported(f"the catalogue view {table.db}.{table.name}", *where)
    if table.args.get("sample") or table.args.get("pivots"):
        raise unsupported("this form of a table source", *where)
    schema, name = _schema_and_name(table)
    columns = names.columns(schema, name)
    if columns is None:
        raise names.missing(schema, name).at(where[0] or 1, where[1])
    return columns


def _schema_and_name(table: exp.Table) -> tuple[str, str]:
    if isinstance(table.this, exp.Identifier) and table.this.args.get("temporary"):
        return "", TEMPORARY + table.name
    if not table.db and table.name.startswith((FRAME, TEMPORARY)):
        return "", table.name
    return table.db or "dbo", table.name


def _store_inserted(node: exp.Insert, source: list[Column], names: Names, text: str) -> None:
    """Put the conversions of an INSERT's columns around its query."""
    target = node.this
    table = target.this if isinstance(target, exp.Schema) else target
    known = _table_columns(table, names, text)
    if node.expression is None:
        raise unsupported("INSERT ... DEFAULT VALUES")
    by_name = {n.casefold(): (n, t) for n, t in known}
    wanted = [e.name for e in target.expressions] if isinstance(target, exp.Schema) else [n for n, _ in known]
    unknown = next((w for w in wanted if w.casefold() not in by_name), None)
    if unknown is not None:
        raise SqlError(f"Invalid column name '{unknown}'.", 207)
    if len(source) != len(wanted):
        if isinstance(node.expression, exp.Values):
            raise SqlError("There are more or fewer columns in the INSERT statement than values specified in the "
                           "VALUES clause. The number of values must match the number of columns specified.", 213)  # fmt: skip
        word, number_ = ("fewer", 120) if len(source) < len(wanted) else ("more", 121)
        raise SqlError(f"The select list for the INSERT statement contains {word} items than the insert list. "
                       "The number of SELECT values must match the number of INSERT columns.", number_)  # fmt: skip
    taken = [exp.to_identifier(f"c{i}", quoted=True) for i in range(len(wanted))]
    projections = []
    for identifier, name, (_, kind) in zip(taken, wanted, source, strict=True):
        full, target_type = by_name[name.casefold()]
        value: exp.Expr = exp.Column(this=identifier.copy())
        projections.append(stored(value, kind, target_type, full) if target_type is not None else value)
    alias = exp.TableAlias(this=exp.to_identifier("__rows"), columns=taken)
    query = node.expression
    inner = exp.Subquery(this=query, alias=alias) if not isinstance(query, exp.Values) else query
    inner.set("alias", alias)
    node.set("expression", exp.Select(expressions=projections).from_(inner))


class _Translator:
    def __init__(self, names: Names, text: str, tree: exp.Expr) -> None:
        self._names = names
        self._text = text
        self._common = {c.alias.casefold() for c in tree.find_all(exp.CTE)}
        self.variables: set[str] = set()

    def take_assignments(self, tree: exp.Expr) -> tuple[str, ...]:
        """Turn ``SELECT @a = 1`` into ``SELECT 1``; returns the names of the variables, or none."""
        if not isinstance(tree, exp.Select):
            return ()
        found = [e for e in tree.expressions if isinstance(e, exp.EQ)]
        if not found:
            return ()
        if len(found) != len(tree.expressions) or not all(isinstance(e.left, exp.Parameter) for e in found):
            raise SqlError("A SELECT statement that assigns a value to a variable must not be combined with "
                           "data-retrieval operations.", 141)  # fmt: skip
        names = tuple(str(e.left.name).casefold() for e in found)
        for name in names:
            if name not in self._names.variables:
                raise _undeclared(name)
        tree.set("expressions", [e.right for e in found])
        return names

    @staticmethod
    def take_into(tree: exp.Expr) -> tuple[str, str] | None:
        """Take INTO out of a SELECT; returns schema and name of the new table."""
        into = tree.args.get("into")
        if into is None:
            return None
        tree.set("into", None)
        return _schema_and_name(into.this)

    def rewrite(self, node: exp.Expr) -> exp.Expr:
        """Return a tree for DuckDB: the parts first, then what holds them."""
        for key, value in [] if isinstance(node, exp.Parameter) else list(node.args.items()):
            if isinstance(value, exp.Expr):
                node.set(key, self.rewrite(value))
            elif isinstance(value, list):
                node.set(key, [self.rewrite(v) if isinstance(v, exp.Expr) else v for v in value])
        try:
            result = self._apply(node)
        except SqlError as error:
            line, column = place(self._text, node)
            raise (error if line is None else error.at(line, column)) from error
        return result if result is node else set_type(result, type_of(node))

    def _apply(self, node: exp.Expr) -> exp.Expr:
        for kind in type(node).__mro__:
            method = self._BY_CLASS.get(kind)
            if method is not None:
                return getattr(self, method)(node)  # type: ignore[no-any-return]  # the table names methods of this class
        return node

    _BY_CLASS: ClassVar[dict[type, str]] = {
        exp.Add: "_arithmetic", exp.Sub: "_arithmetic", exp.Mul: "_arithmetic", exp.Div: "_arithmetic",
        exp.Mod: "_arithmetic", exp.EQ: "_comparison", exp.NEQ: "_comparison", exp.GT: "_comparison",
        exp.GTE: "_comparison", exp.LT: "_comparison", exp.LTE: "_comparison", exp.National: "_national",
        exp.Parameter: "_variable", exp.Anonymous: "_function", exp.CurrentTimestamp: "_now", exp.Convert: "_convert",
        exp.Cast: "_cast", exp.Window: "_window", exp.Column: "_column", exp.Table: "_table", exp.Join: "_join",
        exp.Collate: "_collate", exp.Like: "_like", exp.Update: "_update",
        exp.Select: "_select", exp.Identifier: "_identifier",
    }  # fmt: skip

    def _national(self, node: exp.National) -> exp.Expr:
        return exp.Literal.string(node.this)

    def _now(self, node: exp.CurrentTimestamp) -> exp.Expr:
        return call("tsql_now")

    def _cast(self, node: exp.Cast) -> exp.Expr:
        return converted(node.this, type_of(node.this), type_named(node.to), is_try=isinstance(node, exp.TryCast))

    def _column(self, node: exp.Column) -> exp.Expr:
        # An empty binary literal, which sqlglot takes for a name.
        is_empty = node.name == "0x" and not node.table
        return cast(exp.Literal.string(""), "BLOB") if is_empty else node

    def _like(self, node: exp.Like) -> exp.Expr:
        if isinstance(node.expression, exp.Literal) and "[" in node.expression.name:
            raise unsupported("a character class in LIKE")
        return node

    def _comparison(self, node: exp.Binary) -> exp.Expr:
        is_assignment = isinstance(node.parent, exp.Update) and node.arg_key == "expressions"
        return node if is_assignment else _comparison(node)

    def _join(self, node: exp.Join) -> exp.Expr:
        return _join(node)

    def _collate(self, node: exp.Collate) -> exp.Expr:
        return _collate(node)

    def _select(self, node: exp.Select) -> exp.Expr:
        return _name_columns(node)

    def _identifier(self, node: exp.Identifier) -> exp.Expr:
        return _identifier(node)

    def _variable(self, node: exp.Parameter) -> exp.Expr:
        if isinstance(node.this, exp.Parameter):
            name = node.this.name.upper()
            if name == "VERSION":
                return string("local emulation of a dedicated SQL pool")
            if name not in GLOBALS:
                # "T-SQL language elements for dedicated SQL pool" lists @@ERROR, @@TRANCOUNT and few others.
                raise refused(f"@@{name}") if name == "ROWCOUNT" else unsupported(f"@@{name}")
            return self._placeholder(f"@{name.casefold()}", declared_type(GLOBALS[name]))
        name = node.name.casefold()
        if name not in self._names.variables:
            raise _undeclared(node.name)
        return self._placeholder(name, self._names.variables[name])

    def _placeholder(self, name: str, sql_type: SqlType) -> exp.Expr:
        self.variables.add(name)
        return cast(exp.Placeholder(this=placeholder(name)), duckdb_type(sql_type))

    def _function(self, node: exp.Anonymous) -> exp.Expr:
        name = str(node.this).upper()
        arguments = node.expressions
        if name in BUILT:
            return BUILT[name](node, arguments)
        if name in METADATA:
            return self._metadata(name, arguments)
        if name in ERROR_FUNCTIONS:
            return self._placeholder(f"@{name.casefold()}", declared_type(ERROR_FUNCTIONS[name]))
        known = FUNCTIONS[name]
        if not known.least <= len(arguments) <= known.most:
            wanted = known.least if known.least == known.most else f"{known.least} to {known.most}"
            raise SqlError(f"The {name.lower()} function requires {wanted} argument(s).", 174)
        if name == "DATALENGTH":
            return _bytes_of(arguments[0])
        if known.returns.startswith("nvarchar"):
            arguments = [_text_argument(a) for a in arguments]
        if name in ("DAY", "MONTH", "YEAR", "EOMONTH"):
            arguments = [cast(a, "TIMESTAMP") for a in arguments]
        if name in ("CONCAT", "CONCAT_WS"):
            arguments = [as_text(a, type_of(a), None) for a in arguments]
        result = call(known.duckdb, *arguments)
        if isinstance(node.parent, exp.Window):
            return result
        return _aggregated(name, result, type_of(node))

    def _window(self, node: exp.Window) -> exp.Expr:
        inner = node.this
        name = str(inner.this).upper() if isinstance(inner, exp.Anonymous) else ""
        return _aggregated(name, node, type_of(node))

    def _metadata(self, name: str, arguments: list[exp.Expr]) -> exp.Expr:
        if name == "DB_NAME":
            return string(self._names.database)
        most = 2 if name == "OBJECT_ID" else 1
        if not most - 1 <= len(arguments) <= most:
            raise SqlError(f"The {name.lower()} function requires {most - 1} to {most} argument(s).", 174)
        if name == "SCHEMA_ID":
            found = self._names.schema_id(_string(arguments[0]) if arguments else "dbo")
        else:
            kind = _string(arguments[1]).strip().upper() if len(arguments) == 2 else None
            found = self._names.object_id(_string(arguments[0]), kind)
        return cast(exp.Null() if found is None else number(found), "INTEGER")

    def _convert(self, node: exp.Convert) -> exp.Expr:
        style = node.args.get("style")
        if style is not None and not isinstance(style, exp.Literal):
            raise unsupported("a style of CONVERT that is no literal")
        if not isinstance(node.this, exp.DataType):
            raise SqlError(f"'{node.this.sql(dialect='tsql')}' is no type of a dedicated SQL pool.", 243)
        is_try = bool(node.args.get("safe"))
        value = node.expression
        return converted(
            value, type_of(value), type_named(node.this), is_try=is_try, style=style.name if style else None
        )

    def _arithmetic(self, node: exp.Binary) -> exp.Expr:
        left, right = type_of(node.left), type_of(node.right)
        kinds = [k for k in (left, right) if k is not None]
        if isinstance(node, exp.Add) and any(_joins(k) for k in kinds) and all(_joins(k) for k in kinds):
            return exp.Paren(this=exp.DPipe(this=node.left, expression=node.right, safe=False))
        result = type_of(node)
        for key, kind in (("this", left), ("expression", right)):
            part = node.args[key]
            if kind is None or result is None:
                continue
            if kind.name == "bit":
                node.set(key, cast(part, "INTEGER"))
            elif kind.is_text and result.name in NUMBERS:
                node.set(key, converted(part, kind, result))
        if isinstance(node, exp.Div):
            return _divide(node, left, right, result)
        return node

    def _table(self, node: exp.Table) -> exp.Expr:
        node.set("catalog", None)
        node.set("hints", None)
        schema, name = _schema_and_name(node)
        if not node.db and schema and name.casefold() not in self._common:
            node.set("db", exp.to_identifier(schema, quoted=True))
        return node

    def _update(self, node: exp.Update) -> exp.Expr:
        table = node.this
        known = _table_columns(table, self._names, self._text)
        types = {n.casefold(): (n, t) for n, t in known}
        for assignment in node.expressions:
            if not isinstance(assignment, exp.EQ) or not isinstance(assignment.left, exp.Column):
                raise unsupported("an assignment of UPDATE that is no column = value")
            column = assignment.left
            if column.name.casefold() not in types:
                raise SqlError(f"Invalid column name '{column.name}'.", 207)
            column.set("table", None)
            full, target = types[column.name.casefold()]
            if target is not None:
                value = assignment.right
                assignment.set("expression", stored(value, type_of(value), target, full))
        return node


def placeholder(name: str) -> str:
    """Return the name of a variable among DuckDB's parameters: letters, digits and ``_`` only."""
    return "v_" + "".join(c if c.isascii() and c.isalnum() else f"_{ord(c)}_" for c in name)


def _undeclared(name: str) -> SqlError:
    return SqlError(f'Must declare the scalar variable "@{name}".', 137)


def _joins(kind: SqlType) -> bool:
    return kind.is_text or kind.name in BINARY


def _divide(node: exp.Binary, left: SqlType | None, right: SqlType | None, result: SqlType | None) -> exp.Expr:
    if result is not None and result.name in WHOLE:
        return exp.Paren(this=exp.IntDiv(this=node.left, expression=node.right))
    if left is None or right is None:
        return call("tsql_divide", node.left, node.right)
    return cast(node, duckdb_type(result)) if result is not None and result.name == "decimal" else node


def _comparison(node: exp.Binary) -> exp.Expr:
    left, right = type_of(node.left), type_of(node.right)
    if left is None or right is None:
        return node
    for key, kind, other in (("this", left, right), ("expression", right, left)):
        if kind.is_text and other.name in NUMBERS:
            node.set(key, converted(node.args[key], kind, other))
        elif kind.name == "bit" and other.name in NUMBERS:
            node.set(key, cast(node.args[key], "INTEGER"))
        elif kind.is_text and other.name == "uniqueidentifier":
            node.set(key, cast(node.args[key], "UUID"))
    return node


def _aggregated(name: str, node: exp.Expr, kind: SqlType | None) -> exp.Expr:
    """Give an aggregate or function its T-SQL type where DuckDB's is another."""
    if name == "AVG" and kind is not None and kind.name in WHOLE:
        node = call("trunc", node)
    if kind is not None and (name in ("AVG", "SUM", "COUNT", "POWER") or kind.name == "date"):
        return cast(node, duckdb_type(kind))
    return node


def _join(node: exp.Join) -> exp.Expr:
    if node.this.name.startswith(FRAME) and not node.args.get("on") and node.this.name.endswith("_out"):
        return exp.Join(this=node.this, method="POSITIONAL")
    return node


def _collate(node: exp.Collate) -> exp.Expr:
    if str(node.expression.name).upper().endswith(("_BIN", "_BIN2")):
        compared: exp.Expr = node.this
        return compared  # as DuckDB does
    raise unsupported(f"the collation {node.expression.name}")


def _identifier(node: exp.Identifier) -> exp.Expr:
    if node.args.get("temporary"):
        return exp.to_identifier(TEMPORARY + node.name, quoted=True)
    node.set("quoted", True)
    return node


def _name_columns(node: exp.Select) -> exp.Expr:
    """Name the columns that T-SQL leaves without a name, as a DataTable does: Column1, ..."""
    named = []
    for position, item in enumerate(node.expressions, start=1):
        plain = isinstance(item, exp.Alias | exp.Star | exp.Column)
        named.append(item if plain else exp.alias_(item, f"Column{position}", quoted=True))
    node.set("expressions", named)
    return node


def _bytes_of(node: exp.Expr) -> exp.Expr:
    kind = type_of(node)
    if kind is not None and kind.name in BINARY:
        return cast(call("tsql_bytes_of_binary", node), "INTEGER")
    if kind is not None and kind.is_text:
        return call("tsql_bytes_of_text", node) if kind.name.startswith("n") else cast(call("strlen", node), "INTEGER")
    raise unsupported("DATALENGTH of something else than text or binary")


def _text_argument(node: exp.Expr) -> exp.Expr:
    kind = type_of(node)
    return as_text(node, kind, None) if kind is not None and kind.name == "bit" else node


def _string(node: exp.Expr) -> str:
    if isinstance(node, exp.Literal) and node.is_string:
        return str(node.this)
    raise unsupported("a metadata function of something else than a literal")
