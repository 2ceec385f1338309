"""The examples of the page "Expressions and functions in Azure Data Factory and Azure Synapse Analytics"."""

from __future__ import annotations

import re
import zoneinfo
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from generator.expressions import FUNCTIONS, WINDOWS_ZONES, EvaluationError, Scope, evaluate, zones

NOW = datetime(2018, 3, 1, tzinfo=UTC)
SCOPE = Scope(utc_now=lambda: NOW)

DOCUMENTED: list[tuple[str, Any]] = [
    ("add(1, 1.5)", 2.5),
    # The page prints this one's hour as 00, which cannot be: it adds whole days to 13:00.
    ("addDays('2018-03-15T13:00:00Z', 10)", "2018-03-25T13:00:00.0000000Z"),
    ("addDays('2018-03-15T00:00:00Z', -5)", "2018-03-10T00:00:00.0000000Z"),
    ("addHours('2018-03-15T00:00:00Z', 10)", "2018-03-15T10:00:00.0000000Z"),
    ("addHours('2018-03-15T15:00:00Z', -5)", "2018-03-15T10:00:00.0000000Z"),
    ("addMinutes('2018-03-15T00:10:00Z', 10)", "2018-03-15T00:20:00.0000000Z"),
    ("addMinutes('2018-03-15T00:20:00Z', -5)", "2018-03-15T00:15:00.0000000Z"),
    ("addSeconds('2018-03-15T00:00:00Z', 10)", "2018-03-15T00:00:10.0000000Z"),
    ("addSeconds('2018-03-15T00:00:30Z', -5)", "2018-03-15T00:00:25.0000000Z"),
    ("addToTime('2018-01-01T00:00:00Z', 1, 'Day')", "2018-01-02T00:00:00.0000000Z"),
    ("addToTime('2018-01-01T00:00:00Z', 1, 'Day', 'D')", "Tuesday, January 2, 2018"),
    ("and(true, true)", True),
    ("and(false, true)", False),
    ("and(false, false)", False),
    ("and(equals(1, 1), equals(1, 2))", False),
    ("array('hello')", ["hello"]),
    ("base64('hello')", "aGVsbG8="),
    ("base64ToString('aGVsbG8=')", "hello"),
    ("bool(1)", True),
    ("bool(0)", False),
    ("coalesce(null, true, false)", True),
    ("coalesce(null, 'hello', 'world')", "hello"),
    ("coalesce(null, null, null)", None),
    ("concat('Hello', 'World')", "HelloWorld"),
    ("concat('Baba', '''s ', 'book store')", "Baba's book store"),
    ("contains('hello world', 'world')", True),
    ("contains('hello world', 'universe')", False),
    ("convertFromUtc('2018-01-01T08:00:00.0000000Z', 'Pacific Standard Time', 'D')", "Monday, January 1, 2018"),
    ("convertTimeZone('2018-01-01T08:00:00.0000000Z', 'UTC', 'Pacific Standard Time')", "2018-01-01T00:00:00.0000000"),
    ("convertTimeZone('2018-01-01T08:00:00.0000000Z', 'UTC', 'Pacific Standard Time', 'D')", "Monday, January 1, 2018"),
    ("convertToUtc('01/01/2018 00:00:00', 'Pacific Standard Time')", "2018-01-01T08:00:00.0000000Z"),
    ("convertToUtc('01/01/2018 00:00:00', 'Pacific Standard Time', 'D')", "Monday, January 1, 2018"),
    ("createArray('h', 'e', 'l', 'l', 'o')", ["h", "e", "l", "l", "o"]),
    ("dataUri('hello')", "data:text/plain;charset=utf-8;base64,aGVsbG8="),
    ("dataUriToString('data:text/plain;charset=utf-8;base64,aGVsbG8=')", "hello"),
    ("dayOfMonth('2018-03-15T13:27:36Z')", 15),
    # The page says 3, but also that Sunday is 0; that day was a Thursday.
    ("dayOfWeek('2018-03-15T13:27:36Z')", 4),
    ("dayOfYear('2018-03-15T13:27:36Z')", 74),
    ("decodeBase64('aGVsbG8=')", "hello"),
    ("decodeUriComponent('http%3A%2F%2Fcontoso.com')", "http://contoso.com"),
    ("div(10, 5)", 2),
    ("div(11, 5)", 2),
    ("encodeUriComponent('https://contoso.com')", "https%3A%2F%2Fcontoso.com"),
    ("empty('')", True),
    ("empty('abc')", False),
    ("endsWith('hello world', 'world')", True),
    ("endsWith('hello world', 'universe')", False),
    ("equals(true, 1)", True),
    ("equals('abc', 'abcd')", False),
    ("first('hello')", "h"),
    ("first(createArray(0, 1, 2))", 0),
    ("float('10.333')", 10.333),
    ("formatDateTime('03/15/2018 12:00:00', 'yyyy-MM-ddTHH:mm:ss')", "2018-03-15T12:00:00"),
    ("getFutureTime(5, 'Day')", "2018-03-06T00:00:00.0000000Z"),
    ("getFutureTime(5, 'Day', 'D')", "Tuesday, March 6, 2018"),
    ("getPastTime(5, 'Day')", "2018-02-24T00:00:00.0000000Z"),
    ("greater(10, 5)", True),
    ("greater('apple', 'banana')", False),
    ("greaterOrEquals(5, 5)", True),
    ("greaterOrEquals('apple', 'banana')", False),
    ("if(equals(1, 1), 'yes', 'no')", "yes"),
    ("indexOf('hello world', 'world')", 6),
    ("int('10')", 10),
    ("json('[1, 2, 3]')", [1, 2, 3]),
    ('json(\'{"fullName": "Sophia Owen"}\')', {"fullName": "Sophia Owen"}),
    ("json(null)", {}),
    ("intersection(createArray(1, 2, 3), createArray(101, 2, 1, 10), createArray(6, 8, 1, 2))", [1, 2]),
    ("join(createArray('a', 'b', 'c'), '.')", "a.b.c"),
    ("last('abcd')", "d"),
    ("last(createArray(0, 1, 2, 3))", 3),
    ("lastIndexOf('hello world', 'world')", 6),
    ("length('abcd')", 4),
    ("length(createArray(0, 1, 2, 3))", 4),
    ("less(5, 10)", True),
    ("less('banana', 'apple')", False),
    ("lessOrEquals(10, 10)", True),
    ("lessOrEquals('apply', 'apple')", False),
    ("max(1, 2, 3)", 3),
    ("max(createArray(1, 2, 3))", 3),
    ("min(1, 2, 3)", 1),
    ("min(createArray(1, 2, 3))", 1),
    ("mod(3, 2)", 1),
    ("mul(1, 2)", 2),
    ("mul(1.5, 2)", 3),
    ("not(false)", True),
    ("not(equals(1, 1))", False),
    ("or(true, false)", True),
    ("or(equals(1, 2), equals(1, 3))", False),
    ("range(1, 4)", [1, 2, 3, 4]),
    ("replace('the old string', 'old', 'new')", "the new string"),
    ("skip(createArray(0, 1, 2, 3), 1)", [1, 2, 3]),
    ("split('a_b_c', '_')", ["a", "b", "c"]),
    ("startOfDay('2018-03-15T13:30:30Z')", "2018-03-15T00:00:00.0000000Z"),
    ("startOfHour('2018-03-15T13:30:30Z')", "2018-03-15T13:00:00.0000000Z"),
    ("startOfMonth('2018-03-15T13:30:30Z')", "2018-03-01T00:00:00.0000000Z"),
    ("startsWith('hello world', 'hello')", True),
    ("startsWith('hello world', 'greetings')", False),
    ("string(10)", "10"),
    ("sub(10.3, .3)", 10),
    ("substring('hello world', 6, 5)", "world"),
    ("subtractFromTime('2018-01-02T00:00:00Z', 1, 'Day')", "2018-01-01T00:00:00.0000000Z"),
    ("subtractFromTime('2018-01-02T00:00:00Z', 1, 'Day', 'D')", "Monday, January 1, 2018"),
    ("take('abcde', 3)", "abc"),
    ("take(createArray(0, 1, 2, 3, 4), 3)", [0, 1, 2]),
    ("toLower('Hello World')", "hello world"),
    ("toUpper('Hello World')", "HELLO WORLD"),
    ("trim(' Hello World  ')", "Hello World"),
    ("union(createArray(1, 2, 3), createArray(1, 2, 10, 101))", [1, 2, 3, 10, 101]),
    ("uriComponent('https://contoso.com')", "https%3A%2F%2Fcontoso.com"),
    ("uriComponentToString('http%3A%2F%2Fcontoso.com')", "http://contoso.com"),
    ("utcNow()", "2018-03-01T00:00:00.0000000Z"),
    ("utcNow('D')", "Thursday, March 1, 2018"),
]


