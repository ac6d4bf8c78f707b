"""Wider limits that were agreed to and wait out their cooling period: seen, and cancelled."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.urls import path
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.delegation.drafts import signed_terms, terms_of_draft
from identity.delegation.models import Delegation, PendingRaise, RaiseState
from identity.delegation.widening import widenings
from identity.primitives.errors import NotFound
from identity.spending.raises import cancel_raise
from registry.api.schema import describe
from registry.api.v1.agent_shapes import NothingIn
from registry.api.v1.delegation_access import delegation_of
from registry.api.views import Resource, page_of


class RaiseOut(serializers.Serializer[PendingRaise]):
    """A change of limits that waits, or waited."""

    id = serializers.CharField()
    delegation = serializers.CharField(source="delegation_id", help_text="Whose place it takes; in force until then.")
    replacement = serializers.CharField(source="draft_id", help_text="The id the new delegation will have.")
    state = serializers.ChoiceField(RaiseState.choices)
    sentence = serializers.CharField(source="draft.displayed_text", help_text="What will hold.")
    wider = serializers.SerializerMethodField(
        help_text="Ids of the old constraints that it goes beyond, or validity, depth, audience, currency."
    )
    asked_at = serializers.DateTimeField()
    begins_at = serializers.DateTimeField(source="ripe_at", help_text="Nothing begins before; a pause makes it later.")
    ended_at = serializers.DateTimeField(allow_null=True)
    end_reason = serializers.CharField(allow_blank=True, help_text="The code of what stood in the way, if anything.")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_wider(self, waiting: PendingRaise) -> list[str]:
        return list(widenings(signed_terms(waiting.delegation), terms_of_draft(waiting.draft)))


class Raises(Resource):
    scopes = {"GET": Permission.DELEGATIONS_READ}

    @describe("List changes that wait", answers={200: page_of(RaiseOut)}, problems=["not_found"], tag="delegations")
    def get(self, request: Request, delegation_id: str) -> Response:
        """Every wider change of this delegation that its principal agreed to, over or not, oldest first."""
        return self.page(raises_of(self, delegation_id), RaiseOut)


class OneRaise(Resource):
    scopes = {"GET": Permission.DELEGATIONS_READ}

    @describe("Look at a change that waits", answers={200: RaiseOut}, problems=["not_found"], tag="delegations")
    def get(self, request: Request, delegation_id: str, raise_id: str) -> Response:
        """When it is `issued`, its `replacement` is in force."""
        return Response(raise_shown(raise_of(self, delegation_id, raise_id)))


class RaiseCancellation(Resource):
    scopes = {"POST": Permission.DELEGATIONS_WRITE}

    @describe(
        "Cancel a change that waits",
        request=NothingIn,
        answers={200: RaiseOut},
        problems=["not_found", "raise_over"],
        tag="delegations",
    )
    def post(self, request: Request, delegation_id: str, raise_id: str) -> Response:
        """The limits stay as they are. Needs nobody to have signed in: doing less is always free."""
        self.body(NothingIn)
        waiting = raise_of(self, delegation_id, raise_id)
        cancel_raise(pending=waiting, actor=self.caller.actor, at=self.at)
        return Response(raise_shown(raise_of(self, delegation_id, raise_id)))


def raise_shown(waiting: PendingRaise) -> dict[str, Any]:
    return dict(RaiseOut(waiting).data)


def raises_of(view: Resource, delegation_id: str) -> QuerySet[PendingRaise]:
    """The changes of one of the organization's own roots. NotFound for every other delegation: what a principal is
    about to lend is nobody else's to know, the agent's that will hold it included."""
    delegation: Delegation = delegation_of(view.caller, delegation_id)
    if delegation.principal_id != view.organization.pk:
        raise _no_raise()
    return delegation.raises.select_related("draft", "delegation")


def raise_of(view: Resource, delegation_id: str, raise_id: str) -> PendingRaise:
    waiting = raises_of(view, delegation_id).filter(pk=raise_id).first()
    if waiting is None:
        raise _no_raise()
    return waiting


def _no_raise() -> NotFound:
    return NotFound("not_found", "There is no such change.")


_PLACE = "v1/delegations/<str:delegation_id>/raises"

urlpatterns = [
    path(_PLACE, Raises.as_view(), name="api_delegation_raises"),
    path(f"{_PLACE}/<str:raise_id>", OneRaise.as_view(), name="api_delegation_raise"),
    path(f"{_PLACE}/<str:raise_id>/cancel", RaiseCancellation.as_view(), name="api_delegation_raise_cancel"),
]
