"""``/v1/sanctions``: statements of reasons, open to everybody, without personal data."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from identity.primitives.errors import NotFound
from identity.primitives.ids import ID_LENGTH_MAX
from registry.api.pagination import read_page
from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.views import PUBLIC, Resource, page_of
from reputation.moderation.ladder import Measure, Reason
from reputation.moderation.models import Appeal, AppealOutcome, AppealState, Detection, Sanction, SanctionState
from reputation.moderation.statement import public_statement, statement_text

PUBLISHED_STATES = [
    (state.value, state.label)
    for state in SanctionState
    if state not in (SanctionState.PROPOSED, SanctionState.WITHDRAWN)
]


SUBJECT_KINDS = [("agent", "agent"), ("organization", "organization")]
GROUND_KINDS = [("terms", "the terms"), ("law", "the law")]


class SanctionsQuery(StrictSerializer):
    agent = serializers.CharField(
        required=False, max_length=ID_LENGTH_MAX, help_text="An agent's id: only what was taken against it alone."
    )
    state = serializers.ChoiceField(PUBLISHED_STATES, required=False)
    changed_since = serializers.DateTimeField(
        required=False, help_text="Only what began, ended or was decided on appeal at or after this instant."
    )
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


class ScopeOut(serializers.Serializer[Any]):
    actions = serializers.ListField(child=serializers.CharField())
    registries = serializers.ListField(child=serializers.CharField())


class GroundOut(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(GROUND_KINDS)
    clause = serializers.CharField()


class RedressOut(serializers.Serializer[Any]):
    appeal_url = serializers.CharField()
    deadline = serializers.DateTimeField(allow_null=True)
    target_working_days = serializers.IntegerField(help_text="Within how many an appeal is to be decided.")
    cost = serializers.CharField()
    mediator = serializers.CharField(allow_null=True)


class AppealSeenOut(serializers.Serializer[Any]):
    """What everybody may know of an appeal."""

    id = serializers.CharField()
    state = serializers.ChoiceField(AppealState.choices)
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    outcome = serializers.ChoiceField(AppealOutcome.choices, allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    replacement = serializers.CharField(allow_null=True, help_text="The lesser measure, when it was changed.")


class SanctionOut(serializers.Serializer[Any]):
    """A statement of reasons with where it stands now."""

    id = serializers.CharField()
    type = serializers.CharField()
    subject = serializers.CharField(help_text="The DID of the agent, or of the organization as a whole.")
    subject_kind = serializers.ChoiceField(SUBJECT_KINDS)
    measure = serializers.ChoiceField([(measure.value, measure.value) for measure in Measure])
    level = serializers.IntegerField(min_value=1, max_value=5)
    scope = ScopeOut()
    territory = serializers.CharField()
    effective_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField(allow_null=True)
    confirm_by = serializers.DateTimeField(
        allow_null=True, help_text="An emergency measure lapses then, unless a second operator signs."
    )
    not_trusted_after = serializers.DateTimeField(
        allow_null=True, help_text="Of a deplatforming: when delegations given before stop."
    )
    readmission_from = serializers.DateTimeField(allow_null=True)
    reason = serializers.ChoiceField([(reason.value, reason.value) for reason in Reason])
    facts = serializers.CharField()
    evidence = serializers.ListField(child=serializers.CharField(), help_text="Ids of reports and authorizations.")
    detection = serializers.ChoiceField(Detection.choices)
    decision = serializers.CharField(help_text="Always `human`.")
    decided_by_role = serializers.CharField()
    ground = GroundOut()
    holds_set = serializers.ListField(child=serializers.CharField())
    redress = RedressOut()
    state = serializers.ChoiceField(PUBLISHED_STATES)
    ended_at = serializers.DateTimeField(allow_null=True)
    replaces = serializers.CharField(allow_null=True)
    appeal = AppealSeenOut(allow_null=True)
    text = serializers.CharField(help_text="All of it in plain words.")

    def to_representation(self, instance: Sanction) -> dict[str, Any]:
        statement = public_statement(instance)
        return {**statement, "text": statement_text(statement)}


class Sanctions(Resource):
    scopes = {"GET": PUBLIC}
    limits = {"GET": "search"}

    @describe(
        "List statements of reasons",
        answers={200: page_of(SanctionOut)},
        parameters=[SanctionsQuery],
        tag="sanctions",
    )
    def get(self, request: Request) -> Response:
        """Every measure that was ever in force, and what became of it: the open feed. Notes to organizations and
        proposals are not in it."""
        asked = self.query(SanctionsQuery)
        page = read_page(published(asked), query=request.query_params)
        return Response({"items": SanctionOut(page.items, many=True).data, "next_cursor": page.next_cursor})


class OneSanction(Resource):
    scopes = {"GET": PUBLIC}
    limits = {"GET": "search"}

    @describe("Look at a statement of reasons", answers={200: SanctionOut}, problems=["not_found"], tag="sanctions")
    def get(self, request: Request, sanction: str) -> Response:
        found = published({}).filter(pk=sanction).first()
        if found is None:
            raise NotFound("not_found", "There is no such sanction.")
        return Response(SanctionOut(found).data)


def published(asked: dict[str, Any]) -> QuerySet[Sanction]:
    rows = Sanction.objects.published().select_related("agent", "organization")
    rows = rows.prefetch_related("signatures", "appeals")
    if "agent" in asked:
        rows = rows.filter(agent=asked["agent"])
    if "state" in asked:
        rows = rows.filter(state=asked["state"])
    if "changed_since" in asked:
        since = asked["changed_since"]
        appealed = Appeal.objects.filter(Q(opened_at__gte=since) | Q(decided_at__gte=since))
        rows = rows.filter(Q(starts_at__gte=since) | Q(ended_at__gte=since) | Q(pk__in=appealed.values("sanction")))
    return rows


urlpatterns = [
    path("v1/sanctions", Sanctions.as_view(), name="api_sanctions"),
    path("v1/sanctions/<str:sanction>", OneSanction.as_view(), name="api_sanction"),
]
