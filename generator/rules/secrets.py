"""No secret in plain text: what is committed is read by everyone who reads the repository."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.documents import walk_values
from generator.rules.rule import Finding, Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.rules.rule import Workspace

# What each finds is named without being shown. A value with < { @ * or $ in it is a placeholder or an expression.
_PLAIN = r"[^\s;'\"<>{}@*$&,()\[\]]"
_QUOTED = r"[^'\"<>{}@*$\n]"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("an account key", re.compile(rf"(?i)\bAccountKey\s*=\s*{_PLAIN}{{20,}}")),
    ("a shared access key", re.compile(rf"(?i)\bSharedAccessKey\s*=\s*{_PLAIN}{{20,}}")),
    ("the signature of a shared access signature", re.compile(r"(?i)[?&'\";=]sig=[A-Za-z0-9%+/=]{20,}")),
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")),
    ("a token", re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}")),
    # In a connection string: beside a semicolon, so that a line of Python is none.
    ("a password", re.compile(rf"(?i)(?:^\s*|\b)(?:password|pwd)\s*=\s*{_PLAIN}{{4,}}\s*;")),
    ("a password", re.compile(rf"(?i);\s*(?:password|pwd)\s*=\s*{_PLAIN}{{4,}}\s*(?:[;'\"]|$)")),
    # In T-SQL: WITH PASSWORD = '...', SECRET = '...'.
    ("a password", re.compile(rf"(?i)\bPASSWORD\s*=\s*N?'{_QUOTED}{{4,}}'")),
    ("a secret", re.compile(rf"(?i)\bSECRET\s*=\s*N?'{_QUOTED}{{8,}}'")),
    # In a notebook: password = "...".
    (
        "a password",
        re.compile(
            rf"(?im)^\s*[\w.]*(?:password|passwd|client_?secret|account_?key|access_?key)\s*=\s*[bru]?(['\"]){_QUOTED}{{6,}}\1"
        ),
    ),
)
_MASKED = re.compile(r"\*+")


class PlainSecret(Rule):
    """A secret stands in plain text."""

    code = "SYN140"
    shows_source = False

    def check(self, workspace: Workspace) -> Iterator[Finding]:
        """Look at secure strings, connection strings, notebooks and SQL; the secret itself is not shown."""
        for document in workspace.documents:
            for value, path in walk_values(document.body):
                if found := secret_in(value):
                    yield Finding(
                        document.key,
                        path,
                        f"{found} stands in plain text",
                        hint="keep it in Key Vault and refer to it (AzureKeyVaultSecret, getSecret), and renew it",
                    )


def secret_in(value: Any) -> str | None:
    """Return what secret a text or a secure string holds, not what is below it; None where it holds none."""
    if isinstance(value, str):
        return next((what for what, pattern in _PATTERNS if pattern.search(value)), None)
    return _secure_string(value) if isinstance(value, dict) else None


def _secure_string(value: dict[str, Any]) -> str | None:
    kind = value.get("type")
    if not isinstance(kind, str) or kind.lower() != "securestring":
        return None
    for member, what in (("value", "a secure string"), ("defaultValue", "the default of a secure parameter")):
        text = value.get(member)
        if isinstance(text, str) and text and not text.startswith("@") and not _MASKED.fullmatch(text):
            return what
    return None


RULES: tuple[type[Rule], ...] = (PlainSecret,)
