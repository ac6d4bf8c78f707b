"""DID documents: the DID Resolution HTTP binding, and the places where did:web looks."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from django.http import HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request

from identity.agents.addresses import registry_did
from identity.primitives.errors import NotFound
from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.v1.resolve import PublicResource, not_modified
from registry.api.views import PUBLIC
from registry.resolution.did_resolution import DidError, Resolved, resolve_agent_did, resolve_did

RESULT_TYPE = "application/did-resolution"
DOCUMENT_TYPE = "application/did+json"
DOCUMENT_TYPES = ("application/did", "application/did+json", "application/did+ld+json")
_RESULT_WORDS = ("did-resolution", "application/json", "application/ld+json", "*/*", "application/*")
_STATUS = {DidError.INVALID_DID: 400, DidError.NOT_FOUND: 404, DidError.METHOD_NOT_SUPPORTED: 501}
_TITLE = {
    DidError.INVALID_DID: "This is not a DID.",
    DidError.NOT_FOUND: "There is no such DID here.",
    DidError.METHOD_NOT_SUPPORTED: "Only did:web of this registry and did:key are resolved here.",
}


class DidResolutionOut(StrictSerializer):
    """A DID resolution result (W3C DID Resolution 1.0 section 4)."""

    didDocument = serializers.DictField(allow_null=True)
    didResolutionMetadata = serializers.DictField()
    didDocumentMetadata = serializers.DictField()


class DidDocumentOut(StrictSerializer):
    """A DID document (W3C DID Core 1.0)."""

    id = serializers.CharField()


class Identifier(PublicResource):
    scopes = {"GET": PUBLIC}

    @describe(
        "Resolve a DID to its document",
        answers={
            (200, RESULT_TYPE): DidResolutionOut,
            **{(200, media_type): DidDocumentOut for media_type in DOCUMENT_TYPES},
            304: None,
            **{(status, RESULT_TYPE): DidResolutionOut for status in (400, 404, 406, 410, 501)},
            **{(410, media_type): DidDocumentOut for media_type in DOCUMENT_TYPES},
        },
    )
    def get(self, request: Request, did: str) -> HttpResponse:
        wanted = _wanted_type(request.headers.get("Accept", "*/*"))
        if wanted is None:
            return _result(406, None, {"error": _error("REPRESENTATION_NOT_SUPPORTED", "See Accept.")}, {})
        resolved = resolve_did(did, at=self.at)
        if isinstance(resolved, DidError):
            return _result(_STATUS[resolved], None, {"error": _error(resolved, _TITLE[resolved])}, {})
        if wanted != RESULT_TYPE:
            return document_response(request, resolved, content_type=wanted, varies=True)
        status = 410 if resolved.is_deactivated else 200
        return _result(
            status, resolved.document, {"contentType": "application/did"}, resolved.metadata, resolved.ttl_seconds
        )


class AgentDidDocument(PublicResource):
    scopes = {"GET": PUBLIC}

    @describe(
        "The did:web document of an agent",
        answers={(200, DOCUMENT_TYPE): DidDocumentOut, 304: None, (410, DOCUMENT_TYPE): DidDocumentOut},
    )
    def get(self, request: Request, agent_id: str) -> HttpResponse:
        resolved = resolve_agent_did(agent_id, at=self.at)
        if isinstance(resolved, DidError):
            raise NotFound("not_found", "There is no such agent here.")
        return document_response(request, resolved)


class RegistryDidDocument(PublicResource):
    scopes = {"GET": PUBLIC}

    @describe("The registry's own did:web document", answers={(200, DOCUMENT_TYPE): DidDocumentOut, 304: None})
    def get(self, request: Request) -> HttpResponse:
        resolved = resolve_did(registry_did(), at=self.at)
        assert isinstance(resolved, Resolved)
        return document_response(request, resolved)


def document_response(
    request: Request, resolved: Resolved, *, content_type: str = DOCUMENT_TYPE, varies: bool = False
) -> HttpResponse:
    """A DID document by itself, with a validator and the time it may be kept."""
    body = orjson.dumps(resolved.document)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": f"public, max-age={resolved.ttl_seconds}", "ETag": etag}
    if varies:
        headers["Vary"] = "Accept"
    status = 410 if resolved.is_deactivated else 200
    if status == 200 and etag in request.headers.get("If-None-Match", ""):
        return not_modified(headers)
    shown = b"" if request.method == "HEAD" else body
    length = {"Content-Length": str(len(body))}
    return HttpResponse(shown, status=status, content_type=content_type, headers={**headers, **length})


def _wanted_type(accept: str) -> str | None:
    """The best type that both sides know; None when there is none. ``application/json`` means the whole result."""
    best, best_weight = None, 0.0
    for part in accept.split(",") if accept.strip() else ["*/*"]:
        media, _, parameters = part.strip().lower().partition(";")
        weight = _weight(parameters)
        known = media.strip() if media.strip() in DOCUMENT_TYPES else None
        if known is None and any(word in part.lower() for word in _RESULT_WORDS):
            known = RESULT_TYPE
        if known is not None and weight > best_weight:
            best, best_weight = known, weight
    return best


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.strip().partition("=")
        if name == "q":
            try:
                return float(value)
            except ValueError:
                return 0.0
    return 1.0


def _error(kind: str, title: str) -> dict[str, str]:
    return {"type": f"https://www.w3.org/ns/did#{kind}", "title": title}


def _result(
    status: int,
    document: dict[str, Any] | None,
    resolution: dict[str, Any],
    metadata: dict[str, Any],
    ttl_seconds: int = 0,
) -> HttpResponse:
    result = {"didDocument": document, "didResolutionMetadata": resolution, "didDocumentMetadata": metadata}
    cache = f"public, max-age={ttl_seconds}" if ttl_seconds else "no-store"
    headers = {"Cache-Control": cache, "Vary": "Accept"}
    return HttpResponse(orjson.dumps(result), status=status, content_type=RESULT_TYPE, headers=headers)


urlpatterns = [
    path("1.0/identifiers/<path:did>", Identifier.as_view(), name="api_identifier"),
    path("agents/<str:agent_id>/did.json", AgentDidDocument.as_view(), name="agent_did_document"),
    path(".well-known/did.json", RegistryDidDocument.as_view(), name="registry_did_document"),
]
