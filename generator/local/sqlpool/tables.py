"""CREATE TABLE, CTAS, RENAME OBJECT and the catalogue of what the pool holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.local.sqlpool.errors import SqlError, syntax_error, unsupported
from generator.local.sqlpool.translate import declared_type, duckdb_name, duckdb_type

if TYPE_CHECKING:
    from generator.local.sqlpool.lexer import Token
    from generator.local.sqlpool.statements import Text
    from generator.tsql.types import SqlType

TEMPORARY = "__temp__"
"""What the names of temporary tables begin with in DuckDB."""


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
    """A column of CREATE TABLE."""

    name: str
    type: SqlType
    is_nullable: bool

    def duckdb(self) -> str:
        """Return the column for DuckDB; its length is a check, because DuckDB's texts have none."""
        quoted = '"' + self.name.replace('"', '""') + '"'
        limits = "" if self.is_nullable else " NOT NULL"
        if self.type.is_text and self.type.length is not None:
            limits += f" CHECK (length({quoted}) <= {self.type.length})"
        return f"{quoted} {duckdb_type(self.type)}{limits}"


@dataclass(frozen=True, slots=True)
class CreateTable:
    """CREATE TABLE, with columns or AS SELECT."""

    schema: str
    name: str
    columns: tuple[ColumnDefinition, ...]
    select: str | None
    """Text of the query of CTAS."""

    @property
    def is_temporary(self) -> bool:
        """Whether the table lives as long as its session."""
        return self.name.startswith(TEMPORARY)


class Reader:
    """Reads tokens one by one."""

    def __init__(self, text: Text) -> None:
        self.tokens = text.tokens
        self.line = text.line
        self.at = 0

    def peek(self, ahead: int = 0) -> Token | None:
        """Return a token without taking it."""
        at = self.at + ahead
        return self.tokens[at] if at < len(self.tokens) else None

    def take(self, *wanted: str) -> Token:
        """Take a token; one of the wanted words or signs, if any are named."""
        token = self.peek()
        if token is None:
            raise syntax_error("the end of the statement", self.line)
        if wanted and token.upper not in wanted and token.text not in wanted:
            raise syntax_error(token.text, self.line)
        self.at += 1
        return token

    def found(self, *wanted: str) -> bool:
        """Take a token if it is one of these."""
        token = self.peek()
        if token is not None and (token.upper in wanted or token.text in wanted):
            self.at += 1
            return True
        return False

    def name(self) -> tuple[str, str]:
        """Take an object's name; a temporary one has no schema."""
        parts = [self._identifier()]
        while self.found("."):
            parts.append(self._identifier())
        if len(parts) > 2:
            raise syntax_error(".", self.line)
        return (parts[0], parts[1]) if len(parts) == 2 else ("dbo", parts[0])

    def _identifier(self) -> str:
        token = self.take()
        if token.kind == "temporary":
            return TEMPORARY + token.text.lstrip("#")
        if token.kind not in ("word", "bracket", "quoted"):
            raise syntax_error(token.text, self.line)
        return token.name

    def parenthesised(self) -> list[list[Token]]:
        """Take ``(a, b, ...)``; returns the tokens of each part."""
        self.take("(")
        parts: list[list[Token]] = [[]]
        depth = 1
        while True:
            token = self.take()
            if token.kind == "sign":
                depth += {"(": 1, ")": -1}.get(token.text, 0)
                if depth == 0:
                    return parts
                if token.text == "," and depth == 1:
                    parts.append([])
                    continue
            parts[-1].append(token)


def parse_create_table(text: Text) -> CreateTable:
    """Read CREATE TABLE in the syntax of Azure Synapse Analytics; SqlError for what the pool does not take."""
    reader = Reader(text)
    reader.take("CREATE")
    reader.take("TABLE")
    schema, name = reader.name()
    opening = reader.peek()
    columns = [_column(part, text.line) for part in reader.parenthesised()] if opening and opening.text == "(" else []
    options = reader.parenthesised() if reader.found("WITH") else []
    is_heap = _options(options, {c.name.casefold() for c in columns}, text.line)
    select = None
    if reader.found("AS"):
        rest = reader.peek()
        select = text.text[rest.start - text.tokens[0].start :] if rest else None
    elif reader.peek() is not None:
        raise syntax_error(reader.take().text, text.line)
    if not columns and select is None:
        raise syntax_error(name, text.line)
    if not is_heap:
        _refuse_large(columns, text.line)
    return CreateTable(schema, name, tuple(columns), select)


def _column(tokens: list[Token], line: int) -> ColumnDefinition:
    if not tokens or tokens[0].upper in ("CONSTRAINT", "PRIMARY", "UNIQUE"):
        raise unsupported("a table constraint", line)
    words = [t.upper for t in tokens]
    at = next(
        (i for i, w in enumerate(words) if i and w in ("NULL", "NOT", "DEFAULT", "IDENTITY", "COLLATE")), len(tokens)
    )
    sql_type = declared_type(" ".join(t.text for t in tokens[1:at]).replace(" (", "(").replace("( ", "("))
    rest = [w or t.text for w, t in zip(words[at:], tokens[at:], strict=True)]
    if rest not in ([], ["NULL"], ["NOT", "NULL"]):
        raise unsupported(f"{rest[0]} of a column", line)
    return ColumnDefinition(tokens[0].name, sql_type, rest != ["NOT", "NULL"])


def _options(options: list[list[Token]], columns: set[str], line: int) -> bool:
    """Check the table options; returns whether the table is a heap. The default is a clustered columnstore index."""
    is_heap = False
    for option in options:
        words = [t.upper or t.text for t in option]
        if words[:2] == ["DISTRIBUTION", "="]:
            _distribution(option[2:], columns, line)
        elif words == ["HEAP"] or words[:2] == ["CLUSTERED", "INDEX"]:
            is_heap = True
        elif words != ["CLUSTERED", "COLUMNSTORE", "INDEX"]:
            raise syntax_error(option[0].text if option else ")", line)
    return is_heap


def _distribution(tokens: list[Token], columns: set[str], line: int) -> None:
    kind = tokens[0].upper if tokens else ""
    if kind == "HASH":
        names = [t.name for t in tokens[1:] if t.kind in ("word", "bracket", "quoted")]
        missing = [n for n in names if columns and n.casefold() not in columns]
        if missing or not names:
            raise SqlError(f"Invalid column name '{missing[0] if missing else ''}' in HASH.", 207, line)
    elif kind not in ("ROUND_ROBIN", "REPLICATE"):
        raise syntax_error(tokens[0].text if tokens else "DISTRIBUTION", line)


def _refuse_large(columns: list[ColumnDefinition], line: int) -> None:
    # "Indexes on dedicated SQL pool tables": columnstore tables have no (max) columns, a heap does.
    large = next((c for c in columns if c.type.is_max), None)
    if large:
        raise SqlError(
            f"The statement failed. Column '{large.name}' has a data type that cannot participate in a columnstore index.",
            35343,
            line,
        )


def create_statement(table: CreateTable) -> str:
    """Return CREATE TABLE for DuckDB; for CTAS, up to the query."""
    if table.is_temporary:
        head = f'CREATE TEMP TABLE "{table.name}"'
    else:
        head = f"CREATE TABLE {duckdb_name(table.schema, table.name)}"
    if table.columns:
        return f"{head} ({', '.join(c.duckdb() for c in table.columns)})"
    return head
