"""An agent's standing, as far as its organization sets it: suspend, reinstate, deactivate."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.agents.lifecycle import DeactivationReason, SuspensionReason, deactivate, reinstate, suspend
from identity.agents.models import SuspendedBy
from registry.api.schema import describe
from registry.api.v1.agent_access import agent_of, detail_of
from registry.api.v1.agent_shapes import AgentDetailOut, DeactivationIn, NothingIn, SuspensionIn
from registry.api.views import Resource


class Suspension(Resource):
    scopes = {"POST": Permission.AGENTS_WRITE}

    @describe(
        "Suspend an agent",
        request=SuspensionIn,
        answers={200: AgentDetailOut},
        problems=["not_found", "agent_already_suspended", "agent_deactivated", "agent_revoked"],
        tag="agents",
    )
    def post(self, request: Request, agent_id: str) -> Response:
        agent, body = agent_of(self.organization, agent_id), self.body(SuspensionIn)
        agent = suspend(
            agent=agent,
            reason=SuspensionReason(body["reason"]),
            by=SuspendedBy.CONTROLLER,
            actor=self.caller.actor,
            at=self.at,
        )
        return Response(detail_of(agent, self.at))


class Reinstatement(Resource):
    scopes = {"POST": Permission.AGENTS_WRITE}

    @describe(
        "Reinstate an agent",
        request=NothingIn,
        answers={200: AgentDetailOut},
        problems=["not_found", "agent_not_suspended", "suspended_by_registry", "agent_deactivated", "agent_revoked"],
        tag="agents",
    )
    def post(self, request: Request, agent_id: str) -> Response:
        agent = agent_of(self.organization, agent_id)
        self.body(NothingIn)
        agent = reinstate(agent=agent, by=SuspendedBy.CONTROLLER, actor=self.caller.actor, at=self.at)
        return Response(detail_of(agent, self.at))


class Deactivation(Resource):
    scopes = {"POST": Permission.AGENTS_WRITE}

    @describe(
        "Deactivate an agent for good",
        request=DeactivationIn,
        answers={200: AgentDetailOut},
        problems=["not_found", "agent_deactivated", "agent_revoked", "registry_hold"],
        tag="agents",
    )
    def post(self, request: Request, agent_id: str) -> Response:
        agent, body = agent_of(self.organization, agent_id), self.body(DeactivationIn)
        reason = DeactivationReason(body["reason"])
        agent = deactivate(agent=agent, reason=reason, actor=self.caller.actor, at=self.at)
        return Response(detail_of(agent, self.at))


urlpatterns = [
    path("v1/agents/<str:agent_id>/suspend", Suspension.as_view(), name="api_agent_suspend"),
    path("v1/agents/<str:agent_id>/reinstate", Reinstatement.as_view(), name="api_agent_reinstate"),
    path("v1/agents/<str:agent_id>/deactivate", Deactivation.as_view(), name="api_agent_deactivate"),
]
