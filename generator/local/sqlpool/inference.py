"""What T-SQL type each expression of a statement has, before it is translated.

T-SQL decides by type what DuckDB decides otherwise: ``7 / 2`` is 3, ``'a' + 'b'`` is text, ``CAST(2.7 AS int)`` is 2.
The types come from the catalogue, the variables and the literals. Where a type cannot be known it is None, and the
translation takes the form that is right for every type, or DuckDB's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from generator.local.sqlpool.errors import SqlError
from generator.local.sqlpool.functions import ERROR_FUNCTIONS, FUNCTIONS, GLOBALS
from generator.local.sqlpool.typemap import declared_type, quotient, widest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from generator.tsql.types import SqlType

Column = tuple[str, "SqlType | None"]
Sources = dict[str, "list[Column] | None"]
_KEY = "sql_type"
_DATA_TYPES = {
    exp.DataType.Type.DOUBLE: "float",
    exp.DataType.Type.FLOAT: "real",
    exp.DataType.Type.UUID: "uniqueidentifier",
    exp.DataType.Type.TIMESTAMPTZ: "datetimeoffset",
    exp.DataType.Type.UTINYINT: "tinyint",
}


def type_of(node: exp.Expr) -> SqlType | None:
    """Return the type that :class:`Inference` gave a node, or None."""
    return node.meta.get(_KEY)


def set_type(node: exp.Expr, sql_type: SqlType | None) -> exp.Expr:
    """Give a node a type; returns the node."""
    node.meta[_KEY] = sql_type
    return node


def type_named(node: exp.DataType) -> SqlType:
    """Return the T-SQL type that a CAST names; SqlError where a dedicated SQL pool has no such type."""
    if node.this == exp.DataType.Type.USERDEFINED:
        return declared_type(str(node.args.get("kind")))
    name = _DATA_TYPES.get(node.this, str(node.this.value).lower())
    sizes = ",".join(p.name for p in node.expressions)
    if not sizes and name in ("char", "varchar", "nchar", "nvarchar", "binary", "varbinary"):
        sizes = "30"  # "CAST and CONVERT": without a length it is 30
    return declared_type(f"{name}({sizes})" if sizes else name)


@dataclass(slots=True)
class _Scope:
    sources: Sources
    outer: _Scope | None = None
    tables: dict[str, list[Column]] = field(default_factory=dict)
    """Common table expressions, by name."""

    def table(self, name: str) -> list[Column] | None:
        scope: _Scope | None = self
        while scope is not None:
            if name in scope.tables:
                return scope.tables[name]
            scope = scope.outer
        return None

    def column(self, source: str, name: str) -> SqlType | None:
        scope: _Scope | None = self
        while scope is not None:
            wanted = [scope.sources[source]] if source in scope.sources else [] if source else scope.sources.values()
            for columns in wanted:
                found = next((c for c in columns or [] if c[0].casefold() == name), None)
                if found is not None:
                    return found[1]
            scope = scope.outer
        return None


class Inference:
    """Gives every node of a statement its type, read by :func:`type_of`."""

    def __init__(self, columns: Callable[[exp.Table], list[Column]], variables: Mapping[str, SqlType]) -> None:
        self._columns = columns
        self._variables = variables

    def statement(self, tree: exp.Expr) -> list[Column]:
        """Annotate a statement; returns the columns of its query, or none."""
        scope = _Scope({})
        if isinstance(tree, exp.Insert):
            return self._query(tree.expression, scope) if tree.expression is not None else []
        if isinstance(tree, exp.Update | exp.Delete):
            for table in (tree.this, *tree.find_all(exp.From)):
                self._add_source(table.this if isinstance(table, exp.From) else table, scope)
            for key, value in tree.args.items():
                if key != "this":
                    self._each(value, scope)
            return []
        return self._query(tree, scope)

    def _query(self, node: exp.Expr, outer: _Scope) -> list[Column]:
        if isinstance(node, exp.SetOperation):
            scope = self._with_tables(node, outer)
            left, right = self._query(node.left, scope), self._query(node.right, scope)
            return [(a[0], widest([a[1], b[1]])) for a, b in zip(left, right, strict=False)]
        if isinstance(node, exp.Subquery):
            return self._query(node.this, self._with_tables(node, outer))
        if isinstance(node, exp.Values):
            return self._values(node, outer)
        return self._select(node, outer) if isinstance(node, exp.Select) else []

    def _values(self, node: exp.Values, scope: _Scope) -> list[Column]:
        rows = [[self._type(e, scope) for e in row.expressions] for row in node.expressions]
        width = min((len(r) for r in rows), default=0)
        return [(f"col{i}", widest([r[i] for r in rows])) for i in range(width)]

    def _with_tables(self, node: exp.Expr, outer: _Scope) -> _Scope:
        scope = _Scope({}, outer)
        for table in getattr(node, "ctes", []):
            columns = self._query(table.this, scope)
            scope.tables[table.alias.casefold()] = _renamed(columns, table.args.get("alias"))
        return scope

    def _select(self, node: exp.Select, outer: _Scope) -> list[Column]:
        scope = self._with_tables(node, outer)
        begin = node.args.get("from_")
        if begin is not None:
            self._add_source(begin.this, scope)
        for join in node.args.get("joins") or []:
            self._add_source(join.this, scope)
            self._each(join.args.get("on"), scope)
        for key, value in node.args.items():
            if key not in ("from_", "joins", "with_"):
                self._each(value, scope)
        found: list[Column] = []
        for projection in node.expressions:
            found += self._projection(projection, scope)
        return found

    def _projection(self, node: exp.Expr, scope: _Scope) -> list[Column]:
        if isinstance(node, exp.Star):
            return [c for columns in scope.sources.values() for c in columns or []]
        if isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
            return list(scope.sources.get(node.table.casefold()) or [])
        name = node.alias_or_name if isinstance(node, exp.Alias | exp.Column) else ""
        return [(name, type_of(node))]

    def _add_source(self, node: exp.Expr, scope: _Scope) -> None:
        alias = node.args.get("alias")
        if isinstance(node, exp.Table):
            columns = scope.table(node.name.casefold()) if not node.db else None
            columns = columns if columns is not None else self._columns(node)
        else:
            columns = self._query(node, scope)
        name = (node.alias_or_name or "").casefold()
        scope.sources[name] = None if columns is None else _renamed(columns, alias)
        for join in node.args.get("joins") or []:
            self._add_source(join.this, scope)
            self._each(join.args.get("on"), scope)

    def _each(self, value: object, scope: _Scope) -> None:
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, exp.Expr):
                self._type(item, scope)

    def _type(self, node: exp.Expr, scope: _Scope) -> SqlType | None:
        if isinstance(node, exp.Subquery | exp.Select | exp.SetOperation):
            columns = self._query(node, scope)
            return _kept(node, columns[0][1] if columns else None)
        if isinstance(node, exp.Column):
            if node.name == "0x" and not node.table:
                return _kept(node, declared_type("varbinary(max)"))
            return _kept(node, scope.column(node.table.casefold(), node.name.casefold()))
        for value in node.args.values():
            self._each(value, scope)
        return _kept(node, self._of(node))

    def _of(self, node: exp.Expr) -> SqlType | None:
        match node:
            case exp.Literal() | exp.National() | exp.HexString() | exp.Null():
                return _literal(node)
            case exp.Parameter():
                return self._variable(node)
            case exp.Cast() | exp.Convert():
                target = node.this if isinstance(node, exp.Convert) else node.to
                return type_named(target) if isinstance(target, exp.DataType) else None
            case exp.Div():
                return _quotient(node) or widest([type_of(node.left), type_of(node.right)])
            case exp.Add() | exp.Sub() | exp.Mul() | exp.Mod():
                return _arithmetic(node)
            case exp.Case():
                parts = [i.args["true"] for i in node.args["ifs"]]
                return _common([*parts, *([node.args["default"]] if node.args.get("default") else [])])
            case exp.Anonymous():
                return _function(node)
            case exp.CurrentTimestamp():
                return declared_type("datetime")
            case (
                exp.Paren() | exp.Neg() | exp.Alias() | exp.Window() | exp.Distinct() | exp.Collate() | exp.BitwiseNot()
            ):
                inner = next(iter(node.expressions), None) if isinstance(node, exp.Distinct) else node.this
                return type_of(inner) if isinstance(inner, exp.Expr) else None
            case exp.BitwiseAnd() | exp.BitwiseOr() | exp.BitwiseXor():
                return widest([type_of(node.left), type_of(node.right)])
        return None

    def _variable(self, node: exp.Parameter) -> SqlType | None:
        inner = node.this
        if isinstance(inner, exp.Parameter):
            return declared_type(GLOBALS[inner.name.upper()]) if inner.name.upper() in GLOBALS else None
        return self._variables.get(node.name.casefold())


def _kept(node: exp.Expr, sql_type: SqlType | None) -> SqlType | None:
    set_type(node, sql_type)
    return sql_type


def _renamed(columns: list[Column], alias: exp.Expr | None) -> list[Column]:
    names = [c.name for c in alias.args.get("columns") or []] if isinstance(alias, exp.TableAlias) else []
    return [(names[i] if i < len(names) else name, kind) for i, (name, kind) in enumerate(columns)]


def _literal(node: exp.Expr) -> SqlType | None:
    if isinstance(node, exp.Null):
        return None
    if isinstance(node, exp.HexString):
        return declared_type("varbinary(max)")
    if isinstance(node, exp.National):
        return declared_type(f"nvarchar({max(1, min(4000, len(node.name)))})")
    text = node.name
    if isinstance(node, exp.Literal) and node.is_string:
        return declared_type(f"varchar({max(1, min(8000, len(text)))})")
    if "e" in text.lower():
        return declared_type("float")
    if "." in text or int(text) >= 2**31:
        whole, _, fraction = text.partition(".")
        digits = max(1, len(whole.lstrip("0")) + len(fraction))
        return declared_type(f"decimal({min(38, digits)},{min(38, len(fraction))})")
    return declared_type("int")


def _quotient(node: exp.Div) -> SqlType | None:
    left, right = type_of(node.left), type_of(node.right)
    if left is None or right is None or "decimal" not in (left.name, right.name):
        return None
    return quotient(_digits(node.left, left), _digits(node.right, right))


def _digits(node: exp.Expr, kind: SqlType) -> SqlType:
    """Return the type of an operand of a decimal division: a whole literal has as many digits as are written."""
    if isinstance(node, exp.Literal) and kind.name == "int":
        return declared_type(f"decimal({len(node.name)},0)")
    return kind


def _arithmetic(node: exp.Binary) -> SqlType | None:
    left, right = type_of(node.left), type_of(node.right)
    if isinstance(node.left, exp.Null) or isinstance(node.right, exp.Null):
        return left or right
    result = widest([left, right])
    if result is not None and isinstance(node, exp.Add) and result.is_text and left and right:
        is_max = left.is_max or right.is_max
        most = 4000 if result.name.startswith("n") else 8000
        size = min(most, (left.length or 1) + (right.length or 1))
        return declared_type(f"{result.name.replace('char', 'varchar') if 'var' not in result.name else result.name}"
                             f"({'max' if is_max else size})")  # fmt: skip
    return result


def _common(nodes: list[exp.Expr]) -> SqlType | None:
    return widest([type_of(n) for n in nodes if not isinstance(n, exp.Null)])


def _function(node: exp.Anonymous) -> SqlType | None:
    name = str(node.this).upper()
    arguments = node.expressions
    if name in ERROR_FUNCTIONS:
        return declared_type(ERROR_FUNCTIONS[name])
    if name in ("DATEDIFF", "DATEPART", "OBJECT_ID", "SCHEMA_ID"):
        return declared_type("int")
    if name in ("DATEDIFF_BIG", "DB_NAME"):
        return declared_type("bigint" if name == "DATEDIFF_BIG" else "nvarchar(128)")
    if name == "DATEADD":
        return type_of(arguments[-1]) if arguments else None
    if name == "IIF":
        return _common(arguments[1:])
    if name == "ISNULL":
        return next((type_of(a) for a in arguments if not isinstance(a, exp.Null)), None)
    known = FUNCTIONS.get(name)
    if known is None:
        return None
    if known.returns == "widest":
        return _common(arguments)
    if known.returns != "same":
        return declared_type(known.returns)
    first = type_of(arguments[0]) if arguments else None
    if name in ("SUM", "AVG") and first is not None:
        return _total(name, first)
    return first


def _total(name: str, of: SqlType) -> SqlType:
    """Return the type of SUM and AVG ("SUM", "AVG": return types)."""
    if of.name in ("tinyint", "smallint"):
        return declared_type("int")
    if of.name == "real":
        return declared_type("float")
    if of.name in ("decimal", "smallmoney", "money"):
        if of.name != "decimal":
            return declared_type("money")
        return declared_type(f"decimal(38,{max(of.scale or 0, 6) if name == 'AVG' else of.scale or 0})")
    if of.is_text or of.name in ("bit", "date", "time", "uniqueidentifier", "binary", "varbinary"):
        raise SqlError(f"Operand data type {of.name} is invalid for {name.lower()} operator.", 8117)
    return of
