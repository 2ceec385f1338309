"""Answers of the data plane when something is wrong, and reading what a request holds.

The flat form ``{"code", "message"}`` is the recorded one. What no recording shows (a body that is no JSON, an unknown
version, a method that a path does not have) is answered in the same form.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any, NoReturn

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import ExceptionHandler

LONGEST_BODY = 20 * 1024 * 1024
"""Bytes of a request; ours, as large as the one limit found: Studio's template of a whole workspace (20 MB)."""
# azure-synapse-artifacts 0.22.0 sends these, and 2019-06-01-preview came before.
API_VERSIONS = (
    "2019-06-01-preview",
    "2020-12-01",
    "2021-06-01",
    "2021-06-01-preview",
    "2021-07-01-preview",
    "2021-11-01-preview",
    "2022-03-01-preview",
    "2023-04-18-preview",
)


class RefusedError(Exception):
    """A request that is refused; says why in the data plane's form."""

    def __init__(self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.headers = headers
        self.status = status
        self.code = code
        self.message = message


def error(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return an error in the data plane's flat form."""
    return JSONResponse({"code": code, "message": message}, status_code=status, headers=headers)


async def read_body(request: Request) -> bytes:
    """Return what a request holds; RefusedError where it is too much."""
    content = bytearray()
    async for chunk in request.stream():
        content += chunk
        if len(content) > LONGEST_BODY:
            raise RefusedError(400, "BadRequest", f"The request body is larger than {LONGEST_BODY} bytes.")
    return bytes(content)


async def read_object(request: Request) -> dict[str, Any]:
    """Return the JSON object that a request holds, an empty one for an empty body; RefusedError for anything else."""
    content = await read_body(request)
    body = parse_json(content) if content else {}
    if not isinstance(body, dict):
        raise RefusedError(400, "BadRequest", "The request body is no JSON object.")
    return body


def parse_json(content: bytes) -> Any:
    """Return what UTF-8 JSON says; RefusedError for what is none: NaN and half characters are not, though Python reads them."""
    try:
        value = json.loads(content.decode(), parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except RecursionError as problem:
        raise RefusedError(400, "BadRequest", "The request body is nested too deeply.") from problem
    except ValueError as problem:
        raise RefusedError(400, "BadRequest", f"The request body is no JSON: {problem}") from problem
    return value


def check_version(request: Request) -> None:
    """Refuse a version of the interface that there is not (RefusedError); one that is left out is not missed here."""
    version = request.query_params.get("api-version")
    if version is not None and version not in API_VERSIONS:
        known = ", ".join(API_VERSIONS)
        raise RefusedError(
            400, "InvalidApiVersionParameter", f"The api-version '{version}' is invalid. Supported are: {known}."
        )


def exception_handlers() -> dict[Any, ExceptionHandler]:
    """Return what an application answers to what its routes raise; a fault of ours is also in its log."""
    return dict.fromkeys((RefusedError, HTTPException, OSError, Exception), _answer)


async def _answer(request: Request, problem: Exception) -> Response:
    match problem:
        case RefusedError():
            return error(problem.status, problem.code, problem.message, problem.headers)
        case HTTPException(status_code=405):
            message = f"{request.url.path} does not support {request.method}."
            return error(405, "MethodNotAllowed", message, problem.headers)
        case HTTPException():
            message = f"Nothing is at {request.url.path} in the embedded workspace."
            return error(problem.status_code, "NotFound", message)
        case OSError():
            status, body = storage_refused(problem)
            return json_answer(body, status)
        case _:
            message = f"A fault in the embedded workspace: {type(problem).__name__}: {problem}"
            return error(500, "InternalServerError", message)


def storage_refused(problem: OSError) -> tuple[int, bytes]:
    """Return the status and body of an answer that says that the disk refuses."""
    message = f"The state of the embedded workspace cannot be written: {problem.strerror or problem}."
    return 507, to_json({"code": "InsufficientStorage", "message": message})


def to_json(value: Any) -> bytes:
    """Return a value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def json_answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return JSON that is written already."""
    return Response(body, status, headers, media_type="application/json" if body else None)


def retry_after(seconds: float | None) -> dict[str, str]:
    """Return the header that asks to come back later; none for None. HTTP has whole seconds: they are rounded up."""
    return {} if seconds is None else {"Retry-After": str(math.ceil(seconds))}


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")
