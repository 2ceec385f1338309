"""Secrets are shown and kept nowhere: blanked in what a plan shows, and named where a history would have to keep them.

More is taken for one than by the rule about committed secrets (SYN140), because a workspace holds what nobody reviewed:
also a text in a member that is called ``password``, and lines that are a secret only together.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from generator.rules.secrets import secret_in

if TYPE_CHECKING:
    from collections.abc import Iterator

BLANK = "***"
_VALUES = ("value", "defaultValue")
# Members of connectors' typeProperties and of headers (azure-synapse-artifacts 0.22.0, the LinkedService models).
_NAMES = (
    "accessKey",
    "accessToken",
    "accountKey",
    "apiKey",
    "apiToken",
    "authorization",
    "clientSecret",
    "functionKey",
    "ocp-apim-subscription-key",
    "passphrase",
    "password",
    "privateKey",
    "pwd",
    "sasToken",
    "secretAccessKey",
    "servicePrincipalKey",
    "x-functions-key",
)
# With a prefix in a Spark configuration; the last are options of hadoop-azure, which end with the account's host.
_NAMED = re.compile(
    rf"(?i)(?:.*[._-])?(?:{'|'.join(_NAMES)})|(?:.*\.)?fs\.azure\.(?:account\.key|sas|account\.oauth2\.client\.secret)(?:\..*)?"
)
_IN_TEXT = re.compile(rf"""(?i)["'](?:{"|".join(_NAMES)})\\?["']\s*:\s*\\?["'][^'"<>{{}}@$*\s\\]{{4,}}\\?["']""")
"""JSON, or Python, in a text: ``"password": "..."``."""
_HINTS = ("key", "sig=", "pass", "pwd", "secret", "token", "eyj", "authorization")
"""One is in every text that any pattern finds: most texts have none, and a workspace has some hundred thousand."""
_KEY_BEGINS = "PRIVATE KEY-----"
SHORTEST = 4
"""Characters; shorter secrets are not looked for inside of other texts."""


def secrets_of(*documents: Any) -> frozenset[str]:
    """Return the texts that are secrets where they stand in some documents: they are to be shown nowhere else either."""
    return frozenset(text for document in documents for value in _values(document) for text in _secrets(value))


def without_secrets(value: Any, known: frozenset[str] = frozenset()) -> Any:
    """Return a JSON value with every text that is, holds or stands for a secret blanked; ``known`` are others."""
    if isinstance(value, str):
        return BLANK if _is_secret(value) or any(_shows(value, secret) for secret in known) else value
    if isinstance(value, list):
        inside = known.union(_secrets(value))
        return [without_secrets(item, inside) for item in value]
    if isinstance(value, dict):
        inside = known.union(_secrets(value))
        return {_name(k, inside): without_secrets(v, inside) for k, v in value.items()}
    return value


def holds_secret(properties: Any) -> bool:
    """Whether any value of a document is a secret in plain text."""
    return any(_is_secret(value) or any(_secrets(value)) for value in _values(properties))


def _values(whole: Any) -> Iterator[Any]:
    # Without places: a history looks at everything that a publish replaces.
    waiting = [whole]
    while waiting:
        value = waiting.pop()
        yield value
        if value.__class__ is dict:
            waiting.extend(value.values())
        elif value.__class__ is list:
            waiting.extend(value)


def _name(name: str, known: frozenset[str]) -> str:
    # A short one is more likely a name that happens to be somebody's password.
    return BLANK if any(len(secret) >= SHORTEST and secret in name for secret in known) else name


def _shows(text: str, secret: str) -> bool:
    return text == secret or (len(secret) >= SHORTEST and secret in text)


def _is_secret(value: Any) -> bool:
    if value.__class__ is not str:
        return False
    folded = value.lower()
    for hint in _HINTS:
        if hint in folded:
            return secret_in(value) is not None or _IN_TEXT.search(value) is not None
    return False


@lru_cache(maxsize=4096)
def _is_named(name: str) -> bool:
    return _NAMED.fullmatch(name) is not None


def _secrets(value: Any) -> Iterator[str]:
    """Yield the texts directly in a list or an object that are secrets by what is around them."""
    if value.__class__ is list:
        if all(item.__class__ is str for item in value) and _is_secret_together(value):
            yield from value
    elif value.__class__ is dict:
        if secret_in(value) is not None:
            yield from (value[name] for name in _VALUES if isinstance(value.get(name), str) and value[name])
        for name, inner in value.items():
            if _is_named(name):
                texts = [inner.get(n) for n in _VALUES] if isinstance(inner, dict) else [inner]
                yield from (text for text in texts if isinstance(text, str) and _is_plain(text))


def _is_secret_together(lines: list[str]) -> bool:
    text = "\n".join(line.removesuffix("\n") for line in lines)
    if not (_is_secret(text) or _is_secret("".join(lines))):
        return False
    # A line that is a secret alone is blanked alone, but a private key goes on.
    return _KEY_BEGINS in text or not any(_is_secret(line) for line in lines)


def _is_plain(text: str) -> bool:
    """Whether a text is meant as it stands: no expression, no placeholder, not masked already."""
    return bool(text.strip("*")) and not text.startswith(("@", "<", "$")) and "@{" not in text
