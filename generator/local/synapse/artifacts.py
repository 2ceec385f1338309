"""PUT, GET, list, DELETE of artifacts, in the exchanges that were recorded of the real service.

Recorded by Azure/azure-cli and Azure/azure-sdk-for-net: a PUT answers 202 with ``Location`` to an operation result,
which answers 202 until it is done and then 200 with the resource; a DELETE's result is an empty 200. A deletion that
the service will not carry out is accepted too, and its result is a 200 that says Failed.
"""

from __future__ import annotations

import threading
import uuid
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generator.artifact import ArtifactKey, ArtifactKind, canonical_name, naming_error
from generator.documents import Document, references
from generator.local.synapse.answers import RefusedError, error, parse_json, read_body

if TYPE_CHECKING:
    from starlette.requests import Request

    from generator.local.store import ArtifactStore, Stored

_PAGE = 100
_OPERATIONS = 1000
"""Results that are kept to be asked for, the newest."""
_BEFORE_TIME = "0001-01-01T00:00:00"
"""When what is deleted was created and changed, as recorded."""
_DEFAULTS = ("WorkspaceDefaultStorage", "WorkspaceDefaultSqlServer")
# The code of a 404; SQL scripts have another form.
_NOT_FOUND = {
    ArtifactKind.PIPELINE: "PipelineNotFound",
    ArtifactKind.NOTEBOOK: "NotebookNotFound",
    ArtifactKind.LINKED_SERVICE: "LinkedServiceNotFound",
    ArtifactKind.DATASET: "DatasetNotFound",
    ArtifactKind.TRIGGER: "TriggerNotFound",
}
# What every workspace is created with.
_GIVEN = {
    ArtifactKey(ArtifactKind.INTEGRATION_RUNTIME, "AutoResolveIntegrationRuntime"),
    ArtifactKey(ArtifactKind.CREDENTIAL, "WorkspaceSystemIdentity"),
}