@pytest.mark.parametrize(("expression", "expected"), DOCUMENTED, ids=[e for e, _ in DOCUMENTED])
def test_documented_example(expression: str, expected: object) -> None:
    value = evaluate(f"@{expression}", SCOPE)
    assert value == expected
    assert type(value) is type(expected) or isinstance(value, float)


OTHERS: list[tuple[str, Any]] = [
    ("UTCNOW()", "2018-03-01T00:00:00.0000000Z"),
    ("div(7, 2)", 3),
    ("div(-7, 2)", -3),
    ("div(7, 2.0)", 3.5),
    ("mod(-7, 2)", -1),
    ("mod(7, -2)", 1),
    ("ticks('2018-01-01T00:00:00Z')", 636503616000000000),
    ("sub(ticks('2018-01-01T00:00:00.1234567Z'), ticks('2018-01-01T00:00:00Z'))", 1234567),
    # A third s means no more than two, in .NET and in pipelines of real workspaces.
    ("formatDateTime('2018-01-01T00:00:05Z', 'yyyy-MM-dd HH:mm:sss')", "2018-01-01 00:00:05"),
    ("formatDateTime('2018-01-09T15:04:05.678Z', 'd-M-yy h:m:s.fff tt')", "9-1-18 3:4:5.678 PM"),
    ("formatDateTime('2018-01-09T00:04:05Z', 'ddd, dd MMM yyyy hh:mm t')", "Tue, 09 Jan 2018 12:04 A"),
    ("formatDateTime('2018-01-09T15:04:05.5Z', 'ss.FFF')", "05.5"),
    ("formatDateTime('2018-01-09T15:04:05Z', '%d')", "9"),
    ("formatDateTime('2018-01-09T15:04:05Z', '\\d''dd''\"MM\"')", "dddMM"),
    ("formatDateTime('2018-01-09T15:04:05Z', 'd')", "1/9/2018"),
    ("formatDateTime('2018-01-09T15:04:05Z', 'r')", "Tue, 09 Jan 2018 15:04:05 GMT"),
    ("formatDateTime('2018-01-09T15:04:05Z', 'yyyyMMdd_HHmmss')", "20180109_150405"),
    ("formatDateTime('2018-01-09T15:04:05Z', 'yyyy-MM-dd zzz')", "2018-01-09 +00:00"),
    ("formatDateTime('03/15/2018')", "2018-03-15T00:00:00.0000000"),
    ("formatDateTime('03/15/2018 01:30 PM', 's')", "2018-03-15T13:30:00"),
    ("formatDateTime('2018-03-15T12:00:00+02:00')", "2018-03-15T10:00:00.0000000Z"),
    ("addToTime('2024-01-31T00:00:00Z', 1, 'Month')", "2024-02-29T00:00:00.0000000Z"),
    ("subtractFromTime('2024-02-29T00:00:00Z', 1, 'Year')", "2023-02-28T00:00:00.0000000Z"),
    ("addToTime('2024-01-31T00:00:00.1234567Z', 1, 'Month')", "2024-02-29T00:00:00.1234567Z"),
    ("convertFromUtc('2018-07-01T12:00:00Z', 'W. Europe Standard Time')", "2018-07-01T14:00:00.0000000"),
    ("convertFromUtc('2018-07-01T12:00:00Z', 'Europe/Berlin', 'HH:mm')", "14:00"),
    ("convertToUtc('2018-07-01T12:00:00', 'GMT Standard Time')", "2018-07-01T11:00:00.0000000Z"),
    ("string(true)", "True"),
    ("string(null)", ""),
    ("string(json('{\"a\": [1, 2.5, null, true]}'))", '{"a":[1,2.5,null,true]}'),
    ("string(1.0)", "1"),
    ("concat('a', 1, null, true)", "a1True"),
    ("empty(null)", True),
    ("empty(json('{}'))", True),
    ("contains(json('{\"a\": 1}'), 'a')", True),
    ("contains(createArray(1, 2), 2)", True),
    ("endsWith('file.CSV', '.csv')", True),
    ("split('abc', '')", ["abc"]),
    ("int('-3')", -3),
    ("bool('False')", False),
    ('union(json(\'{"a": 1}\'), json(\'{"a": 2, "b": 3}\'))', {"a": 2, "b": 3}),
    ('intersection(json(\'{"a": 1, "b": 2}\'), json(\'{"a": 1, "b": 3}\'))', {"a": 1}),
    ("first('')", None),
    ("last(json('[]'))", None),
    ("equals(1, 1.0)", True),
    ("equals('a', 'A')", False),
    ("if(equals(1, 2), div(1, 0), 'not evaluated')", "not evaluated"),
    ("uriComponentToString(replace(uriComponent('Contoso-\nCorporation'), '%0A', ''))", "Contoso-Corporation"),
]


