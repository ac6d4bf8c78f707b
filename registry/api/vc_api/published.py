"""What verifiers elsewhere look up: our JSON-LD contexts, and the DID documents of organizations as issuers."""

from __future__ import annotations

import hashlib

import orjson
from django.http import HttpResponse
from django.urls import path
from rest_framework.request import Request

from identity.credentials.contexts import served_contexts
from identity.credentials.tenant_issuers import issuer_did_document
from identity.primitives.errors import NotFound
from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.v1.identifiers import DOCUMENT_TYPE, DidDocumentOut
from registry.api.v1.resolve import PublicResource, not_modified
from registry.api.views import PUBLIC

CONTEXT_TYPE = "application/ld+json"
CONTEXT_MAX_AGE_SECONDS = 86_400  # a context never changes: its address has its version
ISSUER_MAX_AGE_SECONDS = 300  # a key that is revoked must leave caches soon


class ContextOut(StrictSerializer):
    """A JSON-LD context (JSON-LD 1.1)."""


class Context(PublicResource):
    scopes = {"GET": PUBLIC}

    @describe(
        "A JSON-LD context of this registry", answers={(200, CONTEXT_TYPE): ContextOut, 304: None}, tag="credentials"
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        """The words that the registry's credentials use: `agent` and `delegation`."""
        context = served_contexts().get(name)
        if context is None:
            raise NotFound("not_found", "There is no such context here.")
        return _bytes_response(
            request, orjson.dumps(context), content_type=CONTEXT_TYPE, max_age=CONTEXT_MAX_AGE_SECONDS
        )


class IssuerDidDocument(PublicResource):
    scopes = {"GET": PUBLIC}

    @describe(
        "The did:web document of an organization as issuer",
        answers={(200, DOCUMENT_TYPE): DidDocumentOut, 304: None},
        tag="did",
    )
    def get(self, request: Request, organization_id: str) -> HttpResponse:
        document = issuer_did_document(organization_id, at=self.at)
        if document is None:
            raise NotFound("not_found", "There is no such issuer here.")
        return _bytes_response(
            request, orjson.dumps(document), content_type=DOCUMENT_TYPE, max_age=ISSUER_MAX_AGE_SECONDS
        )


def _bytes_response(request: Request, body: bytes, *, content_type: str, max_age: int) -> HttpResponse:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"Cache-Control": f"public, max-age={max_age}", "ETag": etag}
    if etag in request.headers.get("If-None-Match", ""):
        return not_modified(headers)
    shown = b"" if request.method == "HEAD" else body
    return HttpResponse(shown, content_type=content_type, headers={**headers, "Content-Length": str(len(body))})


urlpatterns = [
    path("contexts/<str:name>/v1", Context.as_view(), name="api_context"),
    path("organizations/<str:organization_id>/did.json", IssuerDidDocument.as_view(), name="api_issuer_did_document"),
]
