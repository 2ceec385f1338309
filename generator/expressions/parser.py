"""Parses the text of a document's value: ``@expression``, ``text @{expression} text``, or plain text."""

from __future__ import annotations

import re

from generator.expressions.syntax import Access, Call, Literal, Node, Template

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<string>'(?:[^']|'')*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<sign>\?\.|\?\[|[()\[\],.]))"
)
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_DEEPEST = 200


class ExpressionSyntaxError(ValueError):
    """A text is no expression; ``offset`` counts characters from its start."""

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
        text, shift = text[1:], 1
    else:
        shift = 0
    return _interpolated(text, shift)


def _interpolated(text: str, shift: int) -> Template:
    parts: list[str | Node] = []
    plain: list[str] = []
    position = 0
    while position < len(text):
        at = text.find("@{", position)
        if at < 0:
            break
        if at > 0 and text[at - 1] == "@" and at - 1 >= position:
            plain.append(text[position : at - 1] + "@{")
            position = at + 2
            continue
        plain.append(text[position:at])
        parser = _Parser(text, at + 2, shift)
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

    def __init__(self, text: str, position: int, shift: int = 0) -> None:
        self._text = text
        self._position = position
        self._shift = shift

    def expression(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise self._error("the expression is nested too deeply")
        node = self._primary(depth)
        while True:
            start = self._position
            match = self._match()
            sign = match["sign"] if match else None
            if sign in (".", "?."):
                name = self._take("name", "a name after the dot")
                node = Access(node, Literal(name, self._position), sign == "?.", start + self._shift)
            elif sign in ("[", "?["):
                key = self.expression(depth + 1)
                self._sign("]")
                node = Access(node, key, sign == "?[", start + self._shift)
            else:
                self._position = start
                return node

    def end(self) -> None:
        if self._text[self._position :].strip():
            raise self._error(f"unexpected {self._text[self._position :].strip()[0]!r} after the expression")

    def close_brace(self) -> int:
        match = re.compile(r"\s*\}").match(self._text, self._position)
        if match is None:
            raise self._error("the '@{' is not closed")
        return match.end()

    def _primary(self, depth: int) -> Node:
        start = self._position
        match = self._match()
        if match is None:
            raise self._error("an expression is missing" if not self._rest() else f"unexpected {self._rest()[0]!r}")
        at = match.start(match.lastgroup or 0) + self._shift
        if match["string"] is not None:
            return Literal(match["string"][1:-1].replace("''", "'"), at)
        if match["number"] is not None:
            text = match["number"]
            return Literal(int(text) if text.lstrip("-").isdigit() else float(text), at)
        if match["name"] is not None:
            return self._call_or_word(match["name"], at, depth)
        self._position = start
        raise self._error(f"unexpected {match['sign']!r}")

    def _call_or_word(self, name: str, at: int, depth: int) -> Node:
        start = self._position
        match = self._match()
        if match is None or match["sign"] != "(":
            self._position = start
            if name.lower() in _WORDS:
                return Literal(_WORDS[name.lower()], at)
            raise ExpressionSyntaxError(f"{name} is no value; text stands in single quotes", at)
        arguments: list[Node] = []
        start = self._position
        match = self._match()
        if match is None or match["sign"] != ")":
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

    def _take(self, group: str, wanted: str) -> str:
        match = self._match()
        if match is None or match[group] is None:
            raise self._error(f"{wanted} is missing")
        return str(match[group])

    def _sign(self, *wanted: str) -> str:
        start = self._position
        match = self._match()
        if match is None or match["sign"] not in wanted:
            self._position = start
            raise self._error(f"{' or '.join(repr(w) for w in wanted)} is missing")
        return str(match["sign"])

    def _rest(self) -> str:
        return self._text[self._position :].strip()

    def _error(self, message: str) -> ExpressionSyntaxError:
        return ExpressionSyntaxError(message, self._position + self._shift)
