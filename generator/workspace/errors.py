"""Turns what the SDK raises, and answers that make no sense, into WorkspaceError in the service's own words.

Recorded: the data plane's errors are flat, ``{"code", "message"}``, or nested in ``error``; gateways before it answer in
HTML. No message holds a token or a secret, whatever was echoed to us, and none is longer than a terminal takes.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from azure.core.exceptions import (
    ClientAuthenticationError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
)

from generator.workspace.port import WorkspaceError

if TYPE_CHECKING:
    from azure.core.rest import HttpResponse

_LONGEST = 1500
# Connection strings, queries (also %-encoded), headers, JSON in a text: whatever a service or a gateway says back.
_NAMES = (
    r"sig|password|passwd|pwd|passphrase|secret|client_?secret|(?:shared_?)?access_?key|account_?key|api_?key"
    r"|secret_?access_?key|shared_?access_?signature|(?:access|refresh|id|sas|api)_?token|x-functions-key"
    r"|ocp-apim-subscription-key|service_?principal_?key|private_?key|encrypted_?credential"
)
_SECRETS = re.compile(
    r"(?P<scheme>\b(?:bearer|basic|sharedkey(?:lite)?)\s+)[\w.~+/=:-]{8,}"
    r"|\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|(?P<user>://[^\s/:@]+:)[^\s/@]+(?=@)"
    rf"|(?P<name>(?<![a-z])(?:{_NAMES})[\"'\\]*\s*(?:=|:|%3D)\s*)"
    r"(?:\\?\"(?:[^\"\\]|\\[^\"])*\\?\"|'[^']*'|[^&;,\s\"'<>}]+)",
    re.IGNORECASE,
)
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def readable(text: str) -> str:
    """Return a text in one line, without control characters, tokens and secrets, and not longer than 1,500 characters."""
    line = " ".join(_CONTROL.sub(" ", text).split())
    line = _SECRETS.sub(lambda match: f"{match['scheme'] or match['user'] or match['name'] or ''}***", line)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}..."


def error_of(error: Exception, endpoint: str) -> WorkspaceError:
    """Return what the SDK raised as the workspace's refusal, or as a connection that failed."""
    if isinstance(error, ClientAuthenticationError):
        return WorkspaceError(f"no token: {credential_reason(error)}")
    if isinstance(error, IncompleteReadError):
        # What was asked for may have been done.
        return WorkspaceError(f"the answer of {endpoint} ends in the middle", is_unreachable=True)
    if isinstance(error, (ServiceRequestError, ServiceResponseError)):
        return WorkspaceError(f"{endpoint} cannot be reached: {readable(str(error.message))}", is_unreachable=True)
    return WorkspaceError(readable(str(error)))


def refusal(response: Any) -> WorkspaceError:
    """Return an answer of 3xx, 4xx or 5xx as the service's own code and text."""
    status = int(response.status_code)
    body = _text(response)
    code, message = _words(_parsed(body))
    if not message:
        visible = readable(_TAGS.sub(" ", body))[:300]
        # A code without words is better than none, but says less than the status.
        message = f"HTTP {status} {response.reason or ''}".strip() + (f": {visible}" if visible and not code else "")
    return WorkspaceError(
        f"{code}: {message}" if code else message, status=status, code=code, retry_after=_retry_after(response)
    )


def _retry_after(response: Any) -> float | None:
    """Return the seconds of a Retry-After; a date, which the service was never seen to send, is left to guessing."""
    text = str(response.headers.get("Retry-After") or "")
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def failure(body: Any) -> WorkspaceError | None:
    """Return why an operation failed that answered 200: the SDK takes that for success. None where it did not fail."""
    status = body.get("status") if isinstance(body, dict) else None
    if status not in ("Failed", "Canceled", "Cancelled"):
        return None
    code, message = _words(body)
    text = message or f"the operation ended as {status}"
    return WorkspaceError(f"{code}: {text}" if code else text, code=code)


def object_of(response: HttpResponse) -> dict[str, Any]:
    """Return an answer's JSON object; WorkspaceError where it is something else, as from a portal before a proxy."""
    text = _text(response)
    body = _parsed(text)
    if not isinstance(body, dict):
        shown = readable(_TAGS.sub(" ", text))[:300] or "nothing"
        raise WorkspaceError(f"the answer is no JSON object: {shown}", status=response.status_code)
    return body


def credential_reason(error: Exception) -> str:
    """Return why there is no token: each credential's own reason, or the first line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    each = [line for line in lines if line.split(":")[0].endswith("Credential")]
    return readable("; ".join(each) or next(iter(lines), "no reason given"))


def _text(response: Any) -> str:
    try:
        return str(response.text())
    except Exception:  # noqa: BLE001 - a body that cannot be read or decoded says nothing; the status still does
        return ""


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _words(body: Any) -> tuple[str | None, str | None]:
    """Return code and message of an error in either form, with the messages of its details."""
    if not isinstance(body, dict):
        return None, None
    error = body.get("error")
    if isinstance(error, str) and error:
        return None, readable(error)
    inner = error if isinstance(error, dict) else body
    code, message = inner.get("code"), inner.get("message")
    details = inner.get("details")
    texts = (
        [message] + [d.get("message") for d in details if isinstance(d, dict)]
        if isinstance(details, list)
        else [message]
    )
    told = list(dict.fromkeys(str(t) for t in texts if t))
    return readable(str(code)) if code else None, readable("; ".join(told)) or None
