"""Keeps credentials out of what is shown of activities."""

from __future__ import annotations

from typing import Any

HIDDEN = "**********"
_HEADERS = ("authorization", "proxy-authorization", "cookie", "set-cookie", "api-key", "x-api-key", "x-functions-key")
_MEMBERS = ("password", "pfx", "servicePrincipalKey")


def redacted(value: Any) -> Any:
    """Return a JSON value with the headers and members that hold credentials hidden, at any depth."""
    if isinstance(value, dict):
        return {key: HIDDEN if _is_secret(key, inner) else redacted(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [redacted(inner) for inner in value]
    return value


def _is_secret(key: str, value: Any) -> bool:
    if isinstance(value, dict) and value.get("type") == "SecureString":
        return True
    return bool(value) and (key.lower() in _HEADERS or key in _MEMBERS)
