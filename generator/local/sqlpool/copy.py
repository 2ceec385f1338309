"""COPY INTO: files of the lake into a table.

Source: "COPY (Transact-SQL)": FIRSTROW counts in each file; names that begin with ``_`` or ``.`` are skipped;
MAXERRORS rows may be left out; a file's row has 1 MB at most; hexadecimal text lands in varbinary as bytes.
"""

from __future__ import annotations

import csv
import fnmatch
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from generator.local.lake import LakePathError
from generator.local.sqlpool.errors import SqlError, syntax_error, unsupported
from generator.local.sqlpool.tables import Reader
from generator.local.sqlpool.translate import duckdb_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import duckdb

    from generator.local.lake import LakePaths
    from generator.local.sqlpool.lexer import Token
    from generator.local.sqlpool.statements import Text

_LARGEST_ROW = 1_000_000
_OPTIONS = {"FILE_TYPE", "CREDENTIAL", "FIRSTROW", "FIELDTERMINATOR", "FIELDQUOTE", "ROWTERMINATOR", "ENCODING",
            "DATEFORMAT", "MAXERRORS", "ERRORFILE", "ERRORFILE_CREDENTIAL", "COMPRESSION", "IDENTITY_INSERT"}  # fmt: skip
_RANGES = {"TINYINT": (0, 255), "UTINYINT": (0, 255), "SMALLINT": (-(2**15), 2**15 - 1), "INTEGER": (-(2**31), 2**31 - 1),
           "BIGINT": (-(2**63), 2**63 - 1)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CopyStatement:
    """A COPY INTO, read."""

    schema: str
    table: str
    columns: tuple[str, ...]
    locations: tuple[str, ...]
    options: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Column:
    name: str
    type: str
    is_nullable: bool
    length: int | None


def copy_into(text: Text, connection: duckdb.DuckDBPyConnection, lake: LakePaths) -> int:
    """Run COPY INTO; returns the number of rows loaded. All of them or none."""
    statement = parse_copy(text)
    columns = _columns(statement, connection)
    files = [f for location in statement.locations for f in _files(location, lake)]
    kind = statement.options.get("FILE_TYPE", "CSV").upper()
    target = duckdb_name(statement.schema, statement.table)
    names = ", ".join('"' + c.name.replace('"', '""') + '"' for c in columns)
    if kind == "PARQUET":
        return _copy_parquet(files, columns, target, names, connection)
    if kind != "CSV":
        raise unsupported(f"FILE_TYPE = '{kind}'")
    rows = list(_rows(files, columns, statement.options))
    if not rows:
        return 0
    import pyarrow as pa

    arrays = [pa.array(values) for values in zip(*rows, strict=True)]
    connection.register("__copied", pa.table(dict(zip([c.name for c in columns], arrays, strict=True))))
    try:
        connection.execute(f"INSERT INTO {target} ({names}) SELECT * FROM __copied")
    finally:
        connection.unregister("__copied")
    return len(rows)


def _copy_parquet(
    files: list[Path], columns: list[_Column], target: str, names: str, connection: duckdb.DuckDBPyConnection
) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    wanted = [c.name for c in columns]
    try:
        rows = pa.concat_tables([pq.read_table(f, columns=wanted) for f in files])
    except (OSError, pa.ArrowException) as error:
        raise SqlError(f"External file access failed: {error}", 13807) from error
    connection.register("__copied", rows.select(wanted))
    try:
        sql = f"INSERT INTO {target} ({names}) SELECT * FROM __copied"
        return int(connection.execute(sql).fetchall()[0][0])
    finally:
        connection.unregister("__copied")


def parse_copy(text: Text) -> CopyStatement:
    """Read COPY INTO; SqlError for what is not in its syntax."""
    reader = Reader(text)
    reader.take("COPY")
    reader.take("INTO")
    schema, table = reader.name()
    columns: tuple[str, ...] = ()
    following = reader.peek()
    if following and following.text == "(":
        columns = tuple(_column_name(part, text.line) for part in reader.parenthesised())
    reader.take("FROM")
    locations = []
    while True:
        token = reader.take()
        if token.kind != "string":
            raise syntax_error(token.text, text.line)
        locations.append(token.value)
        if not reader.found(","):
            break
    options: dict[str, str] = {}
    if reader.found("WITH"):
        for part in reader.parenthesised():
            name = part[0].upper if part else ""
            if name not in _OPTIONS or len(part) < 3 or part[1].text != "=":
                raise syntax_error(part[0].text if part else "WITH", text.line)
            options[name] = part[2].value if part[2].kind == "string" else part[2].text
    if reader.peek() is not None:
        raise syntax_error(reader.take().text, text.line)
    return CopyStatement(schema, table, columns, tuple(locations), options)


def _column_name(part: list[Token], line: int) -> str:
    if len(part) != 1:
        raise unsupported("a default value or field number in the column list of COPY", line)
    return part[0].name


def _columns(statement: CopyStatement, connection: duckdb.DuckDBPyConnection) -> list[_Column]:
    found = connection.execute(
        "SELECT column_name, data_type, is_nullable FROM duckdb_columns() "
        "WHERE lower(schema_name) = lower(?) AND lower(table_name) = lower(?) ORDER BY column_index",
        [statement.schema, statement.table],
    ).fetchall()
    if not found:
        raise SqlError(f"Invalid object name '{statement.schema}.{statement.table}'.", 208)
    checks = connection.execute(
        "SELECT constraint_column_names[1], constraint_text FROM duckdb_constraints() "
        "WHERE lower(schema_name) = lower(?) AND lower(table_name) = lower(?) AND constraint_type = 'CHECK'",
        [statement.schema, statement.table],
    ).fetchall()
    lengths = {name: int("".join(c for c in text.rsplit("<=", 1)[1] if c.isdigit())) for name, text in checks}
    known = {name.casefold(): _Column(name, kind, bool(null), lengths.get(name)) for name, kind, null in found}
    if not statement.columns:
        return list(known.values())
    missing = [c for c in statement.columns if c.casefold() not in known]
    if missing:
        raise SqlError(f"Invalid column name '{missing[0]}'.", 207)
    return [known[c.casefold()] for c in statement.columns]


def _files(location: str, lake: LakePaths) -> Iterator[Path]:
    folder, _, pattern = location.rstrip("/").rpartition("/")
    has_wildcard = "*" in pattern
    try:
        path = lake.local_path(folder if has_wildcard else location)
    except LakePathError as error:
        raise SqlError(str(error), 13822) from error
    if path.is_file():
        yield path
        return
    candidates = sorted(path.glob("*") if has_wildcard else path.rglob("*")) if path.is_dir() else []
    names = [p for p in candidates if p.is_file() and not p.name.startswith(("_", "."))]
    chosen = [p for p in names if not has_wildcard or fnmatch.fnmatch(p.name, pattern)]
    if not chosen:
        raise SqlError(f"External file access failed: no file matches '{location}'.", 13807)
    yield from chosen


def _rows(files: list[Path], columns: list[_Column], options: dict[str, str]) -> Iterator[tuple[Any, ...]]:
    first = int(options.get("FIRSTROW", "1"))
    most_errors = int(options.get("MAXERRORS", "0"))
    errors = 0
    csv.field_size_limit(2 * _LARGEST_ROW)
    for path in files:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.reader(
                file,
                delimiter=_terminator(options.get("FIELDTERMINATOR", ",")),
                quotechar=options.get("FIELDQUOTE", '"') or None,
                strict=True,
            )
            number = 0
            try:
                for number, row in enumerate(reader, start=1):
                    if number < first:
                        continue
                    try:
                        yield _convert(row, columns)
                    except ValueError as error:
                        errors += 1
                        if errors > most_errors:
                            raise SqlError(
                                f"Bulk load data conversion error for row {number} in file {path.name}: {error} "
                                f"Maximum error count reached: {most_errors} allowed.",
                                13812,
                            ) from error
            except csv.Error as error:
                raise SqlError(f"Bulk load failed in file {path.name} after row {number}: {error}", 13812) from error


def _terminator(text: str) -> str:
    return bytes.fromhex(text[2:]).decode() if text.lower().startswith("0x") else text.replace("\\t", "\t")


def _convert(row: list[str], columns: list[_Column]) -> tuple[Any, ...]:
    if sum(len(v) for v in row) > _LARGEST_ROW:
        raise ValueError("the row exceeds the maximum allowed row size of 1000000 bytes.")
    if len(row) != len(columns):
        raise ValueError(f"{len(row)} fields, expected {len(columns)}.")
    return tuple(_value(text, column) for text, column in zip(row, columns, strict=True))


def _value(text: str, column: _Column) -> Any:
    if text == "":
        # "COPY": an empty field is NULL.
        if column.is_nullable:
            return None
        raise ValueError(f"column {column.name} does not allow nulls.")
    base = column.type.split("(")[0]
    try:
        value = _CONVERTERS[base](text)
    except (ValueError, InvalidOperation) as error:
        raise ValueError(f"column {column.name} is {base}, '{text[:40]}' is not.") from error
    except KeyError as error:
        raise ValueError(f"column {column.name} has a type that COPY does not take.") from error
    low, high = _RANGES.get(base, (None, None))
    if low is not None and high is not None and not low <= value <= high:
        raise ValueError(f"column {column.name} cannot hold {text}: arithmetic overflow.")
    if column.length is not None and len(value) > column.length:
        raise ValueError(f"column {column.name} has {column.length} characters, '{text[:40]}' has {len(value)}.")
    return value


def _float32(text: str) -> float:
    import numpy as np

    return float(np.float32(text))


def _bit(text: str) -> bool:
    if text.lower() in ("0", "1", "true", "false"):
        return text.lower() in ("1", "true")
    raise ValueError(text)


_CONVERTERS: dict[str, Callable[[str], Any]] = {
    "UTINYINT": int,
    "SMALLINT": int,
    "INTEGER": int,
    "BIGINT": int,
    "FLOAT": _float32,
    "DOUBLE": float,
    "DECIMAL": Decimal,
    "BOOLEAN": _bit,
    "VARCHAR": str,
    "BLOB": bytes.fromhex,
    "DATE": date.fromisoformat,
    "TIMESTAMP": datetime.fromisoformat,
    "UUID": str,
}
