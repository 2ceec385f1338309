"""COPY INTO: files of the lake into a table, all of their rows or none.

Source: "COPY (Transact-SQL)": FIRSTROW counts in each file; MAXERRORS rows may be left out; an empty field is null;
hexadecimal text lands in varbinary as bytes. A row has 1 MB at most ("Table data types for dedicated SQL pool").
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from generator.local.lake import LakePathError
from generator.local.sqlpool.copy_files import ACCESS_FAILED, CsvRow, LakeFile, csv_rows, files_of
from generator.local.sqlpool.copy_statement import CopyColumn, CopyStatement
from generator.local.sqlpool.copy_values import MISMATCH, FieldError, arrow_type, converter
from generator.local.sqlpool.errors import SqlError
from generator.local.sqlpool.names import FRAME, duckdb_name, quoted, shown

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb
    import pyarrow as pa

    from generator.local.lake import LakePaths
    from generator.local.sqlpool.catalogue import Catalogue
    from generator.tsql.types import SqlType

_LARGEST_ROW = 1_000_000
_FRAME = f"{FRAME}_copied"


@dataclass(frozen=True, slots=True)
class _Target:
    """A column that is loaded: the field that it takes (from 0), and how."""

    name: str
    type: SqlType
    is_nullable: bool
    field: int
    default: Any
    convert: Callable[[str], Any]


@dataclass(slots=True)
class _Rejected:
    """Rows that were left out, with the reasons."""

    most: int
    rows: list[tuple[LakeFile, CsvRow, str]] = field(default_factory=list)

    def add(self, file: LakeFile, row: CsvRow, reason: str) -> None:
        """Leave a row out; SqlError where that is one too many."""
        self.rows.append((file, row, reason))
        if len(self.rows) > self.most:
            raise SqlError(f"{reason} Rejected rows: {len(self.rows)}, MAXERRORS: {self.most}.", 13812)


def copy_into(
    statement: CopyStatement, connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, lake: LakePaths
) -> int:
    """Run COPY INTO; returns the number of rows loaded."""
    targets = _targets(statement, catalogue)
    files = files_of(statement.locations, lake)
    if statement.file_type == "PARQUET":
        rows = _parquet_rows(files, targets)
    else:
        rejected = _Rejected(statement.most_errors)
        try:
            rows = _csv_table(files, targets, statement, rejected)
        finally:
            if statement.error_folder is not None and rejected.rows:
                _write_rejected(rejected, statement.error_folder, files[0], lake)
    if not rows.num_rows:
        return 0
    connection.register(_FRAME, rows)
    try:
        names = ", ".join(quoted(t.name) for t in targets)
        target = duckdb_name(statement.schema, statement.table)
        connection.execute(f"INSERT INTO {target} ({names}) SELECT * FROM {_FRAME}")
    finally:
        connection.unregister(_FRAME)
    return int(rows.num_rows)


def _targets(statement: CopyStatement, catalogue: Catalogue) -> list[_Target]:
    definitions = catalogue.definitions(statement.schema, statement.table)
    if not definitions:
        raise SqlError(f"Invalid object name '{shown(statement.schema, statement.table)}'.", 208)
    known = {name.casefold(): (name, kind, null) for name, kind, null, _ in definitions}
    wanted = statement.columns or tuple(CopyColumn(name) for name, *_ in definitions)
    if len({c.name.casefold() for c in wanted}) < len(wanted):
        raise SqlError("A column is listed more than once in the column list of COPY.", 264)
    targets = []
    for position, column in enumerate(wanted):
        if column.name.casefold() not in known:
            raise SqlError(f"Invalid column name '{column.name}'.", 207)
        name, kind, is_nullable = known[column.name.casefold()]
        convert = converter(kind, statement.format.date_format)
        try:
            default = None if column.default is None else convert(column.default)
        except FieldError as error:
            raise SqlError(f"The default of column '{name}' is no {kind.ddl}.", 13812) from error
        targets.append(_Target(name, kind, is_nullable, (column.field or position + 1) - 1, default, convert))
    return targets


def _csv_table(
    files: list[LakeFile], targets: list[_Target], statement: CopyStatement, rejected: _Rejected
) -> pa.Table:
    import pyarrow as pa

    values: list[list[Any]] = [[] for _ in targets]
    has_fields = any(c.field for c in statement.columns)
    for file in files:
        for row in csv_rows(file, statement.format):
            reason = _load(row, targets, values, None if has_fields else len(targets))
            if reason is not None:
                rejected.add(file, row, f"{reason} in data file {file.url}.{_sample(row)}")
    arrays = [pa.array(column, arrow_type(t.type)) for column, t in zip(values, targets, strict=True)]
    return pa.table(arrays, names=[t.name for t in targets])


def _load(row: CsvRow, targets: list[_Target], values: list[list[Any]], width: int | None) -> str | None:
    """Add a row's values to the columns; returns why it cannot be, and then adds nothing."""
    if row.size > _LARGEST_ROW:
        return f"Row {row.number} exceeds the maximum allowed row size of {_LARGEST_ROW} bytes"
    if width is not None and len(row.fields) != width:
        return (f"Bulk load failed: row {row.number} has {len(row.fields)} columns, expected {width}. Verify that the "
                "field terminator and row terminator are specified correctly")  # fmt: skip
    made = []
    for number, target in enumerate(targets, start=1):
        if target.field >= len(row.fields):
            return f"Bulk load failed: row {row.number} has no column {target.field + 1}"
        text = row.fields[target.field]
        is_empty = text == "" and not (row.quoted[target.field] and target.type.is_text)
        try:
            value = target.default if is_empty else target.convert(text)
        except FieldError as error:
            return f"Bulk load data conversion error ({error}) for row {row.number}, column {number} ({target.name})"
        if value is None and not target.is_nullable:
            return f"Bulk load failed: null in row {row.number}, column {number} ({target.name}), which does not allow nulls"
        made.append(value)
    for column, value in zip(values, made, strict=True):
        column.append(value)
    return None


