"""Resolution: one signed answer, or up to a hundred."""

from __future__ import annotations

from typing import Any

import orjson
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from rest_framework.request import Request

from identity.primitives.errors import InvalidInput
from registry.api.authentication import Caller
from registry.api.problems import problem_document
from registry.api.schema import describe
from registry.api.v1.resolve_shapes import AnswerOut, BatchIn, BatchOut, ResolveQuery
from registry.api.views import PUBLIC, Resource
from registry.resolution.answer import Served
from registry.resolution.delegated import Viewer, resolve_delegated
from registry.resolution.resolve import resolve, resolve_each
from registry.resolution.wire import CONTENT_TYPE, headers_of, is_not_modified, validators_of


class PublicResource(Resource):
    """Asked by anyone, from any page, with any ``Accept``: what is answered is one thing, public and signed."""

    authentication_classes = []

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        renderer = self.get_renderers()[0]
        return renderer, renderer.media_type

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What one caller has left of a limit must not be kept by a shared cache for another."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Access-Control-Allow-Origin"] = "*"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        if "public" in response["Cache-Control"]:
            for name in ("RateLimit", "RateLimit-Policy"):
                response.headers.pop(name, None)
        response.varies_by = response.headers.get("Vary", "")
        return response


class Resolve(PublicResource):
    scopes = {"GET": PUBLIC}
    limits = {"GET": "resolve"}

    @describe(
        "Resolve a name or DID",
        answers={200: AnswerOut, 304: None, 403: AnswerOut, 404: AnswerOut, 410: AnswerOut},
        problems=["query_malformed", "unavailable"],
        parameters=[ResolveQuery],
    )
    def get(self, request: Request, query: str) -> HttpResponseBase:
        """With `delegation`, the answer also says on whose authority the agent acts and how far; its principal and
        the agent itself, who then name themselves, see what is left."""
        if "delegation" in request.query_params:
            return ResolveDelegated.as_view()(request._request, query=query)
        return answer_response(request, resolve(query, at=self.at))


class ResolveDelegated(PublicResource):
    """The same question with a delegation named. Credentials are optional, and wrong ones are refused."""

    scopes = {"GET": PUBLIC}
    limits = {"GET": "resolve"}
    authentication_classes = Resource.authentication_classes

    def get(self, request: Request, query: str) -> HttpResponse:
        caller = request.auth
        viewer = Viewer(caller.organization, caller.agent) if isinstance(caller, Caller) else Viewer()
        delegation_id = self.query(ResolveQuery)["delegation"]
        served = resolve_delegated(query, delegation_id=delegation_id, viewer=viewer, at=self.at)
        response = answer_response(request, served)
        response.headers["Cache-Control"] = "private, no-store"
        return response


class ResolveBatch(PublicResource):
    scopes = {"POST": PUBLIC}
    reads = frozenset({"POST"})

    @describe("Resolve up to 100 names and DIDs", request=BatchIn, answers={200: BatchOut})
    def post(self, request: Request) -> HttpResponse:
        queries = self.body(BatchIn)["queries"]
        answers = resolve_each(queries, at=self.at)
        entries = [_entry(query, answer) for query, answer in zip(queries, answers, strict=True)]
        return HttpResponse(
            b'{"answers":[' + b",".join(entries) + b"]}",
            content_type=CONTENT_TYPE,
            headers={"Cache-Control": "no-store"},
        )


def answer_response(request: Request, served: Served) -> HttpResponse:
    """The stored bytes, or a 304. ``Content-Length`` of a HEAD is that of the GET (RFC 9110 section 9.3.2)."""
    if is_not_modified(request.headers.get("If-None-Match", ""), etag=served.etag, status=served.status):
        return not_modified(dict(validators_of(etag=served.etag, ttl_seconds=served.ttl_seconds)))
    body = b"" if request.method == "HEAD" else served.body
    headers = dict(headers_of(etag=served.etag, ttl_seconds=served.ttl_seconds))
    return HttpResponse(body, status=served.status, headers={**headers, "Content-Length": str(len(served.body))})


def not_modified(headers: dict[str, str]) -> HttpResponse:
    """A 304 speaks of no content, so it has no type either (RFC 9110 section 15.4.5)."""
    response = HttpResponse(status=304, headers=headers)
    del response.headers["Content-Type"]
    return response


def _entry(query: str, answer: Served | InvalidInput) -> bytes:
    """One answer of a batch, around the very bytes that a single question gets."""
    if isinstance(answer, InvalidInput):
        problem = problem_document(answer.code, answer.detail)
        return orjson.dumps({"query": query, "status": problem["status"], "answer": None, "problem": problem})
    return b'{"query":%b,"status":%d,"answer":%b}' % (orjson.dumps(query), answer.status, answer.body)


urlpatterns = [
    path("v1/resolve", ResolveBatch.as_view(), name="api_resolve_batch"),
    path("v1/resolve/<path:query>", Resolve.as_view(), name="api_resolve"),
]
