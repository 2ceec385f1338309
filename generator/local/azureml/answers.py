"""What the services of Azure Machine Learning have in common: who may ask, and how they refuse."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

    from generator.local.ports import LocalSettings
    from generator.local.tokens import Keyring

WORKSPACE = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.MachineLearningServices/workspaces/{workspace}"
_ARM = "https://management.azure.com"
_ML = "https://ml.azure.com"


class Gate:
    """Lets through who has a token, to the one workspace that there is."""

    def __init__(self, settings: LocalSettings, keyring: Keyring) -> None:
        self._settings = settings
        self._keyring = keyring

    def arm(self, request: Request) -> Response | None:
        """Return the refusal of a call to Azure Resource Manager; None where it may go on."""
        refused = self._refused(request, (_ARM,))
        if refused is None and "api-version" not in request.query_params:
            message = "The api-version query parameter (?api-version=) is required for all requests."
            return error(400, "MissingApiVersionParameter", message)
        return refused

    def region(self, request: Request) -> Response | None:
        """Return the refusal of a call to the region's host, which takes its own audience too."""
        return self._refused(request, (_ARM, _ML))

    def _refused(self, request: Request, audiences: tuple[str, ...]) -> Response | None:
        header = request.headers.get("authorization", "")
        if not any(self._keyring.accepts(header, audience) for audience in audiences):
            message = "Authentication failed. The 'Authorization' header is missing or wrong."
            return error(401, "AuthenticationFailed", message)
        settings, given = self._settings, request.path_params
        here = (settings.subscription_id, settings.azure_ml_resource_group, settings.azure_ml_workspace)
        # Azure Resource Manager does not tell cases apart in these names.
        asked = (given["subscription"], given["group"], given["workspace"])
        if [a.casefold() for a in asked] != [h.casefold() for h in here]:
            return not_found(f"workspace {given['workspace']} in resource group {given['group']}")
        return None


class RequestBodyError(ValueError):
    """A request's body is no JSON object."""


async def body_of(request: Request) -> dict[str, Any]:
    """Return a request's JSON object; RequestBodyError for anything else."""
    try:
        body = json.loads(await request.body())
    except ValueError as problem:  # JSONDecodeError and UnicodeDecodeError
        raise RequestBodyError(f"the body is no JSON: {problem}") from problem
    if not isinstance(body, dict):
        raise RequestBodyError("the body is no JSON object")
    return body


def not_found(what: str) -> Response:
    """Return the refusal for something that is not there."""
    return error(404, "ResourceNotFound", f"The {what} was not found.")


def error(status: int, code: str, message: str) -> Response:
    """Return a refusal in the shape of Azure Resource Manager."""
    return JSONResponse({"error": {"code": code, "message": message}}, status_code=status)