@pytest.mark.parametrize(("expression", "expected"), OTHERS, ids=[e for e, _ in OTHERS])
def test_value(expression: str, expected: object) -> None:
    value = evaluate(f"@{expression}", SCOPE)
    assert value == expected
    assert type(value) is type(expected)


FAILING: list[tuple[str, str]] = [
    ("nosuch(1)", "'nosuch' is no function"),
    ("conact('a')", "did you mean 'concat'?"),
    ("and(true, true, true)", "The function 'and' takes 2 arguments, not 3"),
    ("not()", "The function 'not' takes 1 argument, not 0"),
    ("concat()", "takes at least 1 argument, not 0"),
    ("utcNow('D', 'x')", "takes 0 to 1 argument, not 2"),
    (
        "add('1', 2)",
        "expects its first parameter to be an integer or a decimal number. The provided value is of type 'Str",
    ),
    (
        "add(1, true)",
        "expects its second parameter to be an integer or a decimal number. The provided value is of type 'Boo",
    ),
    ("length(5)", "expects its parameter to be an array or a string. The provided value is of type 'Integer'"),
    ("and(true, 'x')", "expects its second parameter to be a boolean"),
    ("if('x', 1, 2)", "expects its first parameter to be a boolean. The provided value is of type 'String'"),
    ("greater('a', 1)", "expects its second parameter to be a string"),
    ("contains(1, 1)", "expects its first parameter to be an array, an object or a string"),
    ("div(1, 0)", "The function 'div' expects its second parameter not to be zero"),
    ("mod(1, 0)", "not to be zero"),
    ("int('10.5')", 'The value "10.5" cannot be converted to the target type'),
    ("int('ten')", "was invoked with a parameter that is not valid"),
    ("float('x')", "cannot be converted"),
    ("bool('yes')", "cannot be converted"),
    ("json('{')", "expects JSON text"),
    ("json(1)", "expects its parameter to be a string"),
    ("substring('abc', 2, 5)", "start 2 and length 5 in a string of 3 characters"),
    ("substring('abc', -1, 1)", "out of range"),
    ("take('abc', -1)", "takes no negative count"),
    ("replace('a', '', 'b')", "cannot replace an empty string"),
    ("base64ToString('*')", "expects text in base64"),
    ("dataUriToString('x')", "expects a data URI"),
    ("max(json('[]'))", "at least one"),
    ("max(1, 'a')", "expects its second parameter to be an integer"),
    ("rand(5, 5)", "to be less than its second"),
    ("range(1, -1)", "expects a count"),
    ("union(createArray(1), json('{}'))", "expects its second parameter to be an array or an object"),
    ("formatDateTime('tomorrow')", "cannot take the date time string 'tomorrow': it must match ISO 8601"),
    ("formatDateTime('2018-02-30')", "must match ISO 8601"),
    ("formatDateTime('2018-02-03', 'x')", "'x' is no standard date and time format"),
    ("formatDateTime('2018-02-03', 'ffffffff')", "at most seven digits"),
    ("addDays('9999-12-31', 2)", "leaves the range of dates"),
    ("addToTime('2018-01-01', 200000, 'Year')", "leaves the range of dates"),
    ("addToTime('2018-01-01', 1, 'Fortnight')", "knows no time unit 'fortnight'"),
    ("convertFromUtc('2018-01-01T00:00:00Z', 'Moon Time')", "does not know the time zone 'Moon Time'"),
    ("convertFromUtc('2018-01-01T00:00:00Z', '../etc/passwd')", "does not know the time zone"),
    ("guid('Q')", "knows the formats"),
    ("xml('<a/>')", "The function 'xml' exists in Synapse but is not supported in a local run"),
    ("trigger().startTime", "'trigger' exists in Synapse but is not supported"),
]


