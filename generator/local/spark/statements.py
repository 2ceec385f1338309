"""The statements of a ``%%sql`` cell."""

from __future__ import annotations

import re

# A string, a quoted name, a comment, or the end of a statement; whatever comes first.
_TOKEN = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:``|[^`])*`|--[^\n]*|/\*.*?\*/|;""", re.DOTALL)


def statements(text: str) -> list[str]:
    """Split Spark SQL at the semicolons that end statements; empty ones and lone comments are left out."""
    found, start = [], 0
    for token in _TOKEN.finditer(text):
        if token[0] == ";":
            found.append(text[start : token.start()])
            start = token.end()
    found.append(text[start:])
    return [statement.strip() for statement in found if _says_something(statement)]


def _says_something(statement: str) -> bool:
    bare = _TOKEN.sub(lambda m: "" if m[0].startswith(("--", "/*")) else m[0], statement)
    return bool(bare.strip())
