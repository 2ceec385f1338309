"""COPY INTO as written: its table, columns, files and options.

Source: "COPY (Transact-SQL)".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.local.sqlpool.errors import SqlError, unsupported
from generator.local.sqlpool.reader import Reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from generator.local.sqlpool.statements import Text
    from generator.tsql.tokens import Token

_OPTIONS = {"FILE_TYPE", "FILE_FORMAT", "CREDENTIAL", "FIRSTROW", "FIELDTERMINATOR", "FIELDQUOTE", "ROWTERMINATOR",
            "ENCODING", "DATEFORMAT", "MAXERRORS", "ERRORFILE", "ERRORFILE_CREDENTIAL", "COMPRESSION",
            "IDENTITY_INSERT", "AUTO_CREATE_TABLE"}  # fmt: skip
_UNSUPPORTED = {"FILE_FORMAT", "IDENTITY_INSERT", "AUTO_CREATE_TABLE"}
_CREDENTIALS = {"managed identity", "shared access signature", "storage account key"}
_DATE_FORMATS = {"mdy", "dmy", "ymd", "ydm", "myd", "dym"}


@dataclass(frozen=True, slots=True)
class CopyColumn:
    """A column of the list: the default that stands in for null, and the field, from 1, that goes into it."""

    name: str
    default: str | None = None
    field: int | None = None


@dataclass(frozen=True, slots=True)
class CsvFormat:
    """How a CSV file is written."""

    first_row: int = 1
    field_terminator: str = ","
    row_terminator: str = "\r\n"
    quote: str = '"'
    encoding: str = "utf-8-sig"
    date_format: str = "mdy"
    is_gzip: bool | None = None
    """None: by the file's name."""


@dataclass(frozen=True, slots=True)
class CopyStatement:
    """A COPY INTO, read."""

    schema: str
    table: str
    columns: tuple[CopyColumn, ...]
    locations: tuple[str, ...]
    file_type: str
    format: CsvFormat
    most_errors: int
    error_folder: str | None


def parse_copy(text: Text) -> CopyStatement:
    """Read COPY INTO; SqlError for what is not in its syntax."""
    reader = Reader(text)
    reader.take("COPY")
    reader.take("INTO")
    schema, table = reader.name()
    following = reader.peek()
    listed = reader.parenthesised() if following is not None and following.text == "(" else []
    reader.take("FROM")
    locations = [_string(reader)]
    while reader.found(","):
        locations.append(_string(reader))
    options: dict[str, str] = {}
    if reader.found("WITH"):
        for part in reader.parenthesised():
            _option(text, part, options)
    reader.end()
    file_type = options.get("FILE_TYPE", "CSV").upper()
    if file_type not in ("CSV", "PARQUET"):
        raise unsupported(f"FILE_TYPE = '{file_type}'", *text.place())
    return CopyStatement(
        schema,
        table,
        tuple(_column(text, part) for part in listed),
        tuple(locations),
        file_type,
        _format(text, options),
        _number(text, options, "MAXERRORS", 0, least=0),
        options.get("ERRORFILE"),
    )


def _string(reader: Reader) -> str:
    token = reader.take()
    if token.kind != "string":
        raise reader.error(token)
    return token.value


def _column(text: Text, tokens: Sequence[Token]) -> CopyColumn:
    reader = Reader(text.part(tokens))
    name, default, field = reader.bare_name(), None, None
    if reader.found("DEFAULT"):
        token = reader.take()
        if token.kind not in ("string", "number"):
            raise reader.error(token)
        default = token.value if token.kind == "string" else token.text
    token_ = reader.peek()
    if token_ is not None and token_.kind == "number" and token_.text.isdigit() and int(token_.text) > 0:
        field = int(reader.take().text)
    reader.end()
    return CopyColumn(name, default, field)


def _option(text: Text, part: Sequence[Token], options: dict[str, str]) -> None:
    if not part:
        raise SqlError("Incorrect syntax near ')'.", 103010, *text.place())
    reader = Reader(text.part(part))
    token = reader.take()
    name = token.upper
    if name not in _OPTIONS:
        raise reader.error(token)
    if name in _UNSUPPORTED:
        raise unsupported(f"the option {name} of COPY", *text.place(token))
    reader.take("=")
    if name in ("CREDENTIAL", "ERRORFILE_CREDENTIAL"):
        _credential(text, reader)
        return
    value = reader.take()
    if value.kind not in ("string", "number"):
        raise reader.error(value)
    reader.end()
    options[name] = value.value if value.kind == "string" else value.text


def _credential(text: Text, reader: Reader) -> None:
    """Check the form of a credential; locally every file of the workspace may be read."""
    found: dict[str, str] = {}
    for part in reader.parenthesised():
        if len(part) != 3 or part[0].upper not in ("IDENTITY", "SECRET") or part[1].text != "=":
            raise reader.error(part[0] if part else None)
        found[part[0].upper] = part[2].value if part[2].kind == "string" else ""
    reader.end()
    identity = found.get("IDENTITY", "")
    if identity.lower() not in _CREDENTIALS and "@" not in identity:
        raise SqlError(f"The IDENTITY '{identity}' of CREDENTIAL is none that COPY knows: 'Managed Identity', 'Shared "
                       "Access Signature', 'Storage Account Key' or <client id>@<token endpoint>.", 105034, *text.place())  # fmt: skip
    if identity.lower() != "managed identity" and not found.get("SECRET"):
        raise SqlError(f"CREDENTIAL with the IDENTITY '{identity}' needs a SECRET.", 105034, *text.place())


def _format(text: Text, options: dict[str, str]) -> CsvFormat:
    quote = options.get("FIELDQUOTE", '"')
    quote = _characters(quote) if quote else quote
    encoding = options.get("ENCODING", "UTF8").upper()
    compression = options.get("COMPRESSION", "").upper()
    dates = options.get("DATEFORMAT", "mdy").lower()
    if len(quote) > 1 or not quote.isascii():
        raise SqlError("FIELDQUOTE is one ASCII character.", 105034, *text.place())
    if encoding not in ("UTF8", "UTF16"):
        raise SqlError(f"ENCODING is UTF8 or UTF16, not {encoding}.", 105034, *text.place())
    if compression not in ("", "NONE", "GZIP", "SNAPPY"):
        raise unsupported(f"COMPRESSION = '{compression}'", *text.place())
    if dates not in _DATE_FORMATS:
        raise SqlError(f"'{dates}' is no DATEFORMAT.", 105034, *text.place())
    row = options.get("ROWTERMINATOR", "\\n")
    return CsvFormat(
        _number(text, options, "FIRSTROW", 1, least=1),
        _characters(options.get("FIELDTERMINATOR", ",")),
        # COPY puts \r before \n: only 0x0A means a line feed alone.
        "\r\n" if row == "\\n" else _characters(row),
        quote,
        "utf-8-sig" if encoding == "UTF8" else "utf-16",
        dates,
        {"GZIP": True, "NONE": False}.get(compression),
    )


def _number(text: Text, options: dict[str, str], name: str, default: int, *, least: int) -> int:
    value = options.get(name)
    if value is None:
        return default
    if not value.isdigit() or int(value) < least:
        raise SqlError(f"{name} is a number from {least}, not '{value}'.", 105034, *text.place())
    return int(value)


def _characters(text: str) -> str:
    if text.lower().startswith("0x"):
        try:
            return bytes.fromhex(text[2:]).decode("ascii")
        except ValueError:
            raise SqlError(f"'{text}' stands for no ASCII characters.", 105034) from None
    return text.replace("\\t", "\t").replace("\\r", "\r").replace("\\n", "\n")
