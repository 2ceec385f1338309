"""DuckDB's complaints in SQL Server's words."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from generator.local.sqlpool.errors import NOT_EMULATED, SqlError
from generator.local.sqlpool.names import TEMPORARY

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

_OURS = re.compile(r"tsql:(\d+):(.*)", re.DOTALL)
# A pattern of DuckDB's message, the number and words of SQL Server. {0} is the pattern's first group.
_WORDS: tuple[tuple[str, int, str], ...] = (
    (r"NOT NULL constraint failed: .*?\.([^.\n]+)$", 515,
     "Cannot insert the value NULL into column '{0}'; column does not allow nulls."),
    (r'Referenced column "(.+?)" (?:was )?not found', 207, "Invalid column name '{0}'."),
    (r'does not have a column named "(.+?)"', 207, "Invalid column name '{0}'."),
    (r'Referenced table "(.+?)" not found', 4104, 'The multi-part identifier "{0}" could not be bound.'),
    (r'Ambiguous reference to column name "(.+?)"', 209, "Ambiguous column name '{0}'."),
    (r'column "(.+?)" must appear in the GROUP BY', 8120,
     ("Column '{0}' is invalid in the select list because it is not contained in either an aggregate function or the "
     "GROUP BY clause.")),
    (r"More than one row returned by a subquery", 512,
     ("Subquery returned more than 1 value. This is not permitted when the subquery follows =, !=, <, <= , >, >= or "
     "when the subquery is used as an expression.")),
    (r"Division by zero", 8134, "Divide by zero error encountered."),
    (r"Overflow in .* of (\w+)", 8115, "Arithmetic overflow error converting expression to data type {0}."),
    (r"out of range for the destination type (\w+)", 8115,
     "Arithmetic overflow error converting expression to data type {0}."),
    (r"Could not cast value .* to (\w+)", 8115, "Arithmetic overflow error converting expression to data type {0}."),
    (r"Casting value .* to type (\w+).* failed: value is out of range", 8115,
     "Arithmetic overflow error converting expression to data type {0}."),
    (r"(?:timestamp|date|time) field value|invalid (?:timestamp|date|time)", 241,
     "Conversion failed when converting date and/or time from character string."),
    (r"Could not convert string '.*' to (?:TIMESTAMP|DATE|TIME)", 241,
     "Conversion failed when converting date and/or time from character string."),
    (r"Could not convert string '.*' to (\w+)", 8114, "Error converting data type varchar to {0}."),
    (r"Current transaction is aborted", 3930,
     ("The current transaction cannot be committed and cannot support operations that write to the log file. Roll back "
     "the transaction.")),
    (r'Schema with name "?(.+?)"? already exists', 2714, "There is already an object named '{0}' in the database."),
    (r"UNION.*(?:same number|number of) ", 205,
     ("All queries combined using a UNION, INTERSECT or EXCEPT operator must have an equal number of expressions in "
     "their target lists.")),
    (r"No function matches .*types '(.+?)'", 402, "The data types of {0} are incompatible in the operator."),
)  # fmt: skip
_TYPES = {"INT8": "tinyint", "UINT8": "tinyint", "INT16": "smallint", "INT32": "int", "INT64": "bigint",
          "INT128": "bigint", "DOUBLE": "float", "FLOAT": "real", "BOOL": "bit", "BOOLEAN": "bit",
          "DECIMAL": "numeric"}  # fmt: skip
_MISSING_TABLE = re.compile(r'Table with name "?(.+?)"? does not exist')


def translated_error(error: duckdb.Error, tables: Iterable[tuple[str, str]]) -> SqlError:
    """Return an error of the pool; ``tables`` are those that there are, to say which was meant."""
    text = str(error).strip()
    ours = _OURS.search(text)
    if ours:
        return SqlError(ours[2].strip(), int(ours[1]))
    first = text.splitlines()[0] if text else "unknown error"
    missing = _MISSING_TABLE.search(first)
    if missing:
        return missing_table(missing[1].replace('"', ""), tables)
    for pattern, number, words in _WORDS:
        match = re.search(pattern, first, re.IGNORECASE)
        if match:
            group = match[1].strip('"') if match.groups() else ""
            return SqlError(words.format(_TYPES.get(group.upper(), group)), number)
    plain = re.sub(r"^(?:\w+ )*Error: ", "", first)
    return SqlError(f"The local SQL pool could not run the statement: {plain}", NOT_EMULATED)


def missing_table(name: str, tables: Iterable[tuple[str, str]]) -> SqlError:
    """Return error 208, with the name that was perhaps meant."""
    shown = "#" + name.removeprefix(TEMPORARY) if name.startswith(TEMPORARY) else name
    known = [f"{schema}.{table}" for schema, table in tables]
    near = difflib.get_close_matches(shown.casefold(), [k.casefold() for k in known], n=1)
    meant = next((k for k in known if near and k.casefold() == near[0]), None)
    return SqlError(f"Invalid object name '{shown}'." + (f" Did you mean '{meant}'?" if meant else ""), 208)
