"""The Web activity.

Source: "Web activity" of Azure Data Factory, and the errors of its troubleshooting guide.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from generator.expressions.values import to_text
from generator.local.pipeline.failure import ActivityFailure, cancelled, fail
from generator.local.ports import HttpResponse, UnroutedHostError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from generator.local.pipeline.call import ActivityCall

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_WITH_BODY = ("POST", "PUT", "PATCH")
_LARGEST_RESPONSE = 4 * 1024 * 1024
_POLL_SECONDS = 10.0  # between two looks at a Location, where the answer does not say Retry-After; ours
_FAILED = "2108"


def web(call: ActivityCall) -> dict[str, Any]:
    """Call an endpoint; an answer outside of 200-299 fails the activity, a redirection too."""
    properties = call.evaluated_inputs()
    method, url = str(properties["method"]).upper(), str(properties["url"])
    if method not in METHODS:
        raise fail("BadRequest", f"the method of a Web activity is one of {', '.join(METHODS)}, not {method}")
    headers = _headers(call, properties)
    response = _request(call, method, url, headers, _body(method, properties.get("body")))
    if response.status == HTTPStatus.ACCEPTED and not properties.get("turnOffAsync"):
        response = _polled(call, url, headers, response)
    if len(response.body) > _LARGEST_RESPONSE:
        raise fail("2001", "The length of execution output is over limit (around 4MB currently).")
    output = _output(response)
    if not 200 <= response.status < 300:
        raise _failed(url, response, output)
    return output


def _headers(call: ActivityCall, properties: Mapping[str, Any]) -> dict[str, str]:
    given = properties.get("headers") or {}
    if not isinstance(given, dict):
        raise fail("BadRequest", "the headers of a Web activity are an object")
    # The host is the URL's: a header must not choose who answers.
    headers = {str(k): to_text(v) for k, v in given.items() if str(k).lower() != "host"}
    for name, value in headers.items():
        if not (name + value).isascii() or not (name + value).isprintable():
            raise fail("BadRequest", f"the header {name!r} holds characters that HTTP does not take")
    authentication = properties.get("authentication") or {}
    if authentication:
        # Preflight lets no other type pass than MSI.
        token = call.engines.managed_identity(to_text(authentication.get("resource", "")))
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _body(method: str, body: Any) -> bytes | None:
    if body is None and method in _WITH_BODY:
        raise fail("BadRequest", f"the body of a Web activity is required for {method}")
    if body is None or method == "GET":
        return None
    return (body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)).encode()


def _request(call: ActivityCall, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> HttpResponse:
    try:
        return call.engines.http.request(method, url, headers, body)
    except UnroutedHostError as error:
        raise fail(_FAILED, f"Error calling the endpoint '{_without_query(url)}'. {error}") from error


def _polled(call: ActivityCall, url: str, headers: Mapping[str, str], response: HttpResponse) -> HttpResponse:
    """Follow the Location of a 202 until the answer is another ("turnOffAsync")."""
    kept = {k: v for k, v in headers.items() if k.lower() not in ("content-type", "content-length")}
    while response.status == HTTPStatus.ACCEPTED:
        location = _header(response, "location")
        if location is None:
            return response
        pause = min(_retry_after(response), call.cancel.seconds_left)
        if call.engines.clock.wait(call.context.cancel, pause) or call.cancel.is_set():
            raise cancelled()
        url = urljoin(url, location)
        response = _request(call, "GET", url, kept, None)
    return response


def _retry_after(response: HttpResponse) -> float:
    text = _header(response, "retry-after") or ""
    return float(text) if text.isdecimal() else _POLL_SECONDS


def _header(response: HttpResponse, name: str) -> str | None:
    return next((v for k, v in response.headers.items() if k.lower() == name), None)


def _output(response: HttpResponse) -> dict[str, Any]:
    try:
        value = json.loads(response.body) if response.body else {}
    except ValueError:
        value = {"Response": response.body.decode(errors="replace")}
    fields = value if isinstance(value, dict) else {"Response": value}
    return {**fields, "ADFWebActivityResponseHeaders": {_cased(k): v for k, v in response.headers.items()}}


def _cased(header: str) -> str:
    # As answers over HTTP/1.1 and so the service show them: Content-Type, but x-ms-request-id.
    return header if header.startswith("x-ms-") else "-".join(part.capitalize() for part in header.split("-"))


def _failed(url: str, response: HttpResponse, output: Any) -> ActivityFailure:
    """Return the failure of an answer: error 2108 with the answer's body, as failed runs show it."""
    text = response.body.decode(errors="replace").strip()[:4000]
    try:
        phrase = HTTPStatus(response.status).phrase
    except ValueError:
        phrase = "Unknown"
    called = (
        f"Error calling the endpoint '{_without_query(url)}'. Response status code: '{response.status} - {phrase}'."
    )
    return fail(_FAILED, f"{called} More details: {text}" if text else called, output)


def _without_query(url: str) -> str:
    # A query may hold a signature.
    return url.split("?", maxsplit=1)[0]
