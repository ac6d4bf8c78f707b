"""``/v1/verify``: verdicts on many credentials at once, and on a presentation, whatever they are."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.credentials.checks import VerifyOptions
from identity.credentials.limits import CREDENTIAL_BYTES_MAX
from identity.credentials.presented import watch_presented
from identity.credentials.verify import verify_batch
from identity.credentials.verify_presentation import verify_presentation
from registry.api.schema import describe
from registry.api.v1.credential_shapes import PresentationIn, VerifyBatchIn, VerifyBatchOut
from registry.api.verification_shapes import (
    PresentationVerdictOut,
    presentation_verdict_document,
    verdict_document,
)
from registry.api.views import AUTHENTICATED, Resource


class VerifyBatch(Resource):
    scopes = {"POST": AUTHENTICATED}
    limits = {"POST": "verify"}
    reads = frozenset({"POST"})
    body_bytes_max = CREDENTIAL_BYTES_MAX

    @describe(
        "Verify up to 100 credentials",
        request=VerifyBatchIn,
        answers={200: VerifyBatchOut},
        tag="credentials",
    )
    def post(self, request: Request) -> Response:
        """One verdict a credential, in their order, with every check and its reason. `POST /credentials/verify` is
        the W3C's way of asking about one."""
        body = self.body(VerifyBatchIn)
        options = VerifyOptions(accept_unknown_status=body["accept_unknown_status"])
        verdicts = verify_batch(body["credentials"], at=self.at, options=options)
        return Response({"results": [verdict_document(verdict) for verdict in verdicts]})


class Presentation(Resource):
    scopes = {"POST": AUTHENTICATED}
    limits = {"POST": "verify"}
    reads = frozenset({"POST"})
    body_bytes_max = CREDENTIAL_BYTES_MAX

    @describe(
        "Verify a presentation and all in it",
        request=PresentationIn,
        answers={200: PresentationVerdictOut},
        tag="credentials",
    )
    def post(self, request: Request) -> Response:
        """Name the `challenge` and `domain` you asked the holder with. Credentials of other issuers that an agent of
        this registry presents are watched from then on."""
        body = self.body(PresentationIn)
        verdict = verify_presentation(
            body["presentation"],
            challenge=body.get("challenge"),
            domain=body.get("domain"),
            at=self.at,
            options=VerifyOptions(accept_unknown_status=body["accept_unknown_status"]),
        )
        watch_presented(body["presentation"], verdict, at=self.at)
        return Response(presentation_verdict_document(verdict))


urlpatterns = [
    path("v1/verify", VerifyBatch.as_view(), name="api_verify"),
    path("v1/verify/presentation", Presentation.as_view(), name="api_verify_presentation"),
]