class ArtifactApi:
    """The artifact operations over one store. An operation is done at once; its result is asked for all the same."""

    def __init__(self, store: ArtifactStore, workspace: str, workspace_id: str, pools: dict[str, str]) -> None:
        """``pools`` maps ``SqlPoolReference`` and ``BigDataPoolReference`` to the pool that there is."""
        self._store = store
        self._workspace = workspace
        self._id = workspace_id
        self._pools = pools
        self._lock = threading.Lock()
        self._operations: OrderedDict[str, dict[str, Any] | None] = OrderedDict()

    def routes(self) -> list[Route]:
        """Return the routes of every kind."""
        found = [
            Route("/operationResults/{operation}", self.operation_result, methods=["GET"]),
            Route("/notebookOperationResults/{operation}", self.operation_result, methods=["GET"]),
        ]
        for kind in ArtifactKind:
            found += self._routes_of(kind)
        return found

    def _routes_of(self, kind: ArtifactKind) -> list[Route]:
        async def listing(request: Request) -> Response:
            return self._list(kind, request)

        async def one(request: Request) -> Response:
            name = request.path_params["name"]
            match request.method:
                case "PUT":
                    return self._put(kind, name, await read_body(request), request)
                case "DELETE":
                    return self._delete(kind, name, request)
                case _:
                    return self._get(kind, name, request)

        return [
            Route(f"/{kind.collection}", listing, methods=["GET"]),
            Route(f"/{kind.collection}/{{name:path}}", one, methods=["GET", "PUT", "DELETE"]),
        ]

    async def operation_result(self, request: Request) -> Response:
        """Return what became of an operation."""
        operation = request.path_params["operation"]
        with self._lock:
            if operation not in self._operations:
                return error(404, "OperationNotFound", f"there is no operation {operation}")
            body = self._operations[operation]
        return Response(status_code=200) if body is None else JSONResponse(body)

    def _put(self, kind: ArtifactKind, name: str, content: bytes, request: Request) -> Response:
        document = parse_json(content)
        refusal = self._refusal(kind, name, document)
        if refusal:
            return error(400, "BadRequest", refusal)
        self._require_match(kind, name, request)
        stored = self._store.put(kind, name, content)
        result = self._resource(kind, stored)
        place = "notebookOperationResults" if kind is ArtifactKind.NOTEBOOK else "operationResults"
        return self._accepted(kind, name, "Creating", result, place, request, stored.changed)

    def _require_match(self, kind: ArtifactKind, name: str, request: Request) -> None:
        wanted = request.headers.get("if-match")
        old = self._store.get(kind, name)
        if wanted and (old is None or (wanted != "*" and wanted.strip('"') != old.etag)):
            raise RefusedError(412, "PreconditionFailed", "The etag of the resource has changed.")

    def _delete(self, kind: ArtifactKind, name: str, request: Request) -> Response:
        if self._is_default(ArtifactKey(kind, name)):
            # Its words: Azure-Player/azure.synapse.tools, issue 37.
            text = f"The linked service {name} is managed by the {self._workspace} and cannot be deleted."
            return error(400, "ResourceNotDeletable", text)
        stored = self._store.get(kind, name)
        if stored is None:
            return Response(status_code=204)
        self._require_match(kind, name, request)
        result = None
        if user := self._user_of(kind, name):
            # Its form and words: Azure/Synapse-workspace-deployment, issue 56.
            text = f"The document cannot be deleted since it is referenced by {user}."
            result = {
                "status": "Failed",
                "error": {"code": "DeleteDataFactoryResourceOrchestrationError", "message": text},
            }
        else:
            self._store.delete(kind, name)
        return self._accepted(kind, stored.name, "Deleting", result, "operationResults", request, _BEFORE_TIME)

    def _user_of(self, kind: ArtifactKind, name: str) -> str | None:
        """Return the first artifact that refers to one."""
        wanted = canonical_name(name)
        for other in ArtifactKind:
            for stored in self._store.list(other):
                if other is kind and canonical_name(stored.name) == wanted:
                    continue
                keys = (r.key for r in references(Document(ArtifactKey(other, stored.name), stored.document)))
                if any(k is not None and k.kind is kind and canonical_name(k.name) == wanted for k in keys):
                    return stored.name
        return None

    def _accepted(
        self,
        kind: ArtifactKind,
        name: str,
        state: str,
        result: dict[str, Any] | None,
        place: str,
        request: Request,
        changed: str,
    ) -> Response:
        operation = str(uuid.uuid4())
        with self._lock:
            self._operations[operation] = result
            while len(self._operations) > _OPERATIONS:
                self._operations.popitem(last=False)
        location = f"{request.url.scheme}://{request.url.netloc}/{place}/{operation}?api-version=2020-12-01"
        body = {
            "id": self._resource_id(kind, name),
            "recordId": 0,
            "state": state,
            "created": changed,
            "changed": changed,
            "type": kind.folder[0].upper() + kind.folder[1:],
            "name": name,
            "operationId": operation,
            "artifactId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind.folder}/{name.lower()}")),
        }
        return JSONResponse(body, status_code=202, headers={"Location": location})

    def _get(self, kind: ArtifactKind, name: str, request: Request) -> Response:
        stored = self._store.get(kind, name)
        if stored is None:
            return self._missing(kind, name)
        if request.headers.get("if-none-match", "").strip('"') == stored.etag:
            return Response(status_code=304)
        return JSONResponse(self._resource(kind, stored))

    def _missing(self, kind: ArtifactKind, name: str) -> Response:
        if kind in _NOT_FOUND:
            message = f"{_NOT_FOUND[kind].removesuffix('NotFound')} {name} not found"
            return error(404, _NOT_FOUND[kind], message)
        body = {
            "code": "NotFound",
            "message": "The document could not be retrieved because it does not exist.",
            "target": self._resource_id(kind, name),
            "details": None,
            "error": None,
        }
        return JSONResponse(body, status_code=404)

    def _list(self, kind: ArtifactKind, request: Request) -> Response:
        skipped = request.query_params.get("skip") or "0"
        if not skipped.isascii() or not skipped.isdigit():
            raise RefusedError(400, "BadRequest", f"The link to the next page is none of ours: {skipped}")
        start = int(skipped)
        found = self._store.list(kind)
        body: dict[str, Any] = {"value": [self._resource(kind, s) for s in found[start : start + _PAGE]]}
        if len(found) > start + _PAGE:
            url = request.url.include_query_params(skip=start + _PAGE)
            body["nextLink"] = str(url)
        return JSONResponse(body)

    def _resource(self, kind: ArtifactKind, stored: Stored) -> dict[str, Any]:
        document = stored.document
        resource = {
            "id": self._resource_id(kind, stored.name),
            "name": stored.name,
            "type": f"Microsoft.Synapse/workspaces/{kind.collection.lower()}",
            "properties": document.get("properties"),
            "etag": stored.etag,
        }
        if kind is ArtifactKind.PIPELINE:
            resource["properties"] = {**document["properties"], "lastPublishTime": stored.changed}
        return resource

    def _resource_id(self, kind: ArtifactKind, name: str) -> str:
        return f"{self._id}/{kind.collection.lower()}/{name}"

    def _refusal(self, kind: ArtifactKind, name: str, document: Any) -> str | None:
        """Return why the service would refuse a document; None where it would not."""
        if problem := naming_error(kind, name):
            return f"The name '{name}' is not valid: {problem}."
        if not isinstance(document, dict) or not isinstance(document.get("properties"), dict):
            return "The document has no properties."
        if document.get("name") not in (None, name):
            return f"The document's name '{document['name']}' is not '{name}'."
        for reference in references(Document(ArtifactKey(kind, name), document)):
            if reference.key and not self._exists(reference.key):
                return f"The document creation or update failed because of invalid reference '{reference.name}'."
            pool = self._pools.get(reference.type)
            if pool and reference.name and reference.name.casefold() != pool.casefold():
                return f"The document creation or update failed because of invalid reference '{reference.name}'."
        return None

    def _exists(self, key: ArtifactKey) -> bool:
        return self._is_default(key) or key in _GIVEN or self._store.get(key.kind, key.name) is not None

    def _is_default(self, key: ArtifactKey) -> bool:
        """Return whether it is one of the linked services that a workspace is created with."""
        names = {canonical_name(f"{self._workspace}-{name}") for name in _DEFAULTS}
        return key.kind is ArtifactKind.LINKED_SERVICE and canonical_name(key.name) in names
