"""Secrets and tokens of one embedded workspace: made at random, kept readable by their owner alone."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from generator.local.files import write_atomic

if TYPE_CHECKING:
    from generator.local.ports import LocalSettings

_LIFETIME = 3600
_MANAGED_IDENTITY = "local-managed-identity:"


@dataclass(frozen=True, slots=True)
class Keyring:
    """The vault's secrets by name, and the key that signs tokens."""

    secrets: dict[str, str]
    signing_key: bytes

    def issue(self, subject: str, audience: str) -> str:
        """Return a token that says who asked for what, until when."""
        claims = {
            "sub": subject,
            "aud": audience.removesuffix("/.default").rstrip("/"),
            "exp": int(time.time()) + _LIFETIME,
        }
        payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode()
        return f"local.{payload}.{self._sign(payload)}"

    def accepts(self, authorization: str, audience: str) -> bool:
        """Whether an Authorization header carries a token for ``audience``, ours or a managed identity's."""
        token = authorization.removeprefix("Bearer ")
        wanted = audience.rstrip("/")
        if token.startswith(_MANAGED_IDENTITY):
            return token.removeprefix(_MANAGED_IDENTITY).rstrip("/") == wanted
        parts = token.split(".")
        if len(parts) != 3 or not hmac.compare_digest(self._sign(parts[1]), parts[2]):
            return False
        claims = json.loads(base64.urlsafe_b64decode(parts[1]))
        return bool(claims["aud"] == wanted and claims["exp"] > time.time())

    def sign_path(self, path: str) -> str:
        """Return the signature of a download's path."""
        return self._sign(path)

    def _sign(self, text: str) -> str:
        return hmac.new(self.signing_key, text.encode(), hashlib.sha256).hexdigest()


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
