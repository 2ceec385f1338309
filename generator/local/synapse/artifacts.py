"""PUT, GET, list, DELETE of artifacts, in the exchanges that were recorded of the real service.

Recorded by Azure/azure-cli and Azure/azure-sdk-for-net: a PUT answers 202 with ``Location`` to an operation result,
which answers 202 until it is done and then 200 with the resource; a DELETE's result is an empty 200. What the service
will not carry out is accepted too, and its result is a 200 that says Failed.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generator.artifact import ArtifactKey, ArtifactKind, canonical_name, naming_error
from generator.documents import Document, references
from generator.local.faults.plan import plan_of
from generator.local.synapse.answers import (
    RefusedError,
    error,
    json_answer,
    parse_json,
    read_body,
    retry_after,
    to_json,
)
from generator.local.synapse.operations import Result
from generator.local.synapse.outcomes import failed, under_fault
from generator.local.synapse.trigger_state import STARTED, runtime_state

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from generator.local.faults.model import FaultFile
    from generator.local.store import ArtifactStore
    from generator.local.synapse.given import Given
    from generator.local.synapse.operations import Operations
    from generator.local.synapse.resources import Resources

_BEFORE_TIME = "0001-01-01T00:00:00"
"""When what is deleted was created and changed, as recorded."""
# The code of a 404; SQL scripts have another form.
_NOT_FOUND = {
    ArtifactKind.PIPELINE: "PipelineNotFound",
    ArtifactKind.NOTEBOOK: "NotebookNotFound",
    ArtifactKind.LINKED_SERVICE: "LinkedServiceNotFound",
    ArtifactKind.DATASET: "DatasetNotFound",
    ArtifactKind.TRIGGER: "TriggerNotFound",
}
# Both words are of live services: Azure/Synapse-workspace-deployment, issues 46 and 56. The space at the end is theirs.
_ENABLED = "Cannot update enabled Trigger; the trigger needs to be disabled first. "
_ENABLED_CODE = "TriggerEnabledCannotUpdate"
_DELETION_CODE = "DeleteDataFactoryResourceOrchestrationError"
_DONE = Result(200, b"")


class ArtifactApi:
    """The artifact operations over one store."""

    def __init__(
        self,
        store: ArtifactStore,
        resources: Resources,
        given: Given,
        operations: Operations,
        pools: Mapping[str, str],
        faults: FaultFile,
    ) -> None:
        """``pools`` maps ``SqlPoolReference`` and ``BigDataPoolReference`` to the pool that there is."""
        self._store = store
        self._resources = resources
        self._given = given
        self._operations = operations
        self._pools = pools
        self._faults = faults

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

        methods = ["GET", "PUT", "DELETE"]
        place = f"/{kind.collection}"
        if kind is ArtifactKind.INTEGRATION_RUNTIME:
            # Read on the data plane, written at Azure Resource Manager: the data plane's specification has GET alone.
            return [
                Route(place, listing, methods=["GET"]),
                Route(f"{place}/{{name:path}}", one, methods=["GET"]),
                Route(f"{self._resources.workspace_id}{place}/{{name:path}}", one, methods=methods),
            ]
        return [
            Route(place, listing, methods=["GET"]),
            Route(f"{place}/{{name:path}}", one, methods=methods),
        ]

    async def operation_result(self, request: Request) -> Response:
        """Return what became of an operation."""
        identity = request.path_params["operation"]
        if not self._operations.is_known(identity):
            return error(404, "OperationNotFound", f"there is no operation {identity}")
        result = self._operations.result(identity)
        if result:
            return json_answer(result.body, result.status)
        headers = {"Location": str(request.url), **retry_after(self._faults.operations.retry_after)}
        return JSONResponse({"status": "InProgress"}, 202, headers)

    def _put(self, kind: ArtifactKind, name: str, content: bytes, request: Request) -> Response:
        self._given.refuse_update(kind, name)
        document = parse_json(content)
        refusal = self._refusal(kind, name, document)
        if refusal:
            return error(400, "BadRequest", refusal)
        self._require_match(kind, name, request)

        def carry_out() -> Result:
            if self._is_started(kind, name):
                return failed(_ENABLED_CODE, _ENABLED)
            stored = self._store.put(kind, name, content)
            return Result(200, self._resources.text(kind, stored))

        place = "notebookOperationResults" if kind is ArtifactKind.NOTEBOOK else "operationResults"
        headers = retry_after(self._faults.operations.retry_after)
        return self._accepted(kind, name, "Creating", carry_out, place, request, self._store.moment(), headers)

    def _delete(self, kind: ArtifactKind, name: str, request: Request) -> Response:
        self._given.refuse_deletion(kind, name)
        stored = self._store.get(kind, name)
        if stored is None:
            return Response(status_code=204)
        self._require_match(kind, name, request)

        def carry_out() -> Result:
            if self._is_started(kind, name):
                return failed(_DELETION_CODE, _ENABLED)
            if user := self._resources.user_of(kind, name):
                return failed(_DELETION_CODE, f"The document cannot be deleted since it is referenced by {user}.")
            self._store.delete(kind, name)
            return _DONE

        # Recorded: the acceptance of a DELETE has no Retry-After.
        return self._accepted(kind, stored.name, "Deleting", carry_out, "operationResults", request, _BEFORE_TIME, {})

    def _is_started(self, kind: ArtifactKind, name: str) -> bool:
        stored = self._store.get(kind, name) if kind is ArtifactKind.TRIGGER else None
        return stored is not None and runtime_state(stored) == STARTED

    def _require_match(self, kind: ArtifactKind, name: str, request: Request) -> None:
        wanted = request.headers.get("if-match")
        old = self._store.get(kind, name)
        is_met = not wanted or (old is not None and (wanted == "*" or wanted.strip('"') == old.etag))
        if not is_met and not self._faults.ignore_if_match:
            raise RefusedError(412, "PreconditionFailed", "The etag of the resource has changed.")

    def _accepted(
        self,
        kind: ArtifactKind,
        name: str,
        state: str,
        carry_out: Callable[[], Result],
        place: str,
        request: Request,
        changed: str,
        headers: Mapping[str, str],
    ) -> Response:
        self._require_slot()
        plan = plan_of(request.scope)
        identity = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{plan.seed} {plan.turn} {plan.method} {plan.path}"))
        times = self._faults.operations
        duration = plan.draw("operation", times.kinds.get(kind.folder, times.duration))
        outcome = under_fault(plan.operation_fault, carry_out)
        self._operations.accept(identity, outcome.work, duration, outcome.shown_after)
        body = {
            "id": self._resources.id_of(kind, name),
            "recordId": 0,
            "state": state,
            "created": changed,
            "changed": changed,
            "type": kind.folder[0].upper() + kind.folder[1:],
            "name": name,
            "operationId": identity,
            "artifactId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind.folder}/{name.lower()}")),
        }
        location = f"{request.url.scheme}://{request.url.netloc}/{place}/{identity}?api-version=2020-12-01"
        return JSONResponse(body, 202, {"Location": location, **headers})

    def _require_slot(self) -> None:
        """Refuse one operation too many. The words: microsoft/SynapseVSCode, issue 51; the code is not recorded."""
        allowed = self._faults.concurrent_operations
        if allowed is None or self._operations.under_way < allowed.limit:
            return
        message = (
            "You have exceeded the amount of requests allowed in the current time frame and further requests will fail."
        )
        raise RefusedError(429, "TooManyRequests", message, retry_after(allowed.retry_after))

    def _get(self, kind: ArtifactKind, name: str, request: Request) -> Response:
        stored = self._resources.get(kind, name)
        if stored is None:
            return self.missing(kind, name)
        if request.headers.get("if-none-match", "").strip('"') == stored.etag:
            return Response(status_code=304)
        return json_answer(self._resources.text(kind, stored))

    def missing(self, kind: ArtifactKind, name: str) -> Response:
        """Return the answer where there is no such artifact."""
        if kind in _NOT_FOUND:
            message = f"{_NOT_FOUND[kind].removesuffix('NotFound')} {name} not found"
            return error(404, _NOT_FOUND[kind], message)
        body = {
            "code": "NotFound",
            "message": "The document could not be retrieved because it does not exist.",
            "target": self._resources.id_of(kind, name),
            "details": None,
            "error": None,
        }
        return JSONResponse(body, status_code=404)

    def _list(self, kind: ArtifactKind, request: Request) -> Response:
        skipped = request.query_params.get("skip") or "0"
        if not skipped.isascii() or not skipped.isdigit():
            raise RefusedError(400, "BadRequest", f"The link to the next page is none of ours: {skipped}")
        start, end = int(skipped), int(skipped) + self._faults.page_size
        found = self._resources.list(kind)
        page = b",".join(self._resources.text(kind, s) for s in found[start:end])
        link = b""
        if len(found) > end:
            link = b',"nextLink":' + to_json(str(request.url.include_query_params(skip=end)))
        return json_answer(b'{"value":[' + page + b"]" + link + b"}")

    def _refusal(self, kind: ArtifactKind, name: str, document: Any) -> str | None:
        """Return why the service would refuse a document; None where it would not."""
        if problem := naming_error(kind, name):
            return f"The name '{name}' is not valid: {problem}."
        if not isinstance(document, dict) or not isinstance(document.get("properties"), dict):
            return "The document has no properties."
        if document.get("name") not in (None, name):
            return f"The document's name '{document['name']}' is not '{name}'."
        return self._unknown_reference(kind, name, document) if self._faults.check_references else None

    def _unknown_reference(self, kind: ArtifactKind, name: str, document: dict[str, Any]) -> str | None:
        for reference in references(Document(ArtifactKey(kind, name), document)):
            if reference.key and self._resources.get(reference.key.kind, reference.key.name) is None:
                return f"The document creation or update failed because of invalid reference '{reference.name}'."
            pool = self._pools.get(reference.type)
            if pool and reference.name and canonical_name(reference.name) != canonical_name(pool):
                return f"The document creation or update failed because of invalid reference '{reference.name}'."
        return None
