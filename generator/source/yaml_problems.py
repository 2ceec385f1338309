"""libyaml's complaints in plain words, at the place where people have to look."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generator.source.lines import LineIndex


@dataclass(frozen=True, slots=True)
class Problem:
    """A syntax error: what, at which offset of the text, and what to do."""

    message: str
    offset: int
    hint: str | None = None


_QUOTE = "put text that begins with one of []{}&*!|>%@` in quotes"
_COLON = 'put text that holds ": " in quotes; keys of one mapping stand in one column'
_INDENT = "keys of one mapping stand in one column; indent with spaces"

# The problem as libyaml words it (scanner.c, parser.c) -> our sentence and what to do.
_SENTENCES: dict[str, tuple[str, str | None]] = {
    "mapping values are not allowed in this context": ('a ":" is not expected here', _COLON),
    "block sequence entries are not allowed in this context": (
        'a list item ("- ") is not expected here',
        "begin the list on a line of its own",
    ),
    "did not find expected key": (
        "a key is expected here",
        "check the quotes before it; keys of one mapping stand in one column",
    ),
    "did not find expected '-' indicator": ('a list item ("- ") is expected here', _INDENT),
    "did not find expected node content": ("a value is expected here", None),
    "could not find expected ':'": ('a ":" is missing after this key', "a mapping is written key: value"),
    "did not find expected <document start>": ("the document is already complete here", _INDENT),
    "found unknown escape character": (
        "this backslash begins no escape that YAML knows",
        r"in double quotes write \\, or use single quotes",
    ),
    "found incompatible YAML document": ("only YAML 1.1 and 1.2 can be read", "leave the %YAML line out"),
    "exceeded maximum nesting depth": ("brackets are nested too deeply", None),
}


def explain(error: Any, text: str, lines: LineIndex) -> Problem:
    """Put a ``yaml.MarkedYAMLError`` of a text into plain words."""
    problem = str(error.problem or error)
    mark, context = error.problem_mark, error.context_mark
    offset = mark.index if mark else context.index if context else 0
    began = context.index if context else offset
    false_space = _nearest_false_space(text, offset)
    if false_space is not None:
        return _not_a_space(text, false_space)
    if problem == "found character that cannot start any token":
        return _bad_start(text, offset)
    if problem == "found unexpected end of stream" and "quoted" in str(error.context):
        return Problem("this is no YAML: the quote that opens here is never closed", began)
    if problem in ("did not find expected ',' or ']'", "did not find expected ',' or '}'"):
        line, column = lines.place(began)
        closing = problem[-2]
        return Problem(
            f'this is no YAML: "," or "{closing}" is missing to close the "{text[began]}" at {line}:{column}', offset
        )
    sentence, hint = _SENTENCES.get(problem, (problem, None))
    return Problem(f"this is no YAML: {sentence}", offset, hint)


def _nearest_false_space(text: str, offset: int) -> int | None:
    """Return where the error's line, or the one before it, is indented with what only looks like a space."""
    lines = list(_LINE.finditer(text, 0, min(len(text), offset + 1)))[-2:]
    found = [match.start("false") for match in lines if match["false"]]
    return found[-1] if found else None


# An indentation copied from a web page or an editor of texts. YAML takes these for letters.
_LINE = re.compile(r"^[ ]*(?P<false>[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000])?", re.MULTILINE)


def _not_a_space(text: str, offset: int) -> Problem:
    message = f"this is no YAML: the character U+{ord(text[offset]):04X} looks like a space and is none"
    return Problem(message, offset, "indent with plain spaces")


def _bad_start(text: str, offset: int) -> Problem:
    character = text[offset : offset + 1]
    if character == "\t":
        return Problem("this is no YAML: a tab cannot indent", offset, "indent with spaces")
    return Problem(f'this is no YAML: a value cannot begin with "{character}"', offset, _QUOTE)
