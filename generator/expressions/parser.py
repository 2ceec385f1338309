"""Parses the text of a document's value: ``@expression``, ``text @{expression} text``, or plain text.

Source: "Expressions and functions in Azure Data Factory and Azure Synapse Analytics", section Expressions.
"""

from __future__ import annotations

import re

from generator.expressions.syntax import Access, Call, Literal, Node, Template

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<string>'(?:[^']|'')*')"
    r"|(?P<name>[^\W\d][\w$]*)|(?P<sign>\?\.|\?\[|[()\[\],.]))"
)
_CLOSE = re.compile(r"\s*\}")
_SPACE = re.compile(r"\s*")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_DEEPEST = 100  # calls inside calls; a limit of this parser, far above what people write


class ExpressionSyntaxError(ValueError):
    """A text is no expression; ``offset`` counts characters from its start, and ``message`` says what is wrong."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def parse(text: str) -> Template:
    """Parse a value's text; ExpressionSyntaxError says where it is none.

    ``@@`` at the start stands for a plain ``@``, and ``@@{`` anywhere for a plain ``@{``.
    """
    if text.startswith("@") and not text.startswith(("@@", "@{")):
        parser = _Parser(text, 1)
        node = parser.expression(0)
        parser.end()
        return Template((node,), is_whole=True)
    if text.startswith("@@") and not text.startswith("@@{"):
        return _interpolated(text, 1)
    return _interpolated(text, 0)


def quote_string(text: str) -> str:
    """Return a string literal of the expression language."""
    return "'" + text.replace("'", "''") + "'"


def _interpolated(text: str, position: int) -> Template:
    parts: list[str | Node] = []
    plain: list[str] = []
    while (at := text.find("@{", position)) >= 0:
        if at > position and text[at - 1] == "@":
            plain.append(text[position : at - 1] + "@{")
            position = at + 2
            continue
        plain.append(text[position:at])
        parser = _Parser(text, at + 2)
        node = parser.expression(0)
        position = parser.close_brace()
        parts += ["".join(plain), node]
        plain = []
    plain.append(text[position:])
    parts.append("".join(plain))
    kept = tuple(p for p in parts if p != "")
    return Template(kept or ("",), is_whole=False)


class _Parser:
    """A recursive descent over one expression."""

    def __init__(self, text: str, position: int) -> None:
        self._text = text
        self._position = position

    def expression(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise self._error(f"the expression is nested more than {_DEEPEST} deep")
        node = self._primary(depth)
        while True:
            start = self._position
            sign = self._sign_or_none()
            at = self._after_space()
            if sign in (".", "?."):
                node = Access(node, Literal(self._property_name(), at), sign == "?.", at)
            elif sign in ("[", "?["):
                key = self.expression(depth + 1)
                self._sign("]")
                node = Access(node, key, sign == "?[", at)
            else:
                self._position = start
                return node

    def end(self) -> None:
        if self._rest():
            raise self._error(f"unexpected {self._rest()[0]!r} after the end of the expression")

    def close_brace(self) -> int:
        match = _CLOSE.match(self._text, self._position)
        if match is None:
            raise self._error(f"unexpected {self._rest()[0]!r}" if self._rest() else "the '@{' is not closed")
        return match.end()

    def _primary(self, depth: int) -> Node:
        at = self._after_space()
        start = self._position
        match = self._match()
        if match is None or match["sign"] is not None:
            self._position = start
            raise self._no_value()
        if match["string"] is not None:
            return Literal(match["string"][1:-1].replace("''", "'"), at)
        if match["number"] is not None:
            return Literal(_number(match["number"]), at)
        return self._call_or_word(match["name"], at, depth)

    def _call_or_word(self, name: str, at: int, depth: int) -> Node:
        start = self._position
        if self._sign_or_none() != "(":
            self._position = start
            if name.lower() in _WORDS:
                return Literal(_WORDS[name.lower()], at)
            raise ExpressionSyntaxError(f"{name!r} is no value: a function is called as {name}(), text is quoted", at)
        arguments: list[Node] = []
        start = self._position
        if self._sign_or_none() != ")":
            self._position = start
            arguments.append(self.expression(depth + 1))
            while self._sign(",", ")") == ",":
                arguments.append(self.expression(depth + 1))
        return Call(name, tuple(arguments), at)

    def _match(self) -> re.Match[str] | None:
        match = _TOKEN.match(self._text, self._position)
        if match:
            self._position = match.end()
        return match

    def _sign_or_none(self) -> str | None:
        match = self._match()
        return match["sign"] if match else None

    def _sign(self, *wanted: str) -> str:
        start = self._position
        sign = self._sign_or_none()
        if sign is None or sign not in wanted:
            self._position = start
            found = f", not {self._rest()[0]!r}" if self._rest() else ""
            raise self._error(f"{' or '.join(repr(w) for w in wanted)} is expected here{found}")
        return sign

    def _property_name(self) -> str:
        start = self._position
        match = self._match()
        if match is None or match["name"] is None:
            self._position = start
            raise self._error("a property's name is expected after the dot; use ['...'] for other characters")
        return str(match["name"])

    def _no_value(self) -> ExpressionSyntaxError:
        rest = self._rest()
        if not rest:
            return self._error("an expression is missing")
        if rest[0] == "'":
            return self._error("the text in single quotes is not closed; a quote inside it is written ''")
        if rest[0] == '"':
            return self._error("text stands in single quotes")
        return self._error(f"a value or a function is expected, not {rest[0]!r}")

    def _rest(self) -> str:
        return self._text[self._after_space() :]

    def _after_space(self) -> int:
        match = _SPACE.match(self._text, self._position)
        return match.end() if match else self._position

    def _error(self, message: str) -> ExpressionSyntaxError:
        return ExpressionSyntaxError(message, self._after_space())


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)
