"""Who is calling: a service key (RFC 6750) or an agent that signed the request (RFC 9421). Cookies never count here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.accounts.service_keys import authenticate
from identity.agents.models import Agent
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.primitives.errors import Unauthenticated
from registry.api.http_signatures import authenticate_signature, carries_signature, message_of

CHALLENGE: Final = 'Bearer realm="attorn", Signature realm="attorn"'

# What an agent may do for its organization by its own key: look. Changing names, keys or other agents is left to
# service keys, so that one stolen agent key cannot reach the rest of the organization.
AGENT_SCOPES: Final = frozenset({str(Permission.AGENTS_READ)})


@dataclass(frozen=True, slots=True)
class Caller:
    """The authenticated party of one API request; ``request.auth``.

    A service key acts for its ``organization`` within ``scopes``; a signing agent acts for itself: ``agent`` and the
    organization that answers for it.
    """

    actor: Actor
    organization: Organization | None
    agent: Agent | None
    scopes: frozenset[str]


class ServiceKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer atn_…``.

    Stops a stranger with a guessed or an old key: the digest is compared in constant time, and an unknown, an
    expired and a revoked key get the same answer. A request with two credentials is refused: a proxy and we could
    each believe the other one.
    """

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("invalid_service_key", "Authorization must read: Bearer <service key>.")
        if carries_signature(request._request):
            raise Unauthenticated("invalid_signature", "Send a service key or a signature, not both.")
        key = authenticate(token.strip(), now())
        if key is None:
            raise Unauthenticated("invalid_service_key", "This service key is unknown, expired or revoked.")
        actor = Actor(ActorKind.SERVICE_KEY, key.id)
        caller = Caller(actor=actor, organization=key.organization, agent=None, scopes=frozenset(key.scopes))
        return key, caller

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class AgentSignatureAuthentication(BaseAuthentication):
    """``Signature-Input`` and ``Signature`` by a registered agent's key; the rules are in ``http_signatures``."""

    def authenticate(self, request: Request) -> tuple[Any, Caller] | None:
        if not carries_signature(request._request):
            return None
        agent = authenticate_signature(message_of(request._request), body=request._request.body, at=now())
        actor = Actor(ActorKind.AGENT, agent.id)
        return agent, Caller(actor=actor, organization=agent.organization, agent=agent, scopes=AGENT_SCOPES)

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE
