"""A delegation's standing (revoke, suspend, resume) and a principal's pause of everything."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.delegation.freeze import freeze_principal, unfreeze_principal
from identity.delegation.models import Delegation, DelegationStatus, PrincipalFreeze
from identity.delegation.revoke import (
    RevocationReason,
    SuspensionReason,
    resume_delegation,
    suspend_delegation,
)
from identity.spending import links
from registry.api.schema import describe
from registry.api.v1.agent_shapes import NothingIn
from registry.api.v1.delegation_access import (
    capacities_of,
    consent_by_sign_in,
    delegation_of,
    require_delegation_scope,
    shown,
)
from registry.api.v1.delegation_shapes import (
    DelegationDetailOut,
    DelegationRevocationIn,
    DelegationSuspensionIn,
    FreezeOut,
)
from registry.api.views import AUTHENTICATED, Resource


class Revocation(Resource):
    """A service key needs delegations_write; an agent revokes what it issued or what grew from it."""

    scopes = {"POST": AUTHENTICATED}

    @describe(
        "Revoke a delegation for good",
        request=DelegationRevocationIn,
        answers={200: DelegationDetailOut},
        problems=["not_found", "delegation_not_yours", "delegation_revoked"],
        tag="delegations",
    )
    def post(self, request: Request, delegation_id: str) -> Response:
        """Everything below it ends with it, at once. Open authorizations are void, unless the delegation says that
        they are honoured and the reason is `no_longer_needed`."""
        delegation, common = _asked(self, delegation_id)
        reason = RevocationReason(self.body(DelegationRevocationIn)["reason"])
        return _answer(self, links.revoke(delegation=delegation, reason=reason, **common))


class Suspension(Resource):
    """A service key needs delegations_write; an agent suspends what it issued and what it holds."""

    scopes = {"POST": AUTHENTICATED}

    @describe(
        "Suspend a delegation",
        request=DelegationSuspensionIn,
        answers={200: DelegationDetailOut},
        problems=["not_found", "delegation_already_suspended", "delegation_revoked"],
        tag="delegations",
    )
    def post(self, request: Request, delegation_id: str) -> Response:
        """Open authorizations stay, but cannot be captured meanwhile."""
        delegation, common = _asked(self, delegation_id)
        reason = SuspensionReason(self.body(DelegationSuspensionIn)["reason"])
        return _answer(self, suspend_delegation(delegation=delegation, reason=reason, **common))


class Resumption(Resource):
    """A service key needs delegations_write; an agent resumes what it suspended itself."""

    scopes = {"POST": AUTHENTICATED}

    @describe(
        "Resume a delegation",
        request=NothingIn,
        answers={200: DelegationDetailOut},
        problems=["not_found", "delegation_not_suspended", "suspended_by_another", "delegation_revoked"],
        tag="delegations",
    )
    def post(self, request: Request, delegation_id: str) -> Response:
        """Only whoever suspended it may."""
        delegation, common = _asked(self, delegation_id)
        self.body(NothingIn)
        return _answer(self, resume_delegation(delegation=delegation, **common))


class Freeze(Resource):
    scopes = {"GET": Permission.DELEGATIONS_READ, "POST": Permission.DELEGATIONS_WRITE}

    @describe("Whether everything is paused", answers={200: FreezeOut}, tag="delegations")
    def get(self, request: Request) -> Response:
        return Response(_freeze_shown(self))

    @describe("Pause everything", request=NothingIn, answers={200: FreezeOut}, tag="delegations")
    def post(self, request: Request) -> Response:
        """No agent may spend or pass on anything of your organization's once this has answered. Twice is as once."""
        self.body(NothingIn)
        freeze_principal(principal=self.organization, actor=self.caller.actor, at=self.at)
        return Response(_freeze_shown(self))


class Unfreeze(Resource):
    scopes = {"POST": Permission.DELEGATIONS_WRITE}

    @describe(
        "Go on after a pause",
        request=NothingIn,
        answers={200: FreezeOut},
        problems=["principal_not_frozen", "insufficient_user_authentication"],
        tag="delegations",
    )
    def post(self, request: Request) -> Response:
        """Needs that whoever made the service key has signed in strongly just now; the console asks for a passkey."""
        self.body(NothingIn)
        evidence = consent_by_sign_in(request.user, self.caller, at=self.at)
        unfreeze_principal(principal=self.organization, evidence=evidence, actor=self.caller.actor, at=self.at)
        return Response(_freeze_shown(self))


def _asked(view: Resource, delegation_id: str) -> tuple[Delegation, dict[str, Any]]:
    require_delegation_scope(view.caller, Permission.DELEGATIONS_WRITE)
    delegation = delegation_of(view.caller, delegation_id)
    who = capacities_of(view.caller, delegation)
    return delegation, {"capacities": who, "actor": view.caller.actor, "at": view.at}


def _answer(view: Resource, delegation: Delegation) -> Response:
    return Response(shown(delegation, view.caller, at=view.at))


def _freeze_shown(view: Resource) -> dict[str, Any]:
    freeze = PrincipalFreeze.objects.filter(pk=view.organization.pk).first()
    living = Delegation.objects.filter(principal=view.organization).exclude(status=DelegationStatus.REVOKED)
    frozen_at = freeze.frozen_at if freeze else None
    return dict(FreezeOut({"frozen": freeze is not None, "frozen_at": frozen_at, "delegations": living.count()}).data)


urlpatterns = [
    path("v1/delegations/<str:delegation_id>/revoke", Revocation.as_view(), name="api_delegation_revoke"),
    path("v1/delegations/<str:delegation_id>/suspend", Suspension.as_view(), name="api_delegation_suspend"),
    path("v1/delegations/<str:delegation_id>/resume", Resumption.as_view(), name="api_delegation_resume"),
    path("v1/principals/me/freeze", Freeze.as_view(), name="api_principal_freeze"),
    path("v1/principals/me/unfreeze", Unfreeze.as_view(), name="api_principal_unfreeze"),
]
