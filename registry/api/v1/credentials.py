"""``/v1/credentials``: what an organization's agents hold, issued, paused and ended here."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.credentials.checks import CredentialFormat
from identity.credentials.issue import issue_credential
from identity.credentials.lifecycle import reinstate_credential, revoke_credential, suspend_credential
from identity.credentials.limits import CREDENTIAL_BYTES_MAX
from identity.credentials.models import Credential, CredentialKind, PreparedCredential
from identity.credentials.prepared import complete_credential, prepare_statement
from identity.primitives.errors import NotFound
from identity.primitives.multikey import KeyAlgorithm
from registry.api.schema import describe
from registry.api.v1.agent_access import agent_of
from registry.api.v1.agent_shapes import NothingIn
from registry.api.v1.credential_shapes import (
    CompleteIn,
    CredentialDetailOut,
    CredentialIn,
    CredentialOut,
    CredentialsQuery,
    PreparedIn,
    PreparedOut,
    ReasonIn,
)
from registry.api.views import Resource, page_of

ISSUE_PROBLEMS = [
    "not_found",
    "agent_suspended",
    "agent_deactivated",
    "agent_revoked",
    "agent_has_no_key",
    "too_many_agent_credentials",
    "statement_missing",
    "description_invalid",
    "cryptosuite_mixed",
    "cryptosuite_not_applicable",
    "issuer_key_elsewhere",
    "issuer_key_missing",
    "credential_suspended_by_registry",
    "registry_key_unreadable",
]


class CredentialResource(Resource):
    """What the addresses below share."""

    def credential(self, credential_id: str) -> Credential:
        """One of this organization. NotFound for one of others and for none alike: ids cannot be probed."""
        rows = Credential.objects.select_related("agent", "status_entry")
        found = rows.filter(pk=credential_id, organization=self.organization).first()
        if found is None:
            raise NotFound("not_found", "There is no such credential.")
        return found

    def shown(self, credential: Credential) -> dict[str, Any]:
        return dict(CredentialDetailOut(credential, context={"at": self.at}).data)


class Credentials(CredentialResource):
    scopes = {"GET": Permission.AGENTS_READ, "POST": Permission.CREDENTIALS_WRITE}
    limits = {"POST": "issue"}

    @describe(
        "List credentials",
        answers={200: page_of(CredentialOut)},
        parameters=[CredentialsQuery],
        tag="credentials",
    )
    def get(self, request: Request) -> Response:
        query = self.query(CredentialsQuery)
        rows = Credential.objects.filter(organization=self.organization).select_related("agent")
        if "agent" in query:
            rows = rows.filter(agent_id=query["agent"])
        if "kind" in query:
            rows = rows.filter(kind=query["kind"])
        return self.page(rows.defer("document"), CredentialOut)

    @describe(
        "Issue a credential about an agent",
        request=CredentialIn,
        answers={201: CredentialDetailOut},
        problems=ISSUE_PROBLEMS,
        tag="credentials",
    )
    def post(self, request: Request) -> Response:
        """A new identity credential takes the place of the one before it in the same format, which is revoked."""
        body = self.body(CredentialIn)
        credential = issue_credential(
            agent=agent_of(self.organization, body["agent"]),
            kind=CredentialKind(body["kind"]),
            format=CredentialFormat(body["format"]),
            cryptosuites=body.get("cryptosuites", ()),
            algorithm=KeyAlgorithm(body["algorithm"]) if "algorithm" in body else None,
            statement=body.get("statement", ""),
            valid_for=lifetime_of(body),
            actor=self.caller.actor,
            at=self.at,
        )
        location = {"Location": f"/v1/credentials/{credential.pk}"}
        return Response(self.shown(credential), status=201, headers=location)


class OneCredential(CredentialResource):
    scopes = {"GET": Permission.AGENTS_READ}

    @describe("Look at a credential", answers={200: CredentialDetailOut}, problems=["not_found"], tag="credentials")
    def get(self, request: Request, credential_id: str) -> Response:
        return Response(self.shown(self.credential(credential_id)))


class Suspension(CredentialResource):
    scopes = {"POST": Permission.CREDENTIALS_WRITE}

    @describe(
        "Suspend a credential",
        request=ReasonIn,
        answers={200: CredentialDetailOut},
        problems=["not_found", "credential_revoked", "credential_already_suspended"],
        tag="credentials",
    )
    def post(self, request: Request, credential_id: str) -> Response:
        found, reason = self.credential(credential_id), self.body(ReasonIn)["reason"]
        return Response(
            self.shown(suspend_credential(credential=found, reason=reason, actor=self.caller.actor, at=self.at))
        )


class Reinstatement(CredentialResource):
    scopes = {"POST": Permission.CREDENTIALS_WRITE}

    @describe(
        "Reinstate a credential",
        request=NothingIn,
        answers={200: CredentialDetailOut},
        problems=[
            "not_found",
            "credential_revoked",
            "credential_not_suspended",
            "credential_suspended_by_registry",
            "agent_suspended",
        ],
        tag="credentials",
    )
    def post(self, request: Request, credential_id: str) -> Response:
        found = self.credential(credential_id)
        self.body(NothingIn)
        return Response(self.shown(reinstate_credential(credential=found, actor=self.caller.actor, at=self.at)))


class Revocation(CredentialResource):
    scopes = {"POST": Permission.CREDENTIALS_WRITE}

    @describe(
        "Revoke a credential for good",
        request=ReasonIn,
        answers={200: CredentialDetailOut},
        problems=["not_found", "credential_revoked"],
        tag="credentials",
    )
    def post(self, request: Request, credential_id: str) -> Response:
        """Online answers follow at once, the public lists within seconds."""
        found, reason = self.credential(credential_id), self.body(ReasonIn)["reason"]
        return Response(
            self.shown(revoke_credential(credential=found, reason=reason, actor=self.caller.actor, at=self.at))
        )


class Preparation(CredentialResource):
    scopes = {"POST": Permission.CREDENTIALS_WRITE}
    limits = {"POST": "issue"}

    @describe(
        "Prepare a statement that you sign yourself",
        request=PreparedIn,
        answers={201: PreparedOut},
        problems=[
            "not_found",
            "agent_suspended",
            "agent_deactivated",
            "agent_revoked",
            "too_many_prepared",
            "description_invalid",
        ],
        tag="credentials",
    )
    def post(self, request: Request) -> Response:
        """The document has its place in the registry's status lists. Sign it with your issuer's key within 24 hours
        and complete it."""
        body = self.body(PreparedIn)
        prepared = prepare_statement(
            agent=agent_of(self.organization, body["agent"]),
            statement=body["statement"],
            valid_for=lifetime_of(body),
            actor=self.caller.actor,
            at=self.at,
        )
        return Response(PreparedOut(prepared).data, status=201)


class Completion(CredentialResource):
    scopes = {"POST": Permission.CREDENTIALS_WRITE}
    body_bytes_max = CREDENTIAL_BYTES_MAX

    @describe(
        "Complete a prepared credential",
        request=CompleteIn,
        answers={201: CredentialDetailOut},
        problems=[
            "not_found",
            "prepared_ended",
            "prepared_mismatch",
            "malformed_proof",
            "agent_deactivated",
            "agent_revoked",
        ],
        tag="credentials",
    )
    def post(self, request: Request, prepared_id: str) -> Response:
        waiting = PreparedCredential.objects.select_related("agent")
        prepared = waiting.filter(pk=prepared_id, organization=self.organization).first()
        if prepared is None:
            raise NotFound("not_found", "There is no such prepared credential.")
        secured = self.body(CompleteIn)["secured"]
        credential = complete_credential(prepared=prepared, secured=secured, actor=self.caller.actor, at=self.at)
        location = {"Location": f"/v1/credentials/{credential.pk}"}
        return Response(self.shown(credential), status=201, headers=location)


def lifetime_of(body: dict[str, Any]) -> timedelta | None:
    days = body.get("valid_for_days")
    return None if days is None else timedelta(days=days)


urlpatterns = [
    path("v1/credentials", Credentials.as_view(), name="api_credentials"),
    path("v1/credentials/prepared", Preparation.as_view(), name="api_credential_prepare"),
    path("v1/credentials/prepared/<str:prepared_id>/complete", Completion.as_view(), name="api_credential_complete"),
    path("v1/credentials/<str:credential_id>", OneCredential.as_view(), name="api_credential"),
    path("v1/credentials/<str:credential_id>/suspend", Suspension.as_view(), name="api_credential_suspend"),
    path("v1/credentials/<str:credential_id>/reinstate", Reinstatement.as_view(), name="api_credential_reinstate"),
    path("v1/credentials/<str:credential_id>/revoke", Revocation.as_view(), name="api_credential_revoke"),
]
