"""JSON into plain values with positions (RFC 8259; NaN and Infinity are refused, and so are duplicate keys)."""

from __future__ import annotations

import json
import re
from json import decoder
from math import isinf
from typing import Any, NoReturn

from generator.diagnostics import Diagnostic, Findings, Location, SynapseGenError
from generator.source.document import KeyPath, Position, SourceDocument
from generator.source.lines import LineIndex

DEEPEST = 200
_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}


def load_json(text: str, display: str) -> SourceDocument:
    """Parse a JSON text.

    Raises SYN004 (syntax), SYN005 (duplicate keys, all of them), SYN006 (nested too deeply).
    """
    reader = _Reader(text, display)
    value = reader.read()
    reader.findings.raise_errors()
    return SourceDocument(display, text, value, reader.positions)


class _Reader:
    """A recursive descent over the text; each method takes an offset and returns a value and the offset behind it."""

    def __init__(self, text: str, display: str) -> None:
        self._text = text
        self._display = display
        self._lines = LineIndex(text)
        self.findings = Findings()
        self.positions: dict[KeyPath, Position] = {}

    def read(self) -> Any:
        value, end = self._value(self._skip(0), (), None)
        end = self._skip(end)
        if end != len(self._text):
            self._fail("nothing may follow the value", end)
        return value

    def _skip(self, offset: int) -> int:
        match = _SPACE.match(self._text, offset)
        return match.end() if match else offset

    def _value(self, start: int, path: KeyPath, key_start: int | None) -> tuple[Any, int]:
        if len(path) > DEEPEST:
            raise SynapseGenError(self._diagnostic("SYN006", f"values are nested more than {DEEPEST} deep", start))
        # Its place in the order of the file; where it ends is known only below.
        self.positions[path] = Position(start, start, key_start)
        value: Any
        character = self._text[start : start + 1]
        if character == "{":
            value, end = self._object(start, path)
        elif character == "[":
            value, end = self._array(start, path)
        elif character == '"':
            value, end = self._string(start)
        else:
            value, end = self._word_or_number(start)
        self.positions[path] = Position(start, end, key_start)
        return value, end

    def _object(self, start: int, path: KeyPath) -> tuple[dict[str, Any], int]:
        value: dict[str, Any] = {}
        first: dict[str, int] = {}
        at = self._skip(start + 1)
        if self._text[at : at + 1] == "}":
            return value, at + 1
        while True:
            if self._text[at : at + 1] != '"':
                self._fail('a key in double quotes is expected, or "}" after the last value', at)
            key, end = self._string(at)
            if key in first:
                line, column = self._lines.place(first[key])
                message = f'the key "{key}" stands twice; the first is at {line}:{column}'
                self.findings.add(self._diagnostic("SYN005", message, at))
            first.setdefault(key, at)
            colon = self._skip(end)
            if self._text[colon : colon + 1] != ":":
                self._fail('":" is expected after a key', colon)
            value[key], end = self._value(self._skip(colon + 1), (*path, key), at)
            at = self._skip(end)
            if self._text[at : at + 1] == "}":
                return value, at + 1
            at = self._comma(at, start)

    def _array(self, start: int, path: KeyPath) -> tuple[list[Any], int]:
        items: list[Any] = []
        at = self._skip(start + 1)
        if self._text[at : at + 1] == "]":
            return items, at + 1
        while True:
            item, end = self._value(at, (*path, len(items)), None)
            items.append(item)
            at = self._skip(end)
            if self._text[at : at + 1] == "]":
                return items, at + 1
            at = self._comma(at, start)

    def _comma(self, at: int, opened: int) -> int:
        if self._text[at : at + 1] != ",":
            line, column = self._lines.place(opened)
            bracket = self._text[opened]
            closing = {"{": "}", "[": "]"}[bracket]
            self._fail(f'"," or "{closing}" is missing to close the "{bracket}" at {line}:{column}', at)
        return self._skip(at + 1)

    def _string(self, start: int) -> tuple[str, int]:
        try:
            # Typeshed leaves it out; the standard library's own scanner calls it.
            value, end = decoder.scanstring(self._text, start + 1, True)  # type: ignore[attr-defined]
        except json.JSONDecodeError as error:
            self._fail(_STRING_PROBLEMS.get(error.msg, error.msg), error.pos)
        if _SURROGATE.search(value):
            self._fail(r"half of a pair of \u escapes stands alone", start)
        return value, end

    def _word_or_number(self, start: int) -> tuple[Any, int]:
        for word, value in _WORDS.items():
            if self._text.startswith(word, start):
                return value, start + len(word)
        match = _NUMBER.match(self._text, start)
        if match is None:
            self._fail("a value is expected here", start)
        whole, fraction, exponent = match.groups()
        try:
            number: float = float(match[0]) if fraction or exponent else int(whole)
        except ValueError:  # more than the 4300 digits that Python converts
            self._fail("this number has too many digits", start)
        if isinf(number):
            self._fail("this number is too large", start)
        return number, match.end()

    def _diagnostic(self, code: str, message: str, offset: int) -> Diagnostic:
        line, column = self._lines.place(offset)
        return Diagnostic(code, message, Location(self._display, line, column), source_line=self._lines.line(line))

    def _fail(self, message: str, offset: int) -> NoReturn:
        finding = self._diagnostic("SYN004", f"this is no JSON: {message}", offset)
        raise SynapseGenError(*self.findings.diagnostics, finding)


_STRING_PROBLEMS = {
    "Unterminated string starting at": "the quote that opens here is never closed",
    "Invalid control character at": "a control character (a line break, a tab) is written as an escape inside quotes",
}
