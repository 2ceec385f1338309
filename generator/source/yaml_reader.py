"""YAML into plain values with positions.

The values are made here, from libyaml's events, so that duplicate keys, tags and runaway aliases are refused with their
place. Keys are always text, so ``on:`` is a key and no boolean. Plain scalars are read as PyYAML reads them
(YAML 1.1), but for three forms that surprise people, which stay text: ``10:30`` (base 60), dates, ``012`` (octal).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from generator.diagnostics import Diagnostic, Findings, Location, SynapseGenError
from generator.source.document import KeyPath, Position, SourceDocument
from generator.source.lines import LineIndex
from generator.source.yaml_problems import explain

if TYPE_CHECKING:
    from generator.source.yaml_problems import Problem

MOST_VALUES = 200_000
"""Values in a file, those behind an alias counted at each use: a few lines of YAML can stand for billions."""
DEEPEST = 60
# "Character set" of the YAML specification: the printable ones, without the byte order mark inside a text.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_TRUE = {"yes", "true", "on"}
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_PREFIXED = re.compile(r"[-+]?0[bx][0-9a-fA-F_]+")
_SPACE = " \t\r\n\x85\u2028\u2029"
_ANCHOR = re.compile(rf"&[A-Za-z0-9_-]+(?:[{_SPACE}]+(?:#[^\r\n]*)?)*")
_TAG = "tag:yaml.org,2002:"


def load_yaml(text: str, display: str) -> SourceDocument:
    """Parse one YAML document.

    Raises SYN004 (syntax), SYN005 (duplicate keys, all of them), SYN006 (tags, merge keys, several documents, nested
    too deeply or too large).
    """
    reader = _Reader(text, display)
    value = reader.read()
    reader.findings.raise_errors()
    return SourceDocument(display, text, value, dict(reader.positions))


class _Reader:
    """Makes plain values of events and notes where each came from."""

    def __init__(self, text: str, display: str) -> None:
        self._text = text
        self._display = display
        self._lines = LineIndex(text)
        self._events: Any = None
        self._collection_end = 0
        self._anchors: dict[str, tuple[Any, list[tuple[KeyPath, Position]]] | None] = {}
        self.findings = Findings()
        self.positions: list[tuple[KeyPath, Position]] = []

    def read(self) -> Any:
        """Read the only document; None where it has no value."""
        unprintable = _UNPRINTABLE.search(self._text)
        if unprintable:
            self._fail(
                "SYN004", f"the character U+{ord(unprintable[0]):04X} is not allowed in YAML", unprintable.start()
            )
        loader: Any = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader
        self._events = loader(self._text)
        try:
            return self._document()
        except yaml.MarkedYAMLError as error:
            problem = explain(error, self._text, self._lines)
            raise self._syntax_error(problem) from error
        except yaml.YAMLError as error:
            raise SynapseGenError(Diagnostic("SYN004", f"this is no YAML: {error}", Location(self._display))) from error
        finally:
            self._events.dispose()

    def _next(self) -> Any:
        return self._events.get_event()

    def _document(self) -> Any:
        self._next()  # StreamStart
        if self._events.check_event(yaml.StreamEndEvent):
            return None
        self._next()  # DocumentStart
        value = self._node(self._next(), (), None)
        self._next()  # DocumentEnd
        following = self._next()
        if not isinstance(following, yaml.StreamEndEvent):
            self._fail("SYN006", "a second document begins here; a file holds one", _offset(following.start_mark))
        return value

    def _node(self, event: Any, path: KeyPath, key_start: int | None) -> Any:
        start = _offset(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path, key_start)
        if event.tag is not None:
            self._fail("SYN006", f"tags such as {_short_tag(event.tag)} are not allowed; write the plain value", start)
        if len(path) > DEEPEST:
            self._fail("SYN006", f"values are nested more than {DEEPEST} deep", start)
        end = _offset(event.end_mark)
        if event.anchor is not None:
            # The value of "&name" alone is nothing, and stands there.
            behind = _behind_anchor(self._text, start)
            start, end = (behind, end) if getattr(event, "value", None) != "" else (start, start)
        before = len(self.positions)
        self._note(path, Position(start, self._trimmed(start, end), key_start), start)
        if event.anchor is not None:
            self._anchors[event.anchor] = None  # still being read
        value = self._value(event, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, [(p[len(path) :], at) for p, at in self.positions[before:]])
        return value

    def _value(self, event: Any, path: KeyPath) -> Any:
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        number = len(self.positions) - 1
        value = self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._sequence(path)
        position = self.positions[number][1]
        end = self._trimmed(position.start, self._collection_end)  # only now is it known
        self.positions[number] = (path, Position(position.start, end, position.key_start))
        return value

    def _trimmed(self, start: int, end: int) -> int:
        # libyaml's end of a block is where the next token begins.
        return start + len(self._text[start:end].rstrip(_SPACE))

    def _sequence(self, path: KeyPath) -> list[Any]:
        items: list[Any] = []
        event = self._next()
        while not isinstance(event, yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items)), None))
            event = self._next()
        self._collection_end = _offset(event.end_mark)
        return items

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        value: dict[str, Any] = {}
        first: dict[str, int] = {}
        event = self._next()
        while not isinstance(event, yaml.MappingEndEvent):
            start = _offset(event.start_mark)
            key = self._key(event, start)
            if key in first:
                line, column = self._lines.place(first[key])
                message = f'the key "{key}" stands twice; the first is at {line}:{column}'
                self.findings.add(self._diagnostic("SYN005", message, start))
            first.setdefault(key, start)
            value[key] = self._node(self._next(), (*path, key), start)
            event = self._next()
        self._collection_end = _offset(event.end_mark)
        return value

    def _key(self, event: Any, start: int) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._fail("SYN006", "a key is a word; this is an alias, a list or a mapping", start)
        if event.tag is not None:
            self._fail("SYN006", f"tags such as {_short_tag(event.tag)} are not allowed", start)
        if event.value == "<<" and event.implicit[0]:
            self._fail("SYN006", "merge keys (<<) are not supported; write the keys out", start)
        if event.anchor is not None:
            self._anchors[event.anchor] = (event.value, [((), Position(start, _offset(event.end_mark)))])
        return str(event.value)

    def _alias(self, event: Any, path: KeyPath, key_start: int | None) -> Any:
        start = _offset(event.start_mark)
        if event.anchor not in self._anchors:
            self._fail("SYN004", f"this is no YAML: *{event.anchor} has no anchor &{event.anchor} before it", start)
        anchored = self._anchors[event.anchor]
        if anchored is None:
            self._fail("SYN006", f"*{event.anchor} stands inside its own anchor, without end", start)
        value, positions = anchored
        if len(path) + max(len(inner) for inner, _ in positions) > DEEPEST:
            self._fail("SYN006", f"values are nested more than {DEEPEST} deep", start)
        for inner, position in positions:
            # The text to mend is the anchor's; the key is the one before the alias.
            own = position if inner else Position(position.start, position.end, key_start)
            self._note((*path, *inner), own, start)
        return value

    def _scalar(self, event: Any) -> Any:
        text = str(event.value)
        if not event.implicit[0]:  # quoted, or a block
            return text
        tag = self._events.resolve(yaml.ScalarNode, text, event.implicit).removeprefix(_TAG)
        if tag == "null":
            return None
        if tag == "bool":
            return text.lower() in _TRUE
        try:
            return _number(tag, text)
        except ValueError:
            self._fail("SYN004", "this is no number, or one with too many digits", _offset(event.start_mark))

    def _note(self, path: KeyPath, position: Position, start: int) -> None:
        self.positions.append((path, position))
        if len(self.positions) > MOST_VALUES:
            message = f"the file stands for more than {MOST_VALUES:,} values; aliases multiply them"
            self._fail("SYN006", message, start)

    def _syntax_error(self, problem: Problem) -> SynapseGenError:
        found = self._diagnostic("SYN004", problem.message, problem.offset)
        finding = Diagnostic(found.code, found.message, found.location, found.severity, found.source_line, problem.hint)
        return SynapseGenError(*self.findings.diagnostics, finding)

    def _diagnostic(self, code: str, message: str, offset: int) -> Diagnostic:
        line, column = self._lines.place(offset)
        return Diagnostic(code, message, Location(self._display, line, column), source_line=self._lines.line(line))

    def _fail(self, code: str, message: str, offset: int) -> NoReturn:
        raise SynapseGenError(*self.findings.diagnostics, self._diagnostic(code, message, offset))


def _number(tag: str, text: str) -> int | float | str:
    """Return the number that a plain scalar is, or its text; ValueError for one that Python cannot convert."""
    digits = text.replace("_", "")
    if tag == "int" and _DECIMAL.fullmatch(text):
        return int(digits)
    if tag == "int" and _PREFIXED.fullmatch(text):
        return int(digits, 0)
    if tag == "float" and ":" not in text:
        return float(digits.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _behind_anchor(text: str, start: int) -> int:
    match = _ANCHOR.match(text, start)
    return match.end() if match else start


def _offset(mark: Any) -> int:
    # Characters from the beginning; libyaml counts them alike, whatever it takes for a line break.
    return int(mark.index)


def _short_tag(tag: str) -> str:
    return tag.replace(_TAG, "!!", 1)
