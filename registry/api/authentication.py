"""Who is calling: a service key (RFC 6750) or an agent that signed the request (RFC 9421). Cookies never count here."""

from __future__ import annotations

from dataclasses import dataclass

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.primitives.errors import Unauthenticated

CHALLENGE = 'Bearer realm="attorn", Signature realm="attorn"'


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

    Stops a stranger with a guessed or an old key: the key's digest is compared in constant time, and an expired or
    revoked key is told apart from none at all only by a 401.
    """

    def authenticate(self, request: Request) -> tuple[object, Caller] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("invalid_service_key", "Authorization must be: Bearer <service key>.")
        from identity.accounts.service_keys import authenticate

        key = authenticate(token.strip(), now())
        if key is None:
            raise Unauthenticated("invalid_service_key", "This service key is unknown, expired or revoked.")
        actor = Actor(ActorKind.SERVICE_KEY, key.id)
        return (
            key,
            Caller(actor=actor, organization=key.organization, agent=None, scopes=frozenset(key.scopes)),
        )

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE
