"""CREATE TABLE and CREATE TABLE AS SELECT, in the syntax of a dedicated SQL pool.

Sources: "CREATE TABLE (Azure Synapse Analytics)", "CREATE TABLE AS SELECT", "Table constraints" (keys only NOT
ENFORCED), "Indexes on dedicated SQL pool tables" (no max columns in a columnstore index).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.local.sqlpool.errors import SqlError, refused, syntax_error, unsupported
from generator.local.sqlpool.names import TEMPORARY, duckdb_name, literal, quoted
from generator.local.sqlpool.reader import Reader, split
from generator.local.sqlpool.statements import source_of
from generator.local.sqlpool.typemap import declared_type, duckdb_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.local.sqlpool.statements import Text
    from generator.tsql.tokens import Token
    from generator.tsql.types import SqlType

_COLUMN_WORDS = {"NULL", "NOT", "DEFAULT", "IDENTITY", "COLLATE", "CONSTRAINT", "PRIMARY", "UNIQUE", "REFERENCES",
                 "CHECK", "MASKED", "SPARSE", "GENERATED"}  # fmt: skip
_ENFORCED = (
    "Enforced unique constraints are not supported. To create an unenforced unique constraint you must include the "
    "NOT ENFORCED syntax as part of your statement."
)


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column of CREATE TABLE."""

    name: str
    type: SqlType
    is_nullable: bool
    default: str | None = None
    """A literal, for DuckDB."""

    def duckdb(self) -> str:
        """Return the column for DuckDB; lengths are checked when values are stored."""
        default = f" DEFAULT {self.default}" if self.default is not None else ""
        return f"{quoted(self.name)} {duckdb_type(self.type)}{default}{'' if self.is_nullable else ' NOT NULL'}"


@dataclass(frozen=True, slots=True)
class TableOptions:
    """What WITH says of a table."""

    is_columnstore: bool = True
    """The default is a clustered columnstore index."""
    has_distribution: bool = False
    named_columns: tuple[str, ...] = ()
    """Columns that the options name."""


@dataclass(frozen=True, slots=True)
class CreateTable:
    """CREATE TABLE, with columns or AS SELECT."""

    schema: str
    name: str
    columns: tuple[ColumnDefinition, ...]
    options: TableOptions
    select: Text | None
    """The query of CREATE TABLE AS SELECT."""

    @property
    def head(self) -> str:
        """``CREATE TABLE name`` for DuckDB."""
        temporary = "TEMP " if self.name.startswith(TEMPORARY) else ""
        return f"CREATE {temporary}TABLE {duckdb_name(self.schema, self.name)}"


def parse_create_table(text: Text) -> CreateTable:
    """Read CREATE TABLE; SqlError for what a dedicated SQL pool does not take."""
    reader = Reader(text)
    reader.take("CREATE")
    reader.take("TABLE")
    schema, name = reader.name()
    opening = reader.peek()
    columns: list[ColumnDefinition] = []
    if opening is not None and opening.text == "(":
        for part in reader.parenthesised():
            column = _column(text, part)
            if column is not None:
                columns.append(column)
    options = _options(text, reader.parenthesised()) if reader.found("WITH") else TableOptions()
    select = reader.rest() if reader.found("AS") else None
    reader.end()
    if not columns and select is None:
        raise reader.error(None)
    if select is not None and not options.has_distribution:
        raise SqlError("CREATE TABLE AS SELECT needs the option DISTRIBUTION.", 103010, *text.place())
    if select is not None and columns:
        raise unsupported("a column list in CREATE TABLE AS SELECT", *text.place())
    table = CreateTable(schema, name, tuple(columns), options, select)
    if columns:
        check_columns(table, [(c.name, c.type) for c in columns], text)
    return table


def check_columns(table: CreateTable, columns: Sequence[tuple[str, SqlType]], text: Text) -> None:
    """Refuse columns that the table's options or its index cannot have."""
    names = {name.casefold() for name, _ in columns}
    if len(names) < len(columns):
        folded = [name.casefold() for name, _ in columns]
        double = next(n for i, (n, _) in enumerate(columns) if n.casefold() in folded[:i])
        raise SqlError(
            f"Column names in each table must be unique. Column name '{double}' in table '{table.name}' is specified "
            "more than once.",
            2705,
            *text.place(),
        )
    missing = next((n for n in table.options.named_columns if n.casefold() not in names), None)
    if missing is not None:
        raise SqlError(f"Invalid column name '{missing}'.", 207, *text.place())
    large = next((n for n, t in columns if t.is_max), None)
    if table.options.is_columnstore and large is not None:
        raise SqlError(
            f"The statement failed. Column '{large}' has a data type that cannot participate in a columnstore index.",
            35343,
            *text.place(),
        )


def nameless(text: Text) -> SqlError:
    """Return the error for a query whose columns make a table and do not all have names."""
    return SqlError(
        "An object or column name is missing or empty. For SELECT INTO statements, verify each column has a name. For "
        'other statements, look for empty alias names. Aliases defined as "" or [] are not allowed.',
        1038,
        *text.place(),
    )


