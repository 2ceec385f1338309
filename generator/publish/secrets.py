"""Secrets are shown and kept nowhere: blanked in what a plan shows, and named where a history would have to keep them."""

from __future__ import annotations

from typing import Any

from generator.documents import walk_values
from generator.rules.secrets import secret_in

BLANK = "***"


def without_secrets(value: Any) -> Any:
    """Return a JSON value with every text and secure string that holds a secret blanked."""
    if isinstance(value, str):
        return BLANK if secret_in(value) else value
    if isinstance(value, list):
        return [without_secrets(item) for item in value]
    if isinstance(value, dict):
        is_secure = secret_in(value) is not None
        return {
            k: BLANK if is_secure and k in ("value", "defaultValue") else without_secrets(v) for k, v in value.items()
        }
    return value


def holds_secret(properties: Any) -> bool:
    """Whether any value of a document is a secret in plain text."""
    return any(secret_in(value) is not None for value, _ in walk_values(properties))