@pytest.mark.parametrize(("expression", "message"), FAILING, ids=[e for e, _ in FAILING])
def test_refused_with_the_reason(expression: str, message: str) -> None:
    with pytest.raises(EvaluationError, match=re.escape(message)) as caught:
        evaluate(f"@{expression}", SCOPE)
    assert f"@{expression}" in str(caught.value)


@pytest.mark.parametrize(
    ("form", "pattern"),
    [("'D'", r"[0-9a-f-]{36}"), ("'N'", r"[0-9a-f]{32}"), ("'P'", r"\([0-9a-f-]{36}\)"), ("", r"[0-9a-f-]{36}")],
)
def test_guid_has_the_form_and_is_new_each_time(form: str, pattern: str) -> None:
    first, second = (evaluate(f"@guid({form})", SCOPE) for _ in range(2))
    assert re.fullmatch(pattern, first)
    assert first != second


def test_rand_stays_in_its_range() -> None:
    assert {evaluate("@rand(1, 4)", SCOPE) for _ in range(200)} == {1, 2, 3}


def test_the_clock_counts_in_utc_whatever_its_zone() -> None:
    scope = Scope(utc_now=lambda: datetime(2018, 3, 1, 2, tzinfo=timezone(timedelta(hours=2))))
    assert evaluate("@utcNow('HH:mm')", scope) == "00:00"


