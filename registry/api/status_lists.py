"""``/status/<letter>/<number>``: the published status lists, as the stored bytes that any cache may keep."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request

from identity.credentials.models import StatusListForm, StatusPublication
from identity.credentials.publish import current_publication
from identity.primitives.errors import NotFound
from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.v1.resolve import PublicResource, not_modified
from registry.api.views import PUBLIC
from registry.resolution.wire import is_not_modified, validators_of

# Verifiers ask for application/ld+json or application/json and want to read the word json (the W3C's own suite does).
CREDENTIAL_TYPE = "application/ld+json"
TOKEN_TYPE = "application/statuslist+jwt"  # noqa: S105  a media type


class StatusListOut(StrictSerializer):
    """A Bitstring Status List credential (W3C Bitstring Status List 1.0 section 2.2)."""

    id = serializers.URLField()
    issuer = serializers.CharField()
    credentialSubject = serializers.DictField()


class StatusListResource(PublicResource):
    """What the three forms share."""

    scopes = {"GET": PUBLIC}
    limits = {"GET": "resolve"}

    def answer(self, request: Request, number: int, form: StatusListForm, *, content_type: str) -> HttpResponse:
        publication = current_publication(number, form, at=self.at)
        if publication is None:
            raise NotFound("not_found", "There is no such status list here.")
        return list_response(request, publication, content_type=content_type)


class Revocations(StatusListResource):
    @describe("A list of revocations", answers={(200, CREDENTIAL_TYPE): StatusListOut, 304: None}, tag="credentials")
    def get(self, request: Request, number: int) -> HttpResponse:
        """A Bitstring Status List credential, signed by the registry."""
        return self.answer(request, number, StatusListForm.REVOCATION, content_type=CREDENTIAL_TYPE)


class Suspensions(StatusListResource):
    @describe("A list of suspensions", answers={(200, CREDENTIAL_TYPE): StatusListOut, 304: None}, tag="credentials")
    def get(self, request: Request, number: int) -> HttpResponse:
        """A Bitstring Status List credential, signed by the registry."""
        return self.answer(request, number, StatusListForm.SUSPENSION, content_type=CREDENTIAL_TYPE)


class TokenStatuses(StatusListResource):
    @describe("A list as a token", answers={(200, TOKEN_TYPE): OpenApiTypes.STR, 304: None}, tag="credentials")
    def get(self, request: Request, number: int) -> HttpResponse:
        """A Token Status List: a JWT of type `statuslist+jwt`, two bits an entry: 0 valid, 1 revoked, 2 suspended."""
        return self.answer(request, number, StatusListForm.TOKEN, content_type=TOKEN_TYPE)


def list_response(request: Request, publication: StatusPublication, *, content_type: str) -> HttpResponse:
    """The bytes with their validators, or a 304."""
    headers = dict(validators_of(etag=publication.etag, ttl_seconds=settings.STATUS_LIST_TTL_SECONDS))
    if is_not_modified(request.headers.get("If-None-Match", ""), etag=publication.etag, status=200):
        return not_modified(headers)
    body = bytes(publication.body)
    shown = b"" if request.method == "HEAD" else body
    return HttpResponse(shown, content_type=content_type, headers={**headers, "Content-Length": str(len(body))})


urlpatterns = [
    path("status/r/<int:number>", Revocations.as_view(), name="status_list_revocations"),
    path("status/s/<int:number>", Suspensions.as_view(), name="status_list_suspensions"),
    path("status/t/<int:number>", TokenStatuses.as_view(), name="status_list_token"),
]
