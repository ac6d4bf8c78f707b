"""``/v1/issuers``: under which DID an organization issues credentials, and by which keys."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.credentials.models import IssuerDidMethod, TenantIssuer
from identity.credentials.tenant_issuers import add_issuer_key, revoke_issuer_key
from identity.primitives.errors import NotFound
from identity.primitives.multikey import KeyAlgorithm
from registry.api.schema import describe
from registry.api.v1.agent_shapes import NothingIn
from registry.api.v1.credential_shapes import IssuerIn, IssuerKeyIn, IssuerOut
from registry.api.views import Resource, page_of
from registry.directory.issuer_domains import choose_proven_issuer

KEY_PROBLEMS = ["malformed_key", "unsupported_key", "key_already_registered", "too_many_keys"]


class IssuerResource(Resource):
    """What the addresses below share."""

    def issuer(self, issuer_id: str) -> TenantIssuer:
        found = TenantIssuer.objects.filter(pk=issuer_id, organization=self.organization).first()
        if found is None:
            raise NotFound("not_found", "There is no such issuer.")
        return found

    def shown(self, issuer: TenantIssuer) -> dict[str, Any]:
        fresh = TenantIssuer.objects.prefetch_related("keys").get(pk=issuer.pk)
        return dict(IssuerOut(fresh).data)


class Issuers(IssuerResource):
    scopes = {"GET": Permission.AGENTS_READ, "POST": Permission.KEYS_WRITE}

    @describe("List your organization's issuers", answers={200: page_of(IssuerOut)}, tag="credentials")
    def get(self, request: Request) -> Response:
        """The current one, and those your organization issued under before."""
        rows = TenantIssuer.objects.filter(organization=self.organization).prefetch_related("keys")
        return self.page(rows, IssuerOut)

    @describe(
        "Choose how your organization issues",
        request=IssuerIn,
        answers={201: IssuerOut},
        problems=["issuer_domain_missing", "issuer_domain_unproven", *KEY_PROBLEMS],
        tag="credentials",
    )
    def post(self, request: Request) -> Response:
        """`hosted` is a did:web under this registry, `domain` a did:web at a domain you have proven, `key` a did:key.
        What was signed before keeps verifying."""
        body = self.body(IssuerIn)
        issuer = choose_proven_issuer(
            organization=self.organization,
            method=IssuerDidMethod(body["method"]),
            domain=body.get("domain"),
            actor=self.caller.actor,
            at=self.at,
            **key_choice(body),
        )
        return Response(self.shown(issuer), status=201)


class Keys(IssuerResource):
    scopes = {"POST": Permission.KEYS_WRITE}

    @describe(
        "Put a new issuer key in charge",
        request=IssuerKeyIn,
        answers={201: IssuerOut},
        problems=["not_found", "issuer_is_its_key", *KEY_PROBLEMS],
        tag="credentials",
    )
    def post(self, request: Request, issuer_id: str) -> Response:
        """The key before it stops signing and stays published, so that what it signed keeps verifying."""
        issuer, body = self.issuer(issuer_id), self.body(IssuerKeyIn)
        add_issuer_key(issuer=issuer, actor=self.caller.actor, at=self.at, **key_choice(body))
        return Response(self.shown(issuer), status=201)


class KeyRevocation(IssuerResource):
    scopes = {"POST": Permission.KEYS_WRITE}

    @describe(
        "Revoke an issuer key that others may hold",
        request=NothingIn,
        answers={200: IssuerOut},
        problems=["not_found", "key_not_found", "key_already_revoked"],
        tag="credentials",
    )
    def post(self, request: Request, issuer_id: str, fragment: str) -> Response:
        """Every credential that it signed stops verifying at once."""
        issuer = self.issuer(issuer_id)
        self.body(NothingIn)
        revoke_issuer_key(issuer=issuer, fragment=fragment, actor=self.caller.actor, at=self.at)
        return Response(self.shown(issuer))


def key_choice(body: dict[str, Any]) -> dict[str, Any]:
    """The organization's own key, or the kind of key that the registry makes."""
    choice: dict[str, Any] = {"public_key": body["public_key"]} if "public_key" in body else {}
    return choice | ({"algorithm": KeyAlgorithm(body["algorithm"])} if "algorithm" in body else {})


urlpatterns = [
    path("v1/issuers", Issuers.as_view(), name="api_issuers"),
    path("v1/issuers/<str:issuer_id>/keys", Keys.as_view(), name="api_issuer_keys"),
    path(
        "v1/issuers/<str:issuer_id>/keys/<str:fragment>/revoke",
        KeyRevocation.as_view(),
        name="api_issuer_key_revoke",
    ),
]
