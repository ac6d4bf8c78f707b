"""``/presentations/verify`` (W3C VC-API)."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.credentials.limits import CREDENTIAL_BYTES_MAX
from identity.credentials.presented import watch_presented
from identity.credentials.verify_presentation import verify_presentation
from registry.api.schema import describe
from registry.api.vc_api.credentials import require_verified, verified_document
from registry.api.vc_api.shapes import VerifiedPresentationOut, VerifyPresentationIn
from registry.api.verification_shapes import verdict_document
from registry.api.views import AUTHENTICATED, Resource


class VerifyPresentation(Resource):
    scopes = {"POST": AUTHENTICATED}
    limits = {"POST": "verify"}
    reads = frozenset({"POST"})
    body_bytes_max = CREDENTIAL_BYTES_MAX

    @describe(
        "Verify a presentation",
        request=VerifyPresentationIn,
        answers={200: VerifiedPresentationOut},
        problems=["not_verified"],
        tag="credentials",
    )
    def post(self, request: Request) -> Response:
        """W3C VC-API. `options.challenge` and `options.domain` are what you asked the holder with; every credential
        inside is verified too. 200 only for what verifies."""
        body = self.body(VerifyPresentationIn)
        options = body.get("options", {})
        verification = verify_presentation(
            body["verifiablePresentation"],
            challenge=options.get("challenge"),
            domain=options.get("domain"),
            at=self.at,
        )
        require_verified(verification)
        watch_presented(body["verifiablePresentation"], verification, at=self.at)
        results = [verdict_document(each) for each in verification.credentials]
        return Response({**verified_document(verification), "credentialResults": results})


urlpatterns = [path("presentations/verify", VerifyPresentation.as_view(), name="vc_api_verify_presentation")]