def comments(table: CreateTable, columns: list[tuple[str, SqlType]]) -> list[str]:
    """Return the statements that keep the T-SQL types of columns with the table."""
    name = duckdb_name(table.schema, table.name)
    return [f"COMMENT ON COLUMN {name}.{quoted(column)} IS {literal(kind.ddl)}" for column, kind in columns]


def _column(text: Text, tokens: list[Token]) -> ColumnDefinition | None:
    if not tokens:
        raise syntax_error(")", *text.place())
    place = text.place(tokens[0])
    if tokens[0].upper in ("CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"):
        _constraint(tokens, place)
        return None
    if len(tokens) < 2 or not tokens[0].is_name:
        raise syntax_error(tokens[-1].text, *place)
    if tokens[1].upper == "AS":
        raise refused("a computed column", *place)
    at = next((i for i, t in enumerate(tokens) if i > 1 and t.upper in _COLUMN_WORDS), len(tokens))
    try:
        sql_type = declared_type(source_of(text.batch, tokens[1:at]).replace("\n", " "))
    except SqlError as error:
        raise error.at(*text.place(tokens[1])) from error
    is_nullable, default = _column_rest(text, tokens[at:])
    return ColumnDefinition(tokens[0].name, sql_type, is_nullable, default)


def _column_rest(text: Text, tokens: list[Token]) -> tuple[bool, str | None]:
    is_nullable, default = True, None
    position = 0
    while position < len(tokens):
        token = tokens[position]
        word = token.upper
        following = tokens[position + 1] if position + 1 < len(tokens) else None
        if word == "NULL":
            position += 1
        elif word == "NOT" and following is not None and following.upper == "NULL":
            is_nullable = False
            position += 2
        elif word == "DEFAULT" and following is not None:
            default, position = _default(text, tokens, position + 1)
        elif word == "CONSTRAINT" and following is not None:
            position += 2
        elif word in ("PRIMARY", "UNIQUE"):
            _constraint(tokens[position:], text.place(token))
            return is_nullable and word != "PRIMARY", default
        elif word in ("CHECK", "REFERENCES", "SPARSE", "GENERATED"):
            raise refused(f"{word} of a column", *text.place(token))
        elif word in ("IDENTITY", "COLLATE", "MASKED"):
            raise unsupported(f"{word} of a column", *text.place(token))
        else:
            raise syntax_error(token.text, *text.place(token))
    return is_nullable, default


def _default(text: Text, tokens: list[Token], at: int) -> tuple[str, int]:
    """Read a default: a dedicated SQL pool takes constants only."""
    opened = 0
    while tokens[at : at + 1] and tokens[at].text == "(":
        opened += 1
        at += 1
    sign = "-" if tokens[at : at + 1] and tokens[at].text == "-" else ""
    at += bool(sign)
    token = tokens[at] if at < len(tokens) else None
    if token is None or not (token.kind in ("number", "string") or token.upper == "NULL"):
        raise refused("a default that is no constant", *text.place(token or tokens[-1]))
    value = literal(token.value) if token.kind == "string" else sign + token.text
    if value.lower().startswith("0x"):
        raise unsupported("a binary default", *text.place(token))
    return value, at + 1 + opened


def _constraint(tokens: list[Token], place: tuple[int, int]) -> None:
    words = [t.upper for t in tokens]
    if "FOREIGN" in words or "CHECK" in words:
        raise refused("FOREIGN KEY" if "FOREIGN" in words else "CHECK", *place)
    is_unenforced = "ENFORCED" in words and words[words.index("ENFORCED") - 1] == "NOT"
    if not is_unenforced or ("PRIMARY" in words and "NONCLUSTERED" not in words):
        raise SqlError(_ENFORCED, 104467, *place)


def _options(text: Text, options: list[list[Token]]) -> TableOptions:
    is_columnstore, has_distribution = True, False
    named: list[str] = []
    for option in options:
        words = [t.upper or t.text for t in option]
        if words[:2] == ["DISTRIBUTION", "="]:
            has_distribution = True
            named += _distribution(text, option)
        elif words == ["HEAP"]:
            is_columnstore = False
        elif words[:3] == ["CLUSTERED", "INDEX", "("]:
            is_columnstore = False
            named += [p[0].name for p in split(option[3:-1]) if p]
        elif words[:4] == ["CLUSTERED", "COLUMNSTORE", "INDEX", "ORDER"]:
            named += [p[0].name for p in split(option[5:-1]) if p]
        elif words[:2] == ["PARTITION", "("] and len(option) > 2:
            named.append(option[2].name)
        elif words != ["CLUSTERED", "COLUMNSTORE", "INDEX"]:
            raise syntax_error(option[0].text if option else ")", *text.place(option[0] if option else None))
    return TableOptions(is_columnstore, has_distribution, tuple(named))


def _distribution(text: Text, option: list[Token]) -> list[str]:
    kind = option[2].upper if len(option) > 2 else ""
    if kind == "HASH" and len(option) > 5 and option[3].text == "(":
        return [p[0].name for p in split(option[4:-1]) if p]
    if kind not in ("ROUND_ROBIN", "REPLICATE") or len(option) != 3:
        raise syntax_error(option[min(2, len(option) - 1)].text, *text.place(option[min(2, len(option) - 1)]))
    return []
