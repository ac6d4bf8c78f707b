"""``/v1/appeals``: asking for a measure to be looked at again, and what became of it."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.primitives.errors import NotFound
from identity.primitives.ids import ID_LENGTH_MAX
from registry.api.pagination import read_page
from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.v1.agent_shapes import NothingIn
from registry.api.views import Resource, page_of
from reputation.moderation.appeals import open_appeal, withdraw_appeal
from reputation.moderation.limits import APPEAL_WORDS_LENGTH_MAX
from reputation.moderation.models import Appeal, AppealOutcome, AppealState, AppellantKind, Sanction


class AppealIn(StrictSerializer):
    sanction = serializers.CharField(max_length=ID_LENGTH_MAX, help_text="The measure you appeal against.")
    words = serializers.CharField(
        max_length=APPEAL_WORDS_LENGTH_MAX, help_text="Why it is wrong, for a person to read."
    )


class AppealOut(serializers.Serializer[Any]):
    id = serializers.CharField()
    sanction = serializers.CharField(source="sanction_id")
    level = serializers.IntegerField(source="sanction.level", help_text="Of the measure appealed against.")
    measure = serializers.CharField(source="sanction.measure")
    appellant = serializers.ChoiceField(AppellantKind.choices, source="appellant_kind")
    words = serializers.SerializerMethodField(help_text="The appellant's; only the appellant reads them here.")
    state = serializers.ChoiceField(AppealState.choices)
    opened_at = serializers.DateTimeField()
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    due_at = serializers.DateTimeField(help_text="By when it is to be decided.")
    outcome = serializers.SerializerMethodField(help_text=f"One of {', '.join(AppealOutcome.values)}, once decided.")
    decision_words = serializers.CharField(help_text="The deciding operator's reasons; empty while it is open.")
    decided_at = serializers.DateTimeField(allow_null=True)
    replacement = serializers.CharField(source="replacement_id", allow_null=True)

    def get_words(self, appeal: Appeal) -> str | None:
        return appeal.words if appeal.appellant_id == self.context["organization"].pk else None

    def get_outcome(self, appeal: Appeal) -> str | None:
        return appeal.outcome or None


class Appeals(Resource):
    """Needs appeals_read, or appeals_write."""

    scopes = {"GET": Permission.APPEALS_READ, "POST": Permission.APPEALS_WRITE}
    limits = {"POST": "report"}

    @describe("List your appeals", answers={200: page_of(AppealOut)}, tag="appeals")
    def get(self, request: Request) -> Response:
        """Yours, and those of others against measures that hit your organization."""
        page = read_page(appeals_of(self.organization), query=request.query_params)
        items = AppealOut(page.items, many=True, context={"organization": self.organization}).data
        return Response({"items": items, "next_cursor": page.next_cursor})

    @describe(
        "Appeal against a measure",
        request=AppealIn,
        answers={201: AppealOut},
        problems=[
            "not_found",
            "appeal_words_invalid",
            "appeal_exists",
            "appeal_too_late",
            "appeal_of_appeal",
            "sanction_ended",
            "too_many_appeals",
        ],
        tag="appeals",
    )
    def post(self, request: Request) -> Response:
        """For the organization that the measure hits, and for principals of the agent. Free of charge, within six
        months, once each. An operator who had no part in the measure decides; it stands until then."""
        body = self.body(AppealIn)
        appeal = open_appeal(
            sanction=sanction_named(body["sanction"]),
            appellant=self.organization,
            words=body["words"],
            actor=self.caller.actor,
            at=self.at,
        )
        shown = AppealOut(appeal, context={"organization": self.organization}).data
        return Response(shown, status=201, headers={"Location": f"/v1/appeals/{appeal.pk}"})


class OneAppeal(Resource):
    """Needs appeals_read."""

    scopes = {"GET": Permission.APPEALS_READ}

    @describe("Look at an appeal", answers={200: AppealOut}, problems=["not_found"], tag="appeals")
    def get(self, request: Request, appeal: str) -> Response:
        found = appeal_of(self.organization, appeal)
        return Response(AppealOut(found, context={"organization": self.organization}).data)


class Withdrawal(Resource):
    """Needs appeals_write."""

    scopes = {"POST": Permission.APPEALS_WRITE}

    @describe(
        "Withdraw an appeal",
        request=NothingIn,
        answers={200: AppealOut},
        problems=["not_found", "appeal_ended"],
        tag="appeals",
    )
    def post(self, request: Request, appeal: str) -> Response:
        """The measure stands, and you have no second appeal against it."""
        self.body(NothingIn)
        found = appeal_of(self.organization, appeal)
        if found.appellant_id != self.organization.pk:
            raise _not_found()
        found = withdraw_appeal(appeal=found, actor=self.caller.actor, at=self.at)
        return Response(AppealOut(found, context={"organization": self.organization}).data)


def appeals_of(organization: Organization) -> QuerySet[Appeal]:
    """Those it made, and those against measures that hit it."""
    mine = Q(appellant=organization) | Q(sanction__organization=organization)
    return Appeal.objects.filter(mine).select_related("sanction")


def appeal_of(organization: Organization, appeal_id: str) -> Appeal:
    found = appeals_of(organization).filter(pk=appeal_id).first()
    if found is None:
        raise _not_found()
    return found


def sanction_named(sanction_id: str) -> Sanction:
    """NotFound ``not_found``, as for one that the caller has nothing to do with."""
    found = Sanction.objects.select_related("agent", "organization").filter(pk=sanction_id).first()
    if found is None:
        raise NotFound("not_found", "There is no such sanction that you could appeal against.")
    return found


def _not_found() -> NotFound:
    return NotFound("not_found", "There is no such appeal, or it is not yours.")


urlpatterns = [
    path("v1/appeals", Appeals.as_view(), name="api_appeals"),
    path("v1/appeals/<str:appeal>", OneAppeal.as_view(), name="api_appeal"),
    path("v1/appeals/<str:appeal>/withdraw", Withdrawal.as_view(), name="api_appeal_withdraw"),
]
