"""T-SQL's grammar for one plain statement: sqlglot's, cut down to what T-SQL has.

sqlglot reads far more than T-SQL and never complains. So its functions are taken out (each call is looked up in
`functions`), and every kind of node that is not on the list below is refused.
"""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import Any, ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.tsql import TSQL
from sqlglot.errors import SqlglotError
from sqlglot.tokens import TokenType

from generator.local.sqlpool.built import BUILT
from generator.local.sqlpool.errors import SqlError, refused, syntax_error, unsupported
from generator.local.sqlpool.functions import ERROR_FUNCTIONS, FUNCTIONS, METADATA
from generator.tsql.tokens import TsqlTokenError, place_of, tokenize

_KNOWN = (*FUNCTIONS, *BUILT, *METADATA, *ERROR_FUNCTIONS)
_CONVERSIONS = ("CAST", "TRY_CAST", "CONVERT", "TRY_CONVERT")
_ALLOWED = (
    exp.Select, exp.From, exp.Where, exp.Group, exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.With, exp.CTE,
    exp.Subquery, exp.Union, exp.Except, exp.Intersect, exp.Join, exp.Table, exp.TableAlias, exp.Values, exp.Tuple,
    exp.Insert, exp.Update, exp.Delete, exp.Schema, exp.Into, exp.Column, exp.Identifier, exp.Star, exp.Alias,
    exp.Literal, exp.National, exp.HexString, exp.Null, exp.Parameter, exp.Var, exp.Paren, exp.Distinct,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE,
    exp.LT, exp.LTE, exp.In, exp.Between, exp.Like, exp.Escape, exp.Is, exp.Exists, exp.All, exp.Any, exp.Case, exp.If,
    exp.BitwiseAnd, exp.BitwiseOr, exp.BitwiseXor, exp.BitwiseNot, exp.Cast, exp.TryCast, exp.Convert, exp.DataType,
    exp.DataTypeParam, exp.Anonymous, exp.Window, exp.WindowSpec, exp.CurrentTimestamp, exp.Collate,
    exp.QueryOption, exp.PropertyEQ, exp.WithTableHint, exp.Boolean, exp.Fetch, exp.Offset, exp.LimitOptions,
    exp.WithinGroup, exp.Dot,
)  # fmt: skip
_CONDITIONS = (exp.Predicate, exp.Connector, exp.Not)


class _PoolTokenizer(TSQL.Tokenizer):
    # float has eight bytes, real has four: sqlglot takes both for FLOAT.
    KEYWORDS: ClassVar = {**TSQL.Tokenizer.KEYWORDS, "FLOAT": TokenType.DOUBLE}


class _PoolParser(TSQL.Parser):  # type: ignore[misc,valid-type]  # sqlglot publishes the class as a variable
    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar = {k: v for k, v in TSQL.Parser.FUNCTION_PARSERS.items() if k in _CONVERSIONS}
    NO_PAREN_FUNCTIONS: ClassVar = {TokenType.CURRENT_TIMESTAMP: exp.CurrentTimestamp}
    NO_PAREN_FUNCTION_PARSERS: ClassVar = {"CASE": TSQL.Parser.NO_PAREN_FUNCTION_PARSERS["CASE"],
                                           "ANY": TSQL.Parser.NO_PAREN_FUNCTION_PARSERS["ANY"]}  # fmt: skip


class PoolDialect(TSQL):
    """T-SQL whose functions are all plain calls."""

    Tokenizer = _PoolTokenizer
    Parser = _PoolParser


def parse(text: str) -> exp.Expr:
    """Parse one SELECT, INSERT, UPDATE or DELETE; SqlError, placed in ``text``, for what T-SQL does not have.

    The tree is the caller's own.
    """
    return _parse(text).copy()


@lru_cache(maxsize=256)
def _parse(text: str) -> exp.Expr:
    _check_words(text)
    try:
        parsed = sqlglot.parse(text, dialect=PoolDialect)
    except SqlglotError as error:
        raise _syntax(text, error) from error
    except RecursionError as error:
        raise SqlError("Some part of your SQL statement is nested too deeply.", 191) from error
    tree = parsed[0] if len(parsed) == 1 else None
    if tree is None or not isinstance(tree, exp.Query | exp.Insert | exp.Update | exp.Delete):
        word = text.split(None, 1)[0] if text.split() else text
        raise unsupported(f"the statement {word.upper()}", 1, 1)
    if isinstance(tree, exp.Delete) and not tree.this and len(tree.args.get("tables") or []) == 1:
        # DELETE without FROM.
        tree.set("this", tree.args["tables"][0])
        tree.set("tables", None)
    for node in tree.walk():
        _check(text, node)
    return tree


def _check_words(text: str) -> None:
    """Refuse what sqlglot takes from other dialects without leaving a trace in its tree."""
    try:
        tokens = tokenize(text)
    except TsqlTokenError as error:
        raise SqlError(str(error), 105, *place_of(text, error.offset)) from error
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        near = following is not None and (following.kind in ("number", "variable") or following.text == "(")
        foreign = token.upper in ("LIMIT", "QUALIFY", "ILIKE") and (near or token.upper != "LIMIT")
        if foreign or token.text in ("::", "?", "{", "}", "$"):
            raise syntax_error(token.text, *place_of(text, token.start))
        if token.upper in ("FROM", "JOIN", "INTO", "UPDATE") and following is not None and following.kind == "string":
            raise syntax_error(following.text, *place_of(text, following.start))


