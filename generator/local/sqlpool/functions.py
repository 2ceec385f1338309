"""The functions of T-SQL that the pool knows, and what DuckDB calls them. What is not listed is refused.

Source of the list: "T-SQL language elements for dedicated SQL pool". Differences that remain: ``float`` as text has
DuckDB's digits, ``datetime2`` has six fractional digits.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Function:
    """A function: its DuckDB name, how many arguments it takes, and the T-SQL type that it returns.

    ``returns`` is a type, ``same`` (the first argument's) or ``widest`` (of all the arguments).
    """

    duckdb: str
    least: int
    most: int
    returns: str


def _same(name: str, least: int = 1, most: int | None = None) -> Function:
    return Function(name, least, least if most is None else most, "same")


def _float(name: str, count: int = 1) -> Function:
    return Function(name, count, count, "float")


def _text(name: str, least: int, most: int | None = None) -> Function:
    return Function(name, least, least if most is None else most, "nvarchar(4000)")


def _int(name: str, least: int, most: int | None = None, returns: str = "int") -> Function:
    return Function(name, least, least if most is None else most, returns)


def _aggregate(name: str, returns: str, most: int = 1) -> Function:
    return Function(name, most, most, returns)


FUNCTIONS: dict[str, Function] = {
    # Aggregates; AVG, COUNT and SUM get their types in `translate`.
    "AVG": _aggregate("avg", "same"),
    "COUNT": _aggregate("count", "int"),
    "COUNT_BIG": _aggregate("count", "bigint"),
    "MAX": _aggregate("max", "same"),
    "MIN": _aggregate("min", "same"),
    "STDEV": _aggregate("stddev_samp", "float"),
    "STDEVP": _aggregate("stddev_pop", "float"),
    "STRING_AGG": _aggregate("string_agg", "nvarchar(4000)", most=2),
    "SUM": _aggregate("sum", "same"),
    "VAR": _aggregate("var_samp", "float"),
    "VARP": _aggregate("var_pop", "float"),
    # Numbers
    "ABS": _same("abs"),
    "ACOS": _float("acos"),
    "ASIN": _float("asin"),
    "ATAN": _float("atan"),
    "ATN2": _float("atan2", 2),
    "CEILING": _same("ceil"),
    "COS": _float("cos"),
    "COT": _float("cot"),
    "DEGREES": _float("degrees"),
    "EXP": _float("exp"),
    "FLOOR": _same("floor"),
    "LOG": _float("ln"),
    "LOG10": _float("log10"),
    "PI": _float("pi", 0),
    "POWER": _same("tsql_power", 2),
    "RADIANS": _float("radians"),
    "ROUND": _same("round", 2),
    "SIGN": _same("sign"),
    "SIN": _float("sin"),
    "SQRT": _float("tsql_sqrt"),
    "SQUARE": _float("tsql_square"),
    "TAN": _float("tan"),
    # Text
    "ASCII": _int("ascii", 1),
    "CHAR": _text("chr", 1),
    "CHARINDEX": _int("tsql_charindex", 2),
    "CONCAT": _text("concat", 2, 254),
    "CONCAT_WS": _text("concat_ws", 3, 254),
    "DATALENGTH": _int("tsql_datalength", 1),
    "LEFT": _text("left", 2),
    "LEN": _int("tsql_len", 1),
    "LOWER": _text("lower", 1),
    "LTRIM": _text("ltrim", 1),
    "NCHAR": _text("chr", 1),
    "QUOTENAME": _text("tsql_quotename", 1),
    "REPLACE": _text("replace", 3),
    "REPLICATE": _text("repeat", 2),
    "REVERSE": _text("reverse", 1),
    "RIGHT": _text("right", 2),
    "RTRIM": _text("rtrim", 1),
    "SPACE": _text("tsql_space", 1),
    "SUBSTRING": _same("substring", 3),
    "TRIM": _text("trim", 1),
    "UNICODE": _int("unicode", 1),
    "UPPER": _text("upper", 1),
    # Dates; DATEADD, DATEDIFF and DATEPART are in `built`.
    "DATEFROMPARTS": _int("make_date", 3, returns="date"),
    "DAY": _int("day", 1),
    "EOMONTH": _int("last_day", 1, returns="date"),
    "GETDATE": _int("tsql_now", 0, returns="datetime"),
    "GETUTCDATE": _int("tsql_now", 0, returns="datetime"),
    "MONTH": _int("month", 1),
    "SYSDATETIME": _int("tsql_now", 0, returns="datetime2"),
    "SYSUTCDATETIME": _int("tsql_now", 0, returns="datetime2"),
    "YEAR": _int("year", 1),
    # Choices; ISNULL and IIF are in `built`.
    "COALESCE": Function("coalesce", 2, 254, "widest"),
    "NULLIF": _same("nullif", 2),
    # Others
    "NEWID": _int("uuid", 0, returns="uniqueidentifier"),
    # Windows
    "CUME_DIST": _float("cume_dist", 0),
    "DENSE_RANK": _int("dense_rank", 0, returns="bigint"),
    "FIRST_VALUE": _same("first_value"),
    "LAG": _same("lag", 1, 3),
    "LAST_VALUE": _same("last_value"),
    "LEAD": _same("lead", 1, 3),
    "NTILE": _int("ntile", 1, returns="bigint"),
    "PERCENT_RANK": _float("percent_rank", 0),
    "RANK": _int("rank", 0, returns="bigint"),
    "ROW_NUMBER": _int("row_number", 0, returns="bigint"),
}
METADATA = ("DB_NAME", "OBJECT_ID", "SCHEMA_ID")
"""Functions that ask the catalogue; their arguments are literals."""
ERROR_FUNCTIONS = {
    "ERROR_MESSAGE": "nvarchar(4000)",
    "ERROR_NUMBER": "int",
    "ERROR_LINE": "int",
    "XACT_STATE": "smallint",
}
GLOBALS = {"ERROR": "int", "TRANCOUNT": "int"}
"""The ``@@`` functions that are kept; they are not many: the pool's own list has no @@ROWCOUNT."""
DATE_PARTS = {
    "year": "year", "yy": "year", "yyyy": "year", "quarter": "quarter", "qq": "quarter", "q": "quarter",
    "month": "month", "mm": "month", "m": "month", "dayofyear": "dayofyear", "dy": "dayofyear", "y": "dayofyear",
    "day": "day", "dd": "day", "d": "day", "hour": "hour", "hh": "hour", "minute": "minute", "mi": "minute",
    "n": "minute", "second": "second", "ss": "second", "s": "second", "millisecond": "millisecond",
    "ms": "millisecond", "microsecond": "microsecond", "mcs": "microsecond",
}  # fmt: skip

MACROS = (
    "CREATE OR REPLACE MACRO tsql_now() AS CAST(now() AT TIME ZONE 'UTC' AS TIMESTAMP)",
    # LEN does not count blanks at the end ("LEN").
    "CREATE OR REPLACE MACRO tsql_len(x) AS CAST(length(rtrim(CAST(x AS VARCHAR), ' ')) AS INTEGER)",
    "CREATE OR REPLACE MACRO tsql_charindex(part, whole) AS CAST(instr(whole, part) AS INTEGER)",
    """CREATE OR REPLACE MACRO tsql_quotename(x) AS '[' || replace(x, ']', ']]') || ']'""",
    "CREATE OR REPLACE MACRO tsql_space(n) AS repeat(' ', n)",
    "CREATE OR REPLACE MACRO tsql_power(x, y) AS power(x, y)",
    "CREATE OR REPLACE MACRO tsql_square(x) AS CAST(x AS DOUBLE) * CAST(x AS DOUBLE)",
    """CREATE OR REPLACE MACRO tsql_sqrt(x) AS CASE WHEN x < 0
    THEN CAST(error('tsql:3623:An invalid floating point operation occurred.') AS DOUBLE) ELSE sqrt(x) END""",
    "CREATE OR REPLACE MACRO tsql_bytes_of_text(x) AS CAST(2 * length(x) AS INTEGER)",
    "CREATE OR REPLACE MACRO tsql_bytes_of_binary(x) AS octet_length(x)",
    # Integers divide to integers. Where the types are not known before the rows are, the value at least is right.
    """CREATE OR REPLACE MACRO tsql_divide(a, b) AS
    CASE WHEN typeof(a) LIKE '%INT%' AND typeof(b) LIKE '%INT%' THEN trunc(a / b) ELSE a / b END""",
    """CREATE OR REPLACE MACRO tsql_bit_text(x) AS CASE WHEN x THEN '1' WHEN NOT x THEN '0' END""",
    """CREATE OR REPLACE MACRO tsql_whole_text(x, target) AS CASE
    WHEN regexp_full_match(trim(x), '[+-]?[0-9]+') THEN trim(x) WHEN trim(x) = '' THEN '0' WHEN x IS NULL THEN NULL
    ELSE error('tsql:245:Conversion failed when converting the varchar value ''' || x || ''' to data type ' || target || '.') END""",
    "CREATE OR REPLACE MACRO tsql_try_whole(x) AS CASE WHEN regexp_full_match(trim(x), '[+-]?[0-9]+') THEN trim(x) END",
    """CREATE OR REPLACE MACRO tsql_fit(x, most, place) AS CASE WHEN x IS NULL OR length(x) <= most THEN x
    ELSE error('tsql:2628:String or binary data would be truncated in ' || place || '. Truncated value: ''' || x[1:most] || '''.') END""",
    """CREATE OR REPLACE MACRO tsql_fit_bytes(x, most, place) AS CASE WHEN x IS NULL OR octet_length(x) <= most THEN x
    ELSE CAST(error('tsql:2628:String or binary data would be truncated in ' || place || '.') AS BLOB) END""",
)