def test_the_table_holds_every_documented_function() -> None:
    documented = [
        "concat",
        "endsWith",
        "guid",
        "indexOf",
        "lastIndexOf",
        "replace",
        "split",
        "startsWith",
        "substring",
        "toLower",
        "toUpper",
        "trim",
        "contains",
        "empty",
        "first",
        "intersection",
        "join",
        "last",
        "length",
        "skip",
        "take",
        "union",
        "and",
        "equals",
        "greater",
        "greaterOrEquals",
        "if",
        "less",
        "lessOrEquals",
        "not",
        "or",
        "array",
        "base64",
        "base64ToBinary",
        "base64ToString",
        "binary",
        "bool",
        "coalesce",
        "createArray",
        "dataUri",
        "dataUriToBinary",
        "dataUriToString",
        "decodeBase64",
        "decodeDataUri",
        "decodeUriComponent",
        "encodeUriComponent",
        "float",
        "int",
        "json",
        "string",
        "uriComponent",
        "uriComponentToBinary",
        "uriComponentToString",
        "xml",
        "xpath",
        "add",
        "div",
        "max",
        "min",
        "mod",
        "mul",
        "rand",
        "range",
        "sub",
        "addDays",
        "addHours",
        "addMinutes",
        "addSeconds",
        "addToTime",
        "convertFromUtc",
        "convertTimeZone",
        "convertToUtc",
        "dayOfMonth",
        "dayOfWeek",
        "dayOfYear",
        "formatDateTime",
        "getFutureTime",
        "getPastTime",
        "startOfDay",
        "startOfHour",
        "startOfMonth",
        "subtractFromTime",
        "ticks",
        "utcNow",
    ]
    assert set(documented) <= {f.name for f in FUNCTIONS.values()}


def test_a_machine_without_time_zone_data_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> zoneinfo.ZoneInfo:
        raise zoneinfo.ZoneInfoNotFoundError(name)

    monkeypatch.setattr(zones, "ZoneInfo", missing)
    with pytest.raises(EvaluationError, match="no time zone data: install the package tzdata"):
        evaluate("@convertFromUtc('2018-01-01T08:00:00Z', 'Pacific Standard Time')", SCOPE)
    assert evaluate("@convertToUtc('2018-01-01T08:00:00', 'UTC', 'HH')", SCOPE) == "08"


def test_every_windows_zone_is_a_zone_of_iana() -> None:
    assert set(WINDOWS_ZONES.values()) <= zoneinfo.available_timezones()
