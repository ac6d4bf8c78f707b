"""``/credentials/issue``, ``/credentials/verify``, ``/credentials/status`` (W3C VC-API)."""

from __future__ import annotations

import json
from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.credentials.checks import Verification
from identity.credentials.issue_document import issue_document
from identity.credentials.jose import envelop
from identity.credentials.lifecycle import (
    CredentialReason,
    reinstate_credential,
    revoke_credential,
    suspend_credential,
)
from identity.credentials.limits import CREDENTIAL_BYTES_MAX
from identity.credentials.models import Credential, CredentialStatus
from identity.credentials.verify import verify_credential
from identity.primitives.errors import Conflict, InvalidInput, NotFound
from registry.api.schema import describe
from registry.api.vc_api.shapes import IssueIn, IssueOut, StatusIn, StatusOut, VerifiedCredentialOut, VerifyIn
from registry.api.verification_shapes import check_document, problem_details
from registry.api.views import AUTHENTICATED, Resource

# Credentials of one id that a status change reaches; more than one only when the same document was issued again.
SAME_ID_MAX = 100
ISSUE_PROBLEMS = [
    "malformed_credential",
    "issuer_not_yours",
    "type_reserved",
    "issuer_key_elsewhere",
    "issuer_key_missing",
    "format_not_applicable",
    "cryptosuite_not_applicable",
    "registry_key_unreadable",
]


class Issue(Resource):
    scopes = {"POST": Permission.CREDENTIALS_WRITE}
    limits = {"POST": "issue"}
    body_bytes_max = CREDENTIAL_BYTES_MAX

    @describe(
        "Issue a credential of your own making",
        request=IssueIn,
        answers={201: IssueOut},
        problems=ISSUE_PROBLEMS,
        tag="credentials",
    )
    def post(self, request: Request) -> Response:
        """W3C VC-API. The document is signed in your organization's name by the key that the registry holds for it; a
        place in the registry's status lists is added unless it names a status of its own."""
        body = self.body(IssueIn)
        options = body.get("options", {})
        as_jwt = options.get("format") == "vc+jwt"
        credential = issue_document(
            organization=self.organization,
            document=body["credential"],
            cryptosuites=[options["cryptosuite"]] if "cryptosuite" in options else (),
            as_jwt=as_jwt,
            actor=self.caller.actor,
            at=self.at,
        )
        return Response({"verifiableCredential": secured_document(credential, as_jwt=as_jwt)}, status=201)


class Verify(Resource):
    scopes = {"POST": AUTHENTICATED}
    limits = {"POST": "verify"}
    reads = frozenset({"POST"})
    body_bytes_max = CREDENTIAL_BYTES_MAX

    @describe(
        "Verify a credential",
        request=VerifyIn,
        answers={200: VerifiedCredentialOut},
        problems=["not_verified"],
        tag="credentials",
    )
    def post(self, request: Request) -> Response:
        """W3C VC-API. 200 only for what verifies; `not_verified` carries every check with its reason."""
        body = self.body(VerifyIn)
        verification = verify_credential(body["verifiableCredential"], at=self.at)
        require_verified(verification)
        return Response(verified_document(verification))


class Status(Resource):
    scopes = {"POST": Permission.CREDENTIALS_WRITE}

    @describe(
        "Change the status of a credential",
        request=StatusIn,
        answers={200: StatusOut},
        problems=[
            "not_found",
            "revocation_is_terminal",
            "credential_revoked",
            "credential_suspended_by_registry",
            "agent_suspended",
        ],
        tag="credentials",
    )
    def post(self, request: Request) -> Response:
        """W3C VC-API. Online answers follow at once, the public lists within seconds."""
        body = self.body(StatusIn)
        rows = Credential.objects.filter(organization=self.organization, credential_id=body["credentialId"])
        found = list(rows.order_by("id")[:SAME_ID_MAX])
        if not found:
            raise NotFound("not_found", "Your organization has no credential of this id.")
        purpose, is_set = body["credentialStatus"]["statusPurpose"], body["status"]
        changed = sum(self._change(credential, purpose, is_set=is_set) for credential in found)
        return Response({"credentialId": body["credentialId"], "changed": changed})

    def _change(self, credential: Credential, purpose: str, *, is_set: bool) -> bool:
        """Whether it changed; what stands as wanted already is left alone, so that a repeated call is harmless."""
        if purpose == "revocation" and not is_set:
            raise Conflict("revocation_is_terminal", "A revocation cannot be taken back; issue the credential anew.")
        by: dict[str, Any] = {"actor": self.caller.actor, "at": self.at}
        reason = CredentialReason.UNSPECIFIED
        match purpose, is_set, credential.status:
            case _, _, CredentialStatus.REVOKED:
                return False
            case "revocation", _, _:
                revoke_credential(credential=credential, reason=reason, **by)
            case "suspension", True, CredentialStatus.ACTIVE:
                suspend_credential(credential=credential, reason=reason, **by)
            case "suspension", False, CredentialStatus.SUSPENDED:
                reinstate_credential(credential=credential, **by)
            case _:
                return False
        return True


def secured_document(credential: Credential, *, as_jwt: bool) -> dict[str, Any]:
    """The credential as an object: itself, or the envelope of its token."""
    if as_jwt:
        return envelop(credential.text)
    document: dict[str, Any] = json.loads(credential.text)
    return document


def require_verified(verification: Verification) -> None:
    """InvalidInput ``not_verified`` with every check, for what does not verify."""
    if verification.is_verified:
        return
    details = problem_details(verification)
    raise InvalidInput(
        "not_verified",
        details[0]["detail"] if details else "A credential inside does not verify.",
        verified=False,
        checks=[check_document(check) for check in verification.checks],
        problemDetails=details,
    )


def verified_document(verification: Verification) -> dict[str, Any]:
    """What a 200 says."""
    return {
        "verified": True,
        "checks": [check_document(check) for check in verification.checks],
        "problemDetails": problem_details(verification),
    }


urlpatterns = [
    path("credentials/issue", Issue.as_view(), name="vc_api_issue"),
    path("credentials/verify", Verify.as_view(), name="vc_api_verify"),
    path("credentials/status", Status.as_view(), name="vc_api_status"),
]
