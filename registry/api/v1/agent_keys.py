"""An agent's keys: add, rotate, revoke."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.agents.keys import RevocationReason, add_key, revoke_key, rotate_key
from registry.api.schema import describe
from registry.api.v1.agent_access import agent_of, detail_of, require_key_scope
from registry.api.v1.agent_shapes import AgentDetailOut, ProofIn, RevocationIn, RotationIn
from registry.api.views import AUTHENTICATED, Resource

KEY_PROBLEMS = [
    "not_found",
    "agent_deactivated",
    "agent_revoked",
    "registry_hold",
    "agent_unclaimed",
    "agent_may_not",
    "malformed_signature",
    "challenge_not_found",
    "challenge_purpose",
    "challenge_already_used",
    "challenge_expired",
    "signature_invalid",
    "key_already_registered",
    "barred",
    "too_many_keys",
]


class Keys(Resource):
    scopes = {"POST": Permission.KEYS_WRITE}

    @describe("Add a key", request=ProofIn, answers={201: AgentDetailOut}, problems=KEY_PROBLEMS, tag="agents")
    def post(self, request: Request, agent_id: str) -> Response:
        agent, body = agent_of(self.organization, agent_id), self.body(ProofIn)
        add_key(
            agent=agent,
            challenge_id=body["challenge"],
            signature=body["signature"],
            actor=self.caller.actor,
            at=self.at,
        )
        return Response(detail_of(agent, self.at), status=201)


class Rotation(Resource):
    """Needs keys_write, or a request signed by the agent itself."""

    scopes = {"POST": AUTHENTICATED}

    @describe(
        "Rotate a key",
        request=RotationIn,
        answers={201: AgentDetailOut},
        problems=[*KEY_PROBLEMS, "key_not_found", "key_not_valid", "overlap_out_of_range"],
        tag="agents",
    )
    def post(self, request: Request, agent_id: str) -> Response:
        require_key_scope(self.caller, agent_id)
        agent, body = agent_of(self.organization, agent_id), self.body(RotationIn)
        rotate_key(
            agent=agent,
            challenge_id=body["challenge"],
            signature=body["signature"],
            retire_fragment=body["retire"],
            overlap_seconds=body["overlap_seconds"],
            actor=self.caller.actor,
            at=self.at,
        )
        return Response(detail_of(agent, self.at), status=201)


class Revocation(Resource):
    scopes = {"POST": Permission.KEYS_WRITE}

    @describe(
        "Revoke a key",
        request=RevocationIn,
        answers={200: AgentDetailOut},
        problems=[
            "not_found",
            "agent_deactivated",
            "agent_revoked",
            "registry_hold",
            "agent_unclaimed",
            "agent_may_not",
            "key_not_found",
            "key_already_revoked",
            "last_key",
        ],
        tag="agents",
    )
    def post(self, request: Request, agent_id: str, fragment: str) -> Response:
        agent, body = agent_of(self.organization, agent_id), self.body(RevocationIn)
        reason = RevocationReason(body["reason"])
        revoke_key(agent=agent, fragment=fragment, reason=reason, actor=self.caller.actor, at=self.at)
        return Response(detail_of(agent, self.at))


urlpatterns = [
    path("v1/agents/<str:agent_id>/keys", Keys.as_view(), name="api_agent_keys"),
    path("v1/agents/<str:agent_id>/keys/rotate", Rotation.as_view(), name="api_agent_key_rotate"),
    path("v1/agents/<str:agent_id>/keys/<str:fragment>/revoke", Revocation.as_view(), name="api_agent_key_revoke"),
]
