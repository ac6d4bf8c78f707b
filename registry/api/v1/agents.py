"""Agents: challenge, register, look, change, claim. Keys and lifecycle are in the files beside this one."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.agents.challenges import issue_challenge
from identity.agents.claim import NotClaimable
from identity.agents.models import Agent, AgentStatus, ChallengePurpose
from identity.agents.register import update_agent
from identity.primitives.errors import Conflict
from registry.api.schema import describe
from registry.api.v1 import agent_keys, agent_lifecycle
from registry.api.v1.agent_access import agent_of, detail_of, not_found, require_key_scope, require_permission
from registry.api.v1.agent_shapes import (
    AgentChange,
    AgentDetailOut,
    AgentIn,
    AgentOut,
    AgentsQuery,
    ChallengeIn,
    ChallengeOut,
    ProofIn,
)
from registry.api.views import AUTHENTICATED, Resource, page_of
from registry.directory.named_agent import claim_listed_agent, register_named_agent, register_unnamed_agent

PROOF_PROBLEMS = [
    "malformed_signature",
    "challenge_not_found",
    "challenge_purpose",
    "challenge_already_used",
    "challenge_expired",
    "signature_invalid",
    "key_already_registered",
]
PROFILE_PROBLEMS = ["display_name_invalid", "description_invalid", "capabilities_invalid", "homepage_invalid"]
NAME_PROBLEMS = [
    "zone_not_yours",
    "name_invalid",
    "name_mixed_scripts",
    "name_reserved",
    "name_taken",
    "name_confusable",
    "name_limit_reached",
]


class Challenges(Resource):
    """``register`` and ``claim`` need agents_write, ``key`` keys_write or the agent's own signature."""

    scopes = {"POST": AUTHENTICATED}

    @describe(
        "Ask for a challenge to sign",
        request=ChallengeIn,
        answers={201: ChallengeOut},
        problems=[
            "malformed_key",
            "unsupported_key",
            "key_already_registered",
            "challenge_agent",
            "agent_already_claimed",
            "barred",
            "too_many_challenges",
        ],
        tag="agents",
    )
    def post(self, request: Request) -> Response:
        body = self.body(ChallengeIn)
        agent = self._agent(body["purpose"], body.get("agent"))
        challenge = issue_challenge(
            organization=self.organization,
            purpose=ChallengePurpose(body["purpose"]),
            public_key=body["public_key"],
            agent=agent,
            actor=self.caller.actor,
            at=self.at,
        )
        return Response(ChallengeOut(challenge).data, status=201)

    def _agent(self, purpose: str, agent_id: str | None) -> Agent | None:
        if purpose == ChallengePurpose.KEY:
            require_key_scope(self.caller, agent_id)
        else:
            require_permission(self.caller, Permission.AGENTS_WRITE)
        if agent_id is None:
            return None
        if purpose == ChallengePurpose.CLAIM:
            return unclaimed_agent(agent_id)
        return agent_of(self.organization, agent_id)


class Agents(Resource):
    scopes = {"GET": Permission.AGENTS_READ, "POST": Permission.AGENTS_WRITE}

    @describe(
        "List your organization's agents", answers={200: page_of(AgentOut)}, parameters=[AgentsQuery], tag="agents"
    )
    def get(self, request: Request) -> Response:
        query = self.query(AgentsQuery)
        rows = Agent.objects.filter(organization=self.organization)
        if "status" in query:
            rows = rows.filter(status=query["status"])
        return self.page(rows, AgentOut)

    @describe(
        "Register an agent",
        request=AgentIn,
        answers={201: AgentDetailOut},
        problems=[
            *PROOF_PROBLEMS,
            *PROFILE_PROBLEMS,
            "too_many_agents",
            "barred",
            "registry_key_unreadable",
            *NAME_PROBLEMS,
        ],
        tag="agents",
    )
    def post(self, request: Request) -> Response:
        body = self.body(AgentIn)
        common: dict[str, Any] = {
            "organization": self.organization,
            "challenge_id": body.pop("challenge"),
            "actor": self.caller.actor,
            "at": self.at,
        }
        register = register_named_agent if "name" in body else register_unnamed_agent
        agent = register(**common, **body)
        return Response(detail_of(agent, self.at), status=201, headers={"Location": f"/v1/agents/{agent.pk}"})


class OneAgent(Resource):
    scopes = {"GET": Permission.AGENTS_READ, "PATCH": Permission.AGENTS_WRITE}

    @describe("Look at an agent", answers={200: AgentDetailOut}, problems=["not_found"], tag="agents")
    def get(self, request: Request, agent_id: str) -> Response:
        return Response(detail_of(agent_of(self.organization, agent_id), self.at))

    @describe(
        "Change what an agent says of itself",
        request=AgentChange,
        answers={200: AgentDetailOut},
        problems=["not_found", "agent_deactivated", "agent_revoked", "registry_hold", *PROFILE_PROBLEMS],
        tag="agents",
    )
    def patch(self, request: Request, agent_id: str) -> Response:
        agent = agent_of(self.organization, agent_id)
        agent = update_agent(agent=agent, **self.body(AgentChange), actor=self.caller.actor, at=self.at)
        return Response(detail_of(agent, self.at))


class Claim(Resource):
    scopes = {"POST": Permission.AGENTS_WRITE}

    @describe(
        "Claim a foreign agent",
        request=ProofIn,
        answers={200: AgentDetailOut},
        problems=[
            "not_found",
            "claim_needs_domain_proof",
            "agent_already_claimed",
            "agent_deactivated",
            "agent_revoked",
            "too_many_agents",
            "barred",
            *PROOF_PROBLEMS,
        ],
        tag="agents",
    )
    def post(self, request: Request, agent_id: str) -> Response:
        body = self.body(ProofIn)
        outcome = claim_listed_agent(
            agent=unclaimed_agent(agent_id),
            organization=self.organization,
            challenge_id=body["challenge"],
            signature=body["signature"],
            actor=self.caller.actor,
            at=self.at,
        )
        if isinstance(outcome, NotClaimable):
            raise Conflict(outcome.code, outcome.detail, domains=list(outcome.domains))
        return Response(detail_of(outcome, self.at))


def unclaimed_agent(agent_id: str) -> Agent:
    """An agent anybody may see because nobody answers for it; those of others stay unseen."""
    agent = Agent.objects.filter(pk=agent_id, status=AgentStatus.UNCLAIMED).first()
    if agent is None:
        raise not_found()
    return agent


urlpatterns = [
    path("v1/agents/challenges", Challenges.as_view(), name="api_agent_challenges"),
    path("v1/agents", Agents.as_view(), name="api_agents"),
    path("v1/agents/<str:agent_id>", OneAgent.as_view(), name="api_agent"),
    path("v1/agents/<str:agent_id>/claim", Claim.as_view(), name="api_agent_claim"),
    *agent_keys.urlpatterns,
    *agent_lifecycle.urlpatterns,
]