def _sample(row: CsvRow) -> str:
    shown_row = ",".join(row.fields)
    return f" The row begins: {shown_row[:80]}."


def _parquet_rows(files: list[LakeFile], targets: list[_Target]) -> pa.Table:
    """Read Parquet files; the n-th field goes into the n-th column, as with CSV."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    parts = []
    for file in files:
        try:
            table = pq.ParquetFile(file.path).read()
        except (OSError, pa.ArrowException) as error:
            raise SqlError(f"External file access failed: {file.url} is no Parquet file.", ACCESS_FAILED) from error
        columns = []
        for number, target in enumerate(targets, start=1):
            if target.field >= table.num_columns:
                raise SqlError(f"Parquet file {file.url} has {table.num_columns} columns, column {target.field + 1} "
                               f"({target.name}) is not in it.", 13812)  # fmt: skip
            columns.append(_parquet_column(table.column(target.field), target, number, file))
        parts.append(pa.table(columns, names=[t.name for t in targets]))
    return pa.concat_tables(parts)


def _parquet_column(column: pa.ChunkedArray, target: _Target, number: int, file: LakeFile) -> pa.ChunkedArray:
    import pyarrow as pa
    import pyarrow.compute as pc

    def failed(reason: str) -> SqlError:
        return SqlError(f"Bulk load data conversion error ({reason}) for column {number} ({target.name}) in data file "
                        f"{file.url}: {column.type} into {target.type.ddl}.", 13812)  # fmt: skip

    text_into_other = pa.types.is_string(column.type) and not target.type.is_text
    if text_into_other or (target.type.is_text and not pa.types.is_string(column.type)):
        raise failed(MISMATCH)
    if target.default is not None:
        column = column.fill_null(pa.scalar(target.default, column.type))
    if column.null_count and not target.is_nullable:
        raise SqlError(f"Cannot insert the value NULL into column '{target.name}'; column does not allow nulls.", 515)
    try:
        made = column.cast(arrow_type(target.type))
    except pa.ArrowException as error:
        raise failed(MISMATCH) from error
    longest = target.type.length if target.type.is_text and not target.type.is_max else None
    if longest is not None and (pc.max(pc.utf8_length(made)).as_py() or 0) > longest:
        raise failed("truncation")
    return made


def _write_rejected(rejected: _Rejected, folder: str, first: LakeFile, lake: LakePaths) -> None:
    """Write the rows left out and the reasons below ``folder/_rejectedrows/<time>/``, as ERRORFILE says."""
    base = folder.rstrip("/")
    if "://" not in base:
        base = "/".join(first.url.split("/")[:4]) + "/" + base.strip("/")
    try:
        place = lake.local_path(base) / "_rejectedrows" / datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
        place.mkdir(parents=True)
        (place / "Row.csv").write_text("\n".join(",".join(r.fields) for _, r, _ in rejected.rows) + "\n", "utf-8")
        (place / "Error.csv").write_text("\n".join(reason for *_, reason in rejected.rows) + "\n", "utf-8")
    except (LakePathError, OSError) as error:
        raise SqlError(f"The ERRORFILE '{folder}' cannot be written: {error}.", ACCESS_FAILED) from error
