"""Downloads from storage accounts: by signed URLs, as Azure Machine Learning hands them out, or with a token.

Source: "Get Blob" and "Blob service error codes" of the Blob service's REST reference. The account of the open datasets
is public; the others let nobody in without a signature for the very file, or a token for storage.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.sax.saxutils import escape

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from generator.local.lake import OPEN_DATA_HOST, LakePathError, LakePaths
from generator.local.trips import ensure_trips

if TYPE_CHECKING:
    from starlette.requests import Request

    from generator.local.ports import LocalSettings
    from generator.local.tokens import Keyring

STORAGE_AUDIENCE = "https://storage.azure.com"
_LIFETIME = 24 * 3600


def signed_url(settings: LocalSettings, keyring: Keyring, container: str, path: str) -> str:
    """Return a URL of a blob that needs no token for a day."""
    blob = f"/{container}/{path}"
    host = f"{settings.storage_account}.blob.core.windows.net"
    end = str(int(time.time()) + _LIFETIME)
    return f"https://{host}{quote(blob)}?sv=local&se={end}&sr=b&sp=r&sig={keyring.sign_path(_signed_text(blob, end))}"


def _signed_text(blob: str, end: str) -> str:
    return f"{end}\n{blob}"


def create_app(settings: LocalSettings, keyring: Keyring) -> Starlette:
    """Return the application that answers for storage accounts."""
    lake = LakePaths(settings)

    async def blob(request: Request) -> Response:
        path, host = request.path_params["path"], request.url.hostname or ""
        if host == OPEN_DATA_HOST:
            await run_in_threadpool(ensure_trips, settings)
        elif not _may_read(request, keyring, f"/{path}"):
            return _error(403, "AuthenticationFailed", "Server failed to authenticate the request.")
        try:
            file = lake.local_path(f"https://{host}/{quote(path)}")
        except LakePathError as error:
            return _error(404, "ResourceNotFound", str(error))
        if not file.is_file():
            return _error(404, "BlobNotFound", "The specified blob does not exist.")
        return FileResponse(file, media_type="application/octet-stream", headers={"x-ms-blob-type": "BlockBlob"})

    return Starlette(routes=[Route("/{path:path}", blob, methods=["GET", "HEAD"])])


def _may_read(request: Request, keyring: Keyring, blob: str) -> bool:
    if keyring.accepts(request.headers.get("authorization", ""), STORAGE_AUDIENCE):
        return True
    end = request.query_params.get("se", "")
    is_signed = keyring.is_signed(_signed_text(blob, end), request.query_params.get("sig", ""))
    return is_signed and int(end) > time.time()


def _error(status: int, code: str, message: str) -> Response:
    text = (
        f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>'
    )
    return Response(text, status_code=status, media_type="application/xml", headers={"x-ms-error-code": code})
