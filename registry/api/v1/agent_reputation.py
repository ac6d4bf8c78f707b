"""How an agent has behaved: the figures, why they are so for those concerned, and what is said against an item."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.agents.models import Agent
from identity.delegation.models import Delegation
from identity.primitives.ids import ID_LENGTH_MAX
from registry.api.authentication import Caller
from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.v1.agent_access import agent_of, not_found
from registry.api.v1.resolve_shapes import ReputationOut
from registry.api.views import PUBLIC, Resource, page_of
from registry.resolution.standing_part import reputation_part
from registry.resolution.state import read_states
from reputation.scoring.contest import contest_item
from reputation.scoring.explain import Explanation, Note, Viewer, explain
from reputation.scoring.formula import Band, SeverityKind
from reputation.scoring.limits import CONTEST_TEXT_LENGTH_MAX
from reputation.scoring.models import Contest, ContestState


class ContributionOut(StrictSerializer):
    kind = serializers.ChoiceField(choices=["receipts", "case"], help_text="All receipts of a vendor, or one case.")
    ref = serializers.CharField(allow_blank=True, help_text="The vendor's id, or the item's; empty: not yours to know.")
    weight = serializers.FloatField(help_text="What it brings to `g`, or to `b`.")


class ReceiptItemOut(StrictSerializer):
    vendor = serializers.CharField(allow_null=True, help_text="null where a principal did not buy itself.")
    settled_on = serializers.DateField()
    count = serializers.IntegerField()
    quality = serializers.FloatField(help_text="The vendor's weight, 0 to 1.")
    weight = serializers.FloatField()
    counted = serializers.FloatField(help_text="What counts after the caps.")
    note = serializers.ChoiceField(choices=list(Note), allow_null=True)


class CaseItemOut(StrictSerializer):
    id = serializers.CharField(help_text="What you contest: `cev_…`.")
    case = serializers.CharField()
    agent = serializers.CharField(help_text="Another of the organization when `note` is inherited.")
    severity = serializers.ChoiceField(choices=list(SeverityKind))
    quality = serializers.FloatField(help_text="The reporter's weight, 0 to 1.")
    decided_on = serializers.DateField()
    weight = serializers.FloatField()
    note = serializers.ChoiceField(choices=list(Note), allow_null=True)
    contest = serializers.ChoiceField(choices=ContestState.choices, allow_null=True)


class ExplanationOut(StrictSerializer):
    """The score of one UTC day, item by item."""

    viewer = serializers.ChoiceField(choices=[Viewer.ORGANIZATION, Viewer.PRINCIPAL])
    computed_on = serializers.DateField()
    score = serializers.IntegerField()
    band = serializers.ChoiceField(choices=list(Band))
    g = serializers.FloatField(help_text="The weight of what went well.")
    b = serializers.FloatField(help_text="The weight of what went wrong.")
    n = serializers.FloatField(help_text="2 + g + b: how much evidence there is.")
    vendors = serializers.IntegerField(help_text="Vendors whose receipts count.")
    clusters = serializers.IntegerField(help_text="Owners of these vendors.")
    largest = ContributionOut(many=True)
    receipts = ReceiptItemOut(many=True)
    cases = CaseItemOut(many=True)
    items_left_out = serializers.IntegerField(help_text="Older items that count and are not listed.")


class AgentReputationOut(StrictSerializer):
    agent = serializers.CharField()
    reputation = ReputationOut()
    explanation = ExplanationOut(allow_null=True, help_text="null for whoever is not concerned.")


class ContestIn(StrictSerializer):
    item = serializers.CharField(max_length=ID_LENGTH_MAX, help_text="A case item of the explanation: `cev_…`.")
    text = serializers.CharField(max_length=CONTEST_TEXT_LENGTH_MAX, help_text="Why it should not weigh.")


class ContestOut(StrictSerializer):
    id = serializers.CharField()
    item = serializers.CharField()
    text = serializers.CharField()
    state = serializers.ChoiceField(choices=ContestState.choices)
    answer = serializers.CharField(allow_blank=True, help_text="The operator's reason.")
    opened_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)


class AgentReputation(Resource):
    """Everybody reads the figures. The explanation is for the organization that runs the agent and for principals
    that gave it authority, with a service key that has authorizations_read; and for the agent itself."""

    scopes = {"GET": PUBLIC}

    @describe("How an agent has behaved", answers={200: AgentReputationOut}, problems=["not_found"], tag="agents")
    def get(self, request: Request, agent_id: str) -> Response:
        """`reputation` says what the signed answer says; `explanation` is computed at this moment."""
        state = read_states([agent_id]).get(agent_id)
        if state is None:
            raise not_found()
        viewer = viewer_of(self.caller_or_none, state.agent)
        principal = self.organization.pk if viewer is Viewer.PRINCIPAL else None
        explained = explain(state.agent, viewer=viewer, principal=principal, at=self.at) if viewer else None
        return Response(
            {
                "agent": state.agent.pk,
                "reputation": reputation_part(state.agent, state.score, state.sanctions, self.at),
                "explanation": shown(explained, viewer) if explained and viewer else None,
            }
        )


class Contests(Resource):
    scopes = {"GET": Permission.APPEALS_READ, "POST": Permission.APPEALS_WRITE}

    @describe("List what was contested", answers={200: page_of(ContestOut)}, problems=["not_found"], tag="agents")
    def get(self, request: Request, agent_id: str) -> Response:
        return self.page(Contest.objects.filter(agent=agent_of(self.organization, agent_id)), ContestOut)

    @describe(
        "Contest an item of an agent's score",
        request=ContestIn,
        answers={201: ContestOut},
        problems=["not_found", "contest_text", "item_contested_before", "too_many_contests"],
        tag="agents",
    )
    def post(self, request: Request, agent_id: str) -> Response:
        """An operator looks at it again and answers; until then the item weighs."""
        contest = contest_item(
            agent=agent_of(self.organization, agent_id),
            organization=self.organization,
            **self.body(ContestIn),
            actor=self.caller.actor,
            at=self.at,
        )
        return Response(ContestOut(contest).data, status=201)


def viewer_of(caller: Caller | None, agent: Agent) -> Viewer | None:
    """As whom the caller may read the items, None for a stranger. Stops a stolen agent key from reading where the
    other agents of its organization buy."""
    if caller is None:
        return None
    if caller.agent is not None:
        return Viewer.ORGANIZATION if caller.agent.pk == agent.pk else None
    if caller.organization is None or Permission.AUTHORIZATIONS_READ not in caller.scopes:
        return None
    if caller.organization.pk == agent.organization_id:
        return Viewer.ORGANIZATION
    has_given = Delegation.objects.filter(principal=caller.organization, agent=agent).exists()
    return Viewer.PRINCIPAL if has_given else None


def shown(explanation: Explanation, viewer: Viewer) -> dict[str, Any]:
    """The explanation on the wire. Who reported is the operators' to know."""
    score = explanation.score
    cases = [asdict(item) for item in explanation.cases]
    return {
        "viewer": viewer,
        "computed_on": explanation.on,
        "score": score.score,
        "band": score.band,
        "g": score.g,
        "b": score.b,
        "n": score.n,
        "vendors": score.vendors,
        "clusters": score.clusters,
        "largest": [asdict(line) for line in score.largest],
        "receipts": [asdict(item) for item in explanation.receipts],
        "cases": [{name: value for name, value in case.items() if name not in _OPERATORS_ONLY} for case in cases],
        "items_left_out": explanation.items_left_out,
    }


_OPERATORS_ONLY = frozenset({"report", "vendor"})

urlpatterns = [
    path("v1/agents/<str:agent_id>/reputation", AgentReputation.as_view(), name="api_agent_reputation"),
    path("v1/agents/<str:agent_id>/reputation/contests", Contests.as_view(), name="api_agent_contests"),
]
