"""Secrets and tokens of one embedded workspace: made at random, kept readable by their owner alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from generator.local.files import write_atomic

if TYPE_CHECKING:
    from generator.local.ports import LocalSettings

LIFETIME = 3600
"""Seconds for which a token is good, as those of the Microsoft identity platform are by default."""
_TOKEN = re.compile(r"\blocal\.[A-Za-z0-9_=-]{40,}\.[0-9a-f]{64}\b")


@dataclass(frozen=True, slots=True)
class Keyring:
    """The vault's secrets by name, and the key that signs tokens."""

    secrets: dict[str, str]
    signing_key: bytes

    def issue(self, subject: str, audience: str, lifetime: float = LIFETIME) -> str:
        """Return a token that says who asked for what, until when (``lifetime`` in seconds)."""
        claims = {"sub": subject, "aud": _resource(audience), "exp": int(time.time() + lifetime)}
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
        return f"local.{payload}.{self._sign(payload)}"

    def claims(self, token: str) -> dict[str, Any] | None:
        """Return what one of our tokens says; None for one that is not ours or no longer good."""
        parts = token.split(".")
        if len(parts) != 3 or not self._is_signature(parts[2], parts[1]):
            return None
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(parts[1]))
        return claims if claims["exp"] > time.time() else None

    def accepts(self, authorization: str, audience: str) -> bool:
        """Whether an Authorization header carries one of our tokens for ``audience``."""
        claims = self.claims(authorization.removeprefix("Bearer "))
        return claims is not None and bool(claims["aud"] == _resource(audience))

    def sign_path(self, path: str) -> str:
        """Return the signature of a download's path."""
        return self._sign(path)

    def is_signed(self, path: str, signature: str) -> bool:
        """Whether a signature is the one of a path."""
        return self._is_signature(signature, path)

    def is_secret(self, value: str) -> bool:
        """Whether a value is one of the vault's secrets."""
        return any(hmac.compare_digest(value.encode(), secret.encode()) for secret in self.secrets.values())

    def _is_signature(self, given: str, text: str) -> bool:
        # As bytes: text with other letters than ASCII's would be refused with an error.
        return hmac.compare_digest(given.encode(), self._sign(text).encode())

    def _sign(self, text: str) -> str:
        return hmac.new(self.signing_key, text.encode(), hashlib.sha256).hexdigest()


def without_tokens(text: str, instead: str) -> str:
    """Return a text with something else in the place of every token of an embedded workspace."""
    return _TOKEN.sub(instead, text)


def _resource(audience: str) -> str:
    return audience.removesuffix("/.default").rstrip("/")


def load_keyring(settings: LocalSettings) -> Keyring:
    """Read the workspace's secrets; made at the first use."""
    path = settings.root / "secrets.json"
    kept: dict[str, str] = json.loads(path.read_bytes()) if path.exists() else {}
    names = ("signing key", *settings.secret_names)
    missing = {name: secrets.token_urlsafe(32) for name in names if name not in kept}
    if missing:
        kept |= missing
        write_atomic(path, json.dumps(kept).encode())
    return Keyring({name: kept[name] for name in settings.secret_names}, kept["signing key"].encode())
