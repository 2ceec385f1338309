"""Downloads from the workspace's storage account by signed URLs, as Azure Machine Learning hands them out."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from generator.local.lake import LakePathError, LakePaths

if TYPE_CHECKING:
    from starlette.requests import Request

    from generator.local.ports import LocalSettings
    from generator.local.tokens import Keyring


def signed_url(settings: LocalSettings, keyring: Keyring, container: str, path: str) -> str:
    """Return a URL of a blob that needs no token."""
    blob = f"/{container}/{path}"
    host = f"{settings.storage_account}.blob.core.windows.net"
    return f"https://{host}{quote(blob)}?sv=local&sig={keyring.sign_path(blob)}"


def create_app(settings: LocalSettings, keyring: Keyring) -> Starlette:
    """Return the application that answers for storage accounts."""
    lake = LakePaths(settings)

    async def blob(request: Request) -> Response:
        path = request.path_params["path"]
        signature = request.query_params.get("sig", "")
        if not hmac.compare_digest(signature, keyring.sign_path(f"/{path}")):
            return _error(403, "AuthenticationFailed", "Server failed to authenticate the request.")
        try:
            file = lake.local_path(f"https://{request.url.hostname}/{quote(path)}")
        except LakePathError as error:
            return _error(404, "ResourceNotFound", str(error))
        if not file.is_file():
            return _error(404, "BlobNotFound", "The specified blob does not exist.")
        return FileResponse(file, media_type="application/octet-stream")

    return Starlette(routes=[Route("/{path:path}", blob, methods=["GET", "HEAD"])])


def _error(status: int, code: str, message: str) -> Response:
    text = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(text, status_code=status, media_type="application/xml", headers={"x-ms-error-code": code})