def _check(text: str, node: exp.Expr) -> None:
    line, column = place(text, node)
    if not isinstance(node, _ALLOWED):
        raise unsupported(_sample(node), line, column)
    match node:
        case exp.Anonymous() if str(node.this).upper() not in _KNOWN:
            name = str(node.this).upper()
            near = difflib.get_close_matches(name, _KNOWN, n=1)
            raise unsupported(f"the function {name}" + (f" (did you mean {near[0]}?)" if near else ""), line, column)
        case exp.Boolean():
            raise SqlError(f"Invalid column name '{str(node.this).lower()}'.", 207, line, column)
        case exp.Join() if node.args.get("using") or node.method:
            raise syntax_error("USING" if node.args.get("using") else node.method, line, column)
        case exp.Star() if any(node.args.values()):
            raise syntax_error("*", line, column)
        case exp.Distinct() if node.args.get("on"):
            raise syntax_error("ON", line, column)
        case exp.Where() | exp.Having() if not is_condition(node.this):
            raise _not_boolean(node.this, line, column)
        case exp.Select():
            _check_select(text, node)
        case exp.Values() if isinstance(node.parent, exp.Insert):
            _check_values(text, node)
        case exp.Insert() | exp.Update() | exp.Delete():
            _check_change(text, node)


def _check_change(text: str, node: exp.Insert | exp.Update | exp.Delete) -> None:
    """Refuse a change without its table or values, which sqlglot lets pass."""
    if node.args.get("tables"):
        raise unsupported("DELETE ... FROM with a second table", *place(text, node))
    begin = node.args.get("from_")
    if isinstance(node, exp.Update) and begin is not None and isinstance(node.this, exp.Table):
        sources = [begin.this, *(j.this for j in begin.this.args.get("joins") or [])]
        if len(sources) > 1 or sources[0].alias_or_name.casefold() == node.this.alias_or_name.casefold():
            raise unsupported("UPDATE ... FROM that joins or names its own table", *place(text, node))
    target = node.this.this if isinstance(node.this, exp.Schema) else node.this
    is_named = isinstance(target, exp.Table) and isinstance(target.this, exp.Identifier) and target.name
    has_rows = not isinstance(node, exp.Insert) or isinstance(node.expression, exp.Query | exp.Values)
    if not is_named or not has_rows or (isinstance(node, exp.Update) and not node.expressions):
        raise syntax_error(_last_word(text), *place_of(text, len(text.rstrip()) - len(_last_word(text))))


def _check_select(text: str, node: exp.Select) -> None:
    if not node.expressions:
        raise syntax_error("SELECT", *place(text, node))
    wrong = next((p for p in node.expressions if isinstance(p, _CONDITIONS) and not isinstance(p, exp.EQ)), None)
    if wrong is not None:
        raise syntax_error(wrong.sql(dialect="tsql"), *place(text, wrong))
    if node.args.get("qualify") or node.args.get("laterals") or node.args.get("pivots"):
        raise unsupported("this clause of SELECT", *place(text, node))


def _check_values(text: str, node: exp.Values) -> None:
    if len(node.expressions) > 1:
        # "INSERT": the syntax for Azure Synapse Analytics has VALUES with one row.
        raise refused("INSERT of several rows by VALUES (use INSERT ... SELECT ... UNION ALL)", *place(text, node))
    constants = (exp.Literal, exp.National, exp.HexString, exp.Null, exp.Parameter)
    for row in node.expressions:
        for value in row.expressions if isinstance(row, exp.Tuple) else [row]:
            inner = value.this if isinstance(value, exp.Neg) else value
            if not isinstance(inner, constants) and not (isinstance(inner, exp.Column) and inner.name == "0x"):
                raise SqlError("Insert values statement can contain only constant literal values or variable "
                               "references.", 104334, *place(text, value))  # fmt: skip


def is_condition(node: exp.Expr) -> bool:
    """Whether an expression is true or false, as WHERE, ON and IF want it."""
    inner = node.unnest() if isinstance(node, exp.Paren) else node
    return isinstance(inner, _CONDITIONS)


def _not_boolean(node: exp.Expr, line: int | None, column: int | None) -> SqlError:
    return SqlError(
        "An expression of non-boolean type specified in a context where a condition is expected, near "
        f"'{_sample(node)}'.",
        4145,
        line,
        column,
    )


def place(text: str, node: exp.Expr) -> tuple[int | None, int | None]:
    """Return where a node stands in ``text``: its own place or that of its first part that has one."""
    for part in node.walk():
        start = part.meta.get("start")
        if isinstance(start, int):
            return place_of(text, start)
    return None, None


def _sample(node: exp.Expr) -> str:
    shown = " ".join(node.sql(dialect="tsql").split())
    return shown if len(shown) <= 60 else shown[:57] + "..."


def _syntax(text: str, error: SqlglotError) -> SqlError:
    details = (getattr(error, "errors", None) or [{}])[0]
    near = details.get("highlight") or _last_word(text)
    line = details.get("line") or text.count("\n") + 1
    # sqlglot counts a column to the end of its token.
    column = max(1, int(details.get("col") or 1) - len(near) + 1)
    return syntax_error(near, line, column)


def _last_word(text: str) -> str:
    words = text.split()
    return words[-1] if words else ""
